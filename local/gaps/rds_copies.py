"""RDS: a read replica is an instance of its own; a snapshot is shared with accounts, or with all the world.

Promises: a read replica is protected and has a managed password only if it is asked to, and goes from its source's list
when it is deleted. A manual snapshot has the attribute `restore`, of accounts or of `all`, which no encrypted one is
given; it carries the tags of its instance only if that copies them. Pages: CreateDBInstanceReadReplica,
ModifyDBSnapshotAttribute, DescribeDBSnapshotAttributes, CreateDBSnapshot (AmazonRDS/latest/APIReference/
API_ModifyDBSnapshotAttribute.html and its like), "Sharing a DB snapshot for Amazon RDS" (AmazonRDS/latest/UserGuide/
USER_ShareSnapshot.html).
"""

from collections.abc import Callable
from typing import Any, Final

from ministack.services import rds

_SHARED_WITH: Final = "_shared_with"

type Parameters = dict[str, Any]
type Handler = Callable[[Parameters], Any]


def close() -> None:
    """After `rds`, around whose calls these are."""
    _wrap("CreateDBInstanceReadReplica", _replicated)
    _wrap("DeleteDBInstance", _deleted)
    _wrap("CreateDBSnapshot", _tagged)
    rds._ACTION_MAP["ModifyDBSnapshotAttribute"] = _shared
    rds._ACTION_MAP["DescribeDBSnapshotAttributes"] = _attributes


def _wrap(action: str, around: Callable[[Handler, Parameters], Any]) -> None:
    handler = rds._ACTION_MAP[action]
    rds._ACTION_MAP[action] = lambda parameters: around(handler, parameters)


def _replicated(handler: Handler, given: Parameters) -> Any:
    answered = handler(given)
    replica = rds._instances.get(rds._p(given, "DBInstanceIdentifier"))
    if answered[0] >= 400 or replica is None:
        return answered
    replica.pop("MasterUserSecret", None)
    replica["DeletionProtection"] = rds._p(given, "DeletionProtection") == "true"
    replica["PendingModifiedValues"] = {}
    if asked := rds._p(given, "DBInstanceClass"):
        replica["DBInstanceClass"] = asked
    return rds._single_instance_response(
        "CreateDBInstanceReadReplicaResponse", "CreateDBInstanceReadReplicaResult", replica
    )


def _deleted(handler: Handler, given: Parameters) -> Any:
    answered = handler(given)
    if answered[0] < 400:
        for source in rds._instances.values():
            copies = source.get("ReadReplicaDBInstanceIdentifiers", [])
            source["ReadReplicaDBInstanceIdentifiers"] = [
                one for one in copies if one != rds._p(given, "DBInstanceIdentifier")
            ]
    return answered


def _tagged(handler: Handler, given: Parameters) -> Any:
    answered = handler(given)
    snapshot = rds._snapshots.get(rds._p(given, "DBSnapshotIdentifier"))
    if answered[0] < 400 and snapshot is not None:
        source = rds._instances[snapshot["DBInstanceIdentifier"]]
        asked = rds._parse_tags(given)
        copied = rds._tags.get(source["DBInstanceArn"], []) if source["CopyTagsToSnapshot"] else []
        rds._tags[snapshot["DBSnapshotArn"]] = snapshot["TagList"] = list(asked or copied)
    return answered


def _shared(given: Parameters) -> Any:
    name = rds._p(given, "DBSnapshotIdentifier")
    snapshot = rds._snapshots.get(name)
    if snapshot is None:
        return rds._error("DBSnapshotNotFound", f"Snapshot {name} not found.", 404)
    added = rds._parse_member_list(given, "ValuesToAdd")
    if "all" in added and snapshot["Encrypted"]:
        return rds._error("InvalidParameterValue", "Encrypted snapshots cannot be shared with all.", 400)
    kept = set(snapshot.get(_SHARED_WITH, [])) - set(rds._parse_member_list(given, "ValuesToRemove"))
    snapshot[_SHARED_WITH] = sorted(kept | set(added))
    return _answer("ModifyDBSnapshotAttribute", snapshot)


def _attributes(given: Parameters) -> Any:
    name = rds._p(given, "DBSnapshotIdentifier")
    snapshot = rds._snapshots.get(name)
    if snapshot is None:
        return rds._error("DBSnapshotNotFound", f"Snapshot {name} not found.", 404)
    return _answer("DescribeDBSnapshotAttributes", snapshot)


def _answer(action: str, snapshot: dict[str, Any]) -> Any:
    values = "".join(f"<AttributeValue>{one}</AttributeValue>" for one in snapshot.get(_SHARED_WITH, []))
    attribute = f"<AttributeName>restore</AttributeName><AttributeValues>{values}</AttributeValues>"
    return rds._xml(
        200,
        f"{action}Response",
        f"<{action}Result><DBSnapshotAttributesResult>"
        f"<DBSnapshotIdentifier>{snapshot['DBSnapshotIdentifier']}</DBSnapshotIdentifier>"
        f"<DBSnapshotAttributes><DBSnapshotAttribute>{attribute}</DBSnapshotAttribute></DBSnapshotAttributes>"
        f"</DBSnapshotAttributesResult></{action}Result>",
    )
