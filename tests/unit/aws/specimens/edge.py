"""Specimens of ACM, Route 53 and Elastic Load Balancing."""

from typing import TYPE_CHECKING, Any, Final

from holdfast.aws.acm.certificate import CertificateState
from holdfast.aws.clients import Clients
from holdfast.aws.elbv2.action import Action, FixedResponseConfig, ForwardConfig, TargetGroupTuple
from holdfast.aws.elbv2.listener import ListenerState
from holdfast.aws.elbv2.listener_rule import Condition, ListenerRuleState
from holdfast.aws.elbv2.load_balancer import LoadBalancerState
from holdfast.aws.elbv2.target_group import TargetGroupState
from holdfast.aws.route53.record_set import AliasTarget, RecordSetState
from holdfast.core.resource import Desired
from holdfast.core.versions import TLS_POLICY
from tests.support.world import SITE, ZONE
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionTypeDef

HOST: Final = f"atlas.{ZONE}"
OUR_TAG: Final = "holdfast:environment"
STOLEN: "Final[list[ActionTypeDef]]" = [
    {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS", "Host": "evil.example"}}
]
TEAPOT: "Final[list[ActionTypeDef]]" = [
    {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain"}}
]
CLOSED: Final = (
    Action(
        type="fixed-response",
        fixed_response_config=FixedResponseConfig(status_code="503", content_type="text/plain", message_body="-"),
    ),
)


def record(clients: Clients, action: str, name: str, kind: Any, *values: str) -> None:
    """Somebody's record."""
    clients.route53.change_resource_record_sets(
        HostedZoneId=SITE.hosted_zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": action,  # type: ignore[typeddict-item]  # any of its words
                    "ResourceRecordSet": {
                        "Name": name,
                        "Type": kind,
                        "TTL": 60,
                        "ResourceRecords": [{"Value": value} for value in values],
                    },
                }
            ]
        },
    )


def certificate(clients: Clients, host: str = HOST, **more: Any) -> str:
    """A certificate that is valid, as DNS says what it should."""
    arn = clients.acm.request_certificate(DomainName=host, ValidationMethod="DNS", **more)["CertificateArn"]
    for option in clients.acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]:
        asked = option["ResourceRecord"]
        record(clients, "UPSERT", asked["Name"], "CNAME", asked["Value"])
    return arn


def _promise_certificate(clients: Clients) -> Desired:
    # DNS vouches for the name already, as for every further certificate of it; and somebody else has one.
    certificate(clients)
    return CertificateState(
        domain_name=HOST, subject_alternative_names=frozenset({HOST}), key_algorithm="EC_prime256v1", tags=TAGS
    )


CERTIFICATE_DEEDS: Final[dict[str, Deed]] = {
    "hides it from the logs": lambda clients, arn: clients.acm.update_certificate_options(
        CertificateArn=arn, Options={"CertificateTransparencyLoggingPreference": "DISABLED"}
    ),
    "strips our tag": lambda clients, arn: clients.acm.remove_tags_from_certificate(
        CertificateArn=arn, Tags=[{"Key": OUR_TAG}]
    ),
}


def _promise_record(clients: Clients) -> Desired:
    # A neighbour that comes before ours, and one after.
    record(clients, "CREATE", f"a.{ZONE}", "A", "192.0.2.1")
    record(clients, "CREATE", f"z.{ZONE}", "A", "192.0.2.1")
    alias = AliasTarget(dns_name="atlas-1.elb.amazonaws.com", hosted_zone_id="Z1", evaluate_target_health=False)
    return RecordSetState(hosted_zone_id=SITE.hosted_zone, name=HOST, type="A", alias_target=alias)


def subnets(clients: Clients, vpc: str) -> list[str]:
    made = []
    for number, zone in enumerate(SITE.zones):
        subnet = clients.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        made.append(subnet["Subnet"]["SubnetId"])
    return made


def group(clients: Clients, vpc: str, name: str) -> str:
    return clients.ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]


