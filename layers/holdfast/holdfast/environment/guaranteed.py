"""What every environment guarantees, and by which questions of the probes that is shown.

The layers build it and their probes ask; here stands only which questions belong to which guarantee, so that whoever
reads the end of a build finds them together. ``{name}`` is the environment's, ``*`` anything.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from holdfast.core.evidence import Evidence


class Asked(NamedTuple):
    """Questions of one layer's probe."""

    layer: str
    questions: tuple[str, ...]


def _of(layer: str, *questions: str) -> Asked:
    return Asked(layer, questions)


GUARANTEES: Final[Mapping[str, tuple[Asked, ...]]] = {
    "three Availability Zones": (
        _of("network", "In which zones do the private subnets lie?", "In which zones do the public subnets lie?"),
        _of("cluster", "In which zones has the control plane its interfaces?"),
        _of("nodes", "In which zones can nodes be launched?"),
        _of("load_balancer", "In which zones does it stand?"),
        _of("database", "In which zones may it stand?"),
        _of("file_storage", "From which zones can it be reached?"),
    ),
    "nodes and database without public addresses": (
        _of("network", "Which subnets hand out public addresses?"),
        _of("nodes", "Which nodes have a public address?", "With what are nodes launched?"),
        _of("database", "Has it a public address?", "Which of its subnets lead straight to the internet?"),
        _of("egress", "Which network interfaces are public, and neither a NAT gateway's nor a load balancer's?"),
    ),
    "each private subnet leaves by the NAT gateway of its own zone": (
        _of("egress", "Through which zone's NAT gateway does each private subnet leave?"),
    ),
    "only 443, and 80 as a redirect, reachable from outside": (
        _of("security_groups", "What lets in anybody but our own groups?"),
        _of("load_balancer", "On which ports does it listen, and what does it answer by itself?"),
        _of("cluster", "From where can the Kubernetes API be reached?"),
    ),
    "database reachable from nodes only": (
        _of("security_groups", "Who can reach the database?"),
        _of("database", "Which security groups let anybody in?"),
    ),
    "TLS on every hop between machines": (
        _of(
            "load_balancer",
            "Which TLS does it speak?",
            "How does it speak to the nodes, and how does it know that they are well?",
        ),
        _of("ingress", "Does it speak HTTPS only, to users and to pods?"),
        _of("workloads", "Under which name is the application reached, and is the way to its pods encrypted?"),
        _of("database", "Is a connection without TLS refused?"),
        _of("file_storage", "Who may mount it, and how must they speak?"),
        _of("object_storage", "What does the policy of {name}-data-* say of *?"),
    ),
    "everything at rest encrypted, with our keys wherever AWS allows": (
        _of("keys", "In what state are they?"),
        _of("logs", "How long are events kept, and encrypted with which key?"),
        _of("cluster", "Which key encrypts the cluster's secrets?"),
        _of(
            "nodes",
            "With what are nodes launched?",
            "Which nodes' volumes are not encrypted with the environment's key?",
        ),
        _of("object_storage", "With what is encrypted what is put into them?"),
        _of(
            "database",
            "With which key are storage and snapshots encrypted?",
            "Who keeps the master password, under which key?",
            "With which key does Performance Insights encrypt what it saw?",
        ),
        _of("file_storage", "How is the file system encrypted?", "With which key are its backups encrypted?"),
    ),
    "failover to another zone": (
        _of("database", "Does a standby take over in another zone?", "In which zones do the two stand?"),
    ),
    "Cluster Autoscaler and HPA present, and able to act": (
        _of("nodes", "Can the Cluster Autoscaler find them?"),
        _of("ingress", "Which processes of Auto Scaling are suspended?"),
        _of(
            "workloads",
            "Which Cluster Autoscaler runs, and by what does it find its groups?",
            "Which node groups can it find, and scale?",
            "What may {name}-cluster-autoscaler do?",
            "Within which bounds does the application grow, and from which load on?",
        ),
    ),
    "WAF in front": (_of("waf", "Which web ACL stands before the load balancer?", "What does it do with a request?"),),
    "logs and metrics arriving": (
        _of("logs", "Has a record of the VPC's traffic arrived?"),
        _of("database", "Has a line of the engine's log arrived?"),
        _of("waf", "Does it count what it lets through and what it blocks?"),
        _of("observability", "Do * arrive?"),
    ),
    "every role least": (
        _of(
            "identity",
            "Which of them lack the permissions boundary?",
            "Who may act as {name}-*?",
            "What may {name}-* do?",
        ),
        _of("cluster", "Who may act as {name}-*?", "What may {name}-* do?"),
        _of("kubernetes_access", "Who may do what in the cluster?", "What may it do in AWS?"),
        _of("addons", "Who may act as {name}-*?", "What may {name}-* do?"),
        _of("workloads", "Who may act as {name}-*?", "What may {name}-* do?"),
    ),
}


def shown_by(evidence: Mapping[str, Evidence], environment: str) -> dict[str, list[tuple[str, str]]]:
    """By guarantee, the layers and questions of ``evidence`` that show it."""
    return {
        guarantee: [
            (one.layer, finding.question)
            for one in asked
            if one.layer in evidence
            for finding in evidence[one.layer].findings
            if any(fnmatchcase(finding.question, pattern.format(name=environment)) for pattern in one.questions)
        ]
        for guarantee, asked in GUARANTEES.items()
    }
