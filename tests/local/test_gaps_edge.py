"""ACM, Elastic Load Balancing and rights on records, on the laptop AWS (pages: local/gaps of those names)."""

import time
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import TAG, Account, refused

ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
FIXED: Final[list[Any]] = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]
OURS: Final[list[Any]] = [{"Key": TAG, "Value": "atlas"}]
PATIENCE: Final = 15.0


def _zone(account: Account) -> tuple[str, str]:
    name = f"{uuid4().hex[:8]}.example"
    made = account.root("route53").create_hosted_zone(Name=name, CallerReference=name)
    return made["HostedZone"]["Id"].rpartition("/")[2], name


def _upsert(client: Any, zone: str, name: str, kind: str, value: str, action: str = "UPSERT") -> None:
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    client.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def _balancer(account: Account, **more: Any) -> Any:
    vpc = account.vpc()
    subnets = [
        account.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate(ZONES)
    ]
    return account.root("elbv2").create_load_balancer(**{"Name": "atlas-holdfast", "Subnets": subnets, **more})[
        "LoadBalancers"
    ][0]


def test_a_record_in_capitals_is_the_one_in_small_letters() -> None:
    account = Account()
    zone, name = _zone(account)
    client = account.root("route53")
    _upsert(client, zone, f"www.{name}", "A", "192.0.2.1")
    _upsert(client, zone, f"WWW.{name.upper()}.", "A", "192.0.2.66")
    records = client.list_resource_record_sets(HostedZoneId=zone, StartRecordName=f"www.{name}", StartRecordType="A")
    values = [(one["Name"], one["ResourceRecords"]) for one in records["ResourceRecordSets"] if one["Type"] == "A"]
    assert values == [(f"www.{name}.", [{"Value": "192.0.2.66"}])]


def test_a_certificate_is_issued_only_once_dns_vouches_for_it() -> None:
    account = Account()
    acm, (zone, name) = account.root("acm"), _zone(account)
    arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1")[
        "CertificateArn"
    ]
    seen = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (seen["Status"], seen["KeyAlgorithm"]) == ("PENDING_VALIDATION", "EC_prime256v1")
    asked = seen["DomainValidationOptions"][0]["ResourceRecord"]
    _upsert(account.root("route53"), zone, asked["Name"], "CNAME", asked["Value"])
    deadline = time.monotonic() + PATIENCE
    while acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] != "ISSUED":
        assert time.monotonic() < deadline, "DNS says what it should, and the certificate is not issued"
        time.sleep(0.05)


def test_certificates_are_listed_by_their_type_of_key() -> None:
    acm = Account().root("acm")
    arn = acm.request_certificate(DomainName="a.example", KeyAlgorithm="EC_prime256v1")["CertificateArn"]
    assert acm.list_certificates()["CertificateSummaryList"] == []
    found = acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
    assert [one["CertificateArn"] for one in found] == [arn]


def test_the_same_token_asks_for_the_same_certificate() -> None:
    acm = Account().root("acm")
    first, second = (acm.request_certificate(DomainName="a.example", IdempotencyToken="x") for _ in range(2))
    assert first["CertificateArn"] == second["CertificateArn"]


def test_a_load_balancer_is_in_the_zones_of_its_subnets_and_made_once() -> None:
    account = Account()
    made = _balancer(account)
    assert made["State"]["Code"] == "provisioning"
    assert [zone["ZoneName"] for zone in made["AvailabilityZones"]] == list(ZONES)
    subnets = [zone["SubnetId"] for zone in made["AvailabilityZones"]]
    again = account.root("elbv2").create_load_balancer(Name="atlas-holdfast", Subnets=subnets)["LoadBalancers"][0]
    assert again["LoadBalancerArn"] == made["LoadBalancerArn"]


def test_a_name_or_a_port_is_not_taken_twice_with_other_settings() -> None:
    account = Account()
    elbv2, made = account.root("elbv2"), _balancer(account)
    subnets = [zone["SubnetId"] for zone in made["AvailabilityZones"]]
    group: dict[str, Any] = {"Name": "one", "Protocol": "HTTPS", "Port": 443, "VpcId": made["VpcId"]}
    port: dict[str, Any] = {"LoadBalancerArn": made["LoadBalancerArn"], "Port": 80, "Protocol": "HTTP"}
    for _ in range(2):
        elbv2.create_target_group(**group)
        elbv2.create_listener(**port, DefaultActions=FIXED)
    assert len(elbv2.describe_target_groups()["TargetGroups"]) == 1
    assert len(elbv2.describe_listeners(LoadBalancerArn=made["LoadBalancerArn"])["Listeners"]) == 1
    other: list[Any] = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    with pytest.raises(ClientError, match="DuplicateLoadBalancerName"):
        elbv2.create_load_balancer(Name="atlas-holdfast", Subnets=subnets, Scheme="internal")
    with pytest.raises(ClientError, match="DuplicateTargetGroupName"):
        elbv2.create_target_group(**group | {"Port": 80})
    with pytest.raises(ClientError, match="DuplicateListener"):
        elbv2.create_listener(**port, DefaultActions=other)


