"""The alarms on the ways in and out: load balancer, WAF, certificate, NAT gateways."""

from collections.abc import Iterator, Mapping
from typing import Final

from holdfast.core.spec import Spec
from holdfast.environment.watch import (
    A_DAY,
    A_MINUTE,
    ABOVE,
    AT_LEAST,
    BELOW,
    FIVE_MINUTES,
    GOOD_NEWS,
    RINGS,
    UNKNOWN,
    Bound,
    Measure,
    Watch,
)

NAT_GATEWAYS: Final = (1, 2, 3)


def outside(spec: Spec, region: str) -> Iterator[Watch]:
    """From users to the internet."""
    yield from _users()
    yield from _waf(spec, region)
    yield from _certificate()
    yield from _ways_out()


def _users() -> Iterator[Watch]:
    """From "CloudWatch metrics for your Application Load Balancer", Elastic Load Balancing user guide.

    Counts are sent only when something was counted.
    """
    yield Watch(
        "load-balancer-5xx",
        "The load balancer itself answered with ten errors in five minutes: it found nobody who answers.",
        Bound(AT_LEAST, 10, FIVE_MINUTES, 1, 1, GOOD_NEWS),
        {"measured": _balanced("HTTPCode_ELB_5XX_Count", "Sum")},
    )
    yield Watch(
        "target-5xx",
        "The application answered with 25 errors in five minutes, however many requests there were.",
        Bound(AT_LEAST, 25, FIVE_MINUTES, 1, 1, GOOD_NEWS),
        {"measured": _balanced("HTTPCode_Target_5XX_Count", "Sum")},
    )
    yield Watch(
        "rate-5xx",
        "More than 1 % of at least 100 requests failed, twice in a quarter of an hour.",
        Bound(ABOVE, 1, FIVE_MINUTES, 2, 3, GOOD_NEWS),
        {
            "requests": _balanced("RequestCount", "Sum"),
            "ours": _balanced("HTTPCode_ELB_5XX_Count", "Sum"),
            "theirs": _balanced("HTTPCode_Target_5XX_Count", "Sum"),
        },
        "IF(requests >= 100, 100 * (FILL(ours, 0) + FILL(theirs, 0)) / requests, 0)",
    )
    yield Watch(
        "latency",
        "One request in a hundred waits more than 10 s for its first byte: models are slow, but not so slow.",
        Bound(ABOVE, 10, FIVE_MINUTES, 3, 3, GOOD_NEWS),
        {"measured": _balanced("TargetResponseTime", "p99")},
    )
    yield Watch(
        "unhealthy-targets",
        "A node fails its health check for five minutes, longer than a rolling update takes it out.",
        Bound(AT_LEAST, 1, A_MINUTE, 5, 5, UNKNOWN),
        {"measured": _targeted("UnHealthyHostCount", "Maximum")},
    )
    yield Watch(
        "no-healthy-target",
        "No node answers for two minutes, or none is registered: users get nothing.",
        Bound(BELOW, 1, A_MINUTE, 2, 2, RINGS),
        {"measured": _targeted("HealthyHostCount", "Maximum")},
    )
    yield Watch(
        "target-connections",
        "The load balancer failed to connect to nodes ten times in five minutes.",
        Bound(AT_LEAST, 10, FIVE_MINUTES, 1, 1, GOOD_NEWS),
        {"measured": _balanced("TargetConnectionErrorCount", "Sum")},
    )
    yield Watch(
        "rejected-connections",
        "The load balancer turned connections away: it was at its own limit, and grows too slowly.",
        Bound(AT_LEAST, 1, FIVE_MINUTES, 1, 1, GOOD_NEWS),
        {"measured": _balanced("RejectedConnectionCount", "Sum")},
    )


def _balanced(name: str, stat: str) -> Measure:
    return Measure("AWS/ApplicationELB", name, stat, {"LoadBalancer": "${load_balancer/load_balancer.FullName}"})


def _targeted(name: str, stat: str) -> Measure:
    balancer = _balanced(name, stat)
    group = {"TargetGroup": "${load_balancer/target_group.FullName}"}
    return balancer._replace(dimensions={**balancer.dimensions, **group})


def _ways_out() -> Iterator[Watch]:
    """From "NAT gateway metrics and dimensions", VPC user guide. One alarm for the three."""
    yield Watch(
        "nat-ports",
        "A NAT gateway had no port left for a connection: nodes or pods could not get out.",
        Bound(ABOVE, 0, FIVE_MINUTES, 1, 1, GOOD_NEWS),
        _through_each("ErrorPortAllocation"),
        _sum("FILL(zone{}, 0)"),
    )
    yield Watch(
        "nat-drops",
        "A NAT gateway dropped more than a hundred packets in five minutes, twice in a quarter of an hour.",
        Bound(ABOVE, 100, FIVE_MINUTES, 2, 3, GOOD_NEWS),
        _through_each("PacketsDropCount"),
        _sum("FILL(zone{}, 0)"),
    )


def _through_each(name: str) -> Mapping[str, Measure]:
    return {
        f"zone{number}": Measure("AWS/NATGateway", name, "Sum", {"NatGatewayId": f"${{egress/nat_gateway_{number}}}"})
        for number in NAT_GATEWAYS
    }


def _sum(part: str) -> str:
    return " + ".join(part.format(number) for number in NAT_GATEWAYS)


def _waf(spec: Spec, region: str) -> Iterator[Watch]:
    """From "AWS WAF metrics and dimensions", WAF developer guide. ``ALL`` is every rule of the web ACL."""
    yield Watch(
        "waf-blocked",
        "WAF blocked more than a tenth of at least 500 requests, twice in a quarter of an hour: an attack, or a new "
        "version of AWS's rules that blocks users.",
        Bound(ABOVE, 10, FIVE_MINUTES, 2, 3, GOOD_NEWS),
        {
            "blocked": _screened(spec, region, "BlockedRequests"),
            "allowed": _screened(spec, region, "AllowedRequests"),
        },
        "IF(FILL(blocked, 0) + FILL(allowed, 0) >= 500, "
        "100 * FILL(blocked, 0) / (FILL(blocked, 0) + FILL(allowed, 0)), 0)",
    )


def _screened(spec: Spec, region: str, name: str) -> Measure:
    return Measure("AWS/WAFV2", name, "Sum", {"Region": region, "Rule": "ALL", "WebACL": spec.name})


def _certificate() -> Iterator[Watch]:
    """From "Supported CloudWatch metrics", ACM user guide: twice a day, until it expires."""
    yield Watch(
        "certificate",
        "The certificate ends in less than 45 days: ACM renews it 60 days before, so it could not.",
        Bound(BELOW, 45, A_DAY, 1, 1, UNKNOWN),
        {
            "measured": Measure(
                "AWS/CertificateManager", "DaysToExpiry", "Minimum", {"CertificateArn": "${certificate/certificate}"}
            )
        },
    )
