"""A NAT gateway's own ways: one that failed says why, one that was deleted is gone although AWS still shows it."""

import pytest
from moto.ec2.models import ec2_backends

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS
from holdfast.core.reconcile import check
from holdfast.core.trouble import NeedsHuman
from tests.unit.aws.subject import Subject

KIND = "AWS::EC2::NatGateway"


def _set_state(subject: Subject, state: str) -> None:
    ec2_backends["123456789012"]["eu-west-1"].nat_gateways[subject.physical["id"]].state = state


def test_one_that_aws_could_not_make_says_so_and_may_be_made_anew(clients: Clients) -> None:
    subject = Subject.standing(clients, KIND)
    _set_state(subject, "failed")
    assert KINDS[KIND].disposable, "it holds nothing"
    with pytest.raises(NeedsHuman, match="AWS gave up on it"):
        check(subject.resource)


@pytest.mark.parametrize("state", ["pending", "deleting"])
def test_while_aws_is_at_work_it_is_waited_for(clients: Clients, state: str) -> None:
    subject = Subject.standing(clients, KIND)
    _set_state(subject, state)
    observed = check(subject.resource).observed
    assert observed is not None
    assert observed.wait > 0


def test_deleted_one_is_gone_although_it_is_still_shown(clients: Clients) -> None:
    subject = Subject.standing(clients, KIND)
    clients.ec2.delete_nat_gateway(NatGatewayId=subject.physical["id"])
    assert clients.ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "deleted"
    assert subject.resource.observe() is None
