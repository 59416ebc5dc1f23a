"""Drifts of groups, and of which groups hang on what. The moves of rules, one by one, are in ``drifts``."""

from typing import Final

from tests.support.drifting import Broken, Hands

ANYWHERE: Final = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
KUBERNETES: Final = "security_groups/kubernetes"


def _another(hands: Hands) -> str:
    """A group of ours that belongs elsewhere."""
    return hands.id(KUBERNETES)


def _opened(hands: Hands) -> None:
    ec2, group = hands.client("ec2"), hands.id(KUBERNETES)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ANYWHERE)


def _untagged(hands: Hands) -> None:
    ec2, group = hands.client("ec2"), hands.id(KUBERNETES)
    ec2.delete_tags(Resources=[group], Tags=[{"Key": "holdfast:name"}])


def _on_the_load_balancer(hands: Hands) -> None:
    path = "load_balancer/load_balancer"
    groups = [hands.id("security_groups/alb"), _another(hands)]
    hands.client("elbv2").set_security_groups(LoadBalancerArn=hands.id(path), SecurityGroups=groups)


def _on_a_mount_target(hands: Hands) -> None:
    target = hands.id("file_storage/mount_target_1")
    hands.client("efs").modify_mount_target_security_groups(MountTargetId=target, SecurityGroups=[_another(hands)])


def _on_the_database(hands: Hands) -> None:
    hands.client("rds").modify_db_instance(
        DBInstanceIdentifier=hands.id("database/instance"),
        VpcSecurityGroupIds=[hands.id("security_groups/database"), _another(hands)],
        ApplyImmediately=True,
    )


def _on_the_cluster(hands: Hands) -> None:
    hands.client("eks").update_cluster_config(
        name=hands.id("cluster/cluster"), resourcesVpcConfig={"securityGroupIds": [_another(hands)]}
    )


DRIFTS: Final = (
    Broken("opened to anywhere", KUBERNETES, "Rules", _opened),
    Broken("a tag taken off", KUBERNETES, "Tags", _untagged),
    Broken("another group on it", "load_balancer/load_balancer", "SecurityGroups", _on_the_load_balancer),
    Broken("another group on it", "file_storage/mount_target_1", "SecurityGroups", _on_a_mount_target),
    Broken("another group on it", "database/instance", "VPCSecurityGroups", _on_the_database),
    Broken("another group on it", "cluster/cluster", "SecurityGroupIds", _on_the_cluster),
)
