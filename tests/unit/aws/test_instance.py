"""The nodes of a group, one promise: which groups hang on each of their interfaces, and what is done about the rest."""

from typing import Final

import msgspec
import pytest
from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.ec2 import node_interfaces
from holdfast.aws.ec2.instance import Instance, InstanceState, Interface
from holdfast.aws.ec2.node_interfaces import groups_on, interfaces
from holdfast.core.guard import ExceptionSaid, instead
from holdfast.core.manifest import properties
from holdfast.core.reconcile import Reach, check, enforce
from holdfast.core.resource import Change
from tests.support.calls import Calls, refusing
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.autoscaling import INSTANCE_DEEDS, NAME
from tests.unit.aws.subject import Subject

ON_ONE: Final = INSTANCE_DEEDS["hangs another group on one of them"]
ON_ALL: Final = INSTANCE_DEEDS["hangs another group in the place of ours on all"]
BESIDE: Final = INSTANCE_DEEDS["attaches another interface for pods"]


@pytest.fixture
def nodes(clients: Clients) -> Subject:
    return Subject.standing(clients, Instance.kind)


def _hung(clients: Clients) -> list[frozenset[str]]:
    return [groups_on(one) for one in interfaces(clients, NAME)]


def _restore(nodes: Subject) -> tuple[str, ...]:
    observed, drift = check(nodes.resource)
    assert observed is not None
    return nodes.resource.update(observed, drift)


def test_while_nothing_differs_it_costs_two_reads(nodes: Subject, calls: Calls) -> None:
    calls.forget()
    assert check(nodes.resource).holds
    assert calls.made == ["autoscaling.DescribeAutoScalingGroups", "ec2.DescribeNetworkInterfaces"]


def test_without_a_node_it_holds(nodes: Subject, clients: Clients, calls: Calls) -> None:
    clients.autoscaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MinSize=0, DesiredCapacity=0)
    calls.forget()
    assert check(nodes.resource).holds
    assert calls.made == ["autoscaling.DescribeAutoScalingGroups"]


def test_it_names_the_interface_and_touches_no_other(nodes: Subject, clients: Clients, calls: Calls) -> None:
    first, _ = interfaces(clients, NAME)
    ON_ONE(clients, NAME)
    (change,) = check(nodes.resource).drift
    assert isinstance(change.found, Interface)
    assert change.found.network_interface_id == first["NetworkInterfaceId"]
    calls.forget()
    _restore(nodes)
    assert calls.mutating == ["ec2.ModifyNetworkInterfaceAttribute"]
    assert check(nodes.resource).holds


def test_what_an_undo_hangs_it_hangs_on_that_interface_alone(nodes: Subject, clients: Clients) -> None:
    before = _hung(clients)
    ON_ONE(clients, NAME)
    (change,) = check(nodes.resource).drift
    _restore(nodes)
    observed = nodes.resource.observe()
    assert observed is not None
    nodes.resource.update(observed, (Change(path=change.path, promised=change.found),))
    assert (check(nodes.resource).drift, _hung(clients)[1]) == ((change,), before[1])


def test_one_that_aws_will_not_change_keeps_no_other_open(nodes: Subject, clients: Clients) -> None:
    """It is of another VPC, or some service's own."""
    ON_ALL(clients, NAME)
    first, second = interfaces(clients, NAME)
    refused = min(first["NetworkInterfaceId"], second["NetworkInterfaceId"])

    with refusing(clients.ec2, "ModifyNetworkInterfaceAttribute", "AuthFailure", "not yours", naming=refused):
        (said,) = _restore(nodes)
        assert refused not in said
        with pytest.raises(ClientError, match="not yours"):
            _restore(nodes)
    (left,) = check(nodes.resource).drift
    assert isinstance(left.found, Interface)
    assert left.found.network_interface_id == refused


def test_an_exception_of_an_interface_holds_once_it_was_written_down(nodes: Subject, clients: Clients) -> None:
    """In a table, a tuple becomes a list."""
    ON_ONE(clients, NAME)
    (change,) = check(nodes.resource).drift
    said = ExceptionSaid(
        by="arn",
        owner="o",
        reason="r",
        until=2.0,
        said_at=1.0,
        resource="nodes/n",
        path=change.path,
        found=change.found,
    )
    read = msgspec.json.decode(msgspec.json.encode(said), type=ExceptionSaid)
    assert read.allows(change)
    other = instead(properties(nodes.promised), read)
    assert check(Subject(clients, Instance.kind, msgspec.convert(other, InstanceState)).resource).holds


def test_one_that_went_meanwhile_is_no_failure(nodes: Subject, clients: Clients) -> None:
    ON_ALL(clients, NAME)
    observed, drift = check(nodes.resource)
    assert observed is not None
    clients.autoscaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MinSize=1, DesiredCapacity=1)
    nodes.resource.update(observed, drift)
    assert check(nodes.resource).holds


def test_of_very_many_some_are_changed_at_a_time(
    nodes: Subject, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_interfaces, "AT_ONCE", 1)
    ON_ALL(clients, NAME)
    for left in (2, 1, 0):
        assert len(check(nodes.resource).drift) == left
        _restore(nodes)


def test_of_more_than_a_filter_takes_all_are_looked_at(
    nodes: Subject, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_interfaces, "MOST_VALUES", 1)
    ON_ALL(clients, NAME)
    assert len(check(nodes.resource).drift) == 2


def test_a_build_claims_what_it_must_write_to_and_only_that(clients: Clients) -> None:
    nodes, claims = Subject(clients, Instance.kind, SPECIMENS[Instance.kind].promise(clients)), list[str]()
    nodes.bring_back()
    reach = Reach(lambda: None, lambda: claims.append("claim"))
    ON_ONE(clients, NAME)
    assert (enforce(nodes.resource, reach).did, claims) == ("update", [])
    BESIDE(clients, NAME)
    assert (enforce(nodes.resource, reach).did, claims) == ("claim", ["claim"])
