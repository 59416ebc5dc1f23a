"""A thousand drifts at once, and EC2 throttles: each is undone, none is lost on the way, and on-call is not drowned.

What fails here is mended in layers/holdfast/holdfast/aws/clients.py (how calls are retried), aws/restoring.py (what is
put off) and the queues of template.yaml.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.support.bus import waiting
from tests.support.cloud import Caller, Json
from tests.support.environments import GROUPS, Environment, rules
from tests.support.faults import Throttled, led
from tests.support.oncall import Alert, on_call
from tests.support.waiting import PATIENCE, until

MANY: Final = 1000
HANDS: Final = 8
"""So many open ports side by side."""
IN_TURN: Final = 12
"""Of one group, before it is the next one's turn."""
FIRST_PORT: Final = 10_000
STORMED: Final = tuple(name for name in GROUPS if name != "canary")
ALERTS: Final = MANY // (2 * len(STORMED)) // 8
"""Of one group, at the most: one for eight of the ports opened in it. It is told when an incident has closed, and again
when it is contended; how many incidents its ports are is a matter of how long they pause."""
THROTTLED: Final = {"DescribeSecurityGroups", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"}


class Storm(NamedTuple):
    """What came of it: the rules of each group (by its id) before, the incidents, and what on-call was told."""

    before: dict[str, frozenset[str]]
    incidents: list[Json]
    alerts: list[Alert]
    way: Throttled


@pytest.fixture(scope="module")
def storm(pair: tuple[Environment, Environment], alice: Caller) -> Storm:
    nova, nova_2 = pair
    groups = [one.groups[name] for one in pair for name in STORMED]
    before, began = {group: rules(group) for group in groups}, time.time()
    with (
        on_call(nova) as firsts,
        on_call(nova_2) as seconds,
        led(nova.application.parts["RestoreSecurityGroupsFunction"], Throttled()) as way,
    ):
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(lambda number: _opened(alice, groups, number), range(MANY)))
        until(
            "every group has the rules that it had",
            lambda: [group for group in before if rules(group) != before[group]],
            lambda left: not left,
            look=nova.diagnosis,
            seconds=6 * PATIENCE,
        )
        until(
            "no incident is open any more, and no event is being looked into",
            lambda: (
                [one["id"] for one in _incidents(pair, began) if one["state"] == "open"],
                waiting(nova.application, "SecurityGroupsQueue"),
            ),
            lambda left: not any(left),
            look=nova.diagnosis,
            seconds=4 * PATIENCE,
        )
        alerts = [*firsts.mailbox.heard(), *seconds.mailbox.heard()]
    return Storm(before, _incidents(pair, began), alerts, way)


def _opened(alice: Caller, groups: list[str], number: int) -> None:
    port = FIRST_PORT + number
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    until(
        "the group has room for one rule more",
        lambda: _let(alice, groups[number // IN_TURN % len(groups)], permission),
        seconds=4 * PATIENCE,
    )


def _let(alice: Caller, group: str, permission: Json) -> bool:
    """Whether EC2 took it: a group has sixty rules a direction at the most ("Amazon VPC quotas")."""
    ec2 = alice.client("ec2")
    lets = ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress
    try:
        lets[permission["FromPort"] % 2](GroupId=group, IpPermissions=[permission])
    except ClientError as error:
        if error.response["Error"]["Code"] != "RulesPerSecurityGroupLimitExceeded":
            raise
        return False
    return True


def _incidents(pair: tuple[Environment, Environment], began: float) -> list[Json]:
    return [incident for one in pair for incident in one.incidents(began)]


@pytest.mark.alone
def test_no_group_keeps_what_was_opened(storm: Storm) -> None:
    assert {group: rules(group) for group in storm.before} == storm.before


def test_each_group_has_its_incident_that_names_who_it_was(storm: Storm, alice: Caller) -> None:
    named = {one["physical_id"] for one in storm.incidents if alice.arn in {actor["arn"] for actor in one["actors"]}}
    assert named >= set(storm.before)
    assert {one["state"] for one in storm.incidents} <= {"restored", "contended"}


def test_nothing_is_given_up(storm: Storm, pair: tuple[Environment, Environment]) -> None:
    assert waiting(pair[0].application, "SecurityGroupsDeadLetters") == 0


def test_on_call_reads_of_groups_and_not_of_ports(storm: Storm) -> None:
    for group in storm.before:
        told = [alert for alert in storm.alerts if group in alert.text and "digest" not in alert.text]
        assert len(told) <= ALERTS, f"{group} is told {len(told)} times"


def test_ec2_had_its_limits(storm: Storm) -> None:
    """Of the storm, not of the product: one that EC2 takes without a word shows nothing of what is asked again."""
    assert storm.way.refused >= THROTTLED
