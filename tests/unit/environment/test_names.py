"""What layers declare: references that lead somewhere, names that carry the environment's, and no name in common."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from holdfast.aws.iam.role import RoleState
from holdfast.aws.logs.log_group import LogGroupState
from holdfast.core.manifest import Declared
from holdfast.core.reference import references
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME, Tagged
from holdfast.environment.catalogue import LAYERS
from tests.support.world import SITE, in_order, spec

OURS = {
    *("AliasName", "BackupPlanName", "BackupVaultName", "BucketName", "GroupName", "LogGroupName", "RoleName"),
    *("DBInstanceIdentifier", "DBParameterGroupName", "DBSubnetGroupName", "SelectionName"),
}
"""The properties by which we name a resource (another resource's name stands there as a reference)."""
WORDS = ("atlas", "a", "2", "cluster", "nodes", "flow", "logs", "data", "waf", "default", "alb")
environments = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("-".join)


@cache
def declared(environment: str = "atlas") -> dict[str, Declared]:
    wanted = spec(environment)
    return {f"{layer.name}/{line.name}": line for layer in LAYERS.values() for line in layer.declared(wanted, SITE)}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.name)
def test_references_lead_to_the_layer_itself_or_to_what_it_needs(layer: Any) -> None:
    lines = declared()
    for line in layer.declared(spec(), SITE):
        for path in references(line.properties):
            assert path in lines, f"{layer.name}/{line.name} refers to {path}, which no layer declares"
            home = path.partition("/")[0]
            assert home in in_order((layer.name,)), f"{layer.name} leans on {home}: name it in the catalogue's needs"


def test_all_that_can_carry_tags_says_whose_it_is() -> None:
    for path, line in declared().items():
        if isinstance(line.desired, Tagged):
            layer, _, name = path.partition("/")
            ours = {TAG_ENVIRONMENT: "atlas", TAG_LAYER: layer, TAG_NAME: name}
            assert ours.items() <= line.desired.tags.items(), f"{path} lacks our tags"


def test_names_carry_the_environments_name() -> None:
    for path, _, name in named("atlas"):
        assert re.search(r"(^|[/-])atlas($|[/-])", name), f"{path} is called {name}"


@settings(max_examples=40, deadline=None)
@given(environments, environments)
def test_two_environments_share_no_name_and_no_pattern(one: str, other: str) -> None:
    assume(one != other and all(re.fullmatch(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", name) for name in (one, other)))
    theirs = {(field, name) for _, field, name in named(other)}
    assert not {(field, name) for _, field, name in named(one)} & theirs, f"{one} and {other} fight for a name"
    for path, pattern in patterns(one):
        matched = [arn for arn in arns(other) if fnmatchcase(arn, pattern)]
        assert not matched, f"{path} of {one} speaks of {matched} of {other} by {pattern}"


def named(environment: str) -> Iterator[tuple[str, str, str]]:
    """Every name that we choose, and as what: a database may be called as a group is.

    Security groups' names are unique in their VPC only, and each VPC has its `default`.
    """
    for path, line in declared(environment).items():
        for field, value in line.properties.items():
            if field in OURS and isinstance(value, str) and "${" not in value and value != "default":
                yield path, field, value


def patterns(environment: str) -> Iterator[tuple[str, str]]:
    """Every ARN in a policy of ours, with wildcards or without, that names something of this environment."""
    for path, line in declared(environment).items():
        for text in texts(line.properties):
            resource = text.split(":", 5)[-1] if text.startswith("arn:") else ""
            if re.search(rf"(^|[/:-]){environment}($|[/:-])", resource):
                yield path, text


def arns(environment: str) -> Iterator[str]:
    """What the environment has that a policy may name, and the cluster that bears its name."""
    yield SITE.arn("eks", f"cluster/{environment}")
    for line in declared(environment).values():
        match line.desired:
            case RoleState(path=path, role_name=name):
                yield SITE.arn("iam", f"role{path}{name}", region="")
            case LogGroupState(log_group_name=name):
                yield SITE.arn("logs", f"log-group:{name}")
                yield SITE.arn("logs", f"log-group:{name}:log-stream:any")


def texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)