def test_a_certificate_beside_the_default_one_is_in_use_too() -> None:
    account = Account()
    acm, elbv2 = account.root("acm"), account.root("elbv2")
    default, beside = (
        acm.request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]
        for name in ("a.example", "b.example")
    )
    listener = elbv2.create_listener(
        LoadBalancerArn=_balancer(account)["LoadBalancerArn"],
        Port=443,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": default}],
        DefaultActions=FIXED,
    )["Listeners"][0]["ListenerArn"]
    elbv2.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": beside}])
    for each in (default, beside):
        assert listener in acm.describe_certificate(CertificateArn=each)["Certificate"]["InUseBy"]
        with pytest.raises(ClientError, match="ResourceInUseException"):
            acm.delete_certificate(CertificateArn=each)


def test_what_is_protected_or_in_use_stays() -> None:
    account = Account()
    elbv2, made = account.root("elbv2"), _balancer(account)
    arn = made["LoadBalancerArn"]
    protected = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protected)
    with pytest.raises(ClientError, match="deletion protection"):
        elbv2.delete_load_balancer(LoadBalancerArn=arn)
    group = elbv2.create_target_group(Name="used", Protocol="HTTPS", Port=30443, VpcId=made["VpcId"])["TargetGroups"][0]
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
    elbv2.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=forward)
    with pytest.raises(ClientError, match="currently in use"):
        elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def test_a_forward_has_its_target_groups_and_is_answered_twice_if_there_is_one() -> None:
    account = Account()
    elbv2, made = account.root("elbv2"), _balancer(account)
    group = elbv2.create_target_group(Name="one", Protocol="HTTPS", Port=30443, VpcId=made["VpcId"])["TargetGroups"][0]
    forward: list[Any] = [
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": group["TargetGroupArn"], "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": False},
            },
        }
    ]
    listener = elbv2.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Port=80, Protocol="HTTP", DefaultActions=forward
    )["Listeners"][0]
    [seen] = listener["DefaultActions"]
    assert seen["TargetGroupArn"] == group["TargetGroupArn"]
    assert seen["ForwardConfig"] == forward[0]["ForwardConfig"]


def test_a_listener_that_is_gone_is_not_found() -> None:
    account = Account()
    elbv2, made = account.root("elbv2"), _balancer(account)
    listener = elbv2.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Port=80, Protocol="HTTP", DefaultActions=FIXED
    )["Listeners"][0]["ListenerArn"]
    elbv2.delete_listener(ListenerArn=listener)
    with pytest.raises(ClientError, match="not found"):
        elbv2.describe_listeners(ListenerArns=[listener])


def test_records_are_bounded_by_type_name_and_action() -> None:
    account = Account()
    zone, name = _zone(account)
    allowed = {
        "Action": "route53:ChangeResourceRecordSets",
        "Resource": "arn:aws:route53:::hostedzone/*",
        "Condition": {
            "ForAllValues:StringEquals": {
                "route53:ChangeResourceRecordSetsActions": ["CREATE", "UPSERT"],
                "route53:ChangeResourceRecordSetsRecordTypes": ["CNAME"],
            },
            "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_*"]},
        },
    }
    client = account.user(allowed)("route53")
    _upsert(client, zone, f"_a.{name}", "CNAME", "b.example")
    for label, kind, action in (("a", "CNAME", "UPSERT"), ("_a", "TXT", "UPSERT"), ("_a", "CNAME", "DELETE")):
        refused(_upsert, client=client, zone=zone, name=f"{label}.{name}", kind=kind, value="b.example", action=action)


def test_a_load_balancer_is_changed_only_where_it_has_our_tag() -> None:
    account = Account()
    allowed = {
        "Action": "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "Resource": "*",
        "Condition": {"Null": {f"aws:ResourceTag/{TAG}": "false"}},
    }
    client, ours, theirs = account.user(allowed)("elbv2"), _balancer(account, Tags=OURS), _balancer(account, Name="b")
    change: dict[str, Any] = {"Attributes": [{"Key": "routing.http2.enabled", "Value": "false"}]}
    client.modify_load_balancer_attributes(LoadBalancerArn=ours["LoadBalancerArn"], **change)
    refused(client.modify_load_balancer_attributes, LoadBalancerArn=theirs["LoadBalancerArn"], **change)


def test_a_certificate_is_requested_only_with_our_tag() -> None:
    account = Account()
    allowed = {
        "Action": ["acm:RequestCertificate", "acm:AddTagsToCertificate"],
        "Resource": "*",
        "Condition": {"Null": {f"aws:RequestTag/{TAG}": "false"}},
    }
    client = account.user(allowed)("acm")
    client.request_certificate(DomainName="a.example", Tags=OURS)
    refused(client.request_certificate, DomainName="b.example")
