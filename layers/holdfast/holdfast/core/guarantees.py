"""What no promise may say, whoever wrote it into the manifest (section 6 of the design).

The restorer obeys the manifest. Someone who can write there could make it open ports for them; this module is why they
cannot. It is asked before anything is built and before anything is restored.
"""

from typing import Final

from holdfast.core.manifest import Record
from holdfast.core.resource import Desired
from holdfast.core.security_group import ANYWHERE, Rule, SecurityGroupState
from holdfast.core.trouble import NeedsHuman

OPEN_TO_THE_INTERNET: Final = frozenset(
    {("security_groups/alb", "tcp", 80, 80), ("security_groups/alb", "tcp", 443, 443)}
)
"""All that the internet may reach: the load balancer's HTTPS, and the port that redirects to it."""
NODES: Final = "security_groups/nodes"
ONLY_FROM_NODES: Final = frozenset({"security_groups/database", "security_groups/file_system"})


def refuse_broken_promise(record: Record, promised: Desired, nodes: str) -> None:
    """Raise ``NeedsHuman`` if ``promised`` (resolved) would break a guarantee. ``nodes`` is the nodes group's id."""
    if isinstance(promised, SecurityGroupState) and (broken := _broken_by(record, promised, nodes)):
        raise NeedsHuman(
            record.path,
            "its promise in the manifest breaks a guarantee: " + "; ".join(broken),
            "find out in CloudTrail who wrote the manifest table; a build of the environment's file writes it anew",
        )


def _broken_by(record: Record, promised: SecurityGroupState, nodes: str) -> list[str]:
    broken = [f"{rule} opens it to the outside" for rule in promised.rules if _opens_to_outside(record.path, rule)]
    if record.path in ONLY_FROM_NODES:
        inward = [rule for rule in promised.rules if rule.direction == "ingress"]
        broken += [f"{rule}, but only the nodes may come in" for rule in inward if rule.peer != nodes]
    if promised.group_name == "default" and promised.rules:
        broken.append("the VPC's default group must have no rules")
    return broken


def _opens_to_outside(path: str, rule: Rule) -> bool:
    """Our groups let each other in by reference; a range or a prefix list is always somebody else."""
    if rule.direction == "egress" or rule.peer.startswith("sg-"):
        return False
    return rule.peer not in ANYWHERE or (path, rule.protocol, rule.from_port, rule.to_port) not in OPEN_TO_THE_INTERNET
