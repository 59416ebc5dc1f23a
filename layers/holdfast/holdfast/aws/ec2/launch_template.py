"""``AWS::EC2::LaunchTemplate``: what every node is launched with; what is in force is its default version.

A version can never be changed: other content is a new version, made the default ("CreateLaunchTemplateVersion",
"ModifyLaunchTemplate"). Node groups name the version by its number, so that nothing rolls by itself. All that a
template can say and this one does not stands in ``others``, which is promised to be empty: a key pair, user data.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        LaunchTemplateTypeDef,
        LaunchTemplateVersionTypeDef,
        RequestLaunchTemplateDataTypeDef,
    )

NAME_TAKEN = "InvalidLaunchTemplateName.AlreadyExistsException"
GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException")


class MetadataOptions(Desired, frozen=True, kw_only=True):
    """Of the instance metadata service: ``http_tokens`` ``required`` is IMDSv2 only."""

    http_endpoint: str
    http_tokens: str
    http_put_response_hop_limit: int


class Volume(Desired, frozen=True, kw_only=True):
    """An EBS volume, as the template asks for it (``Ebs``). ``volume_size`` in GiB."""

    encrypted: bool
    kms_key_id: str
    volume_size: int
    volume_type: str
    delete_on_termination: bool


class BlockDeviceMapping(Desired, frozen=True, kw_only=True):
    device_name: str
    ebs: Volume


class NetworkInterface(Desired, frozen=True, kw_only=True):
    """``groups`` in their order by id, which has no meaning."""

    device_index: int
    associate_public_ip_address: bool
    delete_on_termination: bool
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(sorted(self.groups)))


class Monitoring(Desired, frozen=True, kw_only=True):
    enabled: bool


class TagSpecification(Desired, frozen=True, kw_only=True):
    """Tags that whatever of ``resource_type`` is launched gets."""

    resource_type: str
    tags: dict[str, str]


class LaunchTemplateData(Desired, frozen=True, kw_only=True):
    """Compared as a whole. ``others`` names what else AWS shows in it."""

    metadata_options: MetadataOptions | None = None
    block_device_mappings: tuple[BlockDeviceMapping, ...] = ()
    network_interfaces: tuple[NetworkInterface, ...] = ()
    monitoring: Monitoring | None = None
    tag_specifications: tuple[TagSpecification, ...] = ()
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        by_type = sorted(self.tag_specifications, key=lambda one: one.resource_type)
        object.__setattr__(self, "tag_specifications", tuple(by_type))


class LaunchTemplateState(Tagged, frozen=True, kw_only=True):
    """``launch_template_data`` is that of the default version."""

    launch_template_name: str
    launch_template_data: LaunchTemplateData


class LaunchTemplate(Ec2Resource[LaunchTemplateState]):
    """One launch template. Its name is unique in account and Region; DescribeLaunchTemplates has no filter by id."""

    kind = "AWS::EC2::LaunchTemplate"
    model = LaunchTemplateState
    immutable = frozenset({"LaunchTemplateName"})
    id_filter = "launch-template-name"
    resource_type = "launch-template"

    @property
    def filters(self) -> list["FilterTypeDef"]:
        named: FilterTypeDef = {"Name": self.id_filter, "Values": [self.desired.launch_template_name]}
        return [named] if self.physical.get("id") else [named, *super().filters]

    def observe(self) -> Observed[LaunchTemplateState] | None:
        template = self._template()
        if template is None:
            return None
        (in_force,) = self.clients.ec2.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Default"]
        )["LaunchTemplateVersions"]
        state = LaunchTemplateState(
            launch_template_name=template["LaunchTemplateName"],
            launch_template_data=_data(in_force),
            tags=tag_dict(template.get("Tags", [])),
        )
        return Observed(state=state, physical=_physical(template["LaunchTemplateId"], in_force["VersionNumber"]))

    def _template(self) -> "LaunchTemplateTypeDef | None":
        return self.the_one(self.clients.ec2.describe_launch_templates(Filters=self.filters)["LaunchTemplates"])

    def create(self) -> Physical:
        try:
            made = self.clients.ec2.create_launch_template(
                LaunchTemplateName=self.desired.launch_template_name,
                LaunchTemplateData=self._request,
                TagSpecifications=self.tag_specifications,
            )["LaunchTemplate"]
        except ClientError as error:
            if code(error) != NAME_TAKEN:
                raise
            return {}
        return _physical(made["LaunchTemplateId"], made["DefaultVersionNumber"])

    def update(self, observed: Observed[LaunchTemplateState], drift: Drift) -> tuple[str, ...]:
        calls: list[str] = []
        if any(change.path == "LaunchTemplateData" for change in drift):
            calls += self._put_in_force(observed.physical["id"])
        return (*calls, *self.retag(observed, drift))

    def _put_in_force(self, template: str) -> list[str]:
        """A version may say it already: the one that was in force before, or one whose maker was killed meanwhile.

        The newest of them, so that as few nodes as possible are replaced.
        """
        ec2, calls = self.clients.ec2, []
        pages = ec2.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateId=template)
        versions = [version for page in pages for version in page["LaunchTemplateVersions"]]
        fitting = [one["VersionNumber"] for one in versions if _data(one) == self.desired.launch_template_data]
        if not fitting:
            made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=self._request)
            fitting = [made["LaunchTemplateVersion"]["VersionNumber"]]
            calls.append(f"CreateLaunchTemplateVersion {fitting[0]}")
        ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=str(max(fitting)))
        return [*calls, f"ModifyLaunchTemplate {max(fitting)}"]

    @property
    def _request(self) -> "RequestLaunchTemplateDataTypeDef":
        data = self.desired.launch_template_data
        metadata, monitoring = data.metadata_options, data.monitoring
        assert metadata is not None, "every template of ours says it"
        assert monitoring is not None, "every template of ours says it"
        return {
            "MetadataOptions": {
                "HttpEndpoint": cast("Any", metadata.http_endpoint),
                "HttpTokens": cast("Any", metadata.http_tokens),
                "HttpPutResponseHopLimit": metadata.http_put_response_hop_limit,
            },
            "BlockDeviceMappings": [
                {
                    "DeviceName": one.device_name,
                    "Ebs": {
                        "Encrypted": one.ebs.encrypted,
                        "KmsKeyId": one.ebs.kms_key_id,
                        "VolumeSize": one.ebs.volume_size,
                        "VolumeType": cast("Any", one.ebs.volume_type),
                        "DeleteOnTermination": one.ebs.delete_on_termination,
                    },
                }
                for one in data.block_device_mappings
            ],
            "NetworkInterfaces": [
                {
                    "DeviceIndex": one.device_index,
                    "AssociatePublicIpAddress": one.associate_public_ip_address,
                    "DeleteOnTermination": one.delete_on_termination,
                    "Groups": list(one.groups),
                }
                for one in data.network_interfaces
            ],
            "Monitoring": {"Enabled": monitoring.enabled},
            "TagSpecifications": [
                {"ResourceType": cast("Any", one.resource_type), "Tags": tag_list(one.tags)}
                for one in data.tag_specifications
            ],
        }

    def delete(self, observed: Observed[LaunchTemplateState]) -> None:
        with already_so(*GONE):
            self.clients.ec2.delete_launch_template(LaunchTemplateId=observed.physical["id"])


def _physical(template: str, default: int) -> Physical:
    return {"id": template, "DefaultVersionNumber": str(default)}


def _data(version: "LaunchTemplateVersionTypeDef") -> LaunchTemplateData:
    """What a version says, in the shape of the promise."""
    said: Mapping[str, Any] = version.get("LaunchTemplateData", {})
    known = {"MetadataOptions", "BlockDeviceMappings", "NetworkInterfaces", "Monitoring", "TagSpecifications"}
    return LaunchTemplateData(
        metadata_options=_metadata(said["MetadataOptions"]) if said.get("MetadataOptions") else None,
        block_device_mappings=tuple(_mapping(one) for one in said.get("BlockDeviceMappings", [])),
        network_interfaces=tuple(_interface(one) for one in said.get("NetworkInterfaces", [])),
        monitoring=Monitoring(enabled=said["Monitoring"].get("Enabled", False)) if said.get("Monitoring") else None,
        tag_specifications=tuple(
            TagSpecification(resource_type=one["ResourceType"], tags=tag_dict(one["Tags"]))
            for one in said.get("TagSpecifications", [])
        ),
        others=tuple(sorted(key for key in said.keys() - known if said[key])),
    )


def _metadata(said: Mapping[str, Any]) -> MetadataOptions:
    """Left out, an option is as EC2 has it by itself ("LaunchTemplateInstanceMetadataOptions", EC2 API reference)."""
    return MetadataOptions(
        http_endpoint=said.get("HttpEndpoint", "enabled"),
        http_tokens=said.get("HttpTokens", "optional"),
        http_put_response_hop_limit=said.get("HttpPutResponseHopLimit", 1),
    )


def _mapping(said: Mapping[str, Any]) -> BlockDeviceMapping:
    volume = said.get("Ebs", {})
    return BlockDeviceMapping(
        device_name=said.get("DeviceName", ""),
        ebs=Volume(
            encrypted=volume.get("Encrypted", False),
            kms_key_id=volume.get("KmsKeyId", ""),
            volume_size=volume.get("VolumeSize", 0),
            volume_type=volume.get("VolumeType", ""),
            delete_on_termination=volume.get("DeleteOnTermination", True),
        ),
    )


def _interface(said: Mapping[str, Any]) -> NetworkInterface:
    return NetworkInterface(
        device_index=said.get("DeviceIndex", 0),
        associate_public_ip_address=said.get("AssociatePublicIpAddress", False),
        delete_on_termination=said.get("DeleteOnTermination", True),
        groups=tuple(said.get("Groups", [])),
    )
