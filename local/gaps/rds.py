"""RDS: an instance keeps all that it was made with, has its password kept, and takes its time.

Promises: log exports, Performance Insights, windows and certificate authority are kept and shown; a managed password
lies in a secret of RDS's own, which goes with the instance; there is no endpoint before the instance stands; a change
at once shows as `modifying`, in which no other is taken, and takes along what waits for the window; what RDS never
defers is done at once; another parameter group waits for a reboot; a deletion says what becomes of the last snapshot;
groups are made once, and stay while something uses them. Pages: CreateDBInstance, ModifyDBInstance, DeleteDBInstance,
CreateDBSubnetGroup (AmazonRDS/latest/APIReference/API_CreateDBInstance.html and its like), "Settings for DB instances"
(AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html), "Password management with Amazon RDS and AWS Secrets
Manager" (AmazonRDS/latest/UserGuide/rds-secrets-manager.html), "Viewing Amazon RDS DB instance status"
(…/accessing-monitoring.html), "Working with parameter groups" (…/USER_WorkingWithParamGroups.html).
"""

import json
from collections.abc import Callable
from secrets import token_urlsafe
from threading import Timer
from typing import Any, Final
from uuid import uuid4

from ministack.services import rds, secretsmanager

from local.laptop import WAIT_SCALE

type Parameters = dict[str, Any]
type Record = dict[str, Any]
type Handler = Callable[[Parameters], Any]

_MODIFYING_SECONDS: Final = 120
_CHANGEABLE: Final = frozenset({"available", "storage-full", "storage-optimization"})
_DEFERRED: Final = frozenset(
    {
        "AllocatedStorage",
        "BackupRetentionPeriod",
        "CACertificateIdentifier",
        "DBInstanceClass",
        "EnableIAMDatabaseAuthentication",
        "EngineVersion",
        "Iops",
        "MultiAZ",
        "StorageType",
    }
)
"""What waits for the maintenance window unless it is asked for at once."""
_NO_CHANGES: Final = frozenset({"Action", "ApplyImmediately", "DBInstanceIdentifier", "Version"})
_TEXTS: Final = ("CACertificateIdentifier", "PerformanceInsightsKMSKeyId", "PreferredBackupWindow")
_SWITCHES: Final = {
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
}

_instance_xml = rds._instance_xml


def close() -> None:
    rds._instance_xml = _shown
    _wrap("CreateDBInstance", _creating)
    _wrap("ModifyDBInstance", _modifying)
    _wrap("DeleteDBInstance", _deleting)
    _wrap("CreateDBSubnetGroup", _once("DBSubnetGroupName", rds._subnet_groups, "DBSubnetGroupAlreadyExists"))
    _wrap("DeleteDBSubnetGroup", _unused(_subnet_group, "DBSubnetGroupName", "InvalidDBSubnetGroupStateFault"))
    _wrap("DeleteDBParameterGroup", _unused(_parameter_group, "DBParameterGroupName", "InvalidDBParameterGroupState"))


def _wrap(action: str, around: Callable[[Handler, Parameters], Any]) -> None:
    handler = rds._ACTION_MAP[action]
    rds._ACTION_MAP[action] = lambda parameters: around(handler, parameters)


def _creating(handler: Handler, given: Parameters) -> Any:
    group = rds._p(given, "DBSubnetGroupName")
    if group and group not in rds._subnet_groups:
        return rds._error("DBSubnetGroupNotFoundFault", f"DB subnet group {group} does not exist", 404)
    managed = rds._p(given, "ManageMasterUserPassword") == "true"
    if managed and rds._p(given, "MasterUserPassword"):
        return rds._error(
            "InvalidParameterCombination", "You can't specify MasterUserPassword with ManageMasterUserPassword.", 400
        )
    answered = handler(given)
    instance = rds._instances.get(rds._p(given, "DBInstanceIdentifier"))
    if answered[0] < 400 and instance:
        _keep(instance, given)
        instance["EnabledCloudwatchLogsExports"] = rds._parse_member_list(given, "EnableCloudwatchLogsExports")
        return rds._single_instance_response("CreateDBInstanceResponse", "CreateDBInstanceResult", instance)
    return answered


def _keep(instance: Record, given: Parameters) -> None:
    """What a request says and the emulator does not keep."""
    instance.update({member: rds._p(given, member) for member in _TEXTS if rds._p(given, member)})
    for member, shown in _SWITCHES.items():
        if rds._p(given, member):
            instance[shown] = rds._p(given, member) == "true"
    if days := rds._p(given, "PerformanceInsightsRetentionPeriod"):
        instance["PerformanceInsightsRetentionPeriod"] = int(days)
    if port := rds._p(given, "DBPortNumber"):
        instance["Endpoint"] = {**instance["Endpoint"], "Port": int(port)}
    match rds._p(given, "ManageMasterUserPassword"):
        case "true" if "MasterUserSecret" not in instance:
            instance["MasterUserSecret"] = _secret(instance, rds._p(given, "MasterUserSecretKmsKeyId"))
        case "false":
            _forget_secret(instance)


