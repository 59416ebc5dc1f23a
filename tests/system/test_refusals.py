"""What nobody can build is refused with the field and the fix, and nothing is made of it.

What fails here is mended in layers/holdfast/holdfast/core/spec.py and functions/admit/app.py.
"""

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.support.cloud import Application, Caller, root
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_stepfunctions import SFNClient

NAME: Final = "refused"
NETWORK: Final = {"cidr": "10.77.0.0/16"}
DNS: Final = {"dns": {"zone": "holdfast.example"}}
"""Right in every document that has fields at all, so that what is wrong stands alone."""


class Refusal(NamedTuple):
    what: str
    document: Any
    field: str
    fix: str


REFUSALS: Final = (
    Refusal("no name", {"network": NETWORK}, "name", "is missing"),
    Refusal("an upper-case name", {"name": "Refused", "network": NETWORK}, "name", "lower-case DNS label"),
    Refusal("a long name", {"name": "a" * 21, "network": NETWORK}, "name", "at most 20 characters"),
    Refusal("a name that ends in a line break", {"name": "refused\n", "network": NETWORK}, "name", "DNS label"),
    Refusal("a name that ends in a hyphen", {"name": "refused-", "network": NETWORK}, "name", "DNS label"),
    Refusal("a number for a name", {"name": 7, "network": NETWORK}, "name", "string"),
    Refusal("no network", {"name": NAME}, "network", "is missing"),
    Refusal("no range", {"name": NAME, "network": {}}, "network.cidr", "is missing"),
    Refusal("null for a network", {"name": NAME, "network": None}, "network", "JSON object"),
    Refusal("a range too small", {"name": NAME, "network": {"cidr": "10.77.0.0/21"}}, "network.cidr", "/16 to /20"),
    Refusal("a range too large", {"name": NAME, "network": {"cidr": "10.0.0.0/8"}}, "network.cidr", "/16 to /20"),
    Refusal("a public range", {"name": NAME, "network": {"cidr": "8.8.0.0/16"}}, "network.cidr", "10.0.0.0/8"),
    Refusal(
        "a range with host bits", {"name": NAME, "network": {"cidr": "10.77.0.1/16"}}, "network.cidr", "such as 10."
    ),
    Refusal("an IPv6 range", {"name": NAME, "network": {"cidr": "fd00::/16"}}, "network.cidr", "v4 range"),
    Refusal("words for a range", {"name": NAME, "network": {"cidr": "anywhere"}}, "network.cidr", "v4 range"),
    Refusal("a misspelt field", {"name": NAME, "network": NETWORK, "nodse": 3}, "nodse", "remove it, or mend"),
    Refusal(
        "a misspelt field inside", {"name": NAME, "network": {**NETWORK, "zones": 2}}, "network.zones", "remove it"
    ),
    Refusal(
        "days that logs cannot be kept",
        {"name": NAME, "network": NETWORK, "logs": {"retention_days": 17}},
        "logs.retention_days",
        "365",
    ),
    Refusal("no hosted zone", {"name": NAME, "network": NETWORK, "dns": {}}, "dns.zone", "is missing"),
    Refusal(
        "a zone that the account has not",
        {"name": NAME, "network": NETWORK, "dns": {"zone": "nowhere.example"}},
        "dns.zone",
        "this account has no public hosted zone nowhere.example",
    ),
    Refusal(
        "a host outside its zone",
        {"name": NAME, "network": NETWORK, "dns": {"zone": "holdfast.example", "host": "atlas.example.com"}},
        "dns.host",
        "must end in .holdfast.example",
    ),
    Refusal(
        "more nodes at the least than at the most",
        {"name": NAME, "network": NETWORK, "nodes": {"general": {"min": 4, "max": 3}}},
        "nodes.general",
        "max must not be smaller than min",
    ),
    Refusal(
        "pods with GPUs and no node that has some",
        {"name": NAME, "network": NETWORK, "application": {"gpus": 1}},
        "application.gpus",
        "needs nodes.gpu",
    ),
    Refusal("several at once", {"name": "N", "network": {"cidr": "10.77.0.0/24"}}, "name", "network.cidr: must be"),
    Refusal("a list", [NAME], "the input", "JSON object"),
    Refusal("nothing", {}, "name", "is missing"),
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what.replace(" ", "-"))
def test_wrong_input_is_refused_by_field_and_fix(refusal: Refusal, application: Application, alice: Caller) -> None:
    states: SFNClient = alice.client("stepfunctions")
    started = states.start_execution(
        stateMachineArn=application.outputs["BuildStateMachineArn"], input=json.dumps(_whole(refusal.document))
    )
    ended = until(
        "the build ends",
        lambda: states.describe_execution(executionArn=started["executionArn"]),
        lambda seen: seen["status"] != "RUNNING",
    )
    assert (ended["status"], ended["error"]) == ("FAILED", "WrongInput")
    assert ended["cause"].startswith(f"{refusal.field}: "), ended["cause"]
    assert refusal.fix in ended["cause"]


def _whole(document: Any) -> Any:
    return {**document, **DNS} if document and isinstance(document, dict) and "dns" not in document else document


def test_of_what_was_refused_nothing_is_made(application: Application) -> None:
    dynamodb: DynamoDBClient = root.client("dynamodb")
    for output in ("EnvironmentsTableName", "ManifestTableName"):
        pages = dynamodb.get_paginator("scan").paginate(TableName=application.outputs[output])
        kept = {item["environment"]["S"] for page in pages for item in page["Items"]}
        assert {name for name in kept if name.lower().startswith(NAME)} == set()
    ec2: EC2Client = root.client("ec2")
    ranges = [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    assert [one for one in ranges if one.startswith("10.77.")] == []
