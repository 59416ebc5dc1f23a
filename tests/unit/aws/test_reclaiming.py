"""Every kind that carries our tags can get them back, by the one call that its service has for it."""

from typing import Final

import pytest
from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.instance import Instance
from holdfast.aws.ec2.node_interfaces import groups_on, interfaces
from holdfast.aws.ec2.resource import tag_dict
from holdfast.aws.kinds import KINDS
from holdfast.aws.reclaiming import reclaim
from holdfast.core.manifest import Record, properties
from holdfast.core.resource import Tagged
from holdfast.core.trouble import WrongInput
from tests.support.calls import refusing
from tests.unit.aws.specimens import TAGS
from tests.unit.aws.specimens.autoscaling import INSTANCE_DEEDS, NAME
from tests.unit.aws.subject import Subject

BESIDE: Final = INSTANCE_DEEDS["attaches another interface for pods"]
TAGGED: Final = sorted(kind for kind, resource in KINDS.items() if issubclass(resource.model, Tagged))


def _record(kind: str, subject: Subject) -> Record:
    """Under another address than it was made for: the tags that come are not those that were there."""
    return Record(
        environment="another",
        layer="other",
        name="thing",
        kind=kind,
        desired=properties(subject.promised),
        physical=dict(subject.physical),
    )


@pytest.mark.parametrize("kind", TAGGED)
def test_our_tags_are_put_on(clients: Clients, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    before = subject.resource.observe()
    record = _record(kind, subject)
    reclaim(clients, record, {})
    after = subject.resource.observe()
    assert before is not None
    assert after is not None
    assert after.state.tags == before.state.tags | record.address.tags, f"aws/reclaiming.py: the call for {kind}"


def test_of_a_node_s_interfaces_those_that_must_be_written_to_get_them_and_no_other(clients: Clients) -> None:
    subject = Subject.standing(clients, Instance.kind)
    for _ in range(2):
        BESIDE(clients, NAME)
    first, second, *beside = (one["NetworkInterfaceId"] for one in interfaces(clients, NAME))
    own = sorted(groups_on(next(interfaces(clients, NAME))))
    clients.ec2.modify_network_interface_attribute(NetworkInterfaceId=beside[0], Groups=own)
    record = _record(Instance.kind, subject)
    reclaim(clients, record, {})
    tags = {one["NetworkInterfaceId"]: tag_dict(one["TagSet"]) for one in interfaces(clients, NAME)}
    assert tags == {first: TAGS, second: TAGS, beside[0]: {}, beside[1]: record.address.tags}


def test_one_that_takes_no_more_tags_keeps_them_from_no_other(clients: Clients) -> None:
    subject = Subject.standing(clients, Instance.kind)
    for _ in range(2):
        BESIDE(clients, NAME)
    full, other = sorted(one["NetworkInterfaceId"] for one in interfaces(clients, NAME) if not one["TagSet"])

    with refusing(clients.ec2, "CreateTags", "TagLimitExceeded", "full", naming=full):
        reclaim(clients, _record(Instance.kind, subject), {})
        with pytest.raises(ClientError, match="full"):
            reclaim(clients, _record(Instance.kind, subject), {})
    tags = {one["NetworkInterfaceId"]: tag_dict(one["TagSet"]) for one in interfaces(clients, NAME)}
    assert (tags[full], bool(tags[other])) == ({}, True)


def test_what_carries_no_tags_is_not_reclaimed(clients: Clients) -> None:
    alias = Subject.standing(clients, "AWS::KMS::Alias")
    record = Record(
        environment="another", layer="other", name="thing", kind="AWS::Route53::RecordSet", physical={"id": "r"}
    )
    with pytest.raises(WrongInput, match="no tag of ours"):
        reclaim(clients, record, {})
    assert alias.resource.observe() is not None
