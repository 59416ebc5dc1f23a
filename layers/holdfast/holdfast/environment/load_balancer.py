"""Load balancer: the one way in from the internet, over TLS, with nothing behind it until the WAF stands.

Its listener answers every request with 503 by itself. The layer ingress, which needs the WAF, adds the one rule that
forwards, for the environment's own name: what asks for another name never reaches a node.

    443  HTTPS ──▶ 503, but for the rule of ingress ──▶ HTTPS, node port 30443
     80  HTTP  ──▶ 301 to HTTPS
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from holdfast.aws.clients import Clients
from holdfast.aws.elbv2.action import Action, FixedResponseConfig, RedirectConfig
from holdfast.aws.elbv2.listener import ListenerState
from holdfast.aws.elbv2.load_balancer import LoadBalancerState
from holdfast.aws.elbv2.target_group import TargetGroupState
from holdfast.aws.route53.record_set import AliasTarget, RecordSetState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import TLS_POLICY

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef, LoadBalancerTypeDef, TargetGroupTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

HTTPS, HTTP = 443, 80
INGRESS_CONTROLLER: Final = 30443
LONGEST_SILENCE: Final = "300"
"""Seconds. A model may think for minutes before its first token; AWS's 60 would cut such an answer off."""
YEAR: Final = 365 * 24 * 60 * 60
LOAD_BALANCER = "${load_balancer/load_balancer}"
LOGS_PREFIX: Final = "load-balancer"
UNREADY: Final = FixedResponseConfig(status_code="503", content_type="text/plain", message_body="Service Unavailable")


def load_balancer_name(environment: str) -> str:
    """At most 32 characters; by its end the builder's rights tell our load balancers from all others."""
    return f"{environment}-holdfast"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared("AWS::ElasticLoadBalancingV2::LoadBalancer", "load_balancer", _load_balancer(spec))
    yield Declared("AWS::ElasticLoadBalancingV2::TargetGroup", "target_group", _target_group(spec))
    yield Declared(
        "AWS::ElasticLoadBalancingV2::Listener",
        "https_listener",
        ListenerState(
            load_balancer_arn=LOAD_BALANCER,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificates=frozenset({"${certificate/certificate}"}),
            default_actions=(Action(type="fixed-response", fixed_response_config=UNREADY),),
            listener_attributes={
                "routing.http.response.server.enabled": "false",
                "routing.http.response.strict_transport_security.header_value": f"max-age={YEAR}",
            },
        ),
    )
    to_https = RedirectConfig(status_code="HTTP_301", protocol="HTTPS", port=str(HTTPS))
    yield Declared(
        "AWS::ElasticLoadBalancingV2::Listener",
        "http_listener",
        ListenerState(
            load_balancer_arn=LOAD_BALANCER,
            port=HTTP,
            protocol="HTTP",
            default_actions=(Action(type="redirect", redirect_config=to_https),),
            listener_attributes={"routing.http.response.server.enabled": "false"},
            rules=frozenset(),
        ),
    )
    alias = AliasTarget(
        dns_name="${load_balancer/load_balancer.DnsName}",
        hosted_zone_id="${load_balancer/load_balancer.CanonicalHostedZoneId}",
        evaluate_target_health=False,
    )
    yield Declared(
        "AWS::Route53::RecordSet",
        "alias_record",
        RecordSetState(hosted_zone_id=site.hosted_zone, name=spec.host, type="A", alias_target=alias),
    )


def _load_balancer(spec: Spec) -> LoadBalancerState:
    return LoadBalancerState(
        name=load_balancer_name(spec.name),
        scheme="internet-facing",
        subnets=frozenset(f"${{network/public_subnet_{zone}}}" for zone in (1, 2, 3)),
        security_groups=frozenset({"${security_groups/alb}"}),
        load_balancer_attributes={
            "access_logs.s3.bucket": "${object_storage/access_log_bucket}",
            "access_logs.s3.enabled": "true",
            "access_logs.s3.prefix": LOGS_PREFIX,
            "deletion_protection.enabled": "true",
            "idle_timeout.timeout_seconds": LONGEST_SILENCE,
            "routing.http.desync_mitigation_mode": "defensive",
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.preserve_host_header.enabled": "true",
            "routing.http.xff_header_processing.mode": "append",
            "routing.http2.enabled": "true",
            "waf.fail_open.enabled": "false",
            "zonal_shift.config.enabled": "true",
        },
        listeners=frozenset({"${load_balancer/https_listener}", "${load_balancer/http_listener}"}),
    )


