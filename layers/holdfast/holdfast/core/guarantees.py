"""What no promise may say, whoever wrote it into the manifest.

The restorer obeys the manifest. Someone who can write there could make it open ports for them; this module is why they
cannot. It is asked before a layer is promised and before anything is restored.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from holdfast.core.essentials import lacking
from holdfast.core.manifest import Record, Records, properties
from holdfast.core.resource import Desired
from holdfast.core.security_group import ANYWHERE, Rule, SecurityGroupState
from holdfast.core.trouble import NeedsHuman

OPEN_TO_THE_INTERNET: Final = frozenset(
    {("security_groups/alb", "tcp", 80, 80), ("security_groups/alb", "tcp", 443, 443)}
)
"""All that the internet may reach: the load balancer's HTTPS, and the port that redirects to it."""
NODES: Final = "security_groups/nodes"
ONLY_FROM_NODES: Final = frozenset({"security_groups/database", "security_groups/file_system"})
NOTHING: Final = frozenset[object]()
ALWAYS: Final[Mapping[str, Mapping[str, object]]] = {
    "AWS::EC2::Subnet": {"MapPublicIpOnLaunch": False},
    "AWS::EKS::Cluster": {"AuthenticationMode": "API", "DeletionProtection": True, "EndpointPrivateAccess": True},
    "AWS::ElasticLoadBalancingV2::ListenerRule": {"Others": NOTHING},
    "AWS::RDS::DBInstance": {
        "DeletionProtection": True,
        "MultiAZ": True,
        "PubliclyAccessible": False,
        "ReadReplicaDBInstanceIdentifiers": NOTHING,
        "StorageEncrypted": True,
    },
    "AWS::S3::Bucket": {
        "OwnershipControls": "BucketOwnerEnforced",
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "ReplicationConfiguration": NOTHING,
        "VersioningConfiguration": "Enabled",
        "WebsiteConfiguration": NOTHING,
    },
}
"""What every promise of a kind says, in every environment."""


def refuse_broken_promise(record: Record, promised: Desired, records: Records) -> None:
    """Raise ``NeedsHuman`` if ``promised`` (resolved) would break a guarantee.

    ``records`` of the environment, those at least that the promise refers to: only what they name is ours.
    """
    broken = [*_said_otherwise(record.kind, promised), *_broken_by(record, promised, records)]
    if broken:
        raise NeedsHuman(
            record.path,
            "its promise in the manifest breaks a guarantee: " + "; ".join(broken),
            "find out in CloudTrail who wrote the manifest table; a build of the environment's file writes it anew",
        )


def _broken_by(record: Record, promised: Desired, records: Records) -> list[str]:
    if isinstance(promised, SecurityGroupState):
        return _opened_by(record, promised, records)
    return list(lacking(record.kind, properties(promised)))


def _said_otherwise(kind: str, promised: Desired) -> Iterator[str]:
    says = promised.compared()
    for field, always in ALWAYS.get(kind, {}).items():
        if says.get(field) != always:
            yield f"{field} must be {_words(always)}, it says {_words(says.get(field))}"


def _words(value: object) -> str:
    return ", ".join(sorted(map(str, value))) or "nothing" if isinstance(value, frozenset) else str(value)


def _opened_by(record: Record, promised: SecurityGroupState, records: Records) -> list[str]:
    ours = {path: one.physical["id"] for path, one in records.items() if one.physical}
    inward = [rule for rule in promised.rules if rule.direction == "ingress" and rule.peer not in ours.values()]
    broken = [f"{rule} opens it to the outside" for rule in inward if not _is_for_everyone(record.path, rule)]
    if record.path in ONLY_FROM_NODES:
        inward = [rule for rule in promised.rules if rule.direction == "ingress"]
        broken += [f"{rule}, but only the nodes may come in" for rule in inward if rule.peer != ours.get(NODES)]
    if promised.group_name == "default" and promised.rules:
        broken.append("the VPC's default group must have no rules")
    return broken


def _is_for_everyone(path: str, rule: Rule) -> bool:
    return rule.peer in ANYWHERE and (path, rule.protocol, rule.from_port, rule.to_port) in OPEN_TO_THE_INTERNET
