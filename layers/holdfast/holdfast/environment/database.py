"""Database: PostgreSQL on RDS with a standby in another zone, for the nodes and for nobody else.

Everything at rest lies under the environment's data key: storage, snapshots, the master password and Performance
Insights. Connections without TLS are refused (``rds.force_ssl``: "Using SSL with a PostgreSQL DB instance",
AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html). The identifier is the environment's name: the log
groups, which stand before, are called after it ("Publishing PostgreSQL logs to Amazon CloudWatch Logs").
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.rds.db_instance_state import DbInstanceState
from holdfast.aws.rds.db_parameter_group import DbParameterGroupState
from holdfast.aws.rds.db_subnet_group import DbSubnetGroupState
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import Address
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import POSTGRESQL, RDS_CERTIFICATE_AUTHORITY
from holdfast.environment import names

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef, DBSubnetGroupTypeDef

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


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Look the instance up as an operator would, and follow it to its subnets, its groups and its parameters."""
    instance = _found(clients, spec)
    yield Finding.of(
        "Is there a database, and does it run?", saw=_runs(instance), expected=f"postgres {POSTGRESQL}, up"
    )
    if instance is None:
        return
    standby = instance.get("SecondaryAvailabilityZone", "")
    yield Finding.of("Does a standby take over in another zone?", saw=instance["MultiAZ"], expected=True)
    yield _apart(instance["AvailabilityZone"], standby)
    yield Finding.of("Has it a public address?", saw=instance["PubliclyAccessible"], expected=False)
    group = instance["DBSubnetGroup"]
    yield Finding.of("In which zones may it stand?", saw=_zones(group), expected=sorted(site.zones))
    yield Finding.of(
        "Which of its subnets lead straight to the internet?", saw=_open_subnets(clients, group), expected=[]
    )
    yield Finding.of(
        "Which security groups let anybody in?",
        saw=_group_names(clients, instance),
        expected=[f"{spec.name}-database"],
    )
    yield from _at_rest(clients, spec, instance)
    yield from _kept(spec, instance)
    yield Finding.of(
        "Is a connection without TLS refused?",
        saw=_forced_tls(clients, instance),
        expected=["rds.force_ssl=1, in-sync"],
    )
    yield Finding.of(
        "Which of its logs are sent to CloudWatch Logs?",
        saw=sorted(instance.get("EnabledCloudwatchLogsExports", [])),
        expected=["postgresql", "upgrade"],
    )
    yield _written(clients, spec)


def _found(clients: Clients, spec: Spec) -> "DBInstanceTypeDef | None":
    try:
        return clients.rds.describe_db_instances(DBInstanceIdentifier=spec.name)["DBInstances"][0]
    except ClientError as error:
        if code(error) != "DBInstanceNotFound":
            raise
        return None


def _runs(instance: "DBInstanceTypeDef | None") -> str:
    if instance is None:
        return "there is none"
    status, major = instance["DBInstanceStatus"], instance["EngineVersion"].split(".")[0]
    serves = status in {"available", "backing-up", "storage-optimization"}
    return f"{instance['Engine']} {major}, {'up' if serves else status}"


def _apart(zone: str, standby: str) -> Finding:
    """RDS names the standby's zone; where there is no machine there is none to name."""
    question = "In which zones do the two stand?"
    if not standby:
        return Finding(question=question, saw=f"{zone}; the standby's zone is not told", verdict="not shown here")
    return Finding(question=question, saw=f"{zone}, {standby}", verdict="broken" if zone == standby else "holds")


def _zones(group: "DBSubnetGroupTypeDef") -> list[str]:
    return sorted(subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"])


def _open_subnets(clients: Clients, group: "DBSubnetGroupTypeDef") -> list[str]:
    """Its subnets whose route table, their own or else the VPC's main one, leads to an internet gateway."""
    inside: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [group["VpcId"]]}]
    tables = clients.ec2.describe_route_tables(Filters=inside)["RouteTables"]
    own = {one["SubnetId"]: table for table in tables for one in table["Associations"] if "SubnetId" in one}
    main = [table for table in tables if any(one.get("Main") for one in table["Associations"])]
    subnets = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    return sorted(
        subnet
        for subnet in subnets
        for table in ([own[subnet]] if subnet in own else main)
        if any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"])
    )


def _group_names(clients: Clients, instance: "DBInstanceTypeDef") -> list[str]:
    attached = [group["VpcSecurityGroupId"] for group in instance["VpcSecurityGroups"]]
    groups = clients.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": attached or ["none"]}])
    return sorted(group["GroupName"] for group in groups["SecurityGroups"])


def _at_rest(clients: Clients, spec: Spec, instance: "DBInstanceTypeDef") -> Iterator[Finding]:
    key = _data_key(clients, spec)
    yield Finding.of(
        "With which key are storage and snapshots encrypted?",
        saw=instance.get("KmsKeyId", "no key of ours") if instance["StorageEncrypted"] else "they are not",
        expected=key,
    )
    secret = instance.get("MasterUserSecret", {})
    yield Finding.of(
        "Who keeps the master password, under which key?",
        saw=f"Secrets Manager, {secret.get('KmsKeyId')}" if "SecretArn" in secret else "whoever set it",
        expected=f"Secrets Manager, {key}",
    )
    yield Finding.of(
        "With which key does Performance Insights encrypt what it saw?",
        saw=instance.get("PerformanceInsightsKMSKeyId", "no key of ours")
        if instance.get("PerformanceInsightsEnabled")
        else "it is off",
        expected=key,
    )


def _data_key(clients: Clients, spec: Spec) -> str:
    """The ARN of the key whose tags say that it is the environment's key for data."""
    ours = Address(spec.name, "keys", "data").tags
    found = clients.tagging.get_resources(
        TagFilters=[{"Key": key, "Values": [value]} for key, value in ours.items()], ResourceTypeFilters=["kms:key"]
    )["ResourceTagMappingList"]
    return ", ".join(key["ResourceARN"] for key in found)


def _kept(spec: Spec, instance: "DBInstanceTypeDef") -> Iterator[Finding]:
    yield Finding.of(
        "For how many days can it be restored to any second?",
        saw=instance["BackupRetentionPeriod"],
        expected=spec.database.backup_days,
    )
    yield Finding.of("Is it protected from deletion?", saw=instance["DeletionProtection"], expected=True)


def _forced_tls(clients: Clients, instance: "DBInstanceTypeDef") -> list[str]:
    """The parameter in each group that is attached, and whether the running engine has taken the group over."""
    return [
        f"rds.force_ssl={_parameter(clients, group['DBParameterGroupName'])}, {group['ParameterApplyStatus']}"
        for group in instance["DBParameterGroups"]
    ]


def _parameter(clients: Clients, group: str) -> str:
    pages = clients.rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group)
    found = [one for page in pages for one in page["Parameters"] if one["ParameterName"] == "rds.force_ssl"]
    return found[0].get("ParameterValue", "unset") if found else "unset"


def _written(clients: Clients, spec: Spec) -> Finding:
    """Whether the engine has logged something where it should."""
    question = "Has a line of the engine's log arrived?"
    group = f"/aws/rds/instance/{spec.name}/postgresql"
    groups = clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if not any(one["logGroupName"] == group for one in groups):
        return Finding(question=question, saw=f"there is no {group}", verdict="broken")
    streams = clients.logs.describe_log_streams(logGroupName=group, limit=1)["logStreams"]
    if not streams:
        return Finding(question=question, saw="nothing was logged yet", verdict="not shown here")
    return Finding(question=question, saw=streams[0]["logStreamName"], verdict="holds")
