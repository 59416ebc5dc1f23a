"""What is promised is watched, can be repaired, and is drifted by a test: every kind, every field, every closed set.

Nobody has to remember to add it: a new field of a promise is named here until its concern watches it and a line of
tests/support/drifts_<concern>.py breaks it.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
import pytest

from holdfast.aws.cluster_object import ClusterObject
from holdfast.aws.kinds import KINDS
from holdfast.core.concern import ELSEWHERE, HOME, holder
from holdfast.core.resource import Address
from tests.static import concerns
from tests.static.declared import LINES
from tests.support.drifting import tables

UNCHANGEABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::Backup::BackupSelection": dict.fromkeys(
        ("IamRoleArn", "NotResources", "Resources"),
        "AWS Backup has no call for it: a selection that says something else is another one (CreateBackupSelection)",
    ),
    "AWS::EFS::FileSystem": {"LastBackup": "AWS keeps no such thing: it is what teardown goes by"},
    "AWS::EKS::Cluster": {
        "AuthenticationMode": "EKS never goes back from API (UpdateClusterConfig, accessConfig)",
        "Version": "EKS refuses all but the next minor version, and has none above the one that is promised "
        "(core/versions.py); what becomes of a cluster that was promised less is in tests/unit/aws/test_eks.py",
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "IpAddressType": "ELB refuses any other while the subnets have no v6 ranges (SetIpAddressType)"
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "HealthCheckEnabled": "ELB refuses to switch it off where the targets are instances (ModifyTargetGroup)"
    },
    "AWS::RDS::DBInstance": {
        "AllocatedStorage": "RDS never shrinks storage (ModifyDBInstance), and may grow it by itself"
    },
    "AWS::EKS::Nodegroup": {
        "Version": "nodes run no newer Kubernetes than their cluster, and never an older one again"
    },
    "Kubernetes::PersistentVolumeClaim": {"spec": "only what it asks for could grow, and its class forbids that"},
}
"""Fields beside the immutable ones that nobody can change on what stands, by kind, and why."""
PROMISED: Final = sorted({line.kind for line in LINES.values()})


def _fields(kind: str) -> set[str]:
    """All but those that cannot be changed in place; of an object in a cluster, those that its manifests have."""
    resource = KINDS[kind]
    if not issubclass(resource, ClusterObject):
        return {field.encode_name for field in msgspec.structs.fields(resource.model)} - resource.immutable
    lines = [(Address("atlas", *path.split("/")), line) for path, line in LINES.items() if line.kind == kind]
    paths = {path for address, line in lines for path in line.desired.owned(address).compared()}
    changing = {path for path in paths if not resource.description.is_fixed(path)}
    return {re.split(r"[.\[]", path, maxsplit=1)[0] for path in changing}


FIELDS: Final = [(kind, field) for kind in PROMISED for field in sorted(_fields(kind))]


@pytest.mark.parametrize("kind", PROMISED)
def test_a_concern_is_home_to_every_kind(kind: str) -> None:
    assert HOME.get(kind) in concerns.every(), f"core/concern.py, HOME: no concern restores {kind}"


def test_no_concern_holds_what_nobody_promises() -> None:
    assert HOME.keys() >= ELSEWHERE.keys()
    unknown = HOME.keys() - KINDS.keys()
    assert not unknown, f"core/concern.py, HOME: no such kinds {sorted(unknown)}"


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_promised_field_is_watched(kind: str, field: str) -> None:
    name = holder(kind, field)
    lines = [watched for watched in concerns.every()[name].watched if watched.kind == kind]
    assert lines, f"core/concerns/{name}.py: no line for {kind}, so that no event leads to its {field}"


@pytest.mark.parametrize("concern", concerns.every())
def test_every_promised_field_is_drifted(concern: str) -> None:
    drifted = {(LINES[drift.path].kind, field) for drift in tables().get(concern, ()) for field in drift.fields}
    lacking = [
        f"{kind} {field}"
        for kind, field in FIELDS
        if holder(kind, field) == concern and field not in UNCHANGEABLE.get(kind, {}) and (kind, field) not in drifted
    ]
    assert not lacking, f"tests/support/drifts_{concern}.py: no line breaks {lacking}"


@pytest.mark.parametrize("concern", concerns.every())
def test_every_kind_that_comes_back_is_deleted(concern: str) -> None:
    deleted = {LINES[drift.path].kind for drift in tables().get(concern, ()) if drift.field == "stands"}
    coming = {kind for kind in PROMISED if HOME.get(kind) == concern and KINDS[kind].comes_back}
    assert coming <= deleted, f"tests/support/drifts_{concern}.py: no line deletes {sorted(coming - deleted)}"


def test_nothing_is_called_unchangeable_that_is_drifted() -> None:
    drifted = {
        (LINES[drift.path].kind, field) for drifts in tables().values() for drift in drifts for field in drift.fields
    }
    called = {(kind, field) for kind, fields in UNCHANGEABLE.items() for field in fields}
    assert not called & drifted
