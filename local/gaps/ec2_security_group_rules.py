"""One security group rule: read from a request, brought to AWS's canonical form, kept and shown.

Promises: a rule has one source or destination and an id of its own; protocols have AWS's names, ranges their canonical
form, ports are there where the protocol has them; what AWS would refuse is a FaultError. Pages: IpPermission,
SecurityGroupRule and SecurityGroupRuleRequest (AWSEC2/latest/APIReference/API_IpPermission.html) and "Security group
rules" (vpc/latest/userguide/security-group-rules.html).
"""

import ipaddress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2

from local.gaps.ec2 import FaultError, Request, tag_set

# The field of a rule that names its source or destination → the list of a permission, and the field in that list.
KINDS: Final = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedGroupId": ("UserIdGroupPairs", "GroupId"),
}
_NAMES: Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_WITH_PORTS: Final = ("tcp", "udp")
_WITH_TYPES: Final = ("icmp", "icmpv6")
_ALL: Final = "-1"


@dataclass(frozen=True)
class Rule:
    protocol: str
    ports: tuple[int, int] | None
    kind: str
    peer: str
    description: str = field(default="", compare=False)
    id: str = field(default_factory=lambda: f"sgr-0{token_hex(8)}", compare=False)


def read_permissions(request: Request) -> list[Rule]:
    """Read the rules that a request gives, as a list of permissions or, the older way, as one flat rule."""
    permissions = request.get("IpPermissions") or [_flat(request)]
    rules = [rule for permission in permissions for rule in read_permission(permission)]
    if not rules:
        raise FaultError("InvalidRequest", "The request received was invalid: it names no rule")
    if len(set(rules)) < len(rules):
        raise FaultError("InvalidParameterValue", "The same permission must not appear multiple times")
    return rules


def read_permission(permission: Request) -> list[Rule]:
    protocol, ports = read_traffic(permission)
    groups: list[Request] = permission.get("Groups") or permission.get("UserIdGroupPairs") or []
    lists = permission | {"UserIdGroupPairs": [{**each, "GroupId": _group_id(each)} for each in groups]}
    return [
        Rule(protocol, ports, kind, canonical_peer(kind, each[name]), each.get("Description", ""))
        for kind, (many, name) in KINDS.items()
        for each in lists.get(many, [])
    ]


def read_traffic(permission: Request) -> tuple[str, tuple[int, int] | None]:
    given = str(permission.get("IpProtocol", "")).lower()
    protocol = _NAMES.get(given, given)
    if protocol not in (*_WITH_PORTS, *_WITH_TYPES, _ALL) and not (given.isdigit() and int(given) <= 255):
        raise FaultError("InvalidParameterValue", f"Invalid value '{given}' for IP protocol. Unknown protocol.")
    if protocol not in (*_WITH_PORTS, *_WITH_TYPES):
        return protocol, None
    if protocol == "icmpv6" and "FromPort" not in permission:
        return protocol, (-1, -1)
    try:
        first, last = int(permission["FromPort"]), int(permission["ToPort"])
    except KeyError:
        raise FaultError("InvalidParameterValue", f"Must specify both from and to ports with {protocol}.") from None
    if protocol in _WITH_PORTS and not 0 <= first <= last <= 65535:
        raise FaultError("InvalidParameterValue", f"Invalid value '{first}-{last}' for portRange.")
    if protocol in _WITH_TYPES and not (-1 <= first <= 255 and -1 <= last <= 255 and (first != -1 or last == -1)):
        raise FaultError("InvalidParameterValue", f"ICMP type and code out of range: {first}, {last}")
    return protocol, (first, last)


def canonical_peer(kind: str, peer: str) -> str:
    if not kind.startswith("cidr"):
        return peer
    network = ipaddress.IPv4Network if kind == "cidrIpv4" else ipaddress.IPv6Network
    try:
        canonical = network(peer, strict=False)
    except ValueError:
        canonical = None
    if canonical is None or "/" not in peer:
        raise FaultError("InvalidParameterValue", f"CIDR block {peer} is malformed")
    return str(canonical)


def rules_of(group: dict[str, Any], *, egress: bool) -> list[Rule]:
    """Return a group's rules, and see to it that each is kept by itself, whoever wrote them."""
    stored = group[_place(egress=egress)]
    kept = [rule for rule in map(_kept, stored) if rule]
    if len(kept) == len(stored):
        return kept
    rules = [rule for permission in stored for rule in read_permission(permission)]
    keep(group, rules, egress=egress)
    return rules


def keep(group: dict[str, Any], rules: list[Rule], *, egress: bool) -> None:
    """Keep the rules as the emulator does, as permissions; one each."""
    group[_place(egress=egress)] = [_permission(rule) for rule in rules]


