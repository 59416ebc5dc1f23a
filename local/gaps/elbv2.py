"""Elastic Load Balancing: names are asked for once, what is in use or protected stays, and a load balancer has zones.

Promises: CreateLoadBalancer, CreateTargetGroup and CreateListener answer with what stands under that name or port if it
was made with the same settings, and refuse others (DuplicateLoadBalancerName and its like); a load balancer is in the
VPC and zones of its subnets, and has the attributes that every one has; one that is protected is not deleted
(OperationNotPermitted), nor a target group that a rule or listener uses (ResourceInUse); what is not there is not
found; a listener has certificates beside its default one; a forward has its target groups with their weights. Pages:
the operations of those names, Action and DescribeListenerCertificates (elasticloadbalancing/latest/APIReference);
"Load balancer attributes"
(elasticloadbalancing/latest/application/application-load-balancers.html).
"""

from collections.abc import Iterator
from typing import Any, Final

from ministack.services import alb, ec2

type Parameters = dict[str, Any]

_ATTRIBUTES: Final = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
BESIDE: Final = "_beside"
"""The member of a listener that holds the certificates beside its default one."""
_MADE_WITH: Final = "_made_with"
_actions: Final = dict(alb._ACTION_MAP)
_action_xml = alb._action_xml
_lb_xml = alb._lb_xml
_parse_actions = alb._parse_actions
_tg_xml = alb._tg_xml


def close() -> None:
    alb._action_xml = _with_forward
    alb._parse_actions = _with_groups
    alb._lb_xml = _with_zones
    alb._tg_xml = _with_version
    alb._ACTION_MAP.update(
        {
            "AddListenerCertificates": _add_certificates,
            "CreateListener": _create_listener,
            "CreateLoadBalancer": _create_load_balancer,
            "CreateTargetGroup": _create_target_group,
            "DeleteLoadBalancer": _delete_load_balancer,
            "DeleteTargetGroup": _delete_target_group,
            "DescribeListenerCertificates": _describe_certificates,
            "DescribeListeners": _describe_listeners,
            "DescribeTargetGroups": _describe_target_groups,
            "RemoveListenerCertificates": _remove_certificates,
        }
    )


def _with_groups(params: Parameters, prefix: str = "DefaultActions") -> list[dict[str, Any]]:
    """What of an action the emulator overlooks. A forward to one group is known by that group as well."""
    actions: list[dict[str, Any]] = _parse_actions(params, prefix)
    for number, action in enumerate(actions, 1):
        config = f"{prefix}.member.{number}.ForwardConfig"
        groups = list(_groups(params, f"{config}.TargetGroups"))
        if not groups and "TargetGroupArn" in action:
            groups = [{"TargetGroupArn": action["TargetGroupArn"], "Weight": "1"}]
        if groups:
            sticky = alb._p(params, f"{config}.TargetGroupStickinessConfig.Enabled", "false")
            action["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": sticky}}
        if len(groups) == 1:
            action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    return actions


def _groups(params: Parameters, prefix: str) -> Iterator[dict[str, str]]:
    number = 1
    while arn := alb._p(params, f"{prefix}.member.{number}.TargetGroupArn"):
        yield {"TargetGroupArn": arn, "Weight": alb._p(params, f"{prefix}.member.{number}.Weight", "1")}
        number += 1


def _with_forward(action: dict[str, Any]) -> str:
    whole = str(_action_xml(action))
    if "ForwardConfig" not in action:
        return whole
    config = action["ForwardConfig"]
    groups = "".join(
        f"<member><TargetGroupArn>{group['TargetGroupArn']}</TargetGroupArn><Weight>{group['Weight']}</Weight></member>"
        for group in config["TargetGroups"]
    )
    sticky = config["TargetGroupStickinessConfig"]["Enabled"]
    forward = (
        f"<ForwardConfig><TargetGroups>{groups}</TargetGroups>"
        f"<TargetGroupStickinessConfig><Enabled>{sticky}</Enabled></TargetGroupStickinessConfig></ForwardConfig>"
    )
    return f"{whole.removesuffix('</member>')}{forward}</member>"


def _settings(params: Parameters) -> Parameters:
    """What a create call asks for, but for the tags."""
    return {name: value for name, value in params.items() if not name.startswith("Tags.")}


def _create_load_balancer(params: Parameters) -> Any:
    name = alb._p(params, "Name")
    if found := [one for one in alb._lbs.values() if one["LoadBalancerName"] == name]:
        if found[0].get(_MADE_WITH) != _settings(params):
            return alb._error("DuplicateLoadBalancerName", f"A load balancer with the name '{name}' exists already")
        return alb._xml(200, "CreateLoadBalancer", f"<LoadBalancers>{alb._lb_xml(found[0])}</LoadBalancers>")
    subnets = alb._parse_member_list(params, "Subnets")
    if not all(subnet in ec2._subnets for subnet in subnets):
        return alb._error("SubnetNotFound", "One or more subnets are not valid")
    if len({ec2._subnets[subnet]["AvailabilityZone"] for subnet in subnets}) < 2:
        return alb._error(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )
    answer = _actions["CreateLoadBalancer"]({**params, "VpcId": [ec2._subnets[subnets[0]]["VpcId"]]})
    for made in (one for one in alb._lbs.values() if one["LoadBalancerName"] == name):
        made[_MADE_WITH] = _settings(params)
        held = {one["Key"] for one in alb._lb_attrs[made["LoadBalancerArn"]]}
        alb._lb_attrs[made["LoadBalancerArn"]] += [
            {"Key": key, "Value": value} for key, value in _ATTRIBUTES.items() if key not in held
        ]
    return answer


