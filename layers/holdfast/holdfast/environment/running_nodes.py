"""The nodes that run, asked one by one; a laptop has none, and then nothing is said of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.resource import Address
from holdfast.core.spec import Spec
from holdfast.environment.tagged import data_key

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

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
    pages = clients.ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "instance-id", "Values": ids},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
    )
    instances = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
    for question, is_wrong in questions.items():
        wrong = sorted(one["InstanceId"] for one in instances if is_wrong(one))
        yield Finding.of(question, saw=wrong, expected=[])
    volumes = clients.ec2.get_paginator("describe_volumes").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": ids}]
    )
    key = data_key(clients, spec)
    yield Finding.of(
        VOLUMES,
        saw=sorted(one["VolumeId"] for page in volumes for one in page["Volumes"] if one.get("KmsKeyId") != key),
        expected=[],
    )
    yield _groups(clients, spec, ids)


def nodes_group(clients: Clients, spec: Spec) -> str:
    """The id of the security group whose tags say that it is the environment's for nodes."""
    wanted = Address(spec.name, "security_groups", "nodes").tags
    found = clients.ec2.describe_security_groups(
        Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    )["SecurityGroups"]
    return ", ".join(one["GroupId"] for one in found)


def _groups(clients: Clients, spec: Spec, instances: list[str]) -> Finding:
    """Of each interface by itself: an instance shows the groups of its first one alone."""
    ours = nodes_group(clients, spec)
    pages = clients.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": instances}]
    )
    hung = {
        one["NetworkInterfaceId"]: ", ".join(sorted(group.get("GroupId", "") for group in one["Groups"]))
        for page in pages
        for one in page["NetworkInterfaces"]
    }
    return Finding.of(
        GROUPS, saw={interface: groups for interface, groups in hung.items() if groups != ours}, expected={}
    )


def _public(instance: "InstanceTypeDef") -> bool:
    return bool(instance.get("PublicIpAddress"))


def _open_metadata(instance: "InstanceTypeDef") -> bool:
    options = instance.get("MetadataOptions", {})
    return options.get("HttpTokens") != "required" or options.get("HttpPutResponseHopLimit") != ONE_HOP
