"""The security groups: exactly the traffic that the environment needs, by reference to each other.

                 443, 80                30443               5432 ┌ database
    internet ───────────────▶ alb ──────────────▶ nodes ─────────┤
                                        443 │  ▲  │ ▲         2049 └ file_system
                                            ▼  │  └─┘ among themselves
                     kubernetes ── 443 ──▶ control_plane

Control plane and nodes speak as "Amazon EKS security group requirements" says: 443 and 10250, and the ports on which
the add-ons' webhooks and the metrics API answer. DNS and time stay inside the VPC and pass no security group.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from holdfast.aws.clients import Clients
from holdfast.core import canary
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME
from holdfast.core.security_group import Rule, SecurityGroupState, everything, tcp
from holdfast.core.site import Site
from holdfast.core.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupRuleTypeDef

ANYWHERE = "0.0.0.0/0"
HTTPS, HTTP = 443, 80
INGRESS_CONTROLLER = 30443
"""The one node port that the load balancer speaks to, over HTTPS."""
KUBELET = 10250
WEBHOOKS: Final = (9443, 10251)
"""amazon-cloudwatch-observability's webhook, and the metrics-server add-on's API."""
POSTGRESQL, NFS = 5432, 2049
SONG: Final = f"{canary.NAME}: {canary.RULE}"
"""What the canary opens for a moment, on a group that hangs on nothing."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    for name, (description, rules) in _groups().items():
        desired = SecurityGroupState(
            group_name=f"{spec.name}-{name.replace('_', '-')}",
            group_description=description,
            vpc_id="${network/vpc}",
            rules=frozenset(rules),
        )
        yield Declared("AWS::EC2::SecurityGroup", name, desired)


def _groups() -> dict[str, tuple[str, list[Rule]]]:
    alb, control_plane, kubernetes = _group("alb"), _group("control_plane"), _group("kubernetes")
    nodes, database, file_system = _group("nodes"), _group("database"), _group("file_system")
    into_nodes = (HTTPS, KUBELET, *WEBHOOKS)
    return {
        "alb": (
            "Users reach the load balancer, it reaches the ingress controller",
            [
                tcp("ingress", HTTPS, ANYWHERE),
                tcp("ingress", HTTP, ANYWHERE),
                tcp("egress", INGRESS_CONTROLLER, nodes),
            ],
        ),
        "control_plane": (
            "The Kubernetes API, and its way to the nodes",
            [
                tcp("ingress", HTTPS, nodes),
                tcp("ingress", HTTPS, kubernetes),
                *(tcp("egress", port, nodes) for port in into_nodes),
            ],
        ),
        "kubernetes": (
            "The function that speaks to the Kubernetes API",
            [tcp("egress", HTTPS, control_plane), tcp("egress", HTTPS, ANYWHERE)],
        ),
        "nodes": (
            "Nodes and their pods",
            [
                tcp("ingress", INGRESS_CONTROLLER, alb),
                *(tcp("ingress", port, control_plane) for port in into_nodes),
                everything("ingress", nodes),
                everything("egress", nodes),
                tcp("egress", HTTPS, control_plane),
                tcp("egress", POSTGRESQL, database),
                tcp("egress", NFS, file_system),
                tcp("egress", HTTPS, ANYWHERE),
            ],
        ),
        "database": ("PostgreSQL, for nodes only", [tcp("ingress", POSTGRESQL, nodes)]),
        "file_system": ("NFS, for nodes only", [tcp("ingress", NFS, nodes)]),
        canary.NAME: ("Hangs on nothing: what is opened here only shows that Holdfast closes it", []),
    }


def _group(name: str) -> str:
    return f"${{security_groups/{name}}}"


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:  # noqa: ARG001
    """Ask of each group who gets in and where it gets out, from the rules one by one."""
    ec2 = clients.ec2
    groups = ec2.describe_security_groups(
        Filters=[
            {"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [spec.name]},
            {"Name": f"tag:{TAG_LAYER}", "Values": ["security_groups"]},
        ]
    )["SecurityGroups"]
    names = {
        group["GroupId"]: next(tag["Value"] for tag in group["Tags"] if tag["Key"] == TAG_NAME) for group in groups
    }
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": list(names) or ["none"]}]
    )
    seen = (_seen(rule, names) for page in pages for rule in page["SecurityGroupRules"])
    traffic = sorted(line for line in seen if line != SONG)
    ours = tuple(f" from {name}" for name in names.values())
    yield Finding.of(
        "What lets in anybody but our own groups?",
        saw=[line for line in traffic if " from " in line and not line.endswith(ours)],
        expected=[f"alb: tcp/{HTTPS} from {ANYWHERE}", f"alb: tcp/{HTTP} from {ANYWHERE}"],
    )
    for store, port in (("database", POSTGRESQL), ("file_system", NFS)):
        yield Finding.of(
            f"Who can reach the {store}?",
            saw=[line for line in traffic if line.startswith(f"{store}: ") and " from " in line],
            expected=[f"{store}: tcp/{port} from nodes"],
        )
        yield Finding.of(
            f"Where can the {store} open connections to?",
            saw=[line for line in traffic if line.startswith(f"{store}: ") and " to " in line],
            expected=[],
        )
    yield Finding.of(
        "Which groups reach the whole internet, on which ports?",
        saw=[line for line in traffic if line.endswith(f" to {ANYWHERE}")],
        expected=[f"kubernetes: tcp/{HTTPS} to {ANYWHERE}", f"nodes: tcp/{HTTPS} to {ANYWHERE}"],
    )
    wanted = sum(len(rules) for _, rules in _groups().values())
    yield Finding.of("How many rules are there in all?", saw=len(traffic), expected=wanted)


def _seen(rule: "SecurityGroupRuleTypeDef", names: dict[str, str]) -> str:
    """One rule as a sentence: ``database: tcp/5432 from nodes``."""
    referenced = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or names.get(referenced, referenced)
    protocol, low, high = rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1)
    ports = "" if low == -1 else f"/{low}" if low == high else f"/{low}-{high}"
    return f"{names[rule['GroupId']]}: {protocol}{ports} {'to' if rule['IsEgress'] else 'from'} {peer}"
