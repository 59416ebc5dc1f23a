"""Specimens of RDS."""

from typing import Any, Final

from holdfast.aws.clients import Clients
from holdfast.aws.rds.db_instance_state import DbInstanceState
from holdfast.aws.rds.db_parameter_group import DbParameterGroupState
from holdfast.aws.rds.db_snapshot import DbSnapshotState
from holdfast.aws.rds.db_subnet_group import DbSubnetGroupState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.ec2 import vpc
from tests.unit.aws.specimens.security import key
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen

ARN: Final = "arn:aws:rds:eu-west-1:123456789012"


def _subnets(clients: Clients) -> list[str]:
    network = vpc(clients)
    return [
        clients.ec2.create_subnet(VpcId=network, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("abc")
    ]


def _promise_subnet_group(clients: Clients) -> Desired:
    return DbSubnetGroupState(
        db_subnet_group_name="atlas-specimen",
        db_subnet_group_description="A specimen",
        subnet_ids=frozenset(_subnets(clients)),
        tags=TAGS,
    )


def _promise_parameter_group(clients: Clients) -> Desired:
    return DbParameterGroupState(
        db_parameter_group_name="atlas-specimen",
        description="A specimen",
        family="postgres17",
        parameters={"rds.force_ssl": "1", "log_connections": "1"},
        tags=TAGS,
    )


def security_group(clients: Clients) -> str:
    made = clients.ec2.create_security_group(GroupName="anybody", Description="-", VpcId=vpc(clients, "10.99.0.0/16"))
    return made["GroupId"]


def _promise_instance(clients: Clients) -> Desired:
    rds, subnets = clients.rds, _subnets(clients)
    rds.create_db_subnet_group(DBSubnetGroupName="home", DBSubnetGroupDescription="-", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="tls", DBParameterGroupFamily="postgres17", Description="-")
    data = key(clients)
    return DbInstanceState(
        db_instance_identifier="atlas",
        db_instance_class="db.m7g.large",
        engine="postgres",
        engine_version="17",
        db_name="application",
        port=5432,
        master_username="holdfast",
        manage_master_user_password=True,
        master_user_secret_kms_key_id=data,
        db_subnet_group_name="home",
        db_parameter_group_name="tls",
        vpc_security_groups=frozenset({security_group(clients)}),
        publicly_accessible=False,
        multi_az=True,
        storage_type="gp3",
        allocated_storage=100,
        max_allocated_storage=1000,
        storage_encrypted=True,
        kms_key_id=data,
        backup_retention_period=14,
        preferred_backup_window="02:00-03:00",
        preferred_maintenance_window="sun:03:30-sun:04:30",
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        auto_minor_version_upgrade=True,
        ca_certificate_identifier="rds-ca-rsa2048-g1",
        enable_iam_database_authentication=False,
        enable_cloudwatch_logs_exports=frozenset({"postgresql", "upgrade"}),
        enable_performance_insights=True,
        performance_insights_kms_key_id=data,
        performance_insights_retention_period=7,
        tags=TAGS,
    )


def _modify(**members: Any) -> Deed:
    return lambda clients, identity: clients.rds.modify_db_instance(
        DBInstanceIdentifier=identity, ApplyImmediately=True, **members
    )


def _another_group(clients: Clients, identity: str) -> None:
    clients.rds.create_db_parameter_group(
        DBParameterGroupName="lax", DBParameterGroupFamily="postgres17", Description="-"
    )
    _modify(DBParameterGroupName="lax")(clients, identity)


def _set_parameter(clients: Clients, identity: str) -> None:
    clients.rds.modify_db_parameter_group(
        DBParameterGroupName=identity,
        Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}],
    )


def _strip(kind: str) -> Deed:
    return lambda clients, identity: clients.rds.remove_tags_from_resource(
        ResourceName=f"{ARN}:{kind}:{identity}", TagKeys=["holdfast:environment"]
    )


def _export_less(clients: Clients, identity: str) -> None:
    _modify(CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]})(clients, identity)


def _promise_snapshots(clients: Clients) -> Desired:
    clients.rds.create_db_instance(
        DBInstanceIdentifier="atlas",
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        MasterUsername="holdfast",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=100,
    )
    for number in (1, 2):
        clients.rds.create_db_snapshot(DBSnapshotIdentifier=f"atlas-{number}", DBInstanceIdentifier="atlas")
    return DbSnapshotState(db_instance_identifier="atlas")


def _share(clients: Clients, _: str) -> None:
    for snapshot, accounts in (("atlas-1", ["111122223333"]), ("atlas-2", ["111122223333", "444455556666"])):
        clients.rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=accounts
        )


INSTANCE_DEEDS: Final[dict[str, Deed]] = {
    "makes it public": _modify(PubliclyAccessible=True),
    "lets others in": lambda clients, identity: _modify(
        VpcSecurityGroupIds=[clients.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]]
    )(clients, identity),
    "lifts its protection": _modify(DeletionProtection=False),
    "takes the standby away": _modify(MultiAZ=False),
    "keeps backups for a day": _modify(BackupRetentionPeriod=1),
    "moves the backup": _modify(PreferredBackupWindow="10:00-11:00"),
    "moves the maintenance": _modify(PreferredMaintenanceWindow="mon:12:00-mon:13:00"),
    "shrinks the class": _modify(DBInstanceClass="db.t4g.micro"),
    "lets it grow without end": _modify(MaxAllocatedStorage=65536),
    "attaches a laxer parameter group": _another_group,
    "lets IAM in": _modify(EnableIAMDatabaseAuthentication=True),
    "stops sending its log": _export_less,
    "turns Performance Insights off": _modify(EnablePerformanceInsights=False),
    "keeps old minor versions": _modify(AutoMinorVersionUpgrade=False),
    "leaves snapshots untagged": _modify(CopyTagsToSnapshot=False),
    "swaps the certificate authority": _modify(CACertificateIdentifier="rds-ca-ecc384-g1"),
    "strips our tag": _strip("db"),
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::RDS::DBSubnetGroup": Specimen(
        _promise_subnet_group,
        "rds.CreateDBSubnetGroup",
        {
            "takes a zone from it": lambda clients, identity: clients.rds.modify_db_subnet_group(
                DBSubnetGroupName=identity,
                SubnetIds=[
                    subnet["SubnetIdentifier"]
                    for subnet in clients.rds.describe_db_subnet_groups(DBSubnetGroupName=identity)["DBSubnetGroups"][
                        0
                    ]["Subnets"][:2]
                ],
            ),
            "strips our tag": _strip("subgrp"),
        },
    ),
    "AWS::RDS::DBParameterGroup": Specimen(
        _promise_parameter_group,
        "rds.CreateDBParameterGroup",
        {"lets clients in without TLS": _set_parameter, "strips our tag": _strip("pg")},
    ),
    "AWS::RDS::DBSnapshot": Specimen(_promise_snapshots, "", {"shares one with another account": _share}, stays=True),
    "AWS::RDS::DBInstance": Specimen(_promise_instance, "rds.CreateDBInstance", INSTANCE_DEEDS),
}