def _secret(instance: Record, key: str) -> Record:
    name = f"rds!db-{uuid4()}"
    login = {"username": instance["MasterUsername"], "password": token_urlsafe(24)}
    owned = [{"Key": "aws:rds:primaryDBInstanceArn", "Value": instance["DBInstanceArn"]}]
    arn, _ = secretsmanager._store_new_secret(name, json.dumps(login), tags=owned, kms_key_id=key)
    return {"Name": name, "SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}


def _forget_secret(instance: Record) -> None:
    secret = instance.pop("MasterUserSecret", None)
    if secret:
        secretsmanager._secrets.pop(secret["Name"], None)


def _modifying(handler: Handler, given: Parameters) -> Any:
    instance = rds._instances.get(rds._p(given, "DBInstanceIdentifier"))
    if instance and instance["DBInstanceStatus"] not in _CHANGEABLE:
        return _busy(instance)
    at_once = rds._p(given, "ApplyImmediately") == "true"
    if instance and at_once:
        instance.update(instance["PendingModifiedValues"])
        instance["PendingModifiedValues"] = {}
    answered = handler(given)
    if instance is None or answered[0] >= 400:
        return answered
    _keep(instance, given)
    prefix = "CloudwatchLogsExportConfiguration"
    kept = set(instance["EnabledCloudwatchLogsExports"]) - set(
        rds._parse_member_list(given, f"{prefix}.DisableLogTypes")
    )
    instance["EnabledCloudwatchLogsExports"] = sorted(
        kept | set(rds._parse_member_list(given, f"{prefix}.EnableLogTypes"))
    )
    if rds._p(given, "DBParameterGroupName"):
        instance["DBParameterGroups"][0]["ParameterApplyStatus"] = "pending-reboot"
    if at_once or given.keys() - _NO_CHANGES - _DEFERRED:
        _take_time(instance)
    return rds._single_instance_response("ModifyDBInstanceResponse", "ModifyDBInstanceResult", instance)


def _take_time(instance: Record) -> None:
    instance["DBInstanceStatus"] = "modifying"

    def done() -> None:
        if instance["DBInstanceStatus"] == "modifying":
            instance["DBInstanceStatus"] = "available"

    timer = Timer(_MODIFYING_SECONDS * WAIT_SCALE, done)
    timer.daemon = True
    timer.start()


def _busy(instance: Record) -> Any:
    name, status = instance["DBInstanceIdentifier"], instance["DBInstanceStatus"]
    return rds._error("InvalidDBInstanceState", f"Database instance {name} is not in available state: {status}.", 400)


def _deleting(handler: Handler, given: Parameters) -> Any:
    instance = rds._instances.get(rds._p(given, "DBInstanceIdentifier"))
    last = rds._p(given, "FinalDBSnapshotIdentifier")
    if instance and not last and rds._p(given, "SkipFinalSnapshot") != "true":
        said = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        return rds._error("InvalidParameterCombination", said, 400)
    if instance and last in rds._snapshots:
        return rds._error("DBSnapshotAlreadyExists", f"Cannot create the snapshot because {last} already exists.", 400)
    if instance and instance["DBInstanceStatus"] == "creating":
        return _busy(instance)
    answered = handler(given)
    if instance and answered[0] < 400:
        _forget_secret(instance)
    return answered


def _once(member: str, store: Any, code: str) -> Callable[[Handler, Parameters], Any]:
    def created(handler: Handler, given: Parameters) -> Any:
        name = rds._p(given, member)
        return rds._error(code, f"{name} already exists.", 400) if name in store else handler(given)

    return created


def _unused(used: Callable[[Record], str], member: str, code: str) -> Callable[[Handler, Parameters], Any]:
    def deleted(handler: Handler, given: Parameters) -> Any:
        users = [
            each["DBInstanceIdentifier"] for each in rds._instances.values() if used(each) == rds._p(given, member)
        ]
        return rds._error(code, f"One or more database instances use it: {users}", 400) if users else handler(given)

    return deleted


def _subnet_group(instance: Record) -> str:
    return str(instance["DBSubnetGroup"]["DBSubnetGroupName"])


def _parameter_group(instance: Record) -> str:
    return str(instance["DBParameterGroups"][0]["DBParameterGroupName"])


def _shown(instance: Record) -> str:
    written: str = _instance_xml(instance)
    exports = "".join(f"<member>{each}</member>" for each in instance.get("EnabledCloudwatchLogsExports", []))
    written = written.replace(
        "<EnabledCloudwatchLogsExports/>", f"<EnabledCloudwatchLogsExports>{exports}</EnabledCloudwatchLogsExports>"
    )
    if instance["DBInstanceStatus"] == "creating":
        start, end = written.index("<Endpoint>"), written.index("</Endpoint>") + len("</Endpoint>")
        written = written[:start] + written[end:]
    if key := instance.get("PerformanceInsightsEnabled") and instance.get("PerformanceInsightsKMSKeyId"):
        written += f"<PerformanceInsightsKMSKeyId>{key}</PerformanceInsightsKMSKeyId>"
    if secret := instance.get("MasterUserSecret"):
        members = "".join(f"<{name}>{value}</{name}>" for name, value in secret.items() if name != "Name")
        written += f"<MasterUserSecret>{members}</MasterUserSecret>"
    return written
