"""One environment file in, one `start-execution`, nineteen verified layers: and again.

What fails here is mended in state_machines/, layers/holdfast/holdfast/environment/ and core/layer.py.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.support.bus import details
from tests.support.cloud import Application, Caller, Calls, Json, names, root, writes
from tests.support.environments import DEFAULT, LAYERS, Environment, tags
from tests.support.tagged import tagged
from tests.system.conftest import First

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_stepfunctions import SFNClient

TAGS: Final = ("holdfast:environment", "holdfast:layer", "holdfast:name")
TAGGED_WHEN_CREATED: Final = {
    "AWS::EC2::FlowLog": "CreateFlowLogs",
    "AWS::EC2::InternetGateway": "CreateInternetGateway",
    "AWS::EC2::NatGateway": "CreateNatGateway",
    "AWS::EC2::RouteTable": "CreateRouteTable",
    "AWS::EC2::SecurityGroup": "CreateSecurityGroup",
    "AWS::EC2::Subnet": "CreateSubnet",
    "AWS::EC2::VPC": "CreateVpc",
    "AWS::EC2::VPCEndpoint": "CreateVpcEndpoint",
    "AWS::IAM::Role": "CreateRole",
    "AWS::KMS::Key": "CreateKey",
    "AWS::Logs::LogGroup": "CreateLogGroup",
}
"""By kind, the call that makes it; no other could make a twin, or CloudTrail names it otherwise."""
MADE_BY_AWS: Final = ("network/default_security_group", "network/default_network_acl", "cluster/cluster_security_group")
"""Come into being untagged, beside a VPC and a cluster."""
NOT_SHOWN_HERE: Final = {
    "Can its autoscaler read the load, and act on it?",
    "Do WAF logs arrive?",
    "Do application logs arrive?",
    "Do data plane logs arrive?",
    "Do database logs arrive?",
    "Do node logs arrive?",
    "Do numbers on node health arrive?",
    "Do numbers on pod CPU arrive?",
    "Do numbers on pod memory arrive?",
    "Do performance logs arrive?",
    "Does it count what it lets through and what it blocks?",
    "Has a line of the engine's log arrived?",
    "Has a record of the VPC's traffic arrived?",
    "How many pods of the Cluster Autoscaler are up?",
    "How many pods of the application are up?",
    "In which zones do the two stand?",
    "Is what the policies deny denied?",
    "On how many nodes is it ready?",
    "On which nodes' interfaces hang other groups than the nodes' own?",
    "When was it last backed up?",
    "Which nodes answer to IMDSv1, or more than one hop far?",
    "Which nodes get the load balancer's requests, and do they answer?",
    "Which nodes have a public address?",
    "Which nodes' volumes are not encrypted with the environment's key?",
}
"""What a laptop has no nodes, no traffic and no standby for."""
NEVER_TAGGED: Final = {"AWS::AutoScaling::AutoScalingGroup"}
"""EKS's own: of their tags only those are promised by which the Cluster Autoscaler finds them."""
WITHOUT_TAGS: Final = {
    "AWS::EC2::Instance",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
}
OUR_OWN_TABLES_AND_LOGS: Final = {"dynamodb.amazonaws.com", "logs.amazonaws.com", "states.amazonaws.com"}


def test_its_output_is_the_evidence_by_layer(first: First) -> None:
    output = json.loads(first.ended["output"])
    assert output["environment"] == first.environment.name
    assert tuple(output["evidence"]) == LAYERS
    findings = [finding for layer in LAYERS for finding in output["evidence"][layer]["findings"]]
    assert [one for one in findings if one["verdict"] not in {"holds", "not shown here"}] == []
    assert {one["question"] for one in findings if one["verdict"] == "not shown here"} == NOT_SHOWN_HERE


def test_a_second_build_meanwhile_is_refused_and_names_the_first(first: First) -> None:
    execution = first.ended["executionArn"]
    assert execution in first.refused["cause"], f"the cause does not name the build that runs: {first.refused['cause']}"
    assert first.environment.lease()["execution"] == execution


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
    drawn = set(_drawn(definition))
    assert set(LAYERS) <= drawn, "the console's graph does not show each layer by its name"


def _drawn(machine: Json) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for branch in state.get("Branches", []):
            yield from _drawn(branch)


def test_every_object_that_can_be_tagged_says_whose_it_is(built: Environment) -> None:
    records = built.records().items()
    can = {path for path, one in records if "Tags" in one["desired"] and one["kind"] not in NEVER_TAGGED}
    assert can - set(tagged(built.name).values()) == set(), (
        "these do not say by their tags which line of which layer they are"
    )


def test_tags_are_set_in_the_create_call(first: First) -> None:
    built, calls = first.environment, first.calls
    made = [record for record in calls.mentioning(built.name) if record["eventName"] in TAGGED_WHEN_CREATED.values()]
    wanted = Counter(
        TAGGED_WHEN_CREATED[record["kind"]]
        for path, record in built.records().items()
        if record["kind"] in TAGGED_WHEN_CREATED and path not in MADE_BY_AWS
    )
    assert Counter(names(made)) == wanted, "not one create call an object"
    parameters = [json.dumps(record["requestParameters"]) for record in made]
    assert [one for one in parameters if not all(key in one for key in TAGS)] == []
    later = [record for record in calls.mentioning(*built.words) if record["eventName"] == "CreateTags"]
    claimed = {item["resourceId"] for record in later for item in record["requestParameters"]["resourcesSet"]["items"]}
    assert claimed == {built.ids[path] for path in MADE_BY_AWS}, "only what AWS makes by itself is tagged afterwards"


def test_what_a_build_calls_wakes_no_restoration(first: First) -> None:
    """It opens and closes rules and sets tags; as events these look like anybody's, but for who calls."""
    groups = set(first.environment.groups.values())
    calls = [one for one in first.calls.mentioning(*groups) if not one["readOnly"]]
    assert {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress", "CreateTags"} <= set(names(calls))
    canary = first.environment.application.parts["SingFunction"]
    woken = [one for one in details(first.woken) if not one["userIdentity"]["arn"].endswith(f"/{canary}")]
    assert [one["eventName"] for one in woken if any(group in str(one) for group in groups)] == []


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
