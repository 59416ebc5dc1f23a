"""The nodes that run, asked one by one; a laptop has none, and then nothing is said of them."""

from collections.abc import Iterator
from itertools import batched
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.node_interfaces import MOST_VALUES
from holdfast.core.evidence import Finding
from holdfast.core.resource import Address
from holdfast.core.spec import Spec
from holdfast.environment.tagged import data_key

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, VolumeTypeDef

ONE_HOP = 1
"""How far the metadata service answers: to the node itself."""
VOLUMES = "Which nodes' volumes are not encrypted with the environment's key?"
GROUPS = "On which nodes' interfaces hang other groups than the nodes' own?"


def running(clients: Clients, spec: Spec, scaling: "dict[str, AutoScalingGroupTypeDef]") -> Iterator[Finding]:
    """The instances themselves. Where there are none (a laptop has none), nothing can be said of them."""
    ids = [one["InstanceId"] for group in scaling.values() for one in group.get("Instances", [])]
    questions = {
        "Which nodes have a public address?": _public,
        "Which nodes answer to IMDSv1, or more than one hop far?": _open_metadata,
    }
    if not ids:
        for question in (*questions, VOLUMES, GROUPS):
            yield Finding(question=question, saw="there is no instance in service", verdict="not shown here")
        return
    batches = [list(some) for some in batched(ids, MOST_VALUES, strict=False)]
    instances = [one for some in batches for one in _instances(clients, some)]
    for question, is_wrong in questions.items():
        wrong = sorted(one["InstanceId"] for one in instances if is_wrong(one))
        yield Finding.of(question, saw=wrong, expected=[])
    key, volumes = data_key(clients, spec), [one for some in batches for one in _volumes(clients, some)]
    yield Finding.of(VOLUMES, saw=sorted(one["VolumeId"] for one in volumes if one.get("KmsKeyId") != key), expected=[])
    ours = nodes_group(clients, spec)
    hung = {interface: groups for some in batches for interface, groups in _hung(clients, some)}
    yield Finding.of(GROUPS, saw={one: groups for one, groups in hung.items() if groups != ours}, expected={})


def nodes_group(clients: Clients, spec: Spec) -> str:
    """The id of the security group whose tags say that it is the environment's for nodes."""
    wanted = Address(spec.name, "security_groups", "nodes").tags
    found = clients.ec2.describe_security_groups(
        Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    )["SecurityGroups"]
    return ", ".join(one["GroupId"] for one in found)


def _instances(clients: Clients, ids: list[str]) -> "Iterator[InstanceTypeDef]":
    pages = clients.ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "instance-id", "Values": ids},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
    )
    for page in pages:
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _volumes(clients: Clients, instances: list[str]) -> "Iterator[VolumeTypeDef]":
    pages = clients.ec2.get_paginator("describe_volumes").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": instances}]
    )
    for page in pages:
        yield from page["Volumes"]


def _hung(clients: Clients, instances: list[str]) -> Iterator[tuple[str, str]]:
    """Each interface and its groups: an instance shows those of its first interface alone."""
    pages = clients.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": instances}]
    )
    for page in pages:
        for one in page["NetworkInterfaces"]:
            yield one["NetworkInterfaceId"], ", ".join(sorted(group.get("GroupId", "") for group in one["Groups"]))


def _public(instance: "InstanceTypeDef") -> bool:
    return bool(instance.get("PublicIpAddress"))


def _open_metadata(instance: "InstanceTypeDef") -> bool:
    options = instance.get("MetadataOptions", {})
    return options.get("HttpTokens") != "required" or options.get("HttpPutResponseHopLimit") != ONE_HOP
