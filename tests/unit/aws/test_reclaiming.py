"""Every kind that carries our tags can get them back, by the one call that its service has for it."""

from typing import Final

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.node_interfaces import interfaces
from holdfast.aws.ec2.resource import tag_dict
from holdfast.aws.kinds import KINDS
from holdfast.aws.reclaiming import reclaim
from holdfast.core.manifest import Record
from holdfast.core.resource import Tagged
from holdfast.core.trouble import WrongInput
from tests.unit.aws.specimens import TAGS
from tests.unit.aws.subject import Subject

TAGGED: Final = sorted(kind for kind, resource in KINDS.items() if issubclass(resource.model, Tagged))


def _record(kind: str, subject: Subject) -> Record:
    """Under another address than it was made for: the tags that come are not those that were there."""
    return Record(environment="another", layer="other", name="thing", kind=kind, physical=dict(subject.physical))


@pytest.mark.parametrize("kind", TAGGED)
def test_our_tags_are_put_on(clients: Clients, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    before = subject.resource.observe()
    record = _record(kind, subject)
    reclaim(clients, record)
    after = subject.resource.observe()
    assert before is not None
    assert after is not None
    assert after.state.tags == before.state.tags | record.address.tags, f"aws/reclaiming.py: the call for {kind}"


def test_of_a_node_group_the_interfaces_that_lost_them_get_them_and_no_other(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EC2::Instance")
    first, second = (one["NetworkInterfaceId"] for one in interfaces(clients, subject.physical["id"]))
    subnet = clients.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    strangers = clients.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    clients.ec2.delete_tags(Resources=[first], Tags=[{"Key": key} for key in TAGS])
    record = _record("AWS::EC2::Instance", subject)
    reclaim(clients, record)
    tags = {
        one["NetworkInterfaceId"]: tag_dict(one["TagSet"])
        for one in clients.ec2.describe_network_interfaces()["NetworkInterfaces"]
    }
    assert (tags[first], tags[second], tags[strangers]) == (record.address.tags, TAGS, {})


def test_what_carries_no_tags_is_not_reclaimed(clients: Clients) -> None:
    alias = Subject.standing(clients, "AWS::KMS::Alias")
    record = Record(
        environment="another", layer="other", name="thing", kind="AWS::Route53::RecordSet", physical={"id": "r"}
    )
    with pytest.raises(WrongInput, match="no tag of ours"):
        reclaim(clients, record)
    assert alias.resource.observe() is not None
