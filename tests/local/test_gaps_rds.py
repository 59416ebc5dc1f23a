"""Databases as RDS makes, changes and guards them; mended in local/gaps/rds.py and authorization_rds.py.

Pages: CreateDBInstance, ModifyDBInstance, DeleteDBInstance (AmazonRDS/latest/APIReference), "Password management with
Amazon RDS and AWS Secrets Manager" (AmazonRDS/latest/UserGuide/rds-secrets-manager.html).
"""

import time
from typing import Any, Final

import pytest

from tests.local.accounts import TAG, Account, refused
from tests.local.stacks import fault

MADE: Final = {"Null": {f"aws:RequestTag/{TAG}": "false"}}
OURS: Final = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
TAGS: Final = [{"Key": TAG, "Value": "atlas"}]


class Home:
    """An account with a key, a subnet group over two zones and a parameter group."""

    def __init__(self) -> None:
        self.account = Account()
        self.rds = self.account.root("rds")
        vpc = self.account.vpc()
        subnets = [
            self.account.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}"
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        self.key = self.account.root("kms").create_key(Tags=[{"TagKey": TAG, "TagValue": "atlas"}])["KeyMetadata"][
            "Arn"
        ]
        self.group: Any = {"DBSubnetGroupName": "home", "DBSubnetGroupDescription": "-", "SubnetIds": subnets}
        self.rds.create_db_subnet_group(**self.group, Tags=TAGS)
        self.rds.create_db_parameter_group(
            DBParameterGroupName="tls", DBParameterGroupFamily="postgres17", Description="-", Tags=TAGS
        )

    def asked(self, **more: Any) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "DBInstanceIdentifier": "atlas",
            "DBInstanceClass": "db.m7g.large",
            "Engine": "postgres",
            "EngineVersion": "17",
            "AllocatedStorage": 100,
            "MasterUsername": "holdfast",
            "ManageMasterUserPassword": True,
            "MasterUserSecretKmsKeyId": self.key,
            "DBSubnetGroupName": "home",
            "DBParameterGroupName": "tls",
            "StorageEncrypted": True,
            "KmsKeyId": self.key,
            "PreferredBackupWindow": "02:00-03:00",
            "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
            "EnablePerformanceInsights": True,
            "PerformanceInsightsKMSKeyId": self.key,
            "DeletionProtection": True,
            "Tags": TAGS,
        }
        return asked | more

    def shown(self, name: str = "atlas") -> dict[str, Any]:
        shown: dict[str, Any] = self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return shown

    def ready(self, name: str = "atlas") -> dict[str, Any]:
        """The instance once RDS is at work on it no more."""
        deadline = time.monotonic() + 40
        while (shown := self.shown(name))["DBInstanceStatus"] != "available" and time.monotonic() < deadline:
            time.sleep(0.1)
        return shown


