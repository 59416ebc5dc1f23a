"""EKS as AWS has it: what takes its time, what is refused meanwhile, and what EKS makes beside a cluster.

Pages: CreateCluster, UpdateClusterConfig, CreateAddon (eks/latest/APIReference), "Amazon EKS security group
requirements" (eks/latest/userguide/sec-group-reqs.html).
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import TAG
from tests.local.clusters import Clusters

_PATIENCE: Final = 40.0


def refusal(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return str(refused.value.response["Error"]["Code"])


def at_once(call: Any, **asked: Any) -> list[str]:
    """What two are told who call at the same moment, for soon it is over: nothing, or why one of them is refused."""
    both = Barrier(2)

    def told(_: int) -> str:
        both.wait()
        try:
            call(**asked)
        except ClientError as error:
            return "{Code}: {Message}".format(**error.response["Error"])
        return ""

    with ThreadPoolExecutor(2) as hands:
        return sorted(hands.map(told, range(2)))


def test_a_cluster_takes_its_time_and_has_no_endpoint_until_it_stands(clusters: Clusters) -> None:
    begun = clusters.create()
    assert refusal(clusters.eks.create_addon, clusterName=begun, addonName="vpc-cni") == "InvalidRequestException"
    made, stands = clusters.first_seen["looked-at"], clusters.look(clusters.standing("looked-at"))
    assert made["status"] == "CREATING"
    assert "endpoint" not in made
    assert stands["endpoint"]
    assert stands["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.eu-west-1.amazonaws.com/id/")
    assert stands["resourcesVpcConfig"]["vpcId"] == clusters.vpc


def test_eks_makes_a_group_of_its_own(clusters: Clusters) -> None:
    name = clusters.standing("looked-at")
    group = clusters.look(name)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    made = clusters.account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert made["GroupName"].startswith(f"eks-cluster-sg-{name}-")
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {
        "Name": made["GroupName"],
        "aws:eks:cluster-name": name,
        f"kubernetes.io/cluster/{name}": "owned",
    }
    assert [pair["GroupId"] for pair in made["IpPermissions"][0]["UserIdGroupPairs"]] == [group]
    assert made["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"] == "0.0.0.0/0"
    refused = refusal(clusters.account.ec2.delete_security_group, GroupId=group)
    assert refused == "DependencyViolation", "the control plane's interfaces carry it as long as the cluster stands"


def test_one_update_at_a_time_and_one_kind_a_call(clusters: Clusters) -> None:
    name = clusters.standing("updated")
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    both = {"logging": logging, "deletionProtection": True}
    assert refusal(clusters.eks.update_cluster_config, name=name, **both) == "InvalidParameterException"
    told = at_once(clusters.eks.update_cluster_config, name=name, logging=logging)
    assert told == ["", f"ResourceInUseException: Cluster {name} is UPDATING"]
    clusters.wait(name)
    (update,) = clusters.eks.list_updates(name=name)["updateIds"]
    assert clusters.eks.describe_update(name=name, updateId=update)["update"]["status"] == "Successful"
    assert refusal(clusters.eks.update_cluster_version, name=name, version="1.34") == "InvalidParameterException"
    clusters.eks.update_cluster_version(name=name, version="1.36")
    clusters.wait(name)
    assert clusters.look(name)["version"] == "1.36"
    beyond = refusal(clusters.eks.update_cluster_version, name=name, version="1.37")
    assert beyond == "InvalidParameterException", "EKS has none above it"


def test_a_protected_cluster_is_not_deleted(clusters: Clusters) -> None:
    name = clusters.standing("protected")
    assert refusal(clusters.eks.delete_cluster, name=name) == "InvalidRequestException"
    clusters.eks.update_cluster_config(name=name, deletionProtection=False)
    clusters.wait(name)
    clusters.eks.delete_cluster(name=name)
    assert refusal(clusters.eks.describe_cluster, name=name) == "ResourceNotFoundException"


def test_add_ons_are_of_versions_that_there_are(clusters: Clusters) -> None:
    name = clusters.standing("with-add-ons")
    known = clusters.eks.describe_addon_versions(addonName="kube-proxy", kubernetesVersion="1.35")["addons"]
    version = known[0]["addonVersions"][0]["addonVersion"]
    asked = {"clusterName": name, "addonName": "kube-proxy"}
    wrong = "v1.36.0-eksbuild.2"
    assert refusal(clusters.eks.create_addon, **asked, addonVersion=wrong) == "InvalidParameterException"
    begun = clusters.eks.create_addon(**asked, addonVersion=version, configurationValues="{}")
    assert begun["addon"]["status"] == "CREATING"
    deadline = time.monotonic() + _PATIENCE
    while clusters.eks.describe_addon(**asked)["addon"]["status"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    told = at_once(clusters.eks.update_addon, **asked, configurationValues="{}")
    assert told == ["", "ResourceInUseException: Addon kube-proxy or its cluster is being updated"]


def test_no_add_ons_are_known_for_a_kubernetes_that_is_gone(clusters: Clusters) -> None:
    assert clusters.eks.describe_addon_versions(addonName="vpc-cni", kubernetesVersion="1.20")["addons"] == []


def test_only_what_carries_the_tag_may_be_changed(clusters: Clusters) -> None:
    ours = {f"aws:ResourceTag/{TAG}": "false"}
    user = clusters.account.user(
        {"Effect": "Allow", "Action": ["eks:UpdateClusterConfig"], "Resource": "*", "Condition": {"Null": ours}}
    )("eks")
    name = clusters.standing("tagged")
    arn = clusters.look(name)["arn"]
    clusters.eks.untag_resource(resourceArn=arn, tagKeys=[TAG])
    assert refusal(user.update_cluster_config, name=name, deletionProtection=False) == "AccessDeniedException"
    clusters.eks.tag_resource(resourceArn=arn, tags={TAG: "atlas"})
    assert clusters.look(name)["tags"] == {TAG: "atlas"}
    user.update_cluster_config(name=name, deletionProtection=False)


def test_a_cluster_is_made_only_with_the_tag_and_a_role_that_may_be_passed(clusters: Clusters) -> None:
    made = {f"aws:RequestTag/{TAG}": "false"}
    make = {
        "Effect": "Allow",
        "Action": ["eks:CreateCluster", "eks:TagResource"],
        "Resource": "*",
        "Condition": {"Null": made},
    }
    hand_over = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": clusters.role}
    assert refusal(clusters.create, eks=clusters.account.user(make)("eks")) == "AccessDeniedException"
    assert clusters.create(eks=clusters.account.user(make, hand_over)("eks"))


def test_the_audiences_and_tags_of_an_issuer_can_be_changed(clusters: Clusters) -> None:
    iam = clusters.account.root("iam")
    made = iam.create_open_id_connect_provider(Url=f"https://oidc.eks.eu-west-1.amazonaws.com/id/{uuid4().hex}")
    whose = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    iam.add_client_id_to_open_id_connect_provider(**whose, ClientID="one")
    iam.add_client_id_to_open_id_connect_provider(**whose, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(**whose, ClientID="one")
    iam.tag_open_id_connect_provider(**whose, Tags=[{"Key": TAG, "Value": "atlas"}])
    seen = iam.get_open_id_connect_provider(**whose)
    assert (seen["ClientIDList"], seen["Tags"]) == (["two"], [{"Key": TAG, "Value": "atlas"}])
    assert not seen["Url"].startswith("https://")
    iam.untag_open_id_connect_provider(**whose, TagKeys=[TAG])
    assert not iam.get_open_id_connect_provider(**whose).get("Tags")


def test_an_access_entry_shows_the_tags_that_it_has_now(clusters: Clusters) -> None:
    name, eks = clusters.standing("tagged"), clusters.eks
    principal = clusters.account.role()
    made = eks.create_access_entry(clusterName=name, principalArn=principal, tags={"a": "1", "b": "2"})["accessEntry"]
    eks.untag_resource(resourceArn=made["accessEntryArn"], tagKeys=["a"])
    eks.tag_resource(resourceArn=made["accessEntryArn"], tags={"c": "3"})
    found = eks.describe_access_entry(clusterName=name, principalArn=principal)["accessEntry"]
    assert found["tags"] == {"b": "2", "c": "3"}


def test_who_takes_a_pod_identity_off_is_asked_about_the_association(clusters: Clusters) -> None:
    name, eks = clusters.standing("tagged"), clusters.eks
    told = {"clusterName": name, "namespace": "default", "serviceAccount": uuid4().hex[:8], "roleArn": clusters.role}
    made = eks.create_pod_identity_association(**told)["association"]
    of_others = {
        "Action": "eks:DeletePodIdentityAssociation",
        "Resource": f"arn:aws:eks:*:*:podidentityassociation/{name}/*",
    }
    asked = {"clusterName": name, "associationId": made["associationId"]}
    elsewhere = {**of_others, "Resource": "arn:aws:eks:*:*:cluster/*"}
    nobody, somebody = clusters.account.user(elsewhere), clusters.account.user(of_others)
    assert refusal(nobody("eks").delete_pod_identity_association, **asked) == "AccessDeniedException"
    somebody("eks").delete_pod_identity_association(**asked)
    assert eks.list_pod_identity_associations(clusterName=name)["associations"] == []


def test_who_takes_an_issuer_off_is_asked_about_its_configuration(clusters: Clusters) -> None:
    name, eks = clusters.standing("tagged"), clusters.eks
    theirs = {"identityProviderConfigName": "theirs", "issuerUrl": "https://tokens.example", "clientId": "a"}
    eks.associate_identity_provider_config(clusterName=name, oidc=theirs)
    of_others = {
        "Action": "eks:DisassociateIdentityProviderConfig",
        "Resource": f"arn:aws:eks:*:*:identityproviderconfig/{name}/oidc/theirs/*",
    }
    asked = {"clusterName": name, "identityProviderConfig": {"type": "oidc", "name": "theirs"}}
    nobody = clusters.account.user({**of_others, "Resource": "arn:aws:eks:*:*:cluster/*"})
    somebody = clusters.account.user(of_others)
    assert refusal(nobody("eks").disassociate_identity_provider_config, **asked) == "AccessDeniedException"
    somebody("eks").disassociate_identity_provider_config(**asked)
    assert eks.list_identity_provider_configs(clusterName=name)["identityProviderConfigs"] == []
