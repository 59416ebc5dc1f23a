"""Breaks of certificate and load_balancer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.world import SITE, World
from tests.unit.aws.specimens.edge import STOLEN, certificate, group, record
from tests.unit.environment.breaks.broken import Break

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import TagTypeDef

BALANCER = "load_balancer/load_balancer"


def _request_another(world: World) -> None:
    tags: list[TagTypeDef] = [{"Key": "holdfast:environment", "Value": world.spec.name}]
    certificate(world.clients, world.spec.host, KeyAlgorithm="RSA_2048", Tags=tags)


def _forget_in_dns(world: World) -> None:
    name = world.id_of("certificate/validation_record")
    listed = world.clients.route53.list_resource_record_sets(HostedZoneId=SITE.hosted_zone)["ResourceRecordSets"]
    [found] = [one for one in listed if one["Name"].rstrip(".") == name]
    world.clients.route53.change_resource_record_sets(
        HostedZoneId=SITE.hosted_zone,
        ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": found}]},
    )


def _another_load_balancer(world: World) -> None:
    subnets = [world.id_of(f"network/public_subnet_{zone}") for zone in (1, 2)]
    world.clients.elbv2.create_load_balancer(Name="backdoor", Subnets=subnets, Scheme="internal")


def _leave_a_zone(world: World) -> None:
    subnets = [world.id_of(f"network/public_subnet_{zone}") for zone in (1, 2)]
    world.clients.elbv2.set_subnets(LoadBalancerArn=world.id_of(BALANCER), Subnets=subnets)


def _surround(world: World) -> None:
    opened = group(world.clients, world.id_of("network/vpc"), "open")
    ours = world.id_of("security_groups/alb")
    world.clients.elbv2.set_security_groups(LoadBalancerArn=world.id_of(BALANCER), SecurityGroups=[ours, opened])


def _attribute(key: str, value: str) -> Callable[[World], object]:
    return lambda world: world.clients.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=world.id_of(BALANCER), Attributes=[{"Key": key, "Value": value}]
    )


def _add_a_certificate(world: World) -> None:
    other = certificate(world.clients, f"evil.{world.spec.dns.zone}")
    world.clients.elbv2.add_listener_certificates(
        ListenerArn=world.id_of("load_balancer/https_listener"), Certificates=[{"CertificateArn": other}]
    )


BREAKS = (
    Break(
        "certificate",
        "For which names does the environment's certificate vouch, and is it valid?",
        lambda world: world.clients.acm.delete_certificate(CertificateArn=world.id_of("certificate/certificate")),
    ),
    Break("certificate", "With what kind of key?", _request_another),
    Break("certificate", "Does DNS say what ACM needs to renew it by itself?", _forget_in_dns),
    Break(
        "certificate",
        "Is it written into the public transparency logs?",
        lambda world: world.clients.acm.update_certificate_options(
            CertificateArn=world.id_of("certificate/certificate"),
            Options={"CertificateTransparencyLoggingPreference": "DISABLED"},
        ),
    ),
    Break("load_balancer", "Which load balancers stand in the VPC, and whom do they face?", _another_load_balancer),
    Break(
        "load_balancer",
        "Where does the environment's name lead?",
        lambda world: record(world.clients, "CREATE", world.spec.host, "AAAA", "2001:db8::66"),
    ),
    Break("load_balancer", "In which zones does it stand?", _leave_a_zone),
    Break("load_balancer", "Which security groups are around it?", _surround),
    Break(
        "load_balancer",
        "On which ports does it listen, and what does it answer by itself?",
        lambda world: world.clients.elbv2.create_listener(
            LoadBalancerArn=world.id_of(BALANCER), Port=8080, Protocol="HTTP", DefaultActions=STOLEN
        ),
    ),
    Break(
        "load_balancer",
        "Which TLS does it speak?",
        lambda world: world.clients.elbv2.modify_listener(
            ListenerArn=world.id_of("load_balancer/https_listener"), SslPolicy="ELBSecurityPolicy-2016-08"
        ),
    ),
    Break("load_balancer", "With which certificates?", _add_a_certificate),
    Break(
        "load_balancer",
        "Which rules make exceptions without TLS?",
        lambda world: world.clients.elbv2.create_rule(
            ListenerArn=world.id_of("load_balancer/http_listener"),
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": world.id_of("load_balancer/target_group")}],
        ),
    ),
    Break(
        "load_balancer",
        "How does it speak to the nodes, and how does it know that they are well?",
        lambda world: world.clients.elbv2.modify_target_group(
            TargetGroupArn=world.id_of("load_balancer/target_group"), Matcher={"HttpCode": "200-499"}
        ),
    ),
    Break(
        "load_balancer",
        "Does it keep access logs, and in a bucket of this environment?",
        _attribute("access_logs.s3.bucket", "somebody-elses"),
    ),
    Break("load_balancer", "Can it be deleted by one call?", _attribute("deletion_protection.enabled", "false")),
    Break(
        "load_balancer",
        "What does it do with malformed requests, and without its WAF?",
        _attribute("waf.fail_open.enabled", "true"),
    ),
)