@pytest.fixture(scope="module")
def standing() -> Home:
    home = Home()
    home.rds.create_db_instance(**home.asked())
    assert home.shown()["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in home.shown(), "there is nothing to connect to yet"
    assert fault(home.rds.modify_db_instance, DBInstanceIdentifier="atlas", MultiAZ=True) == "InvalidDBInstanceState"
    home.ready()
    return home


def test_an_instance_keeps_what_it_was_made_with(standing: Home) -> None:
    shown = standing.ready()
    assert shown["Endpoint"]["Port"] == 5432
    assert sorted(shown["EnabledCloudwatchLogsExports"]) == ["postgresql", "upgrade"]
    assert shown["PerformanceInsightsKMSKeyId"] == standing.key
    assert shown["PreferredBackupWindow"] == "02:00-03:00"


def test_its_password_lies_in_a_secret_under_the_key_asked_for(standing: Home) -> None:
    secret = standing.ready()["MasterUserSecret"]
    assert secret["KmsKeyId"] == standing.key
    value = standing.account.root("secretsmanager").get_secret_value(SecretId=secret["SecretArn"])["SecretString"]
    assert '"username": "holdfast"' in value


def test_a_change_at_once_takes_its_time_and_is_then_there(standing: Home) -> None:
    standing.ready()
    standing.rds.modify_db_instance(
        DBInstanceIdentifier="atlas",
        ApplyImmediately=True,
        AutoMinorVersionUpgrade=False,
        CloudwatchLogsExportConfiguration={"DisableLogTypes": ["upgrade"]},
    )
    assert standing.shown()["DBInstanceStatus"] == "modifying"
    shown = standing.ready()
    assert (shown["AutoMinorVersionUpgrade"], shown["EnabledCloudwatchLogsExports"]) == (False, ["postgresql"])


def test_what_waits_for_the_window_comes_with_the_next_change_at_once(standing: Home) -> None:
    standing.ready()
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", DBInstanceClass="db.t4g.micro", StorageType="io1")
    waiting = standing.shown()
    assert waiting["DBInstanceStatus"] == "available"
    assert waiting["PendingModifiedValues"] == {"DBInstanceClass": "db.t4g.micro", "StorageType": "io1"}
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", StorageType="gp3", ApplyImmediately=True)
    shown = standing.ready()
    assert (shown["PendingModifiedValues"], shown["DBInstanceClass"], shown["StorageType"]) == (
        {},
        "db.t4g.micro",
        "gp3",
    )


def test_what_rds_never_defers_is_done_at_once_and_takes_nothing_along(standing: Home) -> None:
    standing.ready()
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", DBInstanceClass="db.m7g.large")
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", PubliclyAccessible=True, DBPortNumber=5433)
    assert standing.shown()["DBInstanceStatus"] == "modifying"
    shown = standing.ready()
    assert (shown["PubliclyAccessible"], shown["Endpoint"]["Port"]) == (True, 5433)
    assert shown["PendingModifiedValues"] == {"DBInstanceClass": "db.m7g.large"}


def test_a_read_replica_has_no_protection_and_no_secret_of_its_sources(standing: Home) -> None:
    secret = standing.ready()["MasterUserSecret"]
    standing.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="theirs", SourceDBInstanceIdentifier="atlas", DBInstanceClass="db.t4g.micro"
    )
    replica = standing.ready("theirs")
    assert (replica["DeletionProtection"], "MasterUserSecret" in replica) == (False, False)
    assert standing.shown()["ReadReplicaDBInstanceIdentifiers"] == ["theirs"]
    standing.rds.delete_db_instance(DBInstanceIdentifier="theirs", SkipFinalSnapshot=True)
    assert (standing.shown()["ReadReplicaDBInstanceIdentifiers"], standing.shown()["MasterUserSecret"]) == ([], secret)


