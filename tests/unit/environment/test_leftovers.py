"""What controllers, EKS and late writers leave behind: ours goes with its environment, a neighbour's stays."""

from collections.abc import Callable
from typing import Final

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.ip_permissions import to_permissions
from holdfast.aws.ec2.resource import tag_list
from holdfast.core.demolition import Fate
from holdfast.core.manifest import Lease
from holdfast.core.security_group import everything
from tests.support.world import World, spec

LAYERS: Final = ("logs", "cluster")
TAG: Final = "kubernetes.io/cluster/{}"


@pytest.fixture
def built(clients: Clients) -> World:
    world = World(clients, spec("atlas"))
    world.build(*LAYERS)
    return world


def _interface(world: World, description: str, **tags: str) -> str:
    made = world.clients.ec2.create_network_interface(
        SubnetId=world.id_of("network/private_subnet_1"),
        Description=description,
        Groups=[world.id_of("security_groups/nodes")],
    )["NetworkInterface"]["NetworkInterfaceId"]
    if tags:
        world.clients.ec2.create_tags(Resources=[made], Tags=tag_list(tags))
    return made


def _group(world: World, name: str, **tags: str) -> str:
    """A group of a controller's, whose rule refers to our nodes."""
    ec2 = world.clients.ec2
    made = ec2.create_security_group(GroupName=name, Description="by hand", VpcId=world.id_of("network/vpc"))["GroupId"]
    from_nodes = to_permissions([everything("ingress", world.id_of("security_groups/nodes"))])
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=from_nodes)
    if tags:
        ec2.create_tags(Resources=[made], Tags=tag_list(tags))
    return made


def _standing(clients: Clients) -> set[str]:
    """Ids of all interfaces and groups of the account, and the names of all log groups."""
    ec2 = clients.ec2
    return {
        *(one["NetworkInterfaceId"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"]),
        *(one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]),
        *(one["logGroupName"] for one in clients.logs.describe_log_groups()["logGroups"]),
    }


def test_what_controllers_left_in_the_vpc_goes_with_it_and_nothing_else_does(built: World) -> None:
    owned = {TAG.format("atlas"): "owned"}
    left = {
        "an interface of the VPC CNI plugin": _interface(built, "aws-K8S-i-0123456789abcdef0"),
        "one that says whose it is": _interface(built, "", **owned),
        "one of an older plugin": _interface(built, "", **{"cluster.k8s.amazonaws.com/name": "atlas"}),
        "one of a pod with groups of its own": _interface(built, "aws-k8s-branch-eni"),
        "a cloud controller's group": _group(built, "k8s-elb-a1b2", **owned),
        "the load balancer controller's": _group(built, "k8s-traffic", **{"elbv2.k8s.aws/cluster": "atlas"}),
        "EKS's own": _group(built, "eks-cluster-sg-atlas-9", **{"aws:eks:cluster-name": "atlas"}),
    }
    foreign = {
        _interface(built, "somebody's appliance"),
        _interface(built, "", **{TAG.format("atlas-2"): "owned"}),
        _group(built, "by-hand"),
    }
    fates = built.demolish(delete_data=True)
    standing = _standing(built.clients)
    assert not {what: one for what, one in left.items() if one in standing}, "it holds the VPC fast"
    assert {fates[f"leftovers/{one}"].end for one in left.values()} == {"deleted"}, "and that is told"
    assert not [path for path in built.manifest.records("atlas") if path.startswith("leftovers/")]
    assert foreign <= standing, "nothing says that these are the cluster's: a person must decide"


def test_log_groups_that_are_written_again_go_again(built: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """EKS writes its last lines after our group was deleted, and makes a group for them that keeps them for ever."""
    again, clients = "/aws/eks/atlas/cluster", built.clients

    def writing(world: World) -> None:
        """Late: once the layer logs is gone."""
        if not any(path.startswith("logs/") for path in world.manifest.records("atlas")):
            clients.logs.create_log_group(logGroupName=again)

    fates = _demolished_while(built, writing, monkeypatch)
    assert again not in _standing(clients)
    assert fates["leftovers/cluster"].end == "deleted"


def _demolished_while(
    world: World, between: Callable[[World], None], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Fate]:
    demolish, done = World._demolish, list[str]()

    def noting(self: World, lease: Lease, layer: str, fates: dict[str, Fate], *, delete_data: bool) -> None:
        demolish(self, lease, layer, fates, delete_data=delete_data)
        if layer == "security_groups":
            between(self)
            done.append(layer)

    monkeypatch.setattr(World, "_demolish", noting)
    fates = world.demolish(delete_data=True)
    assert done, "the teardown has no layer security_groups any more"
    return fates


def test_a_neighbours_leftovers_are_not_touched(clients: Clients) -> None:
    ours, neighbour = World(clients, spec("atlas")), World(clients, spec("atlas-2", "10.30.0.0/16"))
    for world in (ours, neighbour):
        world.build(*LAYERS)
    beside = {
        _interface(neighbour, "aws-K8S-i-0fedcba9876543210"),
        _interface(neighbour, "", **{TAG.format("atlas"): "owned"}),
        _group(neighbour, "k8s-elb-c3d4", **{TAG.format("atlas-2"): "owned"}),
    }
    for name in ("/aws/eks/atlas-2/cluster/again", "/aws/eks/atlas/cluster-2", "/somebody/atlas"):
        clients.logs.create_log_group(logGroupName=name)
        beside.add(name)
    ids = {record.physical.get("id") for record in ours.manifest.records("atlas").values()}
    theirs = _standing(clients) - ids
    ours.demolish(delete_data=True)
    assert beside <= theirs
    assert theirs <= _standing(clients), "a neighbour was touched"
