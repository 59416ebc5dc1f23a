"""The environment file: every wrong input is refused in words that name the field and what would be right there."""

from collections.abc import Iterator
from typing import Any

import pytest

from holdfast.core.spec import Spec
from holdfast.core.trouble import WrongInput

DNS = {"dns": {"zone": "holdfast.example"}}
LABEL = "must be a lower-case DNS label"
SIZE = "must be a /16 to /20"
PRIVATE = "must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"
RANGE = "must be a v4 range whose bits beyond the length are zero"
UNKNOWN = "is not a field of the environment file"
DAYS = "Input should be 1, 3, 5"
BALANCER = "must not be `internal` or begin with `internal-`"
CORES = "must be a Kubernetes quantity of cores"
BYTES = "must be a Kubernetes quantity of memory"
MOUNT = "must not meet "
PATH = "must be an absolute path such as /data"
OBJECT = "must be a JSON object"

DOCUMENTS: dict[str, tuple[object, str, str]] = {
    "nothing at all": (None, "the input", OBJECT),
    "a list": ([], "the input", OBJECT),
    "a sentence": ("build atlas", "the input", OBJECT),
    "no name": ({"network": {"cidr": "10.20.0.0/16"}, **DNS}, "name", "is missing"),
    "no network": ({"name": "atlas", **DNS}, "network", "is missing"),
    "no range": ({"name": "atlas", "network": {}, **DNS}, "network.cidr", "is missing"),
    "network is a string": ({"name": "atlas", "network": "10.20.0.0/16", **DNS}, "network", OBJECT),
    "network is null": ({"name": "atlas", "network": None, **DNS}, "network", OBJECT),
}

VALUES: dict[str, tuple[str, object, str]] = {
    "name is null": ("name", None, "Input should be a valid string"),
    "name is a number": ("name", 7, "Input should be a valid string"),
    "name is empty": ("name", "", LABEL),
    "name has capitals": ("name", "Atlas", LABEL),
    "name begins with a digit": ("name", "2atlas", LABEL),
    "name begins with a hyphen": ("name", "-atlas", LABEL),
    "name ends with a hyphen: names go on with one": ("name", "atlas-", LABEL),
    "name with two hyphens in a row: RDS takes none": ("name", "a--b", LABEL),
    "name that ELB keeps for itself": ("name", "internal", BALANCER),
    "name that begins as those that ELB keeps": ("name", "internal-2", BALANCER),
    "name has 21 characters: an ALB's has 32 in all": ("name", "a" * 21, LABEL),
    "name with a dot": ("name", "atlas.example", LABEL),
    "name with a slash: it would leave its path": ("name", "atlas/nodes", LABEL),
    "name with a line's end": ("name", "atlas\n", LABEL),
    "name with a reference": ("name", "${network/vpc}", LABEL),
    "name with an emoji": ("name", "atlas🗺", LABEL),
    "name with a letter of another script": ("name", "\u0430tlas", LABEL),
    "name with a wildcard: policies carry it": ("name", "at*", LABEL),
    "range of no network": ("network.cidr", "everywhere", RANGE),
    "range of v6": ("network.cidr", "fd00::/48", RANGE),
    "range with host bits": ("network.cidr", "10.20.0.1/16", RANGE),
    "range is null": ("network.cidr", None, RANGE),
    "range without a length is a single address": ("network.cidr", "10.20.0.0", SIZE),
    "range too wide for AWS": ("network.cidr", "10.0.0.0/15", SIZE),
    "range too narrow for pods": ("network.cidr", "10.20.0.0/21", SIZE),
    "public range": ("network.cidr", "8.8.0.0/16", PRIVATE),
    "range just beside a private one": ("network.cidr", "172.32.0.0/16", PRIVATE),
    "retention that CloudWatch Logs does not know": ("logs.retention_days", 42, DAYS),
    "retention for ever": ("logs.retention_days", None, DAYS),
    "retention in words": ("logs.retention_days", "a year", DAYS),
    "host that no certificate can carry": ("dns.host", f"{'a' * 48}.holdfast.example", "must have at most 64"),
    "two nodes for three zones": ("nodes.general.min", 2, "Input should be greater than or equal to 3"),
    "memory where cores are asked for": ("application.cpu", "512Mi", CORES),
    "cores where memory is asked for": ("application.memory", "250m", BYTES),
    "memory without its unit": ("application.memory", "512", BYTES),
    "file system over the certificate": ("application.file_system_path", "/etc/holdfast/tls", MOUNT),
    "file system in the certificate's folder": ("application.file_system_path", "/etc/holdfast/tls/x", MOUNT),
    "file system over what the certificate lies in": ("application.file_system_path", "/etc", MOUNT),
    "file system over the scratch folder": ("application.file_system_path", "/tmp", MOUNT),
    "file system at the root": ("application.file_system_path", "/", PATH),
    "file system by a way round": ("application.file_system_path", "/data/../tmp", PATH),
    "file system with a slash at its end": ("application.file_system_path", "/tmp/", PATH),
    "unknown field": ("owner", "platform", UNKNOWN),
    "unknown field inside": ("network.zones", 2, UNKNOWN),
    "misspelt field": ("netwrok", {"cidr": "10.20.0.0/16"}, UNKNOWN),
}