def network(clients: Clients) -> str:
    return clients.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def _promise_load_balancer(clients: Clients) -> Desired:
    vpc = network(clients)
    return LoadBalancerState(
        name="atlas-holdfast",
        scheme="internet-facing",
        subnets=frozenset(subnets(clients, vpc)),
        security_groups=frozenset({group(clients, vpc, "alb")}),
        load_balancer_attributes={
            "deletion_protection.enabled": "true",
            "routing.http.drop_invalid_header_fields.enabled": "true",
        },
        listeners=frozenset(),
        tags=TAGS,
    )


def _vpc_of(clients: Clients, arn: str) -> str:
    return clients.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["VpcId"]


def _surround(clients: Clients, arn: str) -> None:
    opened = group(clients, _vpc_of(clients, arn), "open")
    clients.elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[opened])


def _leave_a_zone(clients: Clients, arn: str) -> None:
    zones = clients.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["AvailabilityZones"]
    clients.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[zone["SubnetId"] for zone in zones[:2]])


def attribute(key: str, value: str) -> Deed:
    return lambda clients, arn: clients.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value}]
    )


def _untag(clients: Clients, arn: str) -> None:
    clients.elbv2.remove_tags(ResourceArns=[arn], TagKeys=[OUR_TAG])


LOAD_BALANCER_DEEDS: Final[dict[str, Deed]] = {
    "adds a listener": lambda clients, arn: clients.elbv2.create_listener(
        LoadBalancerArn=arn, Port=8080, Protocol="HTTP", DefaultActions=TEAPOT
    ),
    "puts another group around it": _surround,
    "takes it out of a zone": _leave_a_zone,
    "gives it v6 addresses": lambda clients, arn: clients.elbv2.set_ip_address_type(
        LoadBalancerArn=arn, IpAddressType="dualstack"
    ),
    "lifts its protection": attribute("deletion_protection.enabled", "false"),
    "lets odd headers through": attribute("routing.http.drop_invalid_header_fields.enabled", "false"),
    "strips our tag": _untag,
}


def _promise_target_group(clients: Clients) -> Desired:
    return TargetGroupState(
        name="atlas-holdfast",
        protocol="HTTPS",
        port=30443,
        vpc_id=network(clients),
        health_check_protocol="HTTPS",
        health_check_path="/ping",
        health_check_interval_seconds=10,
        health_check_timeout_seconds=5,
        healthy_threshold_count=2,
        unhealthy_threshold_count=3,
        matcher="200",
        target_group_attributes={"load_balancing.algorithm.type": "least_outstanding_requests"},
        tags=TAGS,
    )


TARGET_GROUP_DEEDS: Final[dict[str, Deed]] = {
    "asks for another path": lambda clients, arn: clients.elbv2.modify_target_group(
        TargetGroupArn=arn, HealthCheckPath="/", Matcher={"HttpCode": "200-499"}
    ),
    "checks without TLS": lambda clients, arn: clients.elbv2.modify_target_group(
        TargetGroupArn=arn, HealthCheckProtocol="HTTP"
    ),
    "binds users to nodes": lambda clients, arn: clients.elbv2.modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=[{"Key": "load_balancing.algorithm.type", "Value": "round_robin"}]
    ),
    "strips our tag": _untag,
}


def load_balancer(clients: Clients) -> str:
    """Somebody's load balancer."""
    made = clients.elbv2.create_load_balancer(Name="specimen", Subnets=subnets(clients, network(clients)))
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def _promise_listener(clients: Clients) -> Desired:
    return ListenerState(
        load_balancer_arn=load_balancer(clients),
        port=443,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificates=frozenset({certificate(clients)}),
        default_actions=CLOSED,
        listener_attributes={"routing.http.response.server.enabled": "false"},
        rules=frozenset(),
        tags=TAGS,
    )


