"""Nodes: managed groups in the private subnets of three zones, each launched from a template of ours.

``general`` runs everything; ``gpu`` only what tolerates its taint. A template names our ``nodes`` security group, so
that EKS does not attach the cluster's own ("Customize managed nodes with launch templates", EKS user guide). Metadata
answers to IMDSv2 alone and one hop far: to the node itself and what shares its network, not to pods, which have roles
of their own ("Restrict access to the instance profile", EKS best practices).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.instance import InstanceState
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
from holdfast.aws.eks.nodegroup_state import (
    NodegroupState,
    NodeRepairConfig,
    ScalingConfig,
    Taint,
    UpdateConfig,
    VersionedTemplate,
)
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import Address
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.spec_parts import NodeGroupSpec
from holdfast.environment import names
from holdfast.environment.running_nodes import ONE_HOP, nodes_group, running
from holdfast.environment.tagged import data_key

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ec2.type_defs import ResponseLaunchTemplateDataTypeDef, SubnetTypeDef
    from mypy_boto3_eks.type_defs import NodegroupTypeDef

ZONES = (1, 2, 3)
GROUP = "${security_groups/nodes}"
"""What hangs on nodes, as they are launched and for as long as they run."""
AMI_TYPES = {"general": "AL2023_x86_64_STANDARD", "gpu": "AL2023_x86_64_NVIDIA"}
GPU = Taint(key="nvidia.com/gpu", value="true", effect="NO_SCHEDULE")
"""What pods that ask for GPUs tolerate ("Taints and tolerations", Kubernetes documentation)."""
ROOT_VOLUME = "/dev/xvda"
"""Of Amazon Linux 2023 ("Customize managed nodes with launch templates", EKS user guide)."""
LAUNCHED = ("instance", "volume", "network-interface")


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    for name, group in spec.nodes.groups.items():
        template = LaunchTemplateState(
            launch_template_name=names.node_group(spec.name, name), launch_template_data=_template(spec, name, group)
        )
        yield Declared("AWS::EC2::LaunchTemplate", f"{name}_template", template)
        yield Declared("AWS::EKS::Nodegroup", name, _node_group(spec, name, group))
        instances = InstanceState(
            auto_scaling_group_name=f"${{nodes/{name}.AutoScalingGroupName}}", security_group_ids=frozenset({GROUP})
        )
        yield Declared("AWS::EC2::Instance", f"{name}_instances", instances)


def _template(spec: Spec, name: str, group: NodeGroupSpec) -> LaunchTemplateData:
    tags = {"Name": names.node_group(spec.name, name), **Address(spec.name, "nodes", name).tags}
    return LaunchTemplateData(
        metadata_options=MetadataOptions(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=ONE_HOP
        ),
        block_device_mappings=(
            BlockDeviceMapping(
                device_name=ROOT_VOLUME,
                ebs=Volume(
                    encrypted=True,
                    kms_key_id="${keys/data.Arn}",
                    volume_size=group.disk_gib,
                    volume_type="gp3",
                    delete_on_termination=True,
                ),
            ),
        ),
        network_interfaces=(
            NetworkInterface(
                device_index=0,
                associate_public_ip_address=False,
                delete_on_termination=True,
                groups=(GROUP,),
            ),
        ),
        monitoring=Monitoring(enabled=True),
        tag_specifications=tuple(TagSpecification(resource_type=kind, tags=tags) for kind in LAUNCHED),
    )


def _node_group(spec: Spec, name: str, group: NodeGroupSpec) -> NodegroupState:
    return NodegroupState(
        cluster_name="${cluster/cluster}",
        nodegroup_name=names.node_group(spec.name, name),
        node_role="${identity/nodes.Arn}",
        ami_type=AMI_TYPES[name],
        capacity_type="ON_DEMAND",
        instance_types=group.instance_types,
        subnets=frozenset(f"${{network/private_subnet_{zone}}}" for zone in ZONES),
        scaling_config=ScalingConfig(min_size=group.min, max_size=group.max),
        launch_template=VersionedTemplate(
            id=f"${{nodes/{name}_template}}", version=f"${{nodes/{name}_template.DefaultVersionNumber}}"
        ),
        version=spec.cluster.version,
        update_config=UpdateConfig(max_unavailable=1),
        node_repair_config=NodeRepairConfig(enabled=True),
        labels={"holdfast/group": name},
        taints=frozenset({GPU}) if name == "gpu" else frozenset(),
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """From the cluster to its node groups, from each to its Auto Scaling group, from there to the nodes themselves."""
    eks, wanted = clients.eks, spec.nodes.groups
    listed = eks.list_nodegroups(clusterName=spec.name)["nodegroups"]
    groups = [eks.describe_nodegroup(clusterName=spec.name, nodegroupName=one)["nodegroup"] for one in sorted(listed)]
    yield Finding.of(
        "Which node groups has the cluster, with how many nodes at the least and at the most?",
        saw={group["nodegroupName"]: _bounds(group) for group in groups},
        expected={f"{spec.name}-{name}": f"{one.min} to {one.max}, {_kept_free(name)}" for name, one in wanted.items()},
    )
    yield Finding.of(
        "In what state are they, on which Kubernetes?",
        saw={group["nodegroupName"]: _state(group) for group in groups},
        expected={f"{spec.name}-{name}": f"ACTIVE, {spec.cluster.version}" for name in wanted},
    )
    scaling = _scaling_groups(clients, groups)
    yield Finding.of(
        "In which zones can nodes be launched?",
        saw={name: _zones(clients, one) for name, one in scaling.items()},
        expected={f"{spec.name}-{name}": [f"{zone}, private" for zone in sorted(site.zones)] for name in wanted},
    )
    yield Finding.of(
        "Can the Cluster Autoscaler find them?",
        saw={name: _discovery(one) for name, one in scaling.items()},
        expected={
            f"{spec.name}-{name}": sorted(
                [
                    f"k8s.io/cluster-autoscaler/{spec.name}: owned",
                    "k8s.io/cluster-autoscaler/enabled: true",
                ]
            )
            for name in wanted
        },
    )
    yield Finding.of(
        "With what are nodes launched?",
        saw={group["nodegroupName"]: _launched_with(clients, group) for group in groups},
        expected={f"{spec.name}-{name}": _promised(clients, spec, one.disk_gib) for name, one in wanted.items()},
    )
    yield from running(clients, spec, scaling)


def _bounds(group: "NodegroupTypeDef") -> str:
    bounds, taints = group["scalingConfig"], group.get("taints", [])
    kept = [f"{one.get('key')}={one.get('value', '')}:{one.get('effect')}" for one in taints]
    free = f"only for what tolerates {', '.join(kept)}" if kept else "for all pods"
    return f"{bounds.get('minSize')} to {bounds.get('maxSize')}, {free}"


def _kept_free(name: str) -> str:
    return "only for what tolerates nvidia.com/gpu=true:NO_SCHEDULE" if name == "gpu" else "for all pods"


def _state(group: "NodegroupTypeDef") -> str:
    issues = [one.get("message", "") for one in group.get("health", {}).get("issues", [])]
    return ", ".join([group["status"], group["version"], *issues])


def _scaling_groups(clients: Clients, groups: "list[NodegroupTypeDef]") -> "dict[str, AutoScalingGroupTypeDef]":
    """By node group, the Auto Scaling group that EKS made for it."""
    made = {
        one["name"]: group["nodegroupName"]
        for group in groups
        for one in group["resources"].get("autoScalingGroups", [])
    }
    if not made:
        return {}
    found = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=sorted(made))["AutoScalingGroups"]
    return {made[one["AutoScalingGroupName"]]: one for one in found}


def _zones(clients: Clients, scaling: "AutoScalingGroupTypeDef") -> list[str]:
    """The zone of each subnet, and whether it hands out public addresses."""
    ids = [one for one in scaling.get("VPCZoneIdentifier", "").split(",") if one]
    subnets = clients.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": ids or ["none"]}])["Subnets"]
    return sorted(f"{one['AvailabilityZone']}, {_side(one)}" for one in subnets)


def _side(subnet: "SubnetTypeDef") -> str:
    internal = any(tag.get("Key") == "kubernetes.io/role/internal-elb" for tag in subnet.get("Tags", []))
    return "private" if internal and not subnet.get("MapPublicIpOnLaunch") else "not private"


def _discovery(scaling: "AutoScalingGroupTypeDef") -> list[str]:
    """Its tags for discovery ("Cluster Autoscaler", EKS best practices); EKS puts them on."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in scaling.get("Tags", [])}
    return sorted(f"{key}: {value}" for key, value in tags.items() if key.startswith("k8s.io/cluster-autoscaler/"))