@pytest.mark.parametrize(("document", "field", "fix"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_wrong_document_is_refused_by_field_and_fix(document: object, field: str, fix: str) -> None:
    _refused(document, field, fix)


@pytest.mark.parametrize(("field", "value", "fix"), VALUES.values(), ids=VALUES)
def test_wrong_value_is_refused_by_field_and_fix(field: str, value: object, fix: str) -> None:
    document: dict[str, Any] = {"name": "atlas", "network": {"cidr": "10.20.0.0/16"}, **DNS}
    _refused(_with(document, field, value), field, fix)


def _with(document: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    outer, _, inner = field.partition(".")
    return {**document, outer: _with(document.get(outer, {}), inner, value) if inner else value}


def _refused(document: object, field: str, fix: str) -> None:
    with pytest.raises(WrongInput) as refused:
        Spec.admit(document)
    assert refused.value.field == field, "the field that the user must change, as the file spells it"
    assert refused.value.fix.startswith(fix), "the sentence in core/spec.py"
    assert str(refused.value) == f"{field}: {refused.value.fix}"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(WrongInput) as refused:
        Spec.admit({"name": "Atlas", "network": {"cidr": "8.8.0.0/16", "zones": 2}, **DNS, "owner": "platform"})
    told = str(refused.value)
    for field in ("name: must be", "network.cidr: must lie", "network.zones: is not", "owner: is not"):
        assert field in told, f"a user who mends one field at a time needs one build each: {told}"


def test_what_was_sent_is_not_repeated() -> None:
    with pytest.raises(WrongInput) as refused:
        Spec.admit({"name": "atlas", "network": {"cidr": "10.20.0.0/16"}, **DNS, "password": "hunter2"})
    assert "hunter2" not in str(refused.value), "a refusal stands in logs and in the execution's cause"


@pytest.mark.parametrize("name", ["a", "atlas", "atlas-2", "a-b-c", "internal2", "a" * 20, "z9"])
@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/16", "10.255.240.0/20", "172.31.0.0/16", "192.168.0.0/17", "100.127.0.0/16"]
)
def test_name_and_range_suffice(name: str, cidr: str) -> None:
    spec = Spec.admit({"name": name, "network": {"cidr": cidr}, **DNS})
    assert (spec.name, str(spec.network.cidr), spec.logs.retention_days) == (name, cidr, 365)


def test_spec_survives_the_table_it_is_kept_in() -> None:
    spec = Spec.admit({"name": "atlas", "network": {"cidr": "10.20.0.0/16"}, **DNS, "logs": {"retention_days": 7}})
    assert Spec.model_validate(spec.model_dump(mode="json")) == spec


def _patterns(schema: dict[str, Any], within: dict[str, Any], path: str = "") -> Iterator[str]:
    """The fields with a pattern, by the path at which a document has them; of a map's names, the map's."""
    within = schema["$defs"][within["$ref"].rpartition("/")[2]] if "$ref" in within else within
    if "pattern" in within or "patternProperties" in within:
        yield path
    for inner in (*within.get("anyOf", ()), *([within["items"]] if "items" in within else ())):
        yield from _patterns(schema, inner, path)
    for name, inner in within.get("properties", {}).items():
        yield from _patterns(schema, inner, f"{path}.{name}".removeprefix("."))


SCHEMA = Spec.model_json_schema()


@pytest.mark.parametrize("field", sorted(set(_patterns(SCHEMA, SCHEMA))))
def test_no_pattern_is_told_to_a_user(field: str) -> None:
    name = field.rpartition(".")[2]
    wrong: dict[str, Any] = {"name": "_", "network": {"cidr": "10.20.0.0/16"}, **DNS}
    for value in ("(", ["("], {"(": ""}):
        with pytest.raises(WrongInput) as refused:
            Spec.admit(_with(wrong, field, value))
        assert "pattern" not in refused.value.fix, f"core/spec.py, SHAPES: say in words what `{name}` takes"
