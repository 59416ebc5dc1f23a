"""Drifts of the database and the cluster, which take a while over each change, and no other meanwhile.

So one call breaks as many fields as it can.
"""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.support.drifting import Broken, Hands
from tests.support.waiting import PATIENCE, until

DATABASE, CLUSTER = "database/instance", "cluster/cluster"
LAYER: Final = "holdfast:layer"
BUSY: Final = frozenset({"InvalidDBInstanceState", "ResourceInUseException"})


def _in_turn(what: str, call: Callable[[], object]) -> None:
    """Make ``call`` as soon as AWS is done with whatever else somebody, or we, asked it for."""

    def was_taken() -> bool:
        try:
            call()
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
            return False
        return True

    until(f"AWS takes {what}", was_taken, seconds=2 * PATIENCE)


def _modified(*, immediately: bool = True, **members: Any) -> Callable[[Hands], object]:
    return lambda hands: _in_turn(
        "ModifyDBInstance",
        lambda: hands.client("rds").modify_db_instance(
            DBInstanceIdentifier=hands.id(DATABASE), ApplyImmediately=immediately, **members
        ),
    )


def _configured(**members: Any) -> Callable[[Hands], object]:
    return lambda hands: _in_turn(
        "UpdateClusterConfig", lambda: hands.client("eks").update_cluster_config(name=hands.id(CLUSTER), **members)
    )


def _moved(hands: Hands) -> None:
    eks, name = hands.client("eks"), hands.id(CLUSTER)
    subnets = eks.describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    _configured(resourcesVpcConfig={"subnetIds": sorted(subnets)[:2]})(hands)


def _replica(hands: Hands) -> str:
    return f"{hands.environment.name}-theirs"


def _copied(hands: Hands) -> None:
    _in_turn(
        "CreateDBInstanceReadReplica",
        lambda: hands.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier=_replica(hands),
            SourceDBInstanceIdentifier=hands.id(DATABASE),
            DBInstanceClass="db.t4g.micro",
        ),
    )


def _shared(hands: Hands) -> None:
    """A snapshot that somebody made, shared with accounts: all the world gets no encrypted one."""
    rds, name = hands.client("rds"), f"{hands.environment.name}-taken"
    _in_turn(
        "CreateDBSnapshot",
        lambda: rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=hands.id(DATABASE)),
    )
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=["111122223333", "444455556666"]
    )


def _copy_removed(hands: Hands) -> None:
    _in_turn(
        "DeleteDBInstance",
        lambda: hands.client("rds").delete_db_instance(DBInstanceIdentifier=_replica(hands), SkipFinalSnapshot=True),
    )


SLOW: Final = (
    Broken(
        "open to the world, and nothing protects it",
        DATABASE,
        "PubliclyAccessible",
        _modified(
            PubliclyAccessible=True,
            DeletionProtection=False,
            MultiAZ=False,
            BackupRetentionPeriod=1,
            CopyTagsToSnapshot=False,
        ),
        also=("BackupRetentionPeriod", "CopyTagsToSnapshot", "DeletionProtection", "MultiAZ"),
    ),
    Broken(
        "planned for the maintenance window",
        DATABASE,
        "DBInstanceClass",
        _modified(
            immediately=False,
            DBInstanceClass="db.t4g.micro",
            StorageType="io1",
            EnableIAMDatabaseAuthentication=True,
        ),
        also=("EnableIAMDatabaseAuthentication", "StorageType"),
    ),
    Broken(
        "kept otherwise",
        DATABASE,
        "Port",
        _modified(
            DBPortNumber=5433,
            MaxAllocatedStorage=65536,
            PreferredBackupWindow="10:00-11:00",
            PreferredMaintenanceWindow="mon:12:00-mon:13:00",
            AutoMinorVersionUpgrade=False,
        ),
        also=(
            "AutoMinorVersionUpgrade",
            "MaxAllocatedStorage",
            "PreferredBackupWindow",
            "PreferredMaintenanceWindow",
        ),
    ),
    Broken(
        "a password of somebody's own",
        DATABASE,
        "ManageMasterUserPassword",
        _modified(ManageMasterUserPassword=False, MasterUserPassword="not-a-secret"),
    ),
    Broken(
        "a tag taken off",
        DATABASE,
        "Tags",
        lambda hands: hands.client("rds").remove_tags_from_resource(
            ResourceName=hands.physical(DATABASE)["Arn"], TagKeys=[LAYER]
        ),
    ),
    Broken(
        "copied by a read replica",
        DATABASE,
        "ReadReplicaDBInstanceIdentifiers",
        _copied,
        state="needs human",
        mend=_copy_removed,
    ),
    Broken(
        "a snapshot shared",
        "database/snapshots",
        "SharedWith",
        _shared,
    ),
    Broken(
        "its endpoint opened to the world",
        CLUSTER,
        "EndpointPublicAccess",
        _configured(
            resourcesVpcConfig={
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
                "publicAccessCidrs": ["0.0.0.0/0"],
            }
        ),
        also=("EndpointPrivateAccess", "PublicAccessCidrs"),
    ),
    Broken("taken out of a zone", CLUSTER, "SubnetIds", _moved),
    Broken("paid for longer", CLUSTER, "SupportType", _configured(upgradePolicy={"supportType": "EXTENDED"})),
    Broken("may be deleted", CLUSTER, "DeletionProtection", _configured(deletionProtection=False)),
    Broken(
        "a tag taken off",
        CLUSTER,
        "Tags",
        lambda hands: hands.client("eks").untag_resource(resourceArn=hands.physical(CLUSTER)["Arn"], tagKeys=[LAYER]),
    ),
)