def _target_group(spec: Spec) -> TargetGroupState:
    """``/ping`` is the ingress controller's health. Answers of a model differ in length: the idlest node is next."""
    return TargetGroupState(
        name=load_balancer_name(spec.name),
        protocol="HTTPS",
        port=INGRESS_CONTROLLER,
        vpc_id="${network/vpc}",
        health_check_protocol="HTTPS",
        health_check_path="/ping",
        health_check_interval_seconds=10,
        health_check_timeout_seconds=5,
        healthy_threshold_count=2,
        unhealthy_threshold_count=3,
        matcher="200",
        target_group_attributes={
            "deregistration_delay.timeout_seconds": LONGEST_SILENCE,
            "load_balancing.algorithm.type": "least_outstanding_requests",
            "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
            "slow_start.duration_seconds": "0",
            "stickiness.enabled": "false",
        },
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Go in as a user would: from the name in DNS to the load balancers of the VPC, their ports, and what is behind."""
    vpcs = clients.ec2.describe_vpcs(Filters=[{"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [spec.name]}])["Vpcs"]
    inside = {vpc["VpcId"] for vpc in vpcs}
    pages = clients.elbv2.get_paginator("describe_load_balancers").paginate()
    balancers = [one for page in pages for one in page["LoadBalancers"] if one.get("VpcId") in inside]
    yield Finding.of(
        "Which load balancers stand in the VPC, and whom do they face?",
        saw=[f"{one['LoadBalancerName']}: {one['Scheme']} {one['Type']}, {one['IpAddressType']}" for one in balancers],
        expected=[f"{spec.name}-holdfast: internet-facing application, ipv4"],
    )
    yield Finding.of(
        "Where does the environment's name lead?",
        saw=_answers(clients, spec, site),
        expected=[f"A: {one['DNSName'].lower()}" for one in balancers],
    )
    for one in balancers:
        yield from _placed(clients, spec, site, one)
        yield from _spoken(clients, spec, one)
        yield from _governed(clients, spec, site, one)
    groups = clients.elbv2.get_paginator("describe_target_groups").paginate()
    yield Finding.of(
        "How does it speak to the nodes, and how does it know that they are well?",
        saw=[_behind(group) for page in groups for group in page["TargetGroups"] if group.get("VpcId") in inside],
        expected=["HTTPS to port 30443 of each instance; well when HTTPS /ping on traffic-port answers 200"],
    )


def _answers(clients: Clients, spec: Spec, site: Site) -> list[str]:
    """Every record at the environment's name: one of another type could lead users elsewhere."""
    listed = clients.route53.list_resource_record_sets(HostedZoneId=site.hosted_zone, StartRecordName=spec.host)
    return [
        f"{one['Type']}: {_leads_to(one)}"
        for one in listed["ResourceRecordSets"]
        if one["Name"].strip(".") == spec.host
    ]


def _leads_to(record: "ResourceRecordSetOutputTypeDef") -> str:
    alias = record.get("AliasTarget", {}).get("DNSName", "").lower().strip(".")
    return alias or ", ".join(one["Value"] for one in record.get("ResourceRecords", []))


def _placed(clients: Clients, spec: Spec, site: Site, one: "LoadBalancerTypeDef") -> Iterator[Finding]:
    yield Finding.of(
        "In which zones does it stand?",
        saw=sorted(zone["ZoneName"] for zone in one["AvailabilityZones"]),
        expected=sorted(site.zones),
    )
    groups = clients.ec2.describe_security_groups(GroupIds=one["SecurityGroups"])["SecurityGroups"]
    yield Finding.of(
        "Which security groups are around it?",
        saw=[group["GroupName"] for group in groups],
        expected=[f"{spec.name}-alb"],
    )


def _spoken(clients: Clients, spec: Spec, one: "LoadBalancerTypeDef") -> Iterator[Finding]:
    pages = clients.elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=one["LoadBalancerArn"])
    listeners = [listener for page in pages for listener in page["Listeners"]]
    yield Finding.of(
        "On which ports does it listen, and what does it answer by itself?",
        saw={f"{listener['Protocol']} {listener['Port']}": _by_itself(listener) for listener in listeners},
        expected={"HTTP 80": ["HTTP_301 to HTTPS://#{host}:443/#{path}?#{query}"], "HTTPS 443": ["503"]},
    )
    encrypted = [listener for listener in listeners if listener["Protocol"] == "HTTPS"]
    yield Finding.of(
        "Which TLS does it speak?",
        saw=[listener.get("SslPolicy") for listener in encrypted],
        expected=["ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"],
    )
    yield Finding.of(
        "With which certificates?",
        saw=[_vouched(clients, listener) for listener in encrypted],
        expected=[[spec.host]],
    )
    plain = [listener["ListenerArn"] for listener in listeners if listener["Protocol"] != "HTTPS"]
    rules = [rule for arn in plain for rule in clients.elbv2.describe_rules(ListenerArn=arn)["Rules"]]
    yield Finding.of(
        "Which rules make exceptions without TLS?",
        saw=[rule["RuleArn"] for rule in rules if not rule["IsDefault"]],
        expected=[],
    )


