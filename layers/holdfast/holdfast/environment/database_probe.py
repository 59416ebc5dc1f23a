"""What the database's probe asks: as an operator would look, from the instance to its subnets, groups and snapshots."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.versions import POSTGRESQL
from holdfast.environment.tagged import data_key

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef, DBSubnetGroupTypeDef


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
    yield Finding.of("With whom are its snapshots shared?", saw=_shared(clients, spec), expected={})
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
    key = data_key(clients, spec)
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


def _kept(spec: Spec, instance: "DBInstanceTypeDef") -> Iterator[Finding]:
    yield Finding.of(
        "For how many days can it be restored to any second?",
        saw=instance["BackupRetentionPeriod"],
        expected=spec.database.backup_days,
    )
    yield Finding.of("Is it protected from deletion?", saw=instance["DeletionProtection"], expected=True)


def _shared(clients: Clients, spec: Spec) -> dict[str, list[str]]:
    """The accounts that may restore it, by snapshot."""
    pages = clients.rds.get_paginator("describe_db_snapshots").paginate(DBInstanceIdentifier=spec.name)
    found = {
        attributes["DBSnapshotIdentifier"]: attribute.get("AttributeValues", [])
        for page in pages
        for snapshot in page["DBSnapshots"]
        if snapshot["SnapshotType"] == "manual"
        for attributes in [
            clients.rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"])[
                "DBSnapshotAttributesResult"
            ]
        ]
        for attribute in attributes["DBSnapshotAttributes"]
    }
    return {name: sorted(accounts) for name, accounts in found.items() if accounts}


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
