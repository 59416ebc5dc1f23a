"""A build that ends in the middle is simply started again: it goes on from what AWS has, and never makes a twin.

What fails here is mended in layers/holdfast/holdfast/core/layer.py, core/reconcile.py and environment/admission.py.
"""

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.cloud import Application, Caller, Json, root
from tests.support.environments import Environment, prepared
from tests.support.faults import Strike, kill_the_caller, lose_the_reply, misled
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient

MOMENTS: Final = (0.2, 0.4, 0.7, 1.0, 1.4, 1.8)
"""Seconds after its start at which a build is stopped, each time in a later layer's work."""
CREATES: Final = {
    "CreateVpc",
    "CreateSubnet",
    "CreateInternetGateway",
    "CreateRouteTable",
    "CreateVpcEndpoint",
    "CreateRole",
    "CreateKey",
    "CreateLogGroup",
    "CreateFlowLogs",
    "CreateSecurityGroup",
}
CHANGES: Final = {
    "AttachInternetGateway",
    "AssociateRouteTable",
    "CreateRoute",
    "PutRolePolicy",
    "AttachRolePolicy",
    "CreateAlias",
    "EnableKeyRotation",
    "PutRetentionPolicy",
    "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
}


def test_a_second_build_is_refused_and_names_the_first(application: Application, alice: Caller, mark: str) -> None:
    with prepared(application, alice, f"twice-{mark}") as twice:
        first = twice.start()
        until("the first build has its lease", lambda: _lease(twice), look=twice.diagnosis)
        refused = twice.refused()
        assert first in refused["cause"], f"the cause does not name the build that runs: {refused['cause']}"
        assert _lease(twice)["execution"] == first
        twice.require_built(first)


def test_a_build_that_is_stopped_again_and_again_leaves_no_twins(
    application: Application, alice: Caller, mark: str
) -> None:
    with prepared(application, alice, f"stopped-{mark}") as stopped:
        for moment in MOMENTS:
            execution = stopped.start()
            time.sleep(moment)
            stopped.stop(execution)
            ended = stopped.ended(execution)
            assert ended["status"] in {"ABORTED", "SUCCEEDED"}, f"{ended['error']}: {ended['cause']}"
        stopped.built()
        assert _lease(stopped)["execution"] == stopped.executions[-1], "the lease of the dead was not taken over"
        _require_no_twins(stopped)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("word", "operations", "strike"),
    [
        ("lost", CREATES | CHANGES, lose_the_reply),
        ("killed", {"CreateVpc", "CreateKey", "CreateSecurityGroup"}, kill_the_caller),
    ],
    ids=["replies-are-lost", "functions-are-killed"],
)
def test_between_a_calls_effect_and_its_answer_anything_may_end(
    word: str, operations: set[str], strike: Strike, application: Application, alice: Caller, mark: str
) -> None:
    """The same execution goes on: Step Functions asks a function again that gave no answer."""
    with (
        prepared(application, alice, f"{word}-{mark}") as made,
        misled(application.parts["ConvergeFunction"], operations, strike) as way,
    ):
        made.built()
        assert set(way.struck) == operations, "not everything went wrong that should have"
        _require_no_twins(made)


def _lease(environment: Environment) -> Json:
    """Who holds the environment's lease; empty if nobody ever did."""
    dynamodb: DynamoDBClient = root.client("dynamodb")
    item = dynamodb.get_item(
        TableName=environment.application.outputs["EnvironmentsTableName"],
        Key={"environment": {"S": environment.name}, "part": {"S": "lease"}},
    ).get("Item", {})
    return {name: value for name, typed in item.items() for value in typed.values()}


def _require_no_twins(environment: Environment) -> None:
    """All that bears the environment's tag is what its manifest knows, one thing a record."""
    ec2: EC2Client = root.client("ec2")
    tagging: ResourceGroupsTaggingAPIClient = root.client("resourcegroupstaggingapi")
    tag, name = "holdfast:environment", environment.name
    tagged = ec2.describe_tags(Filters=[{"Name": "key", "Values": [tag]}, {"Name": "value", "Values": [name]}])["Tags"]
    found = {one["ResourceId"] for one in tagged}
    keys = tagging.get_resources(TagFilters=[{"Key": tag, "Values": [name]}], ResourceTypeFilters=["kms:key"])
    found |= {one["ResourceARN"].rpartition("/")[2] for one in keys["ResourceTagMappingList"]}
    records = environment.records()
    made = [record["physical"]["id"] for record in records.values() if _is_made_without_a_name(record)]
    assert sorted(found) == sorted(made), f"twins, or things nobody knows of: {found ^ set(made)}"


def _is_made_without_a_name(record: Json) -> bool:
    """What AWS would make twice if asked twice; all else has a name that only one can have."""
    nameless = record["kind"].startswith("AWS::EC2::") or record["kind"] == "AWS::KMS::Key"
    return nameless and record["kind"] not in {"AWS::EC2::Route", "AWS::EC2::VPCGatewayAttachment"}
