"""Resource Groups Tagging API: GetResources also lists what the emulator forgets, such as EC2 and load balancers.

Promises: whatever of these services stands and is tagged is listed under its ARN; what is gone is not. Page: "Services
that support the Resource Groups Tagging API" (resourcegroupstagging/latest/APIReference/supported-services.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import acm, alb, cloudwatch, cloudwatch_logs, ec2, eks, rds, tagging, waf

type Tags = list[dict[str, str]]
type Tagged = Iterator[tuple[str, Tags]]

_EC2: Final = {
    "elastic-ip": ec2._addresses,
    "internet-gateway": ec2._internet_gateways,
    "launch-template": ec2._launch_templates,
    "natgateway": ec2._nat_gateways,
    "network-acl": ec2._network_acls,
    "network-interface": ec2._network_interfaces,
    "route-table": ec2._route_tables,
    "security-group": ec2._security_groups,
    "subnet": ec2._subnets,
    "vpc": ec2._vpcs,
    "vpc-endpoint": ec2._vpc_endpoints,
    "vpc-flow-log": ec2._flow_logs,
}
_GONE: Final = frozenset({"deleted"})


def close() -> None:
    tagging._COLLECTORS |= {
        "acm": lambda: ((arn, _listed(one.get("Tags", []))) for arn, one in acm._certificates.items()),
        "cloudwatch": _alarms,
        "ec2": _ec2,
        "eks": lambda: ((arn, _listed(tags)) for arn, tags in eks._tags.items() if _stands_in_eks(arn)),
        "elasticloadbalancing": lambda: _by_arn(alb._tags, alb._lbs, alb._tgs, alb._listeners, alb._rules),
        "logs": _log_groups,
        "rds": _databases,
        "wafv2": lambda: _by_arn(waf._waf_tags, {one["ARN"]: one for one in waf._web_acls.values()}),
    }


def _listed(tags: Any) -> Tags:
    """Tags as GetResources lists them, however the emulator keeps them."""
    given = tags.items() if isinstance(tags, dict) else ((tag["Key"], tag.get("Value", "")) for tag in tags)
    return [{"Key": key, "Value": value} for key, value in given]


def _by_arn(tags: Mapping[str, Any], *stores: Mapping[str, Any]) -> Tagged:
    return ((arn, _listed(own)) for arn, own in tags.items() if any(arn in store for store in stores))


def _ec2() -> Tagged:
    for kind, store in _EC2.items():
        for identity, record in store.items():
            if record.get("State") not in _GONE and (tags := ec2._tags.get(identity)):
                yield _arn("ec2", f"{kind}/{identity}"), _listed(tags)


def _log_groups() -> Tagged:
    for name, group in cloudwatch_logs._log_groups.items():
        yield _arn("logs", f"log-group:{name}"), _listed(group.get("tags", {}))


def _alarms() -> Tagged:
    standing = {_arn("cloudwatch", f"alarm:{name}") for name in cloudwatch._alarms}
    for arn, tags in cloudwatch._resource_tags.items():
        if arn in standing:
            yield arn, _listed(tags)


def _databases() -> Tagged:
    """RDS's ARNs name a kind of thing and its identifier ("Amazon Resource Names in Amazon RDS")."""
    stores = {"db": rds._instances, "pg": rds._param_groups, "snapshot": rds._snapshots, "subgrp": rds._subnet_groups}
    for arn, tags in rds._tags.items():
        _, _, _, _, _, kind, name = f"{arn}:".split(":", 6)
        if name.rstrip(":") in stores.get(kind, {}):
            yield arn, _listed(tags)


def _stands_in_eks(arn: str) -> bool:
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    names = rest.split("/")
    match kind:
        case "cluster":
            return names[0] in eks._clusters
        case "nodegroup":
            return "/".join(names[:2]) in eks._nodegroups
        case "addon":
            return "/".join(names[:2]) in eks._addons
        case "access-entry":
            return any(one.get("accessEntryArn") == arn for one in eks._access_entries.values())
        case _:
            return True


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
