"""Security groups rule by rule, as AWS keeps them; mended in local/gaps/ec2_security_group*.py.

Pages: AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, ModifySecurityGroupRules, IpPermission
(AWSEC2/latest/APIReference), "Amazon VPC quotas" (vpc/latest/userguide/amazon-vpc-limits.html).
"""

from typing import Any, Final

import pytest

from tests.local.accounts import Account
from tests.local.stacks import fault

HTTPS: Final = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
ANYWHERE: Final = [{"CidrIp": "0.0.0.0/0"}]

type Permission = dict[str, Any]


class Groups:
    def __init__(self) -> None:
        self.account = Account()
        self.ec2 = self.account.ec2
        self.vpc = self.account.vpc()
        self.group = self.account.group(vpc=self.vpc)

    def authorize(self, *permissions: Permission, **more: Any) -> list[Any]:
        made = self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=list(permissions), **more)
        return list(made["SecurityGroupRules"])

    def rules(self, group: str = "") -> list[Any]:
        found = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group or self.group]}])
        return [rule for rule in found["SecurityGroupRules"] if not rule["IsEgress"]]

    def prefix_list(self, entries: int) -> str:
        made = self.ec2.create_managed_prefix_list(PrefixListName="x", MaxEntries=entries, AddressFamily="IPv4")
        return str(made["PrefixList"]["PrefixListId"])


@pytest.fixture
def groups() -> Groups:
    return Groups()


def test_a_rule_is_shown_in_its_canonical_form(groups: Groups) -> None:
    groups.authorize(
        HTTPS | {"IpProtocol": "6", "IpRanges": [{"CidrIp": "100.68.0.18/18", "Description": "why"}]},
        {"IpProtocol": "58", "Ipv6Ranges": [{"CidrIpv6": "2001:DB8:0:0::1/64"}]},
        {"IpProtocol": "50", "FromPort": 1, "ToPort": 2, "IpRanges": ANYWHERE},
    )
    seen = [
        (rule["IpProtocol"], rule["FromPort"], rule.get("CidrIpv4", rule.get("CidrIpv6"))) for rule in groups.rules()
    ]
    assert seen == [("tcp", 443, "100.68.0.0/18"), ("icmpv6", -1, "2001:db8::/64"), ("50", -1, "0.0.0.0/0")]
    assert groups.rules()[0]["Description"] == "why"


def test_every_kind_of_source_is_a_rule_of_its_own_with_its_tags(groups: Groups) -> None:
    prefix_list = groups.prefix_list(5)
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "k", "Value": "v"}]}]
    made = groups.authorize(
        HTTPS
        | {
            "IpRanges": ANYWHERE,
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            "PrefixListIds": [{"PrefixListId": prefix_list}],
            "UserIdGroupPairs": [{"GroupId": groups.group}],
        },
        TagSpecifications=tags,
    )
    found = groups.rules()
    assert found == made
    assert len({rule["SecurityGroupRuleId"] for rule in found}) == 4
    assert [rule["PrefixListId"] for rule in found if "PrefixListId" in rule] == [prefix_list]
    assert [rule["ReferencedGroupInfo"]["GroupId"] for rule in found if "ReferencedGroupInfo" in rule] == [groups.group]
    assert all(rule["Tags"] == [{"Key": "k", "Value": "v"}] for rule in found)


def test_permissions_of_the_same_ports_are_shown_as_one(groups: Groups) -> None:
    groups.authorize(HTTPS | {"IpRanges": ANYWHERE})
    groups.authorize(HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    shown = groups.ec2.describe_security_groups(GroupIds=[groups.group])["SecurityGroups"][0]["IpPermissions"]
    assert [[each["CidrIp"] for each in one["IpRanges"]] for one in shown] == [["0.0.0.0/0", "10.0.0.0/8"]]


def test_a_call_does_all_or_nothing(groups: Groups) -> None:
    groups.authorize(HTTPS | {"IpRanges": ANYWHERE})
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ANYWHERE}
    again = HTTPS | {"IpRanges": ANYWHERE}
    arguments = {"GroupId": groups.group, "IpPermissions": [ssh, again]}
    assert fault(groups.ec2.authorize_security_group_ingress, **arguments) == "InvalidPermission.Duplicate"
    assert fault(groups.ec2.revoke_security_group_ingress, **arguments) == "InvalidPermission.NotFound"
    assert [rule["FromPort"] for rule in groups.rules()] == [443]


def test_a_revoked_rule_comes_back_under_another_id(groups: Groups) -> None:
    first = groups.authorize(HTTPS | {"IpRanges": ANYWHERE})[0]["SecurityGroupRuleId"]
    revoked = groups.ec2.revoke_security_group_ingress(GroupId=groups.group, SecurityGroupRuleIds=[first])
    assert [rule["SecurityGroupRuleId"] for rule in revoked["RevokedSecurityGroupRules"]] == [first]
    assert groups.authorize(HTTPS | {"IpRanges": ANYWHERE})[0]["SecurityGroupRuleId"] != first