def _launched_with(clients: Clients, group: "NodegroupTypeDef") -> list[str]:
    """The version that the group uses, whichever is the template's default by now."""
    template = group.get("launchTemplate", {})
    if "id" not in template:
        return ["no launch template"]
    versions = clients.ec2.describe_launch_template_versions(
        LaunchTemplateId=template["id"], Versions=[template.get("version", "$Default")]
    )["LaunchTemplateVersions"]
    return [line for version in versions for line in _sentences(version["LaunchTemplateData"])]


def _sentences(data: "ResponseLaunchTemplateDataTypeDef") -> list[str]:
    metadata = data.get("MetadataOptions", {})
    volumes = [mapping.get("Ebs", {}) for mapping in data.get("BlockDeviceMappings", [])]
    interfaces = data.get("NetworkInterfaces", [])
    return [
        f"metadata: tokens {metadata.get('HttpTokens')}, {metadata.get('HttpPutResponseHopLimit')} hop",
        *(
            f"volume: {one.get('VolumeSize')} GiB, {one.get('KmsKeyId') if one.get('Encrypted') else 'not encrypted'}"
            for one in volumes
        ),
        *(
            f"interface: groups {', '.join(one.get('Groups', []))}, "
            f"{'a' if one.get('AssociatePublicIpAddress') else 'no'} public address"
            for one in interfaces
        ),
        f"key pair: {data.get('KeyName') or 'none'}",
        f"user data: {'some' if data.get('UserData') else 'none'}",
    ]


def _promised(clients: Clients, spec: Spec, disk: int) -> list[str]:
    """The same sentences, with the key and the group that bear the environment's tags."""
    return [
        f"metadata: tokens required, {ONE_HOP} hop",
        f"volume: {disk} GiB, {data_key(clients, spec)}",
        f"interface: groups {nodes_group(clients, spec)}, no public address",
        "key pair: none",
        "user data: none",
    ]
