"""One environment file in, one `start-execution`, five verified layers: and again, and changed.

What fails here is mended in state_machines/, layers/holdfast/holdfast/environment/ and core/layer.py.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.support.bus import details, let_by
from tests.support.cloud import Application, Caller, Calls, Json, names, root, writes
from tests.support.environments import DEFAULT, LAYERS, Environment, prepared, tags
from tests.support.oncall import Mailbox

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_stepfunctions import SFNClient

TAGS: Final = ("holdfast:environment", "holdfast:layer", "holdfast:name")
TAGGED_WHEN_CREATED: Final = {
    "CreateFlowLogs": 1,
    "CreateInternetGateway": 1,
    "CreateKey": 3,
    "CreateLogGroup": 9,
    "CreateRole": 3,
    "CreateRouteTable": 4,
    "CreateSecurityGroup": 6,
    "CreateSubnet": 6,
    "CreateVpc": 1,
    "CreateVpcEndpoint": 1,
}
WITHOUT_TAGS: Final = {
    "AWS::EC2::Route",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::KMS::Alias",
}
OUR_OWN_TABLES_AND_LOGS: Final = {"dynamodb.amazonaws.com", "logs.amazonaws.com", "states.amazonaws.com"}


class First(NamedTuple):
    """A first build: its execution's description, the functions' calls since before, and what these have woken."""

    environment: Environment
    ended: Json
    calls: Calls
    woken: Mailbox


@pytest.fixture(scope="module")
def first(application: Application, alice: Caller, mark: str) -> Iterator[First]:
    """An environment built by the AWS CLI."""
    with (
        prepared(application, alice, f"build-{mark}") as made,
        let_by(f"build-{mark}", application, "SecurityGroupCalls", "SecurityGroupTags") as woken,
    ):
        calls = Calls(*application.functions)
        machine = application.outputs["BuildStateMachineArn"]
        command = ("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input")
        execution = alice.cli(*command, json.dumps(made.spec()))["executionArn"]
        made.executions.append(execution)
        made.asked.append({})
        made.require_built(execution)
        ended = alice.cli("stepfunctions", "describe-execution", "--execution-arn", execution)
        yield First(made, ended, calls, woken)


@pytest.fixture
def built(first: First) -> Environment:
    return first.environment


def test_its_output_is_the_evidence_by_layer(first: First) -> None:
    output = json.loads(first.ended["output"])
    assert output["environment"] == first.environment.name
    assert tuple(output["evidence"]) == LAYERS
    findings = [finding for layer in LAYERS for finding in output["evidence"][layer]["findings"]]
    assert [one for one in findings if one["verdict"] not in {"holds", "not shown here"}] == []
    assert [one["question"] for one in findings if one["verdict"] == "not shown here"] == [
        "Has a record of the VPC's traffic arrived?"
    ]


def test_each_layer_is_one_execution_drawn_by_its_name(built: Environment, alice: Caller) -> None:
    states: SFNClient = alice.client("stepfunctions")
    machine = built.application.parts["LayerStateMachine"]
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
    started = built.executions[0]
    found = [one for page in pages for one in page["executions"] if one["name"].startswith(f"{built.name}-")]
    inputs = [
        json.loads(states.describe_execution(executionArn=one["executionArn"])["input"])
        for one in found
        if one["status"] == "SUCCEEDED"
    ]
    assert sorted(one["layer"] for one in inputs if one["execution"] == started) == sorted(LAYERS)
    definition = json.loads(
        root.client("stepfunctions").describe_state_machine(
            stateMachineArn=built.application.outputs["BuildStateMachineArn"]
        )["definition"]
    )
    drawn = {
        name
        for part in definition["States"].values()
        for branch in part.get("Branches", [])
        for name in branch["States"]
    }
    assert set(LAYERS) <= drawn, "the console's graph does not show each layer by its name"


def test_every_object_that_can_be_tagged_says_whose_it_is(built: Environment) -> None:
    can = {path: record for path, record in built.records().items() if record["kind"] not in WITHOUT_TAGS}
    for path, record in can.items():
        found = _tags(record)
        assert [found.get(key) for key in TAGS] == [built.name, *path.split("/")], f"{path} has the tags {found}"


def test_tags_are_set_in_the_create_call(first: First) -> None:
    built, calls = first.environment, first.calls
    made = [record for record in calls.mentioning(built.name) if record["eventName"] in TAGGED_WHEN_CREATED]
    created = names(made)
    assert {name: created.count(name) for name in created} == TAGGED_WHEN_CREATED, "not one create call an object"
    parameters = [json.dumps(record["requestParameters"]) for record in made]
    assert [one for one in parameters if not all(key in one for key in TAGS)] == []
    later = [
        record for record in calls.mentioning(*built.words) if "Tag" in record["eventName"] and not record["readOnly"]
    ]
    tagged = [item["resourceId"] for record in later for item in record["requestParameters"]["resourcesSet"]["items"]]
    made_by_aws = {built.groups[DEFAULT], built.ids["network/default_network_acl"]}
    assert set(tagged) == made_by_aws, "only what AWS makes by itself is tagged after it was made"


def test_what_a_build_calls_wakes_no_restoration(first: First) -> None:
    """It opens and closes rules and sets tags; as events these look like anybody's, but for who calls."""
    groups = set(first.environment.groups.values())
    calls = [one for one in first.calls.mentioning(*groups) if not one["readOnly"]]
    assert {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress", "CreateTags"} <= set(names(calls))
    assert [one["eventName"] for one in details(first.woken) if any(group in str(one) for group in groups)] == []


def test_names_that_we_choose_carry_the_environments_name(built: Environment) -> None:
    ec2: EC2Client = root.client("ec2")
    groups = ec2.describe_security_groups(GroupIds=[group for name, group in built.groups.items() if name != DEFAULT])
    chosen = {group["GroupName"] for group in groups["SecurityGroups"]}
    for path, record in built.records().items():
        if record["kind"] in {"AWS::IAM::Role", "AWS::KMS::Alias", "AWS::Logs::LogGroup"}:
            chosen.add(built.ids[path])
        elif record["kind"].startswith("AWS::EC2::") and record["kind"] not in WITHOUT_TAGS:
            chosen.add(tags(built.ids[path])["Name"])
    assert [name for name in chosen if built.name not in name] == []


def test_building_again_changes_nothing(built: Environment, application: Application) -> None:
    before, calls = built.records(), Calls(*application.functions)
    built.again()
    made = writes(calls.mentioning(*built.words))
    assert [one["eventName"] for one in made if one["eventSource"] not in OUR_OWN_TABLES_AND_LOGS] == []
    assert built.records() == before


def test_a_changed_spec_changes_what_it_names_and_only_that(built: Environment, application: Application) -> None:
    before, calls = built.records(), Calls(*application.functions)
    built.built(logs={"retention_days": 30})
    groups = [path for path, record in before.items() if record["kind"] == "AWS::Logs::LogGroup"]
    logs: CloudWatchLogsClient = root.client("logs")
    kept = {
        group["logGroupName"]: group.get("retentionInDays")
        for path in groups
        for group in logs.describe_log_groups(logGroupNamePrefix=built.ids[path])["logGroups"]
    }
    assert kept == {built.ids[path]: 30 for path in groups}
    made = writes(calls.mentioning(*built.words))
    assert names(made) == ["PutRetentionPolicy"] * len(groups)
    changed = {path for path, record in built.records().items() if record["desired"] != before[path]["desired"]}
    assert changed == set(groups)


def test_what_cannot_be_changed_in_place_is_said_before_anything_is_touched(
    built: Environment, application: Application
) -> None:
    before, calls = built.records(), Calls(*application.functions)
    ended = built.refused(network={"cidr": "172.20.0.0/16"})
    assert ended["error"] == "NeedsHuman"
    for words in (f"network/vpc CidrBlock is {built.cidr}, asked for 172.20.0.0/16", "another name", "What to do"):
        assert words in ended["cause"]
    assert writes(calls.mentioning(*built.words)) == []
    assert built.records() == before


def _tags(record: Json) -> dict[str, str]:
    physical = record["physical"]
    match record["kind"]:
        case "AWS::IAM::Role":
            iam: IAMClient = root.client("iam")
            return {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=physical["id"])["Tags"]}
        case "AWS::KMS::Key":
            kms: KMSClient = root.client("kms")
            return {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=physical["id"])["Tags"]}
        case "AWS::Logs::LogGroup":
            logs: CloudWatchLogsClient = root.client("logs")
            return logs.list_tags_for_resource(resourceArn=physical["Arn"].removesuffix(":*"))["tags"]
        case _:
            return tags(physical["id"])
