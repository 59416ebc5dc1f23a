"""Why some layers are not built on moto for a second opinion: what moto itself, unmended, answers to calls they need.

A test that fails here because moto has learned the call says that ``tests/system/test_second_opinion.py`` may compare a
layer more, and ``tests/support`` close a gap less.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from holdfast.environment.catalogue import LAYERS
from tests.support.world import in_order
from tests.system.test_second_opinion import LAYERS as COMPARED

ROLE: Final = "arn:aws:iam::123456789012:role/atlas"
UNKNOWN: Final = "An error occurred (404) when calling the {} operation: Not yet implemented"


class Lack(NamedTuple):
    """``call``, asked of moto where a cluster atlas stands, and the words that it has for it."""

    call: Callable[[Callable[[str], Any]], object]
    said: str


LACKS: Final = {
    "cluster": Lack(
        lambda client: client("eks").create_addon(clusterName="atlas", addonName="vpc-cni"),
        UNKNOWN.format("CreateAddon"),
    ),
    "kubernetes_access": Lack(
        lambda client: client("eks").create_access_entry(clusterName="atlas", principalArn=ROLE),
        UNKNOWN.format("CreateAccessEntry"),
    ),
    "nodes": Lack(
        lambda client: client("eks").update_nodegroup_version(clusterName="atlas", nodegroupName="atlas-general"),
        UNKNOWN.format("UpdateNodegroupVersion"),
    ),
    "addons": Lack(
        lambda client: client("eks").describe_addon(clusterName="atlas", addonName="coredns"),
        UNKNOWN.format("DescribeAddon"),
    ),
    "ingress": Lack(
        lambda client: client("autoscaling").attach_traffic_sources(
            AutoScalingGroupName="eks-atlas", TrafficSources=[{"Identifier": "arn:aws:elasticloadbalancing:target"}]
        ),
        "The attach_traffic_sources action has not been implemented",
    ),
}


def _client(service: str) -> Any:
    return get_session().create_client(service, region_name="eu-west-1")


@pytest.mark.parametrize("layer", LACKS)
def test_moto_lacks_a_call_without_which_the_layer_cannot_stand(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        _stand()
        with pytest.raises((ClientError, NotImplementedError)) as refused:
            LACKS[layer].call(_client)
    assert str(refused.value) == LACKS[layer].said


def test_what_is_not_compared_lacks_a_call_or_stands_on_what_does() -> None:
    assert not LACKS.keys() & set(COMPARED)
    unexplained = {layer for layer in LAYERS if layer not in COMPARED and not LACKS.keys() & set(in_order((layer,)))}
    assert not unexplained, "compare it in tests/system/test_second_opinion.py, or quote here what moto lacks"


def _stand() -> None:
    """A cluster, as far as moto has one."""
    ec2, eks = _client("ec2"), _client("eks")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/18")["Subnet"]["SubnetId"]
    eks.create_cluster(name="atlas", roleArn=ROLE, resourcesVpcConfig={"subnetIds": [subnet]})
    eks.create_nodegroup(clusterName="atlas", nodegroupName="atlas-general", subnets=[subnet], nodeRole=ROLE)
