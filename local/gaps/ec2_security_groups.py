"""EC2's security groups: authorize, revoke, modify and describe rule by rule, as AWS does.

Promises: a call does all that it names or nothing; a rule twice, a rule that is not there, too many rules, a reference
out of the VPC, a change of a rule's kind and the deletion of a group in use are refused; permissions are shown grouped,
rules one by one with their tags. Pages: AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress,
ModifySecurityGroupRules, UpdateSecurityGroupRuleDescriptionsIngress, DeleteSecurityGroup
(AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html and its like), "Amazon VPC quotas"
(vpc/latest/userguide/amazon-vpc-limits.html) and "Work with AWS-managed prefix lists"
(vpc/latest/userguide/working-with-aws-managed-prefix-lists.html).
"""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from ministack.services import ec2, eks

from local.gaps import servicequotas
from local.gaps.ec2 import FaultError, Request, answer, existing, guard, refuse_filters, tags
from local.gaps.ec2_security_group_rules import (
    Rule,
    as_permissions,
    canonical_peer,
    keep,
    read_permissions,
    read_traffic,
    rules_of,
    shown,
    shown_revoked,
    shown_unknown,
)

_FILTERS: Final = frozenset({"group-id", "security-group-rule-id", "tag-key"})
_WEIGHTS: Final = {"cloudfront.origin-facing": 55, "groundstation": 5, "route53-healthchecks": 25, "vpc-lattice": 10}
_FIELDS: Final = {
    "CidrIpv4": "cidrIpv4",
    "CidrIpv6": "cidrIpv6",
    "PrefixListId": "prefixListId",
    "ReferencedGroupId": "referencedGroupId",
}


def close() -> None:
    for direction, egress in (("Ingress", False), ("Egress", True)):
        answer(f"AuthorizeSecurityGroup{direction}", partial(_authorize, egress=egress))
        answer(f"RevokeSecurityGroup{direction}", partial(_revoke, egress=egress))
        answer(f"UpdateSecurityGroupRuleDescriptions{direction}", partial(_describe_anew, egress=egress))
    answer("ModifySecurityGroupRules", _modify)
    answer("DescribeSecurityGroupRules", _describe_rules)
    guard("DeleteSecurityGroup", _check_unused)
    ec2._sg_xml = _with_permissions_grouped(ec2._sg_xml)


def _authorize(request: Request, *, egress: bool) -> Request:
    group = _group(request)
    present, added = rules_of(group, egress=egress), read_permissions(request)
    for rule in added:
        _check_peer(group, rule)
        if rule in present:
            raise FaultError("InvalidPermission.Duplicate", f"the specified rule {_said(rule)} already exists")
    _keep_within_quota(group, present + added, egress=egress)
    given = tags(request, "security-group-rule")
    for rule in added if given else []:
        ec2._tags[rule.id] = list(given)
    return {
        "return": True,
        "securityGroupRuleSet": [shown(group["GroupId"], rule, egress=egress) for rule in added],
    }


def _revoke(request: Request, *, egress: bool) -> Request:
    group = _group(request)
    present = rules_of(group, egress=egress)
    if ids := request.get("SecurityGroupRuleId"):
        gone = [_by_id(present, rule_id) for rule_id in ids]
        unknown: list[Rule] = []
    else:
        named = read_permissions(request)
        gone, unknown = [rule for rule in present if rule in named], [rule for rule in named if rule not in present]
    if unknown and not ec2._vpcs[group["VpcId"]]["IsDefault"]:
        raise FaultError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    keep(group, [rule for rule in present if rule not in gone], egress=egress)
    for rule in gone:
        ec2._tags.pop(rule.id, None)
    return {
        "return": True,
        "unknownIpPermissionSet": shown_unknown(unknown),
        "revokedSecurityGroupRuleSet": [shown_revoked(group["GroupId"], rule, egress=egress) for rule in gone],
    }


def _modify(request: Request) -> Request:
    group = existing(request.get("GroupId", ""))
    changes = {each["SecurityGroupRuleId"]: each["SecurityGroupRule"] for each in request.get("SecurityGroupRule", [])}
    both = {egress: rules_of(group, egress=egress) for egress in (False, True)}
    for rule_id in changes:
        _by_id(both[False] + both[True], rule_id)
    after = {
        egress: [_modified(group, rule, changes[rule.id]) if rule.id in changes else rule for rule in rules]
        for egress, rules in both.items()
    }
    for rules in after.values():
        if len(set(rules)) < len(rules):
            raise FaultError("InvalidPermission.Duplicate", "a rule that the change would make already exists")
    for egress, rules in after.items():
        _keep_within_quota(group, rules, egress=egress)
    return {"return": True}


def _modified(group: dict[str, Any], rule: Rule, change: Request) -> Rule:
    named = [field for field in _FIELDS if field in change]
    if [_FIELDS[field] for field in named] != [rule.kind]:
        raise FaultError("InvalidParameterValue", f"The type of the rule {rule.id} can't be changed")
    protocol, ports = read_traffic(change)
    peer = canonical_peer(rule.kind, change[named[0]])
    changed = replace(rule, protocol=protocol, ports=ports, peer=peer, description=change.get("Description", ""))
    _check_peer(group, changed)
    return changed


