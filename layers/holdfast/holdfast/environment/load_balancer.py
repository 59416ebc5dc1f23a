"""Load balancer: the one way in from the internet, over TLS, with nothing behind it until the WAF stands.

Its listener answers every request with 503 by itself. The layer ingress, which needs the WAF, adds the one rule that
forwards, for the environment's own name: what asks for another name never reaches a node.

    443  HTTPS ──▶ 503, but for the rule of ingress ──▶ HTTPS, node port 30443
     80  HTTP  ──▶ 301 to HTTPS
"""

from collections.abc import Iterator
from typing import Final

from holdfast.aws.elbv2.action import Action, FixedResponseConfig, RedirectConfig
from holdfast.aws.elbv2.listener import ListenerState
from holdfast.aws.elbv2.load_balancer import LoadBalancerState
from holdfast.aws.elbv2.target_group import TargetGroupState
from holdfast.aws.route53.record_set import AliasTarget, RecordSetState
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import TLS_POLICY
from holdfast.environment.load_balancer_probe import probe

__all__ = ["probe", "resources"]

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
