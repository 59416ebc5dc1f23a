"""``AWS::EC2::Instance``: the instances of a node group, as far as they are ours: which security groups hang on them.

Instances come and go, and none is promised by its id; what is promised holds of every interface of every instance that
is in the node group's Auto Scaling group at this moment. A group is put on an interface
(ModifyNetworkInterfaceAttribute, EC2 API reference), on an instance that has but one (ModifyInstanceAttribute), comes
with another interface (AttachNetworkInterface) or with an instance (AttachInstances, EC2 Auto Scaling API reference).
The VPC CNI plugin copies the first interface's groups to its own when they change (``RefreshSGIDs``,
aws/amazon-vpc-cni-k8s), and looks at those no more: all are held, each by itself.

The launch template puts our tag on the first interface; the plugin's carry none. Where one that differs does not carry
it, ``reclaim`` puts it on.
"""

import re

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.node_interfaces import differing, groups_on, is_claimed, one_by_one
from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal
from holdfast.core.trouble import NeedsHuman


class Interface(Desired, frozen=True, kw_only=True, order=True):
    """``security_group_ids``: all that hang on it, in the order of their ids."""

    network_interface_id: str
    security_group_ids: tuple[str, ...]


class InstanceState(Desired, frozen=True, kw_only=True):
    """``security_group_ids`` hang on each interface; those on which others hang, or not all, are ``differing``: none.

    The first two say what is meant, and are nothing that AWS could show otherwise.
    """

    auto_scaling_group_name: str
    security_group_ids: frozenset[str]
    differing_interfaces: frozenset[Interface] = frozenset()


class Instance(AwsResource[InstanceState]):
    """All instances of one Auto Scaling group. There are always all of them, also where there is none."""

    kind = "AWS::EC2::Instance"
    model = InstanceState
    immutable = frozenset({"AutoScalingGroupName", "SecurityGroupIds"})
    claimed_apart = True

    @classmethod
    def belongs_to(cls, clients: Clients, identity: str) -> str:
        """The Auto Scaling group of the instance that is named, or that the named interface is attached to."""
        instance = _holder(clients, identity) if identity.startswith("eni-") else identity
        if not re.fullmatch(r"i-[0-9a-f]+", instance):
            return ""
        found = clients.autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
        return found[0]["AutoScalingGroupName"] if found else ""

    def observe(self) -> Observed[InstanceState]:
        name, promised = self.desired.auto_scaling_group_name, self.desired.security_group_ids
        others = differing(self.clients, name, promised)
        state = InstanceState(
            auto_scaling_group_name=name,
            security_group_ids=promised,
            differing_interfaces=frozenset(
                Interface(
                    network_interface_id=one["NetworkInterfaceId"], security_group_ids=tuple(sorted(groups_on(one)))
                )
                for one in others
            ),
        )
        return Observed(state=state, physical={"id": name}, unclaimed=not all(map(is_claimed, others)))

    def create(self) -> Physical:
        raise AssertionError("observe always finds them")

    def update(self, observed: Observed[InstanceState], drift: Drift) -> tuple[str, ...]:
        """One interface that AWS will not change (of another VPC, of a service) must not keep the others open."""
        own = tuple(sorted(self.desired.security_group_ids))
        found = {one.found.network_interface_id: own for one in drift if isinstance(one.found, Interface)}
        put_back = [one.promised for one in drift if isinstance(one.promised, Interface)]
        wanted = found | {one.network_interface_id: one.security_group_ids for one in put_back}
        hung = one_by_one(sorted(wanted.items()), lambda one: self._hang(*one))
        return tuple(f"ModifyNetworkInterfaceAttribute {interface}: {', '.join(groups)}" for interface, groups in hung)

    def _hang(self, interface: str, groups: tuple[str, ...]) -> None:
        with already_so("InvalidNetworkInterfaceID.NotFound"):
            self.clients.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)

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