LISTENER_DEEDS: Final[dict[str, Deed]] = {
    "weakens its TLS": lambda clients, arn: clients.elbv2.modify_listener(
        ListenerArn=arn, SslPolicy="ELBSecurityPolicy-2016-08"
    ),
    "drops its TLS": lambda clients, arn: clients.elbv2.modify_listener(ListenerArn=arn, Protocol="HTTP"),
    "moves it to another port": lambda clients, arn: clients.elbv2.modify_listener(ListenerArn=arn, Port=8443),
    "leads users away": lambda clients, arn: clients.elbv2.modify_listener(ListenerArn=arn, DefaultActions=STOLEN),
    "swaps its certificate": lambda clients, arn: clients.elbv2.modify_listener(
        ListenerArn=arn, Certificates=[{"CertificateArn": certificate(clients, f"other.{ZONE}")}]
    ),
    "adds a certificate": lambda clients, arn: clients.elbv2.add_listener_certificates(
        ListenerArn=arn, Certificates=[{"CertificateArn": certificate(clients, f"other.{ZONE}")}]
    ),
    "adds a rule": lambda clients, arn: clients.elbv2.create_rule(
        ListenerArn=arn,
        Priority=9,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        Actions=STOLEN,
    ),
    "says what serves": lambda clients, arn: clients.elbv2.modify_listener_attributes(
        ListenerArn=arn, Attributes=[{"Key": "routing.http.response.server.enabled", "Value": "true"}]
    ),
    "strips our tag": _untag,
}


def target_group(clients: Clients, name: str) -> str:
    made = clients.elbv2.create_target_group(Name=name, Protocol="HTTPS", Port=30443, VpcId=network(clients))
    return made["TargetGroups"][0]["TargetGroupArn"]


def _promise_rule(clients: Clients) -> Desired:
    listener = clients.elbv2.create_listener(
        LoadBalancerArn=load_balancer(clients), Port=80, Protocol="HTTP", DefaultActions=TEAPOT
    )["Listeners"][0]["ListenerArn"]
    groups = frozenset({TargetGroupTuple(target_group_arn=target_group(clients, "ours"))})
    return ListenerRuleState(
        listener_arn=listener,
        priority=1,
        conditions=frozenset({Condition(field="host-header", values=frozenset({HOST}))}),
        actions=(Action(type="forward", forward_config=ForwardConfig(target_groups=groups)),),
        tags=TAGS,
    )


def _listener_of(clients: Clients, rule: str) -> str:
    return rule.replace(":listener-rule/", ":listener/").rpartition("/")[0]


RULE_DEEDS: Final[dict[str, Deed]] = {
    "adds a rule before it": lambda clients, arn: clients.elbv2.create_rule(
        ListenerArn=_listener_of(clients, arn),
        Priority=2,
        Conditions=[{"Field": "path-pattern", "Values": ["/admin*"]}],
        Actions=STOLEN,
    ),
    "forwards elsewhere": lambda clients, arn: clients.elbv2.modify_rule(
        RuleArn=arn, Actions=[{"Type": "forward", "TargetGroupArn": target_group(clients, "elsewhere")}]
    ),
    "forwards a share elsewhere": lambda clients, arn: clients.elbv2.modify_rule(
        RuleArn=arn,
        Actions=[
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": target_group(clients, name), "Weight": 1} for name in ("one", "two")
                    ]
                },
            }
        ],
    ),
    "opens it to every name": lambda clients, arn: clients.elbv2.modify_rule(
        RuleArn=arn, Conditions=[{"Field": "path-pattern", "Values": ["*"]}]
    ),
    "lets others go first": lambda clients, arn: clients.elbv2.set_rule_priorities(
        RulePriorities=[{"RuleArn": arn, "Priority": 50}]
    ),
    "strips our tag": _untag,
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::CertificateManager::Certificate": Specimen(_promise_certificate, "acm.RequestCertificate", CERTIFICATE_DEEDS),
    "AWS::Route53::RecordSet": Specimen(
        _promise_record,
        "route53.ChangeResourceRecordSets",
        {
            "leads users away": lambda clients, name: record(clients, "UPSERT", name, "A", "192.0.2.66"),
            "leads users of IPv6 away": lambda clients, name: record(clients, "CREATE", name, "AAAA", "2001:db8::66"),
        },
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Specimen(
        _promise_load_balancer, "elbv2.CreateLoadBalancer", LOAD_BALANCER_DEEDS
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Specimen(
        _promise_target_group, "elbv2.CreateTargetGroup", TARGET_GROUP_DEEDS
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Specimen(
        _promise_listener, "elbv2.CreateListener", LISTENER_DEEDS, within="a load balancer of ours"
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Specimen(
        _promise_rule, "elbv2.CreateRule", RULE_DEEDS, within="a listener of ours"
    ),
}
