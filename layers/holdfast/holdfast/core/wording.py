"""The words of an alert: what a change is called, and how words that a caller chose are kept from doing harm.

Callers choose part of what an alert says: a user agent, a session's name, a tag's value. None of that may write a line
of its own, be long enough to have the alert refused, or become a link or a mention where a chat renders markdown (which
signs that takes: "Formatting text for app surfaces", Slack's developer documentation).
"""

import html
import re
from collections.abc import Callable

import msgspec

from holdfast.core.incident import DELETED, Incident
from holdfast.core.resource import STANDS, Change
from holdfast.core.security_group import Rule

LONGEST = 300
"""Characters of one thing that a caller chose; an ARN is always whole."""
IN_A_TITLE = 100
_NOUN = {
    "AWS::AutoScaling::AutoScalingGroup": "Auto Scaling group",
    "AWS::EC2::EIP": "Elastic IP",
    "AWS::EC2::Instance": "nodes",
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::EC2::NetworkAcl": "network ACL",
    "AWS::EC2::VPC": "VPC",
    "AWS::EC2::VPCEndpoint": "VPC endpoint",
    "AWS::EC2::VPCGatewayAttachment": "gateway attachment",
    "AWS::EKS::Cluster": "EKS cluster",
    "AWS::EKS::Nodegroup": "node group",
    "AWS::IAM::OIDCProvider": "OIDC provider",
    "AWS::KMS::Key": "KMS key",
    "AWS::RDS::DBInstance": "database",
    "AWS::RDS::DBParameterGroup": "parameter group",
    "AWS::RDS::DBSnapshot": "database",
    "AWS::RDS::DBSubnetGroup": "subnet group",
    "AWS::Route53::RecordSet": "DNS record",
    "AWS::WAFv2::WebACL": "web ACL",
    "AWS::WAFv2::WebACLAssociation": "web ACL association",
    "Kubernetes::HorizontalPodAutoscaler": "HorizontalPodAutoscaler",
}
"""What on-call calls a kind where that is not the words of its type's name."""

type Words = Callable[[str], str]
"""How words that a caller chose are written: as they are (``str``), or so that a chat renders none of them."""


def headline(incident: Incident, words: Words) -> str:
    """``tcp/22 from 0.0.0.0/0, opened by alice``, and how many more changes there were."""
    if not incident.changes and DELETED not in incident.why:
        return words(cut(_reason(incident)))
    what = spoken(incident.changes[0], words) if incident.changes else "deleted"
    by = f" by {words(_short(incident.actors[0].arn))}" if incident.actors else ""
    more = f" (and {len(incident.changes) - 1} more)" if len(incident.changes) > 1 else ""
    return f"{what}{by}{more}"


def _reason(incident: Incident) -> str:
    """Where nothing differs: not what somebody did, but why a person is needed."""
    return incident.why.removeprefix(f"{incident.resource}: ").partition(". What to do: ")[0]


def _short(arn: str) -> str:
    """``alice``, ``root``, or role and session: a session's name alone could be anybody's."""
    return arn.rpartition(":")[2].removeprefix("user/").removeprefix("assumed-role/")


def spoken(change: Change, words: Words) -> str:
    """A change as on-call says it. In an incident, a rule is the JSON of one; AWS lets nobody write free text in it."""
    match change.promised, change.found:
        case None, {"Direction": _}:
            return f"{msgspec.convert(change.found, Rule)}, opened"
        case {"Direction": _}, None:
            return f"{msgspec.convert(change.promised, Rule)}, closed"
        case _, str(until) if change.path == STANDS:
            return words(f"to be deleted, stands {until}")
        case ({"PolicyName": str(name)}, None) | (None, {"PolicyName": str(name)}):
            verb = "added" if change.promised is None else "taken off"
            return words(cut(f"inline policy {name}, {verb} or rewritten"))
        case _:
            return "deleted" if change.path == STANDS else words(cut(_of_the_network(change) or str(change)))


def _of_the_network(change: Change) -> str:
    """A route that was added, an entry of a network ACL, the groups of an interface; empty if it is none of them."""
    match change.found or change.promised:
        case {"Destination": there, "Target": target}:
            what = f"route to {there} through {target}"
        case {"NetworkInterfaceId": interface, "SecurityGroupIds": [*groups]}:
            return f"{interface} behind {', '.join(map(str, groups))}"
        case {"RuleNumber": number, "RuleAction": action, "Egress": egress, "Peer": peer}:
            what = f"entry {number}, {action} {'to' if egress else 'from'} {peer}"
        case _:
            return ""
    return f"{what}, {'added' if change.promised is None else 'taken out'}"


def thing(incident: Incident) -> str:
    return f"{_noun(incident.kind)} {incident.resource.partition('/')[2]}"


def _noun(kind: str) -> str:
    """``load balancer`` of ``AWS::ElasticLoadBalancingV2::LoadBalancer``."""
    return _NOUN.get(kind) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.rpartition("::")[2]).lower()


def some(parts: list[str], count: int) -> list[str]:
    return parts if len(parts) <= count else [*parts[:count], f"and {len(parts) - count} more, all in the incident"]


def cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def clean(line: str) -> str:
    """What callers can choose (a user agent, a session's name) must not write lines of its own into an alert."""
    return "".join(sign if sign.isprintable() else " " for sign in line)


def in_chat(text: str) -> str:
    """Chosen words as code, in which no chat looks for markup; plain words need no quotes."""
    if re.fullmatch(r"[A-Za-z0-9 ,/-]*", text):
        return text
    return f"`{html.escape(text.replace('`', "'"), quote=False)}`"


def in_a_title(text: str) -> str:
    return in_chat(cut(text, IN_A_TITLE))
