"""What is promised of every kind, who watches it and which tests drift it: docs/coverage.md, by ``make coverage``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from holdfast.aws.cluster_object import ClusterObject
from holdfast.aws.kinds import KINDS
from holdfast.core.concern import HOME, holder
from holdfast.core.resource import STANDS, Address
from tests.static import concerns
from tests.static.declared import LINES
from tests.static.stack import ROOT
from tests.support.drifting import Broken, tables

COVERAGE: Final = ROOT / "docs" / "coverage.md"
HEAD: Final = """# What is promised, watched and drifted

Written by `make coverage` from the code, and checked by `tests/static/test_coverage.py`: who promises a new field
finds a failing test until a concern watches it, an event leads to it, and a line of `tests/support/drifts_<concern>.py`
breaks it.

*Promised* are the fields that a build verifies and the manifest keeps, by the names that CloudFormation gives them; of
an object in a cluster, the parts of its manifest. *Drifts* is in how many ways `make test` breaks the kind in the
deployed system, as an IAM user with plain boto3 (in clusters: as kubectl calls), and sees it restored, or paged where
only a person can mend it; security groups have another table besides, `tests/support/drifts.py`. A field with a star
AWS cannot change on what stands: something else that stands under the name of ours is paged.

"""

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


def _drifts() -> list[tuple[str, Broken]]:
    return [(LINES[drift.path].kind, drift) for drifts in tables().values() for drift in drifts]


def _row(kind: str) -> str:
    fields = sorted(_fields(kind))
    holders = sorted(
        {holder(kind, field) for field in fields} | {HOME[kind]}, key=lambda name: (name != HOME[kind], name)
    )
    watched = [one for name in holders for one in concerns.every()[name].watched if one.kind == kind]
    drifts = [drift for of, drift in _drifts() if of == kind]
    drifted = {field for drift in drifts for field in drift.fields} & set(fields)
    config = next((one.config_type for one in watched if one.config_type), "")
    heard = sum(len(one.event_names) for one in watched)
    deleted = any(STANDS in drift.fields for drift in drifts)
    return _cells(
        f"`{kind}`",
        ", ".join(holders),
        ", ".join(filter(None, (f"{heard} calls" if heard else "the audit log", "Config" if config else ""))),
        f"{len(fields)}",
        f"{len(drifted)}" + (" and deletion" if deleted else ""),
        f"{len(drifts)}",
        ", ".join(_not_drifted(kind)),
    )


def _not_drifted(kind: str) -> Iterator[str]:
    yield from (f"`{field}`" for field in UNCHANGEABLE.get(kind, {}))
    yield from (f"`{field}`*" for field in sorted(KINDS[kind].immutable))


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _reasons() -> Iterator[str]:
    for kind, fields in UNCHANGEABLE.items():
        for why in dict.fromkeys(fields.values()):
            of = ", ".join(f"`{field}`" for field, reason in fields.items() if reason == why)
            yield f"- `{kind}` {of}: {why}."


def _table(rows: Iterable[str], *head: str) -> list[str]:
    return [_cells(*head), _cells(*("---" for _ in head)), *rows]


def coverage() -> str:
    """The page, as Markdown."""
    drifts = _drifts()
    fields = {(kind, field) for kind, drift in drifts for field in drift.fields} & set(FIELDS)
    total = (
        f"{len(PROMISED)} kinds, {len(FIELDS)} promised fields, all watched; {len(fields)} of them broken in "
        f"{len(drifts)} ways. The rest nobody can break on what stands (see below).\n"
    )
    rows = _table(map(_row, PROMISED), "Kind", "Held by", "Heard by", "Promised", "Drifted", "Drifts", "Not drifted")
    return "\n".join([HEAD + total, *rows, "", "## Fields that nobody can change on what stands", "", *_reasons(), ""])


def write(path: Path = COVERAGE) -> None:
    path.write_text(coverage())


if __name__ == "__main__":
    write()
