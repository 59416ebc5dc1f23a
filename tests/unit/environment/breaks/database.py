"""Breaks of the database."""

from collections.abc import Callable
from typing import Any

from moto.rds.models import rds_backends

from tests.support.world import SITE, World
from tests.unit.environment.breaks.broken import Break

ELSEWHERE = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def _modify(**members: Any) -> Callable[[World], object]:
    return lambda world: world.clients.rds.modify_db_instance(
        DBInstanceIdentifier=world.spec.name, ApplyImmediately=True, **members
    )


def _delete(world: World) -> None:
    _modify(DeletionProtection=False)(world)
    world.clients.rds.delete_db_instance(DBInstanceIdentifier=world.spec.name, SkipFinalSnapshot=True)


def _found_otherwise(**attributes: object) -> Callable[[World], object]:
    """What no call of RDS can bring about, and a restored or replaced instance would show."""

    def deed(world: World) -> None:
        instance = rds_backends[SITE.account][SITE.region].databases[world.spec.name]
        for name, value in attributes.items():
            setattr(instance, name, value)

    return deed


def _move(world: World, *subnets: str) -> None:
    world.clients.rds.modify_db_subnet_group(
        DBSubnetGroupName="atlas-database", SubnetIds=[world.id_of(f"network/{subnet}") for subnet in subnets]
    )


def _let_plain_connections_in(world: World) -> None:
    world.clients.rds.modify_db_parameter_group(
        DBParameterGroupName=world.id_of("database/parameter_group"),
        Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}],
    )


def _share(world: World) -> None:
    rds, name = world.clients.rds, world.spec.name
    rds.create_db_snapshot(DBSnapshotIdentifier="copy", DBInstanceIdentifier=name)
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="copy", AttributeName="restore", ValuesToAdd=["111122223333"])


BREAKS = (
    Break("database", "Is there a database, and does it run?", _delete),
    Break("database", "Does a standby take over in another zone?", _modify(MultiAZ=False)),
    Break("database", "In which zones do the two stand?", _found_otherwise(secondary_availability_zone="eu-west-1a")),
    Break("database", "Has it a public address?", _modify(PubliclyAccessible=True)),
    Break(
        "database",
        "In which zones may it stand?",
        lambda world: _move(world, "private_subnet_1", "private_subnet_2"),
    ),
    Break(
        "database",
        "Which of its subnets lead straight to the internet?",
        lambda world: _move(world, "private_subnet_1", "private_subnet_2", "public_subnet_3"),
    ),
    Break(
        "database",
        "Which security groups let anybody in?",
        lambda world: _modify(
            VpcSecurityGroupIds=[world.id_of("security_groups/database"), world.id_of("security_groups/alb")]
        )(world),
    ),
    Break("database", "With which key are storage and snapshots encrypted?", _found_otherwise(kms_key_id=ELSEWHERE)),
    Break(
        "database",
        "Who keeps the master password, under which key?",
        _modify(ManageMasterUserPassword=False, MasterUserPassword="not-a-secret"),
    ),
    Break(
        "database",
        "With which key does Performance Insights encrypt what it saw?",
        _modify(EnablePerformanceInsights=False),
    ),
    Break("database", "For how many days can it be restored to any second?", _modify(BackupRetentionPeriod=1)),
    Break("database", "Is it protected from deletion?", _modify(DeletionProtection=False)),
    Break("database", "With whom are its snapshots shared?", _share),
    Break("database", "Is a connection without TLS refused?", _let_plain_connections_in),
    Break(
        "database",
        "Which of its logs are sent to CloudWatch Logs?",
        _modify(CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]}),
    ),
    Break(
        "database",
        "Has a line of the engine's log arrived?",
        lambda world: world.clients.logs.delete_log_group(logGroupName="/aws/rds/instance/atlas/postgresql"),
    ),
)
