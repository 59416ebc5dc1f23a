"""The network interfaces of a node group's instances, found by what nobody can take off them, and changed one by one.

Tags of an instance or of an interface anybody may delete who may tag; which instances are in an Auto Scaling group that
group says itself ("DescribeAutoScalingGroups", EC2 Auto Scaling API reference). One that is detached is of it no more.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import batched, islice
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.core.resource import TAG_ENVIRONMENT

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import NetworkInterfaceTypeDef

MOST_VALUES: Final = 200
"""Of one filter ("Filter", EC2 API reference)."""
TRIES: Final = 5
"""Times as many are tried as can be done: whoever makes some that AWS will not change starves no others."""
AT_ONCE: Final = 12
"""Interfaces that are claimed or changed at a time, each by a call of some 0.2 s, those with the lowest ids first: one
look may do so three times within its 30 s. The next one sees what is left."""


def interfaces(clients: Clients, scaling_group: str) -> "Iterator[NetworkInterfaceTypeDef]":
    """Those that came with an instance, and those that were attached later: the VPC CNI plugin's, for pods."""
    groups = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[scaling_group])
    instances = [one["InstanceId"] for group in groups["AutoScalingGroups"] for one in group["Instances"]]
    for some in batched(instances, MOST_VALUES, strict=False):
        pages = clients.ec2.get_paginator("describe_network_interfaces").paginate(
            Filters=[{"Name": "attachment.instance-id", "Values": some}]
        )
        for page in pages:
            yield from page["NetworkInterfaces"]


def differing(clients: Clients, scaling_group: str, own: frozenset[str]) -> "list[NetworkInterfaceTypeDef]":
    """Those of ``interfaces`` on which others hang than their ``own`` groups, or not all of these."""
    return [one for one in interfaces(clients, scaling_group) if groups_on(one) != own]


def one_by_one[T](things: Iterable[T], do: Callable[[T], object]) -> list[T]:
    """Do it to some at a time, and answer with these: what AWS refuses of one keeps no other from it.

    Raises the first refusal if all are refused. Who looks again finds the rest, and so comes to the refusals at last.
    """
    done: list[T] = []
    refused: list[ClientError] = []
    for thing in islice(things, TRIES * AT_ONCE):
        try:
            do(thing)
        except ClientError as error:
            refused.append(error)
        else:
            done.append(thing)
        if len(done) == AT_ONCE:
            break
    if refused and not done:
        raise refused[0]
    return done


def groups_on(interface: "NetworkInterfaceTypeDef") -> frozenset[str]:
    """The ids of its security groups."""
    return frozenset(group.get("GroupId", "") for group in interface["Groups"])


def is_claimed(interface: "NetworkInterfaceTypeDef") -> bool:
    """Whether it carries our tag, without which no role of ours may write to it."""
    return any(tag.get("Key") == TAG_ENVIRONMENT for tag in interface["TagSet"])
