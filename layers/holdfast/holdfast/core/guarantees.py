"""What no promise may say, whoever wrote it into the manifest.

The restorer obeys the manifest. Someone who can write there could make it open ports for them; this module is why they
cannot. It is asked before a layer is promised and before anything is restored.
"""

from collections.abc import Iterator
from typing import Final

from holdfast.core.essentials import lacking
from holdfast.core.manifest import Properties, Record, Records, physical_of, properties
from holdfast.core.reference import resolve
from holdfast.core.resource import Desired
from holdfast.core.security_group import ANYWHERE, Rule, SecurityGroupState
from holdfast.core.trouble import NeedsHuman

OPEN_TO_THE_INTERNET: Final = frozenset(
    {("security_groups/alb", "tcp", 80, 80), ("security_groups/alb", "tcp", 443, 443)}
)
"""All that the internet may reach: the load balancer's HTTPS, and the port that redirects to it."""
NODES: Final = "security_groups/nodes"
NODE_GROUP: Final = "AWS::EKS::Nodegroup"
INSTANCE: Final = "AWS::EC2::Instance"
ONLY_FROM_NODES: Final = frozenset({"security_groups/database", "security_groups/file_system"})


def refuse_broken_promise(record: Record, promised: Desired, records: Records) -> None:
    """Raise ``NeedsHuman`` if ``promised`` (resolved) would break a guarantee.

    ``records`` of the environment, those at least that the promise refers to: only what they name is ours.
    """
    if broken := _broken_by(record, promised, records):
        raise NeedsHuman(
            record.path,
            "its promise in the manifest breaks a guarantee: " + "; ".join(broken),
            "find out in CloudTrail who wrote the manifest table; a build of the environment's file writes it anew",
        )


def _broken_by(record: Record, promised: Desired, records: Records) -> list[str]:
    if isinstance(promised, SecurityGroupState):
        return _opened_by(record, promised, records)
    said = properties(promised)
    return [*lacking(record.kind, said), *(_hung_by(said, records) if record.kind == INSTANCE else ())]


def _hung_by(promised: Properties, records: Records) -> Iterator[str]:
    """What hangs on nodes, and whose they are, is only what the environment itself calls so."""
    physical = physical_of(records)
    if promised["SecurityGroupIds"] != [resolve(f"${{{NODES}}}", physical)]:
        yield "other groups than the nodes' own would hang on them"
    groups = [f"${{{path}.AutoScalingGroupName}}" for path, one in records.items() if one.kind == NODE_GROUP]
    if promised["AutoScalingGroupName"] not in [resolve(group, physical) for group in groups]:
        yield "they would be nodes of no node group of the environment's"


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
