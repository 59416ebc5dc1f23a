"""Database: PostgreSQL on RDS with a standby in another zone, for the nodes and for nobody else.

Everything at rest lies under the environment's data key: storage, snapshots, the master password and Performance
Insights. Connections without TLS are refused (``rds.force_ssl``: "Using SSL with a PostgreSQL DB instance",
AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html). The identifier is the environment's name: the log
groups, which stand before, are called after it ("Publishing PostgreSQL logs to Amazon CloudWatch Logs").
"""

from collections.abc import Iterator
from typing import Final

from holdfast.aws.rds.db_instance_state import DbInstanceState
from holdfast.aws.rds.db_parameter_group import DbParameterGroupState
from holdfast.aws.rds.db_snapshot import DbSnapshotState
from holdfast.aws.rds.db_subnet_group import DbSubnetGroupState
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import POSTGRESQL, RDS_CERTIFICATE_AUTHORITY
from holdfast.environment import names
from holdfast.environment.database_probe import probe

__all__ = ["probe", "resources"]

PORT: Final = 5432
BACKUPS, MAINTENANCE = "02:00-03:00", "sun:03:30-sun:04:30"
"""UTC. Backups are taken from the standby; maintenance begins when they are done."""
PARAMETERS: Final = {
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "log_temp_files": "10240",
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
}
"""Who comes and goes, what changes tables, and what is slow: a second, or 10 MiB on disk. All of them apply at once."""
FREE_RETENTION: Final = 7
"""Days that Performance Insights keeps its history at no cost."""
DATA_KEY: Final = "${keys/data.Arn}"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    subnets = DbSubnetGroupState(
        db_subnet_group_name=f"{spec.name}-database",
        db_subnet_group_description=f"{spec.name}: the private subnets",
        subnet_ids=frozenset(f"${{network/private_subnet_{zone}}}" for zone in range(1, len(site.zones) + 1)),
    )
    yield Declared("AWS::RDS::DBSubnetGroup", "subnet_group", subnets)
    parameters = DbParameterGroupState(
        db_parameter_group_name=f"{spec.name}-postgresql{POSTGRESQL}",
        description=f"{spec.name}: TLS only, and what is logged",
        family=f"postgres{POSTGRESQL}",
        parameters=PARAMETERS,
    )
    yield Declared("AWS::RDS::DBParameterGroup", "parameter_group", parameters)
    yield Declared("AWS::RDS::DBInstance", "instance", _instance(spec))
    snapshots = DbSnapshotState(db_instance_identifier="${database/instance}")
    yield Declared("AWS::RDS::DBSnapshot", "snapshots", snapshots)


def _instance(spec: Spec) -> DbInstanceState:
    return DbInstanceState(
        db_instance_identifier=spec.name,
        db_instance_class=spec.database.instance_class,
        engine="postgres",
        engine_version=POSTGRESQL,
        db_name=names.DATABASE_NAME,
        port=PORT,
        master_username=names.DATABASE_USER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=DATA_KEY,
        db_subnet_group_name="${database/subnet_group}",
        db_parameter_group_name="${database/parameter_group}",
        vpc_security_groups=frozenset({"${security_groups/database}"}),
        publicly_accessible=False,
        multi_az=True,
        storage_type="gp3",
        allocated_storage=spec.database.storage_gib,
        max_allocated_storage=spec.database.max_storage_gib,
        storage_encrypted=True,
        kms_key_id=DATA_KEY,
        backup_retention_period=spec.database.backup_days,
        preferred_backup_window=BACKUPS,
        preferred_maintenance_window=MAINTENANCE,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        auto_minor_version_upgrade=True,
        ca_certificate_identifier=RDS_CERTIFICATE_AUTHORITY,
        # One way in is enough: the managed password, which RDS changes every week.
        enable_iam_database_authentication=False,
        enable_cloudwatch_logs_exports=frozenset({"postgresql", "upgrade"}),
        enable_performance_insights=True,
        performance_insights_kms_key_id=DATA_KEY,
        performance_insights_retention_period=FREE_RETENTION,
    )
