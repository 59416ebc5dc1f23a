"""RDS: a read replica is an instance of its own.

Promises: a read replica is protected and has a managed password only if it is asked to, and goes from its source's list
when it is deleted. Pages: CreateDBInstanceReadReplica (AmazonRDS/latest/APIReference/
API_CreateDBInstanceReadReplica.html), "Working with DB instance read replicas" (AmazonRDS/latest/UserGuide/
USER_ReadRepl.html).
"""

from collections.abc import Callable
from typing import Any

from ministack.services import rds

type Parameters = dict[str, Any]
type Handler = Callable[[Parameters], Any]


def close() -> None:
    """After `rds`, around whose calls these are."""
    _wrap("CreateDBInstanceReadReplica", _replicated)
    _wrap("DeleteDBInstance", _deleted)


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
