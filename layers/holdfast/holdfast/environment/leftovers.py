"""What an environment leaves behind that no layer made: it holds the VPC fast, or comes back when its maker is late.

- Network interfaces of the VPC CNI plugin, detached: ``aws-K8S-…``, and ``kubernetes.io/cluster/<name>`` in newer ones
  (aws/amazon-vpc-cni-k8s pull requests 624 and 2854).
- Security groups of controllers in the cluster, or EKS's own where it could not delete it with the cluster
  ("Amazon EKS security group requirements").
- Log groups that a writer made anew after ours was deleted ("Send control plane logs to CloudWatch Logs").

Ours is what lies in the VPC that the manifest calls ours and says that it is the cluster's, and what bears exactly a
name of ours and nobody's retention or key. It is put into the manifest, under a layer that no build has; from there it
goes like everything else: tagged as ours by ``reclaim``, deleted by a role that may delete nothing without our tag.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.network_interface import NetworkInterfaceState
from holdfast.aws.ec2.resource import tag_dict
from holdfast.aws.logs.log_group import FOR_EVER, NO_KEY, LogGroupState
from holdfast.core.manifest import Declared, Lease, Manifest, Records
from holdfast.core.resource import Physical
from holdfast.core.security_group import SecurityGroupState
from holdfast.environment import names

LEFTOVERS: Final = "leftovers"
"""The layer of their records."""
HELD_FAST: Final = frozenset({"security_groups", "network"})
"""The layers that cannot go while leftovers stand. The network is among the last: writers have had time until then."""
POD_INTERFACES: Final = "aws-k8s-"
"""How the VPC CNI plugin describes its interfaces; those of security groups for pods are written small."""
DEFAULT: Final = "default"


class Leftover(NamedTuple):
    """A line for the manifest, and what AWS calls it."""

    line: Declared
    physical: Physical


def adopt(clients: Clients, lease: Lease, manifest: Manifest) -> None:
    """Put into the manifest what is left over now and not in it yet."""
    records = manifest.records(lease.environment)
    known = {record.physical.get("id") for record in records.values()}
    found = [one for one in _found(clients, lease.environment, records) if one.physical["id"] not in known]
    if not found:
        return
    proposed = manifest.propose(lease, LEFTOVERS, [one.line for one in found])
    for one in found:
        manifest.learn(proposed[f"{LEFTOVERS}/{one.line.name}"], one.physical)


def _found(clients: Clients, environment: str, records: Records) -> Iterator[Leftover]:
    if "network/vpc" in records and (vpc := records["network/vpc"].physical.get("id")):
        yield from _interfaces(clients, environment, vpc)
        yield from _groups(clients, environment, vpc)
    yield from _log_groups(clients, environment, records)


def _interfaces(clients: Clients, environment: str, vpc: str) -> Iterator[Leftover]:
    """What is attached belongs to what it is attached to, and goes with that."""
    pages = clients.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "status", "Values": ["available"]}]
    )
    for one in (one for page in pages for one in page["NetworkInterfaces"]):
        tags = tag_dict(one["TagSet"])
        if one["Description"].lower().startswith(POD_INTERFACES) or _of_the_cluster(tags, environment):
            state = NetworkInterfaceState(subnet_id=one["SubnetId"], description=one["Description"])
            identity = one["NetworkInterfaceId"]
            yield Leftover(Declared("AWS::EC2::NetworkInterface", identity, state), {"id": identity})


def _groups(clients: Clients, environment: str, vpc: str) -> Iterator[Leftover]:
    pages = clients.ec2.get_paginator("describe_security_groups").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}]
    )
    for one in (one for page in pages for one in page["SecurityGroups"]):
        if one["GroupName"] != DEFAULT and _of_the_cluster(tag_dict(one.get("Tags", [])), environment):
            state = SecurityGroupState(
                group_name=one["GroupName"], group_description=one["Description"], vpc_id=vpc, rules=frozenset()
            )
            yield Leftover(Declared("AWS::EC2::SecurityGroup", one["GroupId"], state), {"id": one["GroupId"]})


def _of_the_cluster(tags: Mapping[str, str], environment: str) -> bool:
    """EKS and the cloud controllers tag by key, the VPC CNI plugin and the load balancer controller by value."""
    by_value = ("aws:eks:cluster-name", "cluster.k8s.amazonaws.com/name", "elbv2.k8s.aws/cluster")
    return f"kubernetes.io/cluster/{environment}" in tags or environment in {tags.get(key) for key in by_value}


def _log_groups(clients: Clients, environment: str, records: Records) -> Iterator[Leftover]:
    """As their writers make them: for ever, and without a key. Ours that still stand are in the manifest.

    A database that was kept goes on writing.
    """
    writes_on = any(record.layer == "database" for record in records.values())
    by_group = {
        group: name
        for name, group in names.log_groups(environment).items()
        if f"logs/{name}" not in records and not (writes_on and name.startswith("database_"))
    }
    pages = clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePattern=environment)
    for one in (one for page in pages for one in page["logGroups"]):
        called = one["logGroupName"]
        if called in by_group and not one.get("retentionInDays") and not one.get("kmsKeyId"):
            state = LogGroupState(log_group_name=called, kms_key_id=NO_KEY, retention_in_days=FOR_EVER)
            yield Leftover(Declared("AWS::Logs::LogGroup", by_group[called], state), {"id": called, "Arn": one["arn"]})