def test_a_snapshot_is_shared_with_accounts_and_an_encrypted_one_not_with_all(standing: Home) -> None:
    standing.ready()
    rds, name = standing.rds, {"DBSnapshotIdentifier": "taken"}
    rds.create_db_snapshot(**name, DBInstanceIdentifier="atlas")
    share: Any = {**name, "AttributeName": "restore"}
    assert fault(rds.modify_db_snapshot_attribute, **share, ValuesToAdd=["all"]) == "InvalidParameterValue"
    rds.modify_db_snapshot_attribute(**share, ValuesToAdd=["111122223333", "444455556666"])
    rds.modify_db_snapshot_attribute(**share, ValuesToRemove=["111122223333"])
    [attribute] = rds.describe_db_snapshot_attributes(**name)["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    assert attribute == {"AttributeName": "restore", "AttributeValues": ["444455556666"]}
    assert fault(rds.describe_db_snapshot_attributes, DBSnapshotIdentifier="none") == "DBSnapshotNotFound"


def test_a_snapshot_that_is_ours_is_told_from_one_that_is_not(standing: Home) -> None:
    """Tags come along only where the instance copies them."""
    standing.ready()
    shares = standing.account.user({"Action": "rds:ModifyDBSnapshotAttribute", "Resource": "*", "Condition": OURS})
    asked: Any = {"AttributeName": "restore", "ValuesToAdd": ["111122223333"]}
    standing.rds.create_db_snapshot(DBSnapshotIdentifier="bare", DBInstanceIdentifier="atlas")
    standing.rds.create_db_snapshot(DBSnapshotIdentifier="marked", DBInstanceIdentifier="atlas", Tags=TAGS)
    share = shares("rds").modify_db_snapshot_attribute
    assert "rds:ModifyDBSnapshotAttribute" in refused(share, DBSnapshotIdentifier="bare", **asked)
    share(DBSnapshotIdentifier="marked", **asked)


def test_another_parameter_group_waits_for_a_reboot(standing: Home) -> None:
    standing.ready()
    standing.rds.create_db_parameter_group(
        DBParameterGroupName="lax", DBParameterGroupFamily="postgres17", Description="-"
    )
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", DBParameterGroupName="lax", ApplyImmediately=True)
    groups = standing.ready()["DBParameterGroups"]
    assert groups == [{"DBParameterGroupName": "lax", "ParameterApplyStatus": "pending-reboot"}]


def test_groups_are_made_once_and_stay_while_they_are_used(standing: Home) -> None:
    assert fault(standing.rds.create_db_subnet_group, **standing.group) == "DBSubnetGroupAlreadyExists"
    assert fault(standing.rds.delete_db_subnet_group, DBSubnetGroupName="home") == "InvalidDBSubnetGroupStateFault"


def test_a_database_goes_only_unprotected_and_says_what_becomes_of_its_last_snapshot(standing: Home) -> None:
    standing.ready()
    last = {"DBInstanceIdentifier": "atlas", "FinalDBSnapshotIdentifier": "atlas-final-1"}
    assert fault(standing.rds.delete_db_instance, **last) == "InvalidParameterCombination"
    standing.rds.modify_db_instance(DBInstanceIdentifier="atlas", DeletionProtection=False, ApplyImmediately=True)
    standing.ready()
    assert fault(standing.rds.delete_db_instance, DBInstanceIdentifier="atlas") == "InvalidParameterCombination"
    secret = standing.shown()["MasterUserSecret"]["SecretArn"]
    standing.rds.delete_db_instance(**last)
    kept = standing.rds.describe_db_snapshots(DBSnapshotIdentifier="atlas-final-1")["DBSnapshots"]
    assert [snapshot["DBInstanceIdentifier"] for snapshot in kept] == ["atlas"]
    assert (
        fault(standing.account.root("secretsmanager").describe_secret, SecretId=secret) == "ResourceNotFoundException"
    )


def test_an_instance_is_asked_about_with_its_groups_its_key_and_its_secret() -> None:
    home = Home()
    every = {"Resource": "*"}
    may: dict[str, dict[str, Any]] = {
        "db:atlas": {"Action": "rds:CreateDBInstance", "Resource": home.account.arn("rds", "db:*"), "Condition": MADE},
        "pg:tls": {"Action": "rds:CreateDBInstance", **every, "Condition": OURS},
        "rds:AddTagsToResource": {"Action": "rds:AddTagsToResource", **every, "Condition": MADE},
        "kms:CreateGrant": {
            "Action": "kms:CreateGrant",
            **every,
            "Condition": OURS | {"StringEquals": {"kms:ViaService": "rds.eu-west-1.amazonaws.com"}},
        },
        "secretsmanager:CreateSecret": {
            "Action": ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
            "Resource": home.account.arn("secretsmanager", "secret:rds!db-*"),
        },
        "kms:Decrypt": {"Action": ["kms:Decrypt", "kms:GenerateDataKey"], **every, "Condition": OURS},
    }
    for lacking in may:
        user = home.account.user(*(statement for asked, statement in may.items() if asked != lacking))("rds")
        assert lacking in refused(user.create_db_instance, **home.asked())
    home.account.user(*may.values())("rds").create_db_instance(**home.asked())


def test_what_is_not_ours_cannot_be_changed() -> None:
    home = Home()
    home.rds.create_db_parameter_group(
        DBParameterGroupName="theirs", DBParameterGroupFamily="postgres17", Description="-"
    )
    parameters = [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}]
    user = home.account.user({"Action": "rds:ModifyDBParameterGroup", "Resource": "*", "Condition": OURS})("rds")
    user.modify_db_parameter_group(DBParameterGroupName="tls", Parameters=parameters)
    assert "pg:theirs" in refused(user.modify_db_parameter_group, DBParameterGroupName="theirs", Parameters=parameters)
