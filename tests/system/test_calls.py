"""What a drift costs in calls to EC2, and what costs none: counted in CloudTrail.

What fails here is mended in layers/holdfast/holdfast (aws/restorer.py, core/restoration.py) or in the rules of
template.yaml.
"""

import json
from typing import TYPE_CHECKING, Final

import pytest
from botocore.exceptions import ClientError

from tests.support.bus import details, drained, let_by, listening
from tests.support.cloud import Caller, Calls, Json, names, root, user
from tests.support.drifts import ANYWHERE, ENVIRONMENT, LAYER, NAME, Hands, closed, opened, rewritten, stripped, tagged
from tests.support.environments import Environment, rules, tags
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef

READ: Final = "DescribeSecurityGroups"
RULES: Final = ("SecurityGroupCalls", "SecurityGroupTags")


@pytest.fixture(scope="module", autouse=True)
def settled(standing: Environment, alice: Caller, mark: str) -> None:
    """AWS Config has told of all that the build did: its pictures come later than CloudTrail's events, and in order."""
    group = standing.groups["kubernetes"]
    pictures = {"source": ["aws.config"], "detail": {"configurationItem": {"resourceId": [group]}}}
    with listening(f"pictures-{mark}", pictures) as pictured:
        tagged("owner", "alice")(hands(alice, standing, "kubernetes"))
        until(
            "AWS Config has told of the group's new tag",
            lambda: [one["configurationItem"]["tags"].get("owner") for one in details(pictured)],
            lambda seen: "alice" in seen,
            look=standing.diagnosis,
        )
    drained(standing.application)


@pytest.fixture
def restorer(standing: Environment) -> Calls:
    """The calls of the restore function from now on."""
    return Calls(standing.application.parts["RestoreSecurityGroupsFunction"])


def hands(caller: Caller, environment: Environment, group: str) -> Hands:
    return Hands(caller.client("ec2"), environment.groups[group], environment.groups)


def restored(environment: Environment, group: str, before: frozenset[str]) -> None:
    """Wait until the group's rules are as ``before``, and the incident that was opened about it is closed."""
    identity = environment.groups[group]
    until("the rules are back", lambda: rules(identity), lambda seen: seen == before, look=environment.diagnosis)
    until(
        f"the incident of {group} is restored",
        lambda: [one["state"] for one in environment.incidents() if one["physical_id"] == identity],
        lambda seen: seen and set(seen) == {"restored"},
        look=environment.diagnosis,
    )


def ec2_calls(calls: Calls, *words: str) -> list[str]:
    return names([one for one in calls.mentioning(*words) if one["eventSource"] == "ec2.amazonaws.com"])


def test_a_drift_in_one_direction_costs_two_reads_and_one_write(
    standing: Environment, alice: Caller, restorer: Calls
) -> None:
    before = rules(standing.groups["database"])
    alice.cli(
        *("ec2", "authorize-security-group-ingress", "--group-id", standing.groups["database"]),
        *("--protocol", "tcp", "--port", "22", "--cidr", ANYWHERE),
    )
    restored(standing, "database", before)
    assert ec2_calls(restorer, standing.groups["database"]) == [READ, "RevokeSecurityGroupIngress", READ]


def test_a_further_verb_costs_a_write_more_and_what_widens_goes_first(
    standing: Environment, alice: Caller, restorer: Calls
) -> None:
    before = rules(standing.groups["alb"])
    rewritten((0, 65535), ANYWHERE)(hands(alice, standing, "alb"))
    restored(standing, "alb", before)
    undone = ["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]
    assert ec2_calls(restorer, standing.groups["alb"]) == [READ, *undone, READ]


def test_an_event_about_a_group_that_holds_costs_one_read(
    standing: Environment, alice: Caller, restorer: Calls
) -> None:
    group = standing.groups["kubernetes"]
    tagged("owner", "nobody")(hands(alice, standing, "kubernetes"))
    until("the group was looked at", lambda: ec2_calls(restorer, group), look=standing.diagnosis)
    drained(standing.application)
    assert ec2_calls(restorer, group) == [READ]
    assert [one for one in standing.incidents() if one["physical_id"] == group] == []


def test_a_group_that_is_not_ours_costs_no_call(standing: Environment, alice: Caller, mark: str) -> None:
    """Not even one with our tags set by hand, or with a name of ours in another VPC: the manifest says what is ours."""
    calls = Calls(*standing.application.functions)
    foreign = _foreign_groups(standing, mark)
    for group in foreign:
        opened("ingress", "tcp", (22, 22), ANYWHERE)(Hands(alice.client("ec2"), group, {}))
        tagged(LAYER, "nowhere")(Hands(alice.client("ec2"), group, {}))
    before = rules(standing.groups["database"])
    opened("ingress", "tcp", (22, 22), ANYWHERE)(hands(alice, standing, "database"))
    restored(standing, "database", before)
    drained(standing.application)
    assert ec2_calls(calls, *foreign) == []
    assert {group: len(rules(group)) for group in foreign} == dict.fromkeys(foreign, 2), "somebody changed them"


def _foreign_groups(standing: Environment, mark: str) -> list[str]:
    """In a VPC beside: one of nobody's, one with a name of ours; in our VPC: one with our tags that we never made."""
    ec2: EC2Client = root.client("ec2")
    vpc = ec2.create_vpc(
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "tests:run", "Value": mark[-4:]}]}],
    )["Vpc"]["VpcId"]
    ours: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags(standing.groups["alb"]).items()]
    tagged_as_ours: list[TagSpecificationTypeDef] = [{"ResourceType": "security-group", "Tags": ours}]
    made = (
        ec2.create_security_group(GroupName="nobodys", Description="-", VpcId=vpc),
        ec2.create_security_group(GroupName=f"{standing.name}-alb", Description="-", VpcId=vpc),
        ec2.create_security_group(
            GroupName="pretender", Description="-", VpcId=standing.ids["network/vpc"], TagSpecifications=tagged_as_ours
        ),
    )
    return [group["GroupId"] for group in made]