def shown(group_id: str, rule: Rule, *, egress: bool) -> Request:
    """Return a rule as DescribeSecurityGroupRules shows it."""
    account = get_account_id()
    is_group = rule.kind == "referencedGroupId"
    first, last = rule.ports or (-1, -1)
    return {
        "securityGroupRuleId": rule.id,
        "securityGroupRuleArn": f"arn:aws:ec2:{get_region()}:{account}:security-group-rule/{rule.id}",
        "groupId": group_id,
        "groupOwnerId": account,
        "isEgress": egress,
        "ipProtocol": rule.protocol,
        "fromPort": first,
        "toPort": last,
        **({"referencedGroupInfo": {"groupId": rule.peer, "userId": account}} if is_group else {rule.kind: rule.peer}),
        "description": rule.description or None,
        "tagSet": tag_set(rule.id),
    }


def shown_revoked(group_id: str, rule: Rule, *, egress: bool) -> Request:
    """Return a rule as a revocation reports it: its reference is flat there, and its tags are gone."""
    members = shown(group_id, rule, egress=egress)
    for name in ("referencedGroupInfo", "securityGroupRuleArn", "groupOwnerId", "tagSet"):
        members.pop(name, None)
    return members | {rule.kind: rule.peer}


def shown_unknown(rules: list[Rule]) -> list[Request]:
    """Return the rules that were to be revoked but are not there, as permissions by their names on the wire."""
    return [
        {
            "ipProtocol": permission["IpProtocol"],
            "fromPort": permission.get("FromPort"),
            "toPort": permission.get("ToPort"),
            "ipRanges": [{"cidrIp": each["CidrIp"]} for each in permission["IpRanges"]],
            "ipv6Ranges": [{"cidrIpv6": each["CidrIpv6"]} for each in permission["Ipv6Ranges"]],
            "prefixListIds": [{"prefixListId": each["PrefixListId"]} for each in permission["PrefixListIds"]],
            "groups": [{"groupId": each["GroupId"]} for each in permission["UserIdGroupPairs"]],
        }
        for permission in as_permissions(rules)
    ]


def as_permissions(rules: list[Rule]) -> list[dict[str, Any]]:
    """Return rules as DescribeSecurityGroups shows them: one permission for all of the same protocol and ports."""
    permissions: dict[tuple[str, tuple[int, int] | None], dict[str, Any]] = {}
    for rule in rules:
        together = permissions.setdefault((rule.protocol, rule.ports), _permission(rule))
        many, name = KINDS[rule.kind]
        if not any(each[name] == rule.peer for each in together[many]):
            together[many] += _permission(rule)[many]
    return list(permissions.values())


def _permission(rule: Rule) -> dict[str, Any]:
    many, name = KINDS[rule.kind]
    permission: dict[str, Any] = {"IpProtocol": rule.protocol, "SecurityGroupRuleId": rule.id}
    permission |= {each: [] for each, _ in KINDS.values()}
    if rule.ports:
        permission |= {"FromPort": rule.ports[0], "ToPort": rule.ports[1]}
    entry = {name: rule.peer} | ({"Description": rule.description} if rule.description else {})
    permission[many] = [entry | ({"UserId": get_account_id()} if name == "GroupId" else {})]
    return permission


def _kept(permission: dict[str, Any]) -> Rule | None:
    """Return the one rule that we kept as this permission; None if others wrote it."""
    if "SecurityGroupRuleId" not in permission:
        return None
    kind, many, name = next((kind, many, name) for kind, (many, name) in KINDS.items() if permission[many])
    entry = permission[many][0]
    ports = (permission["FromPort"], permission["ToPort"]) if "FromPort" in permission else None
    description = entry.get("Description", "")
    return Rule(permission["IpProtocol"], ports, kind, entry[name], description, permission["SecurityGroupRuleId"])


def _flat(request: Request) -> Request:
    ranges = [{"CidrIp": request["CidrIp"]}] if "CidrIp" in request else []
    group = {"GroupName": request.get("SourceSecurityGroupName")}
    groups = [group] if group["GroupName"] else []
    return {name: request[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in request} | {
        "IpRanges": ranges,
        "Groups": groups,
    }


def _group_id(pair: Request) -> str:
    """Return the id that a pair gives, or that of the default VPC's group that it names."""
    if "GroupId" in pair:
        return str(pair["GroupId"])
    for group in ec2._security_groups.values():
        if group["GroupName"] == pair.get("GroupName") and group["VpcId"] == ec2._DEFAULT_VPC_ID:
            return str(group["GroupId"])
    raise FaultError("InvalidGroup.NotFound", f"The security group '{pair.get('GroupName')}' does not exist")


def _place(*, egress: bool) -> str:
    return "IpPermissionsEgress" if egress else "IpPermissions"