def test_in_a_default_vpc_what_was_not_there_is_reported_not_refused() -> None:
    account = Account()
    group = account.ec2.create_security_group(GroupName="x", Description="x")["GroupId"]
    answer = account.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[HTTPS | {"IpRanges": ANYWHERE}])
    assert answer["UnknownIpPermissions"][0]["IpRanges"] == ANYWHERE


def test_a_rule_is_rewritten_in_place_but_not_to_another_kind(groups: Groups) -> None:
    rule = groups.authorize(HTTPS | {"IpRanges": ANYWHERE})[0]["SecurityGroupRuleId"]

    def change(**more: str) -> dict[str, Any]:
        return {
            "GroupId": groups.group,
            "SecurityGroupRules": [{"SecurityGroupRuleId": rule, "SecurityGroupRule": HTTPS | more}],
        }

    assert fault(groups.ec2.modify_security_group_rules, **change(CidrIpv6="::/0")) == "InvalidParameterValue"
    groups.ec2.modify_security_group_rules(**change(CidrIpv4="10.0.0.0/8"))
    assert [(each["SecurityGroupRuleId"], each["CidrIpv4"]) for each in groups.rules()] == [(rule, "10.0.0.0/8")]


def test_a_group_of_another_vpc_can_be_named_only_where_they_are_peered(groups: Groups) -> None:
    vpc = groups.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    far = groups.account.group(vpc=vpc)
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": far}]}
    arguments = {"GroupId": groups.group, "IpPermissions": [permission]}
    assert fault(groups.ec2.authorize_security_group_ingress, **arguments) == "InvalidGroup.NotFound"
    peering = groups.ec2.create_vpc_peering_connection(VpcId=groups.vpc, PeerVpcId=vpc)["VpcPeeringConnection"]
    groups.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    groups.authorize(permission)


@pytest.mark.parametrize(
    ("count", "more"),
    [
        pytest.param(60, {"IpRanges": ANYWHERE}, id="IPv4 by IPv4"),
        pytest.param(60, {"UserIdGroupPairs": [{}]}, id="IPv4 by a reference"),
        pytest.param(31, {"PrefixListIds": [{}]}, id="a prefix list counts for all it may hold"),
    ],
)
def test_a_full_group_takes_no_more(groups: Groups, count: int, more: Permission) -> None:
    here = {
        "UserIdGroupPairs": [{"GroupId": groups.group}],
        "PrefixListIds": [{"PrefixListId": groups.prefix_list(30)}],
    }
    last = HTTPS | {name: here.get(name, value) for name, value in more.items()}
    ports = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ANYWHERE} for port in range(count)]
    groups.authorize(*ports)
    arguments = {"GroupId": groups.group, "IpPermissions": [last]}
    assert fault(groups.ec2.authorize_security_group_ingress, **arguments) == "RulesPerSecurityGroupLimitExceeded"
    groups.authorize(HTTPS | {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]})


def test_a_group_in_use_is_not_deleted(groups: Groups) -> None:
    other = groups.account.group(vpc=groups.vpc)
    groups.authorize(HTTPS | {"UserIdGroupPairs": [{"GroupId": other}]})
    assert fault(groups.ec2.delete_security_group, GroupId=other) == "DependencyViolation"
    groups.ec2.delete_security_group(GroupId=groups.group)
    groups.ec2.delete_security_group(GroupId=other)


def test_a_group_is_made_in_a_vpc_that_exists(groups: Groups) -> None:
    nowhere = {"GroupName": "x", "Description": "x", "VpcId": "vpc-00000000000000000"}
    assert fault(groups.ec2.create_security_group, **nowhere) == "InvalidVpcID.NotFound"


def test_a_vpc_s_default_group_admits_itself(groups: Groups) -> None:
    filters = [{"Name": "vpc-id", "Values": [groups.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    group = groups.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    assert [rule["ReferencedGroupInfo"]["GroupId"] for rule in groups.rules(group)] == [group]


def test_tags_are_deleted_by_value_where_one_is_given_and_put_only_on_what_exists(groups: Groups) -> None:
    groups.ec2.create_tags(Resources=[groups.group], Tags=[{"Key": "k", "Value": "v"}])
    groups.ec2.delete_tags(Resources=[groups.group], Tags=[{"Key": "k", "Value": "another"}])
    found = groups.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [groups.group]}])["Tags"]
    assert [tag["Value"] for tag in found] == ["v"]
    absent = {"Resources": ["sg-00000000000000000"], "Tags": [{"Key": "k", "Value": "v"}]}
    assert fault(groups.ec2.create_tags, **absent) == "InvalidGroup.NotFound"


def test_a_filter_that_the_emulator_does_not_honour_is_refused(groups: Groups) -> None:
    filters = [{"Name": "ip-permission.cidr", "Values": ["0.0.0.0/0"]}]
    assert fault(groups.ec2.describe_security_groups, Filters=filters) == "InvalidParameterValue"