def test_what_must_not_wake_us_is_on_the_bus_and_refused_by_the_deployed_pattern(
    standing: Environment, alice: Caller, mark: str
) -> None:
    application, groups = standing.application, standing.groups
    ec2: EC2Client = alice.client("ec2")
    heard_by = {"source": ["aws.ec2"], "detail": {"eventName": [READ, "AuthorizeSecurityGroupIngress", "CreateTags"]}}
    with (
        listening(f"heard-{mark}", heard_by) as heard,
        let_by(f"woken-{mark}", application, *RULES) as woken,
        user(f"mallory-{mark}", {"Action": "ec2:DescribeSecurityGroups", "Resource": "*"}) as mallory,
    ):
        ec2.describe_security_groups(GroupIds=[groups["nodes"]])
        for caller in (alice, mallory):
            with pytest.raises(ClientError):
                opened("ingress", "tcp", (30443, 30443), "alb")(hands(caller, standing, "nodes"))
        ec2.create_tags(Resources=[standing.ids["network/vpc"]], Tags=[{"Key": "owner", "Value": "alice"}])
        before = rules(groups["nodes"]), tags(groups["nodes"])
        closed("ingress", "tcp", (30443, 30443), "alb")(hands(alice, standing, "nodes"))
        stripped(ENVIRONMENT, LAYER, NAME)(hands(alice, standing, "nodes"))
        until(
            "the group is as before",
            lambda: (rules(groups["nodes"]), tags(groups["nodes"])),
            lambda seen: seen == before,
            look=standing.diagnosis,
        )
        ours = (groups["nodes"], standing.ids["network/vpc"])
        expected = [
            (READ, alice.arn, ""),
            ("AuthorizeSecurityGroupIngress", alice.arn, "Client.InvalidPermission.Duplicate"),
            ("AuthorizeSecurityGroupIngress", mallory.arn, "Client.UnauthorizedOperation"),
            ("CreateTags", alice.arn, ""),
            ("AuthorizeSecurityGroupIngress", application.parts["RestoreSecurityGroupsRole"], ""),
            ("CreateTags", application.parts["ReclaimRole"], ""),
        ]
        on_the_bus = until(
            "each of the calls that must not wake us",
            lambda: [_who_did_what(one) for one in details(heard) if _is_about(one, *ours)],
            lambda seen: all(any(_fits(one, call) for one in seen) for call in expected),
        )
        waking = until(
            "both calls that must wake us",
            lambda: [_who_did_what(one) for one in details(woken) if _is_about(one, *ours)],
            lambda seen: len(seen) >= 2,
        )
    assert sorted(waking) == [
        ("DeleteTags", alice.arn, ""),
        ("RevokeSecurityGroupIngress", alice.arn, ""),
    ], f"of what was on the bus: {on_the_bus}"


def _who_did_what(detail: Json) -> tuple[str, str, str]:
    return detail["eventName"], detail["userIdentity"]["arn"], detail.get("errorCode", "")


def _fits(seen: tuple[str, str, str], call: tuple[str, str, str]) -> bool:
    return seen[0] == call[0] and call[1] in seen[1] and seen[2] == call[2]


def _is_about(detail: Json, *ids: str) -> bool:
    return any(identity in json.dumps(detail["requestParameters"]) for identity in ids)
