"""What the load balancer's probe asks: as a user would go in, from the name in DNS to what stands behind the ports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import TLS_POLICY

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef, LoadBalancerTypeDef, TargetGroupTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef


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
        expected=[TLS_POLICY],
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
