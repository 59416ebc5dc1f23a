"""Nodes that could not join, and pods that would find no place, are refused with the field and the fix."""

from typing import Any

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.spec import Spec
from holdfast.core.trouble import WrongInput
from holdfast.environment.node_types import require_fitting_types
from tests.support.world import spec


def _refused(clients: Clients, wanted: Spec) -> WrongInput:
    with pytest.raises(WrongInput) as refused:
        require_fitting_types(clients.ec2, wanted)
    return refused.value


def test_what_name_and_range_ask_for_fits(clients: Clients) -> None:
    require_fitting_types(clients.ec2, spec())


def test_a_group_for_gpus_needs_no_word_more_and_carries_the_application(clients: Clients) -> None:
    wanted = spec(nodes={"gpu": {}}, application={"gpus": 1})
    require_fitting_types(clients.ec2, wanted)
    gpu = wanted.nodes.groups["gpu"]
    assert (gpu.instance_types, gpu.min, gpu.max) == (("g6.xlarge",), 0, 4)


def test_more_pods_than_the_range_has_addresses_are_wrong_input(clients: Clients) -> None:
    """An m7i.large takes up to 30 addresses; a private subnet of a /20 has 1024, of which 21 are kept."""
    require_fitting_types(clients.ec2, spec(cidr="10.20.0.0/20", nodes={"general": {"max": 99}}))
    refused = _refused(clients, spec(cidr="10.20.0.0/20", nodes={"general": {"max": 100}}))
    assert refused.field == "nodes.general.max"
    assert "100 nodes with their pods need 1020 addresses in each zone" in str(refused)
    assert "a private subnet of network.cidr 10.20.0.0/20 has 1003 to give" in str(refused)


def test_both_groups_of_nodes_share_the_range_and_the_larger_one_is_named(clients: Clients) -> None:
    nodes = {"general": {"max": 90}, "gpu": {"instance_types": ["g5.xlarge"], "max": 12}}
    refused = _refused(clients, spec(cidr="10.20.0.0/20", nodes=nodes))
    assert refused.field == "nodes.general.max"
    assert ", all nodes " in refused.fix


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ({"general": {"instance_types": ["m0.huge"]}}, "nodes.general.instance_types: .*m0.huge"),
        (
            {"general": {"instance_types": ["m7i.large", "m7g.large"]}},
            "nodes.general.instance_types: m7g.large are not x86_64",
        ),
        ({"gpu": {"instance_types": ["g5g.xlarge"]}}, "nodes.gpu.instance_types: g5g.xlarge are not x86_64"),
        (
            {"gpu": {"instance_types": ["g6.xlarge", "m7i.large"]}},
            "nodes.gpu.instance_types: m7i.large have no whole GPU of NVIDIA",
        ),
        ({"gpu": {"instance_types": ["inf2.xlarge"]}}, "nodes.gpu.instance_types: inf2.xlarge have no whole GPU"),
    ],
)
def test_types_that_cannot_be_nodes_are_named(clients: Clients, nodes: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongInput, match=said.replace(".", r"\.").replace(r"\.*", ".*")):
        require_fitting_types(clients.ec2, spec(nodes=nodes))


def test_pod_with_more_gpus_than_a_node_of_any_of_the_types_has_is_wrong_input(clients: Clients) -> None:
    nodes = {"gpu": {"instance_types": ["g6.12xlarge", "g6.xlarge"], "max": 9}}
    refused = _refused(clients, spec(nodes=nodes, application={"gpus": 2}))
    assert str(refused) == "application.gpus: no node has 2: one of nodes.gpu.instance_types has 1 GPUs"


def test_a_rollout_of_the_fewest_pods_must_find_its_gpus(clients: Clients) -> None:
    """Four pods with two GPUs each, and the one more, on nodes of four: two a node."""

    def asked(most: int) -> Spec:
        nodes = {"gpu": {"instance_types": ["g6.12xlarge"], "max": most}}
        return spec(nodes=nodes, application={"gpus": 2, "replicas": {"min": 4}})

    require_fitting_types(clients.ec2, asked(3))
    refused = _refused(clients, asked(2))
    assert refused.field == "nodes.gpu.max"
    assert "2 nodes of 4 GPUs hold 4 pods of 2" in refused.fix
    assert "ask for 3 nodes" in refused.fix