def _by_itself(listener: "ListenerTypeDef") -> list[str]:
    return [_answer(action) for action in listener["DefaultActions"]]


def _answer(action: object) -> str:
    match action:
        case {"FixedResponseConfig": fixed}:
            return str(fixed["StatusCode"])
        case {"RedirectConfig": to}:
            target = f"{to.get('Protocol')}://{to.get('Host')}:{to.get('Port')}{to.get('Path')}?{to.get('Query')}"
            return f"{to['StatusCode']} to {target}"
        case _:
            return str(action)


def _vouched(clients: Clients, listener: "ListenerTypeDef") -> list[str]:
    """The names of all the listener's certificates."""
    pages = clients.elbv2.get_paginator("describe_listener_certificates").paginate(ListenerArn=listener["ListenerArn"])
    arns = [one["CertificateArn"] for page in pages for one in page["Certificates"]]
    return [clients.acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"] for arn in arns]


def _governed(clients: Clients, spec: Spec, site: Site, one: "LoadBalancerTypeDef") -> Iterator[Finding]:
    answered = clients.elbv2.describe_load_balancer_attributes(LoadBalancerArn=one["LoadBalancerArn"])["Attributes"]
    attributes = {attribute["Key"]: attribute["Value"] for attribute in answered}
    bucket = attributes.get("access_logs.s3.bucket", "")
    yield Finding.of(
        "Does it keep access logs, and in a bucket of this environment?",
        saw=[attributes.get("access_logs.s3.enabled"), _belongs(bucket, spec, site)],
        expected=["true", True],
    )
    yield Finding.of(
        "Can it be deleted by one call?",
        saw="no" if attributes.get("deletion_protection.enabled") == "true" else "yes",
        expected="no",
    )
    yield Finding.of(
        "What does it do with malformed requests, and without its WAF?",
        saw=[
            f"{key}: {attributes.get(f'{key}')}"
            for key in (
                "routing.http.desync_mitigation_mode",
                "routing.http.drop_invalid_header_fields.enabled",
                "waf.fail_open.enabled",
            )
        ],
        expected=[
            "routing.http.desync_mitigation_mode: defensive",
            "routing.http.drop_invalid_header_fields.enabled: true",
            "waf.fail_open.enabled: false",
        ],
    )


def _belongs(bucket: str, spec: Spec, site: Site) -> bool:
    """Bucket names are global: ours say environment, account and Region."""
    return bucket.startswith(f"{spec.name}-") and site.account in bucket and site.region in bucket


def _behind(group: "TargetGroupTypeDef") -> str:
    """``HTTPS to port 30443 of each instance; well when HTTPS /ping on traffic-port answers 200``."""
    health = f"{group['HealthCheckProtocol']} {group['HealthCheckPath']} on {group['HealthCheckPort']}"
    code = group["Matcher"].get("HttpCode")
    speaks = f"{group['Protocol']} to port {group['Port']} of each {group['TargetType']}"
    return f"{speaks}; well when {health} answers {code}"
