"""From what an event names to records of ours: by its own id, by what leans on it, by what AWS says it is part of."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.instance import Instance
from holdfast.aws.ec2.node_interfaces import interfaces
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.rds.db_snapshot import DbSnapshot, DbSnapshotState
from holdfast.aws.whereabouts import Whereabouts
from holdfast.core.event import CLOUDTRAIL, Sighted
from holdfast.core.manifest import Declared, Lease
from tests.support.calls import Calls
from tests.support.simulated import Part
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.autoscaling import NAME
from tests.unit.tables.conftest import Tables

LEASE = Lease("atlas", "first", 1)
KINDS = {kind.kind: kind for kind in (DbInstance, DbSnapshot)}
SHARED = frozenset({DbSnapshot.kind})


@pytest.fixture
def whereabouts(tables: Tables, clients: Clients) -> Whereabouts:
    """Of an environment that promises a database, and that its snapshots are shared with nobody."""
    manifest = tables.manifest
    lines = [
        Declared(DbInstance.kind, "instance", Part()),
        Declared(DbSnapshot.kind, "snapshots", DbSnapshotState(db_instance_identifier="${database/instance}")),
    ]
    for record in manifest.propose(LEASE, "database", lines).values():
        manifest.learn(record, {"id": "atlas"})
    manifest.promise(LEASE, "database")
    return Whereabouts(manifest, KINDS, clients)


def _database(clients: Clients, name: str) -> None:
    clients.rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="somebody",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
    )
    clients.rds.create_db_snapshot(DBSnapshotIdentifier=f"{name}-taken", DBInstanceIdentifier=name)


def _paths(whereabouts: Whereabouts, *ids: str, kinds: frozenset[str] = SHARED) -> list[str]:
    return [record.path for record in whereabouts.of(Sighted(frozenset(ids), CLOUDTRAIL, kinds=kinds))]


def test_a_part_leads_to_what_aws_says_it_is_part_of(whereabouts: Whereabouts, clients: Clients) -> None:
    _database(clients, "atlas")
    assert _paths(whereabouts, "atlas-taken") == ["database/snapshots"]


@pytest.mark.parametrize("snapshot", ["borealis-taken", "gone"])
def test_a_part_of_anothers_or_of_nothing_leads_nowhere(
    whereabouts: Whereabouts, clients: Clients, snapshot: str
) -> None:
    _database(clients, "borealis")
    assert _paths(whereabouts, snapshot) == []


def test_nobody_asks_aws_of_what_names_itself_or_of_another_kind(
    whereabouts: Whereabouts, clients: Clients, calls: Calls
) -> None:
    _database(clients, "borealis")
    calls.forget()
    assert _paths(whereabouts, "atlas", kinds=frozenset({DbInstance.kind})) == ["database/instance"]
    assert _paths(whereabouts, "borealis", kinds=frozenset({DbInstance.kind})) == []
    assert not [call for call in calls.made if call.startswith("rds.")]


@pytest.fixture
def of_nodes(tables: Tables, clients: Clients) -> Whereabouts:
    """Of an environment that promises which groups hang on the nodes of ``eks-specimen-0123``."""
    promised = SPECIMENS[Instance.kind].promise(clients)
    for record in tables.manifest.propose(LEASE, "nodes", [Declared(Instance.kind, "nodes", promised)]).values():
        tables.manifest.learn(record, {"id": NAME})
    tables.manifest.promise(LEASE, "nodes")
    return Whereabouts(tables.manifest, {Instance.kind: Instance}, clients)


def test_an_interface_and_its_instance_lead_to_the_nodes_that_it_is_one_of(
    of_nodes: Whereabouts, clients: Clients
) -> None:
    first, second = interfaces(clients, NAME)
    hung = frozenset({Instance.kind})
    assert _paths(of_nodes, first["NetworkInterfaceId"], kinds=hung) == ["nodes/nodes"]
    assert _paths(of_nodes, second["Attachment"]["InstanceId"], kinds=hung) == ["nodes/nodes"]


@pytest.mark.parametrize("state", ["alone", "attached", "gone"])
def test_an_interface_of_no_node_leads_nowhere(of_nodes: Whereabouts, clients: Clients, state: str) -> None:
    subnet = clients.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = clients.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    if state == "attached":
        run = clients.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]
        clients.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=run["InstanceId"], DeviceIndex=1)
    if state == "gone":
        clients.ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert _paths(of_nodes, interface, kinds=frozenset({Instance.kind})) == []
