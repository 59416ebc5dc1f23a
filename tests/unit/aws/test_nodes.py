"""What is special about node groups, templates and functions: what is refused, kept, and the same to the byte."""

from typing import Any

import msgspec
import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.eks.nodegroup import Nodegroup
from holdfast.aws.eks.nodegroup_state import ScalingConfig
from holdfast.aws.lambda_.package import digest, package
from holdfast.core.resource import Change
from holdfast.core.trouble import ComeBackLater
from tests.support.calls import refusing
from tests.unit.aws.subject import Subject


def _scaling(clients: Clients) -> Any:
    return clients.eks.describe_nodegroup(clusterName="atlas", nodegroupName="atlas-specimen")["nodegroup"][
        "scalingConfig"
    ]


def test_nodes_go_one_minor_version_at_a_time_and_never_back() -> None:
    def refused(old: str, new: str) -> list[str]:
        return list(Nodegroup.refusals({"Version": old}, {"Version": new}))

    assert refused("1.35", "1.36") == []
    assert len(refused("1.36", "1.35")) == 1
    assert len(refused("1.34", "1.36")) == 1


def test_other_instance_types_are_refused_before_anything_is_touched() -> None:
    stands, asked = (
        {"Version": "1.36", "InstanceTypes": ["m7i.large"]},
        {"Version": "1.36", "InstanceTypes": ["m7i.xlarge"]},
    )
    assert len(list(Nodegroup.refusals(stands, asked))) == 1


def test_desired_size_is_the_autoscalers_within_the_bounds(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Nodegroup")
    clients.eks.update_nodegroup_config(
        clusterName="atlas", nodegroupName="atlas-specimen", scalingConfig={"desiredSize": 7}
    )
    subject.bring_back()
    assert _scaling(clients)["desiredSize"] == 7
    subject.change_promise(scaling_config=ScalingConfig(min_size=2, max_size=5))
    subject.bring_back()
    assert _scaling(clients) == {"minSize": 2, "maxSize": 5, "desiredSize": 5}


def test_another_disk_is_another_version_in_force(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EC2::LaunchTemplate")
    promised: Any = subject.promised
    (mapping,) = promised.launch_template_data.block_device_mappings
    larger = msgspec.structs.replace(mapping, ebs=msgspec.structs.replace(mapping.ebs, volume_size=200))
    data = msgspec.structs.replace(promised.launch_template_data, block_device_mappings=(larger,))
    subject.change_promise(launch_template_data=data)
    subject.bring_back()
    assert subject.physical["DefaultVersionNumber"] == "2"
    subject.change_promise(launch_template_data=promised.launch_template_data)
    subject.bring_back()
    assert subject.physical["DefaultVersionNumber"] == "1", "a version that says it already is put in force again"


def test_a_package_is_the_same_to_the_byte() -> None:
    assert package("handler = print\n") == package("handler = print\n")
    assert digest("handler = print\n") == "C+c8GwlTEP3K7YeLbhl6whPaLDZgKYJ2Geg4N6PVGJs="


@pytest.mark.parametrize(
    ("operation", "path"), [("UpdateNodegroupConfig", "ScalingConfig"), ("UpdateNodegroupVersion", "Version")]
)
def test_eks_does_one_update_at_a_time_and_the_next_waits(clients: Clients, operation: str, path: str) -> None:
    """Somebody's update may begin between our look and our call: that is nothing to page a person for."""
    subject = Subject.standing(clients, "AWS::EKS::Nodegroup")
    resource = subject.resource
    observed = resource.observe()
    assert observed is not None
    busy = refusing(clients.eks, operation, "ResourceInUseException", "Nodegroup is UPDATING")
    with busy, pytest.raises(ComeBackLater, match="EKS is still at another update of atlas-specimen"):
        resource.update(observed, (Change(path=path, promised=1, found=2),))


def test_while_a_warm_pool_fills_its_end_is_waited_for(clients: Clients) -> None:
    """PutWarmPool begins to launch at once, and meanwhile DeleteWarmPool is refused."""
    subject = Subject.standing(clients, "AWS::AutoScaling::AutoScalingGroup")
    clients.autoscaling.put_warm_pool(AutoScalingGroupName=subject.physical["id"], PoolState="Running")
    with (
        refusing(clients.autoscaling, "DeleteWarmPool", "ScalingActivityInProgress", "an instance is launched"),
        pytest.raises(ComeBackLater, match="at work on the warm pool"),
    ):
        subject.bring_back()
    subject.bring_back()
    observed = subject.resource.observe()
    assert observed is not None
    assert observed.state.warm_pools == frozenset()
