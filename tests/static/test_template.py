"""What keeps data is encrypted and can be had back; what the functions import and read, Lambda gives them."""

import json
import re
import subprocess
import sys
import sysconfig
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any, Final

import pytest

from tests.static.models import APPS
from tests.static.stack import ROOT, stack, template

TABLES: Final = stack().of_type("AWS::DynamoDB::Table")
FUNCTIONS: Final = stack().functions
KEPT: Final = ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket")
LAYER: Final = ROOT / "layers" / "holdfast"
AS_LAMBDA: Final = ROOT / "tests" / "static" / "as_lambda.py"
SITE_PACKAGES: Final = sysconfig.get_path("purelib")
RUNTIME: Final = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""What Lambda's Python runtime brings ("Runtime-included SDK versions", lambda/latest/dg/lambda-python.html)."""
HOT: Final = [name for name, one in FUNCTIONS.items() if ROOT / one["CodeUri"] / "app.py" in APPS]
HEAVY: Final = frozenset({"aws_lambda_powertools", "boto3", "pydantic"})


def _spelled(distribution: str) -> str:
    """As requirements spell it ("Names and normalization", packaging.python.org)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


PACKAGES: Final = {package: _spelled(owners[0]) for package, owners in packages_distributions().items()}
"""The distribution that each package comes from."""


def _key_arn() -> Any:
    return stack().resolved({"Fn::GetAtt": ["Key", "Arn"]})


# ── the record ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_encrypted_with_our_key(table: str) -> None:
    encryption = TABLES[table].get("SSESpecification", {})
    ours = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": stack().resolved({"Ref": "Key"})}
    assert encryption == ours, f"template.yaml, {table}: SSESpecification is {encryption}"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_can_be_had_back(table: str) -> None:
    recovery = TABLES[table].get("PointInTimeRecoverySpecification")
    assert recovery == {"PointInTimeRecoveryEnabled": True}, f"template.yaml, {table}: point-in-time recovery is off"
    assert TABLES[table].get("DeletionProtectionEnabled") is True, f"template.yaml, {table}: deletion protection is off"


@pytest.mark.parametrize("name", stack().of_type(*KEPT))
def test_what_keeps_data_outlives_the_stack(name: str) -> None:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        found = stack().resources[name].get(policy)
        assert found == "Retain", f"template.yaml, {name}: {policy} is {found}, not Retain"


@pytest.mark.parametrize("topic", stack().of_type("AWS::SNS::Topic").keys() - {"PagesTopic"})
def test_a_topic_is_encrypted_with_our_key(topic: str) -> None:
    key = stack().of_type("AWS::SNS::Topic")[topic].get("KmsMasterKeyId")
    assert key == stack().resolved({"Ref": "Key"}), f"template.yaml, {topic}: KmsMasterKeyId is {key}"


@pytest.mark.parametrize("group", stack().of_type("AWS::Logs::LogGroup"))
def test_a_log_group_is_encrypted_with_our_key_and_ends(group: str) -> None:
    properties = stack().of_type("AWS::Logs::LogGroup")[group]
    assert properties.get("KmsKeyId") == _key_arn(), f"template.yaml, {group}: KmsKeyId"
    assert properties.get("RetentionInDays"), f"template.yaml, {group}: events are kept for ever"


def test_our_key_rotates() -> None:
    (key,) = stack().of_type("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True, "template.yaml, Key: EnableKeyRotation"


@pytest.mark.parametrize("bucket", stack().of_type("AWS::S3::Bucket"))
def test_a_bucket_is_nobodys_but_ours(bucket: str) -> None:
    properties = stack().of_type("AWS::S3::Bucket")[bucket]
    closed = properties["PublicAccessBlockConfiguration"]
    doors = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    assert closed == dict.fromkeys(doors, True), f"template.yaml, {bucket}: public access is not blocked: {closed}"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, f"template.yaml, {bucket}: versions"


# ── the functions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_function_is_in_the_template() -> None:
    written = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/*/app.py")}
    deployed = {function["CodeUri"] for function in FUNCTIONS.values()}
    assert written == deployed, f"template.yaml and functions/ differ by {sorted(written ^ deployed)}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_only_what_lambda_will_have(function: str) -> None:
    assert "holdfast" in _imported(function)["packages"]


@pytest.mark.parametrize("function", sorted(HOT))
def test_a_cold_start_of_the_restoration_is_light(function: str) -> None:
    heavy = HEAVY & set(_imported(function)["packages"])
    assert not heavy, f"{function} loads {sorted(heavy)}: every restoration waits for it"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_all_that_it_reads(function: str) -> None:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    untold = set(_imported(function)["variables"]) - shared.keys() - own.keys()
    assert not untold, f"template.yaml: no Variables of {function} say {sorted(untold)}"


def test_the_layer_has_nothing_that_no_function_imports() -> None:
    asked = _distributions("requirements.in")
    used = {
        PACKAGES[package]
        for function in FUNCTIONS
        for package in _imported(function)["packages"]
        if package in PACKAGES
    }
    assert asked <= used, f"layers/holdfast/requirements.in: no function imports {sorted(asked - used)}"


@cache
def _imported(function: str) -> dict[str, list[str]]:
    """What ``as_lambda`` says of a function."""
    locked = {
        package for package, distribution in PACKAGES.items() if distribution in _distributions("requirements.txt")
    }
    app = ROOT / FUNCTIONS[function]["CodeUri"] / "app.py"
    command = [sys.executable, "-I", "-S", *map(str, (AS_LAMBDA, app, LAYER, SITE_PACKAGES)), *sorted(locked | RUNTIME)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        f"{function} cannot be imported with layers/holdfast/requirements.txt alone: "
        f"add what it needs to requirements.in and `make lock`.\n{done.stderr}"
    )
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def _distributions(requirements: str) -> set[str]:
    """The distributions that a file of the layer's requirements names."""
    named = re.findall(r"^([A-Za-z][\w.-]*)", (LAYER / requirements).read_text(), re.MULTILINE)
    return set(map(_spelled, named))