def _describe_anew(request: Request, *, egress: bool) -> Request:
    group = _group(request)
    present = rules_of(group, egress=egress)
    by_id = {each["SecurityGroupRuleId"]: each for each in request.get("SecurityGroupRuleDescription", [])}
    named = [] if by_id else read_permissions(request)
    if any(rule not in present for rule in named):
        raise FaultError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    descriptions = {_by_id(present, rule_id).id: each.get("Description", "") for rule_id, each in by_id.items()}
    descriptions |= {rule.id: said.description for rule in present for said in named if rule == said}
    keep(
        group,
        [replace(rule, description=descriptions.get(rule.id, rule.description)) for rule in present],
        egress=egress,
    )
    return {"return": True}


def _describe_rules(request: Request) -> Request:
    refuse_filters(request, _FILTERS)
    filters = {each["Name"]: each.get("Value", []) for each in request.get("Filter", [])}
    found = [
        shown(group["GroupId"], rule, egress=egress)
        for group in list(ec2._security_groups.values())
        if group["GroupId"] in filters.get("group-id", [group["GroupId"]])
        for egress in (False, True)
        for rule in rules_of(group, egress=egress)
        if rule.id in filters.get("security-group-rule-id", [rule.id])
        and ec2._resource_matches_tag_filters(rule.id, filters)
    ]
    ids = request.get("SecurityGroupRuleId", [])
    if missing := set(ids) - {rule["securityGroupRuleId"] for rule in found}:
        raise _no_such_rule(min(missing))
    return {"securityGroupRuleSet": [rule for rule in found if not ids or rule["securityGroupRuleId"] in ids]}


def _check_unused(request: Request) -> None:
    group = _group(request)
    others = [each for each in ec2._security_groups.values() if each is not group and each["VpcId"] == group["VpcId"]]
    referenced = any(
        rule.kind == "referencedGroupId" and rule.peer == group["GroupId"]
        for other in others
        for egress in (False, True)
        for rule in rules_of(other, egress=egress)
    )
    attached = any(
        group["GroupId"] == each["GroupId"]
        for interface in ec2._network_interfaces.values()
        for each in interface["Groups"]
    )
    if referenced or attached or _used_by_a_cluster(group["GroupId"]):
        raise FaultError("DependencyViolation", f"resource {group['GroupId']} has a dependent object")


def _used_by_a_cluster(group: str) -> bool:
    """By the control plane's interfaces, which nobody but EKS sees ("Amazon EKS security group requirements")."""
    networks = [cluster["resourcesVpcConfig"] for cluster in eks._clusters.values()]
    return any(group in {*one.get("securityGroupIds", []), one.get("clusterSecurityGroupId")} for one in networks)


def _check_peer(group: dict[str, Any], rule: Rule) -> None:
    if rule.kind == "prefixListId":
        _weight(rule)
    if rule.kind != "referencedGroupId":
        return
    vpc = existing(rule.peer)["VpcId"]
    peerings = [
        {each["RequesterVpcInfo"]["VpcId"], each["AccepterVpcInfo"]["VpcId"]}
        for each in ec2._vpc_peering.values()
        if each["Status"]["Code"] == "active"
    ]
    if vpc != group["VpcId"] and {vpc, group["VpcId"]} not in peerings:
        raise FaultError("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")


def _keep_within_quota(group: dict[str, Any], rules: list[Rule], *, egress: bool) -> None:
    """Keep the rules, unless they are too many: of IPv4 and of IPv6 apart, where a reference counts as both."""
    quota = servicequotas.value("vpc", "L-0EA8095F")
    for family in ("cidrIpv4", "cidrIpv6"):
        if sum(_weight(rule) for rule in rules if rule.kind in (family, "prefixListId", "referencedGroupId")) > quota:
            raise FaultError(
                "RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."
            )
    keep(group, rules, egress=egress)


def _weight(rule: Rule) -> int:
    """Return for how many rules this one counts: a prefix list for all the entries that it may come to have."""
    if rule.kind != "prefixListId":
        return 1
    if rule.peer in ec2._prefix_lists:
        return int(ec2._prefix_lists[rule.peer]["MaxEntries"])
    managed = ec2._resolve_aws_pl_by_id(rule.peer)
    if managed is None:
        raise FaultError("InvalidPrefixListID.NotFound", f"The prefix list ID '{rule.peer}' does not exist")
    return next((weight for name, weight in _WEIGHTS.items() if managed["PrefixListName"].endswith(name)), 1)


def _group(request: Request) -> dict[str, Any]:
    if "GroupId" in request:
        return existing(request["GroupId"])
    name = request.get("GroupName")
    for group in ec2._security_groups.values():
        if group["GroupName"] == name and group["VpcId"] == ec2._DEFAULT_VPC_ID:
            found: dict[str, Any] = group
            return found
    raise FaultError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC")


def _by_id(rules: list[Rule], rule_id: str) -> Rule:
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        raise _no_such_rule(rule_id)
    return found


def _no_such_rule(rule_id: str) -> FaultError:
    return FaultError("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")


def _said(rule: Rule) -> str:
    ports = f", from port: {rule.ports[0]}, to port: {rule.ports[1]}" if rule.ports else ""
    return f'"peer: {rule.peer}, {rule.protocol.upper()}{ports}, ALLOW"'


def _with_permissions_grouped(group_xml: Any) -> Any:
    def grouped(group: dict[str, Any]) -> str:
        together = {
            name: as_permissions(rules_of(group, egress=egress))
            for name, egress in (("IpPermissions", False), ("IpPermissionsEgress", True))
        }
        return str(group_xml(group | together))

    return grouped
