"""``AWS::EC2::Instance``: the instances of a node group, as far as they are ours: which security groups hang on them.

Instances come and go, and none is promised by its id; what is promised holds of every interface of every instance that
is in the node group's Auto Scaling group at this moment. A group is put on an interface ("ModifyNetworkInterface
Attribute", EC2 API reference), on an instance that has but one ("ModifyInstanceAttribute"), or comes with another
interface ("AttachNetworkInterface"). The VPC CNI plugin copies the first interface's groups to its own when they change
(``RefreshSGIDs``, aws/amazon-vpc-cni-k8s), and never looks at those again: all are held, each by itself.

The launch template puts our tag on the first interface; the plugin's carry none. Where one must be written to that does
not carry it, ``reclaim`` puts it on.
"""

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.node_interfaces import groups_on, interfaces, is_claimed
from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Removal
from holdfast.core.trouble import NeedsHuman


class InstanceState(Desired, frozen=True, kw_only=True):
    """``security_group_ids`` is closed: they hang on each interface, and no other hangs on any."""

    auto_scaling_group_name: str
    security_group_ids: frozenset[str]


class Instance(AwsResource[InstanceState]):
    """All instances of one Auto Scaling group. There are always all of them, also where there is none."""

    kind = "AWS::EC2::Instance"
    model = InstanceState
    immutable = frozenset({"AutoScalingGroupName"})
    duration = Duration(usual=1, least=1, most=10)
    claimed_apart = True

    @classmethod
    def belongs_to(cls, clients: Clients, identity: str) -> str:
        """Who puts a group on an interface names that, or its instance; what it scales with, that group says."""
        instance = identity if identity.startswith("i-") else _holder(clients, identity)
        if not instance:
            return ""
        found = clients.autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
        return found[0]["AutoScalingGroupName"] if found else ""

    def observe(self) -> Observed[InstanceState]:
        name, promised = self.desired.auto_scaling_group_name, self.desired.security_group_ids
        differing = [one for one in interfaces(self.clients, name) if groups_on(one) != promised]
        found = [groups_on(one) for one in differing]
        state = InstanceState(
            auto_scaling_group_name=name,
            security_group_ids=promised.union(*found) - frozenset[str]().union(*(promised - each for each in found)),
        )
        unclaimed = not all(map(is_claimed, differing))
        return Observed(state=state, physical={"id": name}, unclaimed=unclaimed)

    def create(self) -> Physical:
        raise AssertionError("observe always finds them")

    def update(self, observed: Observed[InstanceState], drift: Drift) -> tuple[str, ...]:
        """Of each interface only what drifted: a group that was excepted may hang on some and not on others."""
        added = {str(change.found) for change in drift if change.promised is None}
        missing = {str(change.promised) for change in drift if change.found is None}
        calls = []
        for one in interfaces(self.clients, self.desired.auto_scaling_group_name):
            groups = (groups_on(one) - added) | missing
            if groups != groups_on(one):
                interface, instance = one["NetworkInterfaceId"], one.get("Attachment", {}).get("InstanceId", "")
                with already_so("InvalidNetworkInterfaceID.NotFound"):
                    self.clients.ec2.modify_network_interface_attribute(
                        NetworkInterfaceId=interface, Groups=sorted(groups)
                    )
                calls.append(f"ModifyNetworkInterfaceAttribute {interface} of {instance}: {', '.join(sorted(groups))}")
        return tuple(calls)

    @property
    def removal(self) -> Removal:
        """EKS terminates them with their node group."""
        return "along"

    def delete(self, observed: Observed[InstanceState]) -> None:
        raise NeedsHuman(str(self.address), "EKS terminates them with their node group", "delete the node group")


def _holder(clients: Clients, interface: str) -> str:
    """The instance that ``interface`` is attached to; empty if there is none."""
    found = clients.ec2.describe_network_interfaces(Filters=[{"Name": "network-interface-id", "Values": [interface]}])
    attached = (one.get("Attachment", {}) for one in found["NetworkInterfaces"])
    return next((one.get("InstanceId", "") for one in attached), "")
