"""Specimens of nodes and of what speaks to Kubernetes: launch template, node group, access entry, function."""

import json
from typing import TYPE_CHECKING, Any, Final, cast

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.launch_template import (
    BlockDeviceMapping,
    LaunchTemplateData,
    LaunchTemplateState,
    MetadataOptions,
    Monitoring,
    NetworkInterface,
    TagSpecification,
    Volume,
)
from holdfast.aws.eks.access_entry import AccessEntryState, AccessPolicy
from holdfast.aws.eks.nodegroup_state import (
    NodegroupState,
    NodeRepairConfig,
    ScalingConfig,
    Taint,
    UpdateConfig,
    VersionedTemplate,
)
from holdfast.aws.lambda_.function import FunctionState, LoggingConfig, Variable, VpcConfig
from holdfast.aws.lambda_.package import package
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.ec2 import TAG_DEEDS, subnet, vpc
from tests.unit.aws.specimens.security import key
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen, policy

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RequestLaunchTemplateDataTypeDef

ROLE: Final = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-specimen"
NODES: Final = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-nodes"
NAME: Final = "atlas-specimen"
ADMINISTRATOR: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEWER: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def _data(group: str, key_arn: str) -> LaunchTemplateData:
    return LaunchTemplateData(
        metadata_options=MetadataOptions(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        block_device_mappings=(
            BlockDeviceMapping(
                device_name="/dev/xvda",
                ebs=Volume(
                    encrypted=True, kms_key_id=key_arn, volume_size=100, volume_type="gp3", delete_on_termination=True
                ),
            ),
        ),
        network_interfaces=(
            NetworkInterface(
                device_index=0, associate_public_ip_address=False, delete_on_termination=True, groups=(group,)
            ),
        ),
        monitoring=Monitoring(enabled=True),
        tag_specifications=(
            TagSpecification(resource_type="volume", tags=TAGS),
            TagSpecification(resource_type="instance", tags=TAGS),
        ),
    )


def _promise_template(clients: Clients) -> Desired:
    group = clients.ec2.create_security_group(GroupName="nodes", Description="A specimen's", VpcId=vpc(clients))
    return LaunchTemplateState(
        launch_template_name=NAME, launch_template_data=_data(group["GroupId"], key(clients)), tags=TAGS
    )


def _another_version(**said: Any) -> Deed:
    """Someone makes a version of their own, and the default of it."""

    def deed(clients: Clients, identity: str) -> None:
        data = cast("RequestLaunchTemplateDataTypeDef", said)
        made = clients.ec2.create_launch_template_version(LaunchTemplateId=identity, LaunchTemplateData=data)
        number = str(made["LaunchTemplateVersion"]["VersionNumber"])
        clients.ec2.modify_launch_template(LaunchTemplateId=identity, DefaultVersion=number)

    return deed


def cluster(clients: Clients, *subnets: str) -> str:
    clients.eks.create_cluster(name="atlas", roleArn=ROLE, resourcesVpcConfig={"subnetIds": list(subnets)})
    return "atlas"


def _promise_nodegroup(clients: Clients) -> Desired:
    network = vpc(clients)
    subnets = [subnet(clients, network, f"10.20.{number}.0/24") for number in (1, 2)]
    template = clients.ec2.create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData={"KeyName": "none"})
    return NodegroupState(
        cluster_name=cluster(clients, *subnets),
        nodegroup_name=NAME,
        node_role=ROLE,
        ami_type="AL2023_x86_64_STANDARD",
        capacity_type="ON_DEMAND",
        instance_types=("m7i.large", "m6i.large"),
        subnets=frozenset(subnets),
        scaling_config=ScalingConfig(min_size=3, max_size=9),
        launch_template=VersionedTemplate(id=template["LaunchTemplate"]["LaunchTemplateId"], version="1"),
        version="1.36",
        update_config=UpdateConfig(max_unavailable=1),
        node_repair_config=NodeRepairConfig(enabled=True),
        labels={"holdfast/group": "specimen"},
        taints=frozenset({Taint(key="nvidia.com/gpu", value="true", effect="NO_SCHEDULE")}),
        tags=TAGS,
    )


