"""A build that ends in the middle is simply started again: it goes on from what AWS has, and never makes a twin.

What fails here is mended in layers/holdfast/holdfast/core/layer.py, core/reconcile.py and environment/admission.py.
"""

import time
from collections import Counter
from functools import partial
from typing import Final

import pytest

from tests.support.cloud import Application, Caller, Json
from tests.support.environments import LAYERS, Environment, prepared
from tests.support.faults import Strike, Way, kill_the_caller, led, lose_the_reply
from tests.support.tagged import tagged
from tests.support.waiting import until

MOMENTS: Final = (0.2, 0.4, 0.7, 1.0, 1.4, 1.8)
"""Seconds after its start at which a build is stopped, each time in a later layer's work."""
MIDST: Final = ("cluster", "nodes", "workloads")
"""Layers in whose midst it is stopped then: on two cores some 10, 30 and 60 s after a first build's start."""
STRUCK: Final = {"network", "identity", "keys", "logs", "security_groups"}
"""The layers that make the calls below."""
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

UNTAGGED: Final = {
    "AWS::EC2::Instance",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
}
"""Belong to one thing that is tagged, which can have but one of them."""


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
        led(application.parts["ConvergeFunction"], Way(operations, strike)) as way,
    ):
        execution = made.start()
        until(
            "each of the calls went wrong once, and the layers that make them stand",
            lambda: (operations - set(way.struck), STRUCK - made.promised()),
            lambda left: not any(left),
            look=made.diagnosis,
            seconds=120,
        )
        made.stop(execution)
        assert made.ended(execution)["status"] == "ABORTED", "it was another execution that went on"
        _require_no_twins(made, STRUCK)


def test_a_build_that_is_stopped_again_and_again_leaves_no_twins(beside: Environment) -> None:
    for moment in MOMENTS:
        execution = beside.start()
        time.sleep(moment)
        _stopped(beside, execution)
    for layer in MIDST:
        execution = beside.start()
        until(
            f"something of the layer {layer} is made",
            partial(_made_of, beside, layer),
            look=beside.diagnosis,
            seconds=120,
        )
        _stopped(beside, execution)
        assert layer not in beside.promised(), "it was stopped too late to have been in the midst of it"
    output = beside.built()
    broken = [one for layer in output["evidence"].values() for one in layer["findings"] if one["verdict"] == "broken"]
    assert broken == []
    assert beside.lease()["execution"] == beside.executions[-1], "the lease of the dead was not taken over"
    _require_no_twins(beside, set(LAYERS))


def _stopped(environment: Environment, execution: str) -> None:
    environment.stop(execution)
    ended = environment.ended(execution)
    assert ended["status"] == "ABORTED", f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}"


def _made_of(environment: Environment, layer: str) -> list[str]:
    """What of the layer AWS has made so far."""
    return [path for path, one in environment.records().items() if path.startswith(f"{layer}/") and one["physical"]]


def _require_no_twins(environment: Environment, layers: set[str]) -> None:
    """All that bears the environment's tags is what its manifest knows, one thing a record."""
    records = environment.records()
    listed = {arn: path for arn, path in tagged(environment.name).items() if path.partition("/")[0] in layers}
    twice = [path for path, count in Counter(listed.values()).items() if count > 1]
    assert twice == [], f"twins: {[arn for arn, path in listed.items() if path in twice]}"
    found = {(path, arn.rpartition("/")[2]) for arn, path in listed.items() if _is_nameless(records.get(path))}
    made = {
        (path, record["physical"]["id"])
        for path, record in records.items()
        if path.partition("/")[0] in layers and _is_nameless(record)
    }
    assert found == made, f"things nobody knows of, or that say nothing: {found ^ made}"


def _is_nameless(record: Json | None) -> bool:
    """What AWS would make twice if asked twice, or what no record knows; all else has a name that only one can have."""
    if record is None:
        return True
    nameless = record["kind"].startswith("AWS::EC2::") or record["kind"] == "AWS::KMS::Key"
    return nameless and record["kind"] not in UNTAGGED