def _with_zones(balancer: dict[str, Any]) -> str:
    """The zones of its subnets; the emulator has one zone for all."""
    whole = str(_lb_xml(balancer))
    zones = "".join(
        f"<member><ZoneName>{ec2._subnets.get(subnet, {}).get('AvailabilityZone', '')}</ZoneName>"
        f"<SubnetId>{subnet}</SubnetId><LoadBalancerAddresses/></member>"
        for subnet in balancer.get("Subnets", [])
    )
    before, _, rest = whole.partition("<AvailabilityZones>")
    return f"{before}<AvailabilityZones>{zones}</AvailabilityZones>{rest.partition('</AvailabilityZones>')[2]}"


def _create_target_group(params: Parameters) -> Any:
    name = alb._p(params, "Name")
    if found := [one for one in alb._tgs.values() if one["TargetGroupName"] == name]:
        if found[0].get(_MADE_WITH) != _settings(params):
            return alb._error("DuplicateTargetGroupName", f"A target group with the name '{name}' exists already")
        return alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{alb._tg_xml(found[0])}</TargetGroups>")
    answer = _actions["CreateTargetGroup"](params)
    for made in (one for one in alb._tgs.values() if one["TargetGroupName"] == name):
        made[_MADE_WITH] = _settings(params)
        made["ProtocolVersion"] = alb._p(params, "ProtocolVersion", "HTTP1")
    return answer


def _with_version(group: dict[str, Any]) -> str:
    version = f"<ProtocolVersion>{group.get('ProtocolVersion', 'HTTP1')}</ProtocolVersion></member>"
    return str(_tg_xml(group)).removesuffix("</member>") + version


def _create_listener(params: Parameters) -> Any:
    where = (alb._p(params, "LoadBalancerArn"), int(alb._p(params, "Port", "80") or 80))
    if found := [one for one in alb._listeners.values() if (one["LoadBalancerArn"], one["Port"]) == where]:
        if found[0].get(_MADE_WITH) != _settings(params):
            return alb._error("DuplicateListener", f"A listener exists already on port {where[1]}")
        return alb._xml(200, "CreateListener", f"<Listeners>{alb._listener_xml(found[0])}</Listeners>")
    answer = _actions["CreateListener"](params)
    for made in (one for one in alb._listeners.values() if (one["LoadBalancerArn"], one["Port"]) == where):
        made[_MADE_WITH] = _settings(params)
    return answer


def _describe_listeners(params: Parameters) -> Any:
    balancer, arns = alb._p(params, "LoadBalancerArn"), alb._parse_member_list(params, "ListenerArns")
    if balancer and balancer not in alb._lbs:
        return alb._error("LoadBalancerNotFound", f"Load balancer '{balancer}' not found")
    if any(arn not in alb._listeners for arn in arns):
        return alb._error("ListenerNotFound", "One or more listeners not found")
    return _actions["DescribeListeners"](params)


def _describe_target_groups(params: Parameters) -> Any:
    names, arns = alb._parse_member_list(params, "Names"), alb._parse_member_list(params, "TargetGroupArns")
    standing = {one["TargetGroupName"] for one in alb._tgs.values()}
    if any(arn not in alb._tgs for arn in arns) or any(name not in standing for name in names):
        return alb._error("TargetGroupNotFound", "One or more target groups not found")
    return _actions["DescribeTargetGroups"](params)


def _delete_load_balancer(params: Parameters) -> Any:
    arn = alb._p(params, "LoadBalancerArn")
    if {"Key": "deletion_protection.enabled", "Value": "true"} in alb._lb_attrs.get(arn, []):
        why = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        return alb._error("OperationNotPermitted", why)
    for listener in [one for one, record in alb._listeners.items() if record["LoadBalancerArn"] == arn]:
        _actions["DeleteListener"]({"ListenerArn": [listener]})
    return _actions["DeleteLoadBalancer"](params)


def _delete_target_group(params: Parameters) -> Any:
    arn = alb._p(params, "TargetGroupArn")
    if arn in set(_used()):
        return alb._error("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
    return _actions["DeleteTargetGroup"](params)


def _used() -> Iterator[str]:
    for action in (action for rule in alb._rules.values() for action in rule["Actions"]):
        yield action.get("TargetGroupArn", "")
        for group in action.get("ForwardConfig", {}).get("TargetGroups", []):
            yield group.get("TargetGroupArn", "")


def _describe_certificates(params: Parameters) -> Any:
    listener = alb._listeners.get(alb._p(params, "ListenerArn"))
    if listener is None:
        return alb._error("ListenerNotFound", "One or more listeners not found")
    default = listener.get("Certificates", [])
    named = [*((arn, "true") for arn in default), *((arn, "false") for arn in listener.get(BESIDE, []))]
    members = "".join(
        f"<member><CertificateArn>{arn}</CertificateArn><IsDefault>{first}</IsDefault></member>" for arn, first in named
    )
    return alb._xml(200, "DescribeListenerCertificates", f"<Certificates>{members}</Certificates>")


def _add_certificates(params: Parameters) -> Any:
    listener = alb._listeners.get(alb._p(params, "ListenerArn"))
    if listener is None:
        return alb._error("ListenerNotFound", "One or more listeners not found")
    listener.setdefault(BESIDE, []).extend(alb._parse_certificate_arns(params))
    return alb._xml(200, "AddListenerCertificates", "<Certificates/>")


def _remove_certificates(params: Parameters) -> Any:
    listener = alb._listeners.get(alb._p(params, "ListenerArn"))
    if listener is None:
        return alb._error("ListenerNotFound", "One or more listeners not found")
    gone = alb._parse_certificate_arns(params)
    listener[BESIDE] = [arn for arn in listener.get(BESIDE, []) if arn not in gone]
    return alb._empty("RemoveListenerCertificates")