def _configure(**asked: Any) -> Deed:
    return lambda clients, name: clients.eks.update_nodegroup_config(clusterName="atlas", nodegroupName=name, **asked)


def _roll_back(clients: Clients, name: str) -> None:
    """Someone has the nodes launched from another version of the template."""
    found = clients.eks.describe_nodegroup(clusterName="atlas", nodegroupName=name)["nodegroup"]["launchTemplate"]
    made = clients.ec2.create_launch_template_version(LaunchTemplateId=found["id"], LaunchTemplateData={"KeyName": "x"})
    version = str(made["LaunchTemplateVersion"]["VersionNumber"])
    clients.eks.update_nodegroup_version(
        clusterName="atlas", nodegroupName=name, launchTemplate={"id": found["id"], "version": version}
    )


def _strip_group(clients: Clients, name: str) -> None:
    found = clients.eks.describe_nodegroup(clusterName="atlas", nodegroupName=name)["nodegroup"]
    clients.eks.untag_resource(resourceArn=found["nodegroupArn"], tagKeys=["holdfast:environment"])


def _taint(key_: str, value: str) -> dict[str, Any]:
    return {"addOrUpdateTaints": [{"key": key_, "value": value, "effect": "NO_SCHEDULE"}]}


def _promise_entry(clients: Clients) -> Desired:
    return AccessEntryState(
        cluster_name=cluster(clients, subnet(clients, vpc(clients))),
        principal_arn=ROLE,
        type="STANDARD",
        access_policies=frozenset({AccessPolicy(policy_arn=ADMINISTRATOR)}),
        other_principals=frozenset({NODES}),
        pod_identity_associations=frozenset(),
        identity_provider_configs=frozenset(),
        tags=TAGS,
    )


def _associate(which: str, *namespaces: str) -> Deed:
    scope: Any = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
    return lambda clients, principal: clients.eks.associate_access_policy(
        clusterName="atlas", principalArn=principal, policyArn=which, accessScope=scope
    )


def _strip_entry(clients: Clients, principal: str) -> None:
    entry = clients.eks.describe_access_entry(clusterName="atlas", principalArn=principal)["accessEntry"]
    clients.eks.untag_resource(resourceArn=entry["accessEntryArn"], tagKeys=["holdfast:environment"])


def _promise_function(clients: Clients) -> Desired:
    network = vpc(clients)
    group = clients.ec2.create_security_group(GroupName="f", Description="A specimen's", VpcId=network)["GroupId"]
    role = clients.iam.create_role(RoleName="speaks", AssumeRolePolicyDocument=json.dumps(policy()))["Role"]["Arn"]
    return FunctionState(
        function_name=NAME,
        code="def handler(event, context): ...\n",
        handler="app.handler",
        runtime="python3.13",
        role=role,
        layers=("arn:aws:lambda:eu-west-1:123456789012:layer:holdfast:1",),
        environment=frozenset({Variable(name="CLUSTER", value="atlas")}),
        vpc_config=VpcConfig(subnet_ids=frozenset({subnet(clients, network)}), security_group_ids=frozenset({group})),
        logging_config=LoggingConfig(log_format="JSON", log_group="/holdfast/atlas/kubernetes"),
        description="A specimen",
        memory_size=256,
        timeout=30,
        tags=TAGS,
    )


def _reconfigure(**asked: Any) -> Deed:
    return lambda clients, name: clients.functions.update_function_configuration(FunctionName=name, **asked)


def _strip_function(clients: Clients, name: str) -> None:
    arn = clients.functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    clients.functions.untag_resource(Resource=arn, TagKeys=["holdfast:environment"])


def _stretch(clients: Clients, name: str) -> None:
    group = clients.eks.describe_nodegroup(clusterName="atlas", nodegroupName=name)["nodegroup"]
    (behind,) = (one["name"] for one in group["resources"]["autoScalingGroups"])
    clients.autoscaling.update_auto_scaling_group(AutoScalingGroupName=behind, MaxSize=90)


SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::EC2::LaunchTemplate": Specimen(
        _promise_template,
        "ec2.CreateLaunchTemplate",
        {
            "lets IMDSv1 in": _another_version(MetadataOptions={"HttpTokens": "optional"}),
            "hands out a key pair": _another_version(KeyName="mallory"),
            "runs something at boot": _another_version(UserData="IyEvYmluL3No"),
            "leaves volumes unencrypted": _another_version(
                BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]
            ),
            **TAG_DEEDS,
        },
    ),
    "AWS::EKS::Nodegroup": Specimen(
        _promise_nodegroup,
        "eks.CreateNodegroup",
        {
            "raises the upper bound": _configure(scalingConfig={"maxSize": 90}),
            "lowers the bounds to nothing": _configure(scalingConfig={"minSize": 0, "desiredSize": 0}),
            "raises the bounds of its Auto Scaling group, past EKS": _stretch,
            "takes our label off": _configure(labels={"removeLabels": ["holdfast/group"]}),
            "relabels it": _configure(labels={"addOrUpdateLabels": {"holdfast/group": "other"}}),
            "taints it": _configure(taints=_taint("dedicated", "mallory")),
            "taints it otherwise": _configure(taints=_taint("nvidia.com/gpu", "false")),
            "takes our taint off": _configure(
                taints={"removeTaints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]}
            ),
            "lets many nodes be gone at once": _configure(updateConfig={"maxUnavailable": 5}),
            "lets sick nodes be": _configure(nodeRepairConfig={"enabled": False}),
            "has nodes launched from another version": _roll_back,
            "strips our tag": _strip_group,
        }, within="a cluster of ours"),
    "AWS::EKS::AccessEntry": Specimen(
        _promise_entry,
        "eks.CreateAccessEntry",
        {
            "associates another policy": _associate(VIEWER),
            "confines ours to a namespace": _associate(ADMINISTRATOR, "default"),
            "disassociates ours": lambda clients, principal: clients.eks.disassociate_access_policy(
                clusterName="atlas", principalArn=principal, policyArn=ADMINISTRATOR
            ),
            "puts it into a group": lambda clients, principal: clients.eks.update_access_entry(
                clusterName="atlas", principalArn=principal, kubernetesGroups=["mallory"]
            ),
            "lets somebody else in": lambda clients, _: clients.eks.create_access_entry(
                clusterName="atlas", principalArn="arn:aws:iam::123456789012:role/mallory"
            ),
            "gives a service account a role": lambda clients, _: clients.eks.create_pod_identity_association(
                clusterName="atlas", namespace="kube-system", serviceAccount="default", roleArn=ROLE
            ),
            "has the cluster believe tokens of theirs": (
                lambda clients, _: clients.eks.associate_identity_provider_config(
                    clusterName="atlas",
                    oidc={
                        "identityProviderConfigName": "theirs",
                        "issuerUrl": "https://tokens.mallory.example",
                        "clientId": "atlas",
                    },
                )
            ),
            "strips our tag": _strip_entry,
        }, within="a cluster of ours"),
    "AWS::Lambda::Function": Specimen(
        _promise_function,
        "lambda.CreateFunction",
        {
            "runs other code": lambda clients, name: clients.functions.update_function_code(
                FunctionName=name, ZipFile=package("def handler(event, context): return 'mallory'\n")
            ),
            "points it elsewhere": _reconfigure(Environment={"Variables": {"CLUSTER": "mallory"}}),
            "adds a variable": _reconfigure(Environment={"Variables": {"CLUSTER": "atlas", "PYTHONPATH": "/tmp"}}),
            "gives it another layer": _reconfigure(
                Layers=["arn:aws:lambda:eu-west-1:999999999999:layer:mallory:1"]
            ),
            "takes it out of the VPC": _reconfigure(VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}),
            "has it log elsewhere": _reconfigure(LoggingConfig={"LogFormat": "Text", "LogGroup": "/mallory"}),
            "gives it less time": _reconfigure(Timeout=3),
            "lets another account invoke it": lambda clients, name: clients.functions.add_permission(
                FunctionName=name, StatementId="m", Action="lambda:InvokeFunction", Principal="999999999999"
            ),
            "puts it on the internet": lambda clients, name: clients.functions.create_function_url_config(
                FunctionName=name, AuthType="NONE"
            ),
            "all but stops it": lambda clients, name: clients.functions.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=1
            ),
            "strips our tag": _strip_function,
        },
    ),
}  # fmt: skip
