"""EKS: a cluster that is ACTIVE has an API that answers, with its own certificate authority, for those who may.

The emulator's clusters have an API only where Docker runs. Here `endpoint` and `certificateAuthority` of a cluster
("Cluster", eks/latest/APIReference/API_Cluster.html) name a server of `local.kubernetes`, from the moment that the
cluster is seen to be ACTIVE until it is deleted; before that AWS shows neither. A token is checked by STS
(github.com/kubernetes-sigs/aws-iam-authenticator, README), which the emulator's own check of the signature stands for;
what its principal may do say the access entries ("Grant IAM users access to Kubernetes with EKS access entries",
eks/latest/userguide/access-entries.html). Servers end with the process that hosts them. What is asked of a cluster that
logs `audit` goes into its log group, which EKS makes where it is not there ("Send control plane logs to CloudWatch
Logs", eks/latest/userguide/control-plane-logs.html).
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from zlib import crc32

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch_logs, eks

from local.kubernetes.access import Grant, User
from local.kubernetes.server import Server

type Key = tuple[str, str, str]

_SHOWN: Final = {"ACTIVE", "DELETING", "UPDATING"}
_servers: Final[dict[Key, Server]] = {}
_lock: Final = threading.Lock()
_writing: Final = threading.Lock()


def close() -> None:
    eks._describe_cluster = _describing(eks._describe_cluster)
    eks._delete_cluster = _deleting(eks._delete_cluster)


def server(cluster: str) -> Server | None:
    """The server of a cluster in the caller's account and Region, once it has one."""
    return _servers.get(_key(cluster))


def _key(cluster: str) -> Key:
    return get_account_id(), get_region(), cluster


def _describing(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def describe(name: str) -> Any:
        if record := eks._clusters.get(name):
            _name_endpoint(record)
        return original(name)

    return describe


def _name_endpoint(record: dict[str, Any]) -> None:
    if record["status"] not in _SHOWN:
        record |= {"endpoint": "", "certificateAuthority": {"data": ""}}
        return
    key = _key(record["name"])
    with _lock:
        if key not in _servers:
            _servers[key] = Server(record["name"], _authenticator(key), _logging(key))
    answering = _servers[key]
    record["endpoint"] = answering.url
    record["certificateAuthority"] = {"data": base64.b64encode(answering.authority).decode()}


def _deleting(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def delete(name: str) -> Any:
        answer = original(name)
        if name not in eks._clusters and (gone := _servers.pop(_key(name), None)):
            gone.stop()
        return answer

    return delete


def _authenticator(key: Key) -> Callable[[str], User | None]:
    account, region, cluster = key

    def authenticate(token: str) -> User | None:
        caller = eks._verify_eks_token(token, cluster)
        if caller is None:
            return None
        entry = eks._access_entry_for_principal(cluster, account, region, caller.principal_arn)
        if entry is None:
            return None
        name = entry.get("username") or caller.principal_arn
        groups, grants = tuple(entry.get("kubernetesGroups") or ()), tuple(_grants(key, entry["principalArn"]))
        return User(name, groups, grants, caller.principal_arn)

    return authenticate


def _grants(key: Key, principal: str) -> Iterator[Grant]:
    account, region, cluster = key
    for holder, policy, association in eks._access_policy_associations(cluster, account, region):
        if holder == principal:
            scope = association["accessScope"]
            namespaces = tuple(scope.get("namespaces", ())) if scope["type"] == "namespace" else ()
            yield Grant(policy.rpartition("/")[2], namespaces)


def _logging(key: Key) -> Callable[[dict[str, Any]], None]:
    account, region, cluster = key
    group, stream = f"/aws/eks/{cluster}/cluster", f"kube-apiserver-audit-{crc32(cluster.encode()):08x}"

    def log(event: dict[str, Any]) -> None:
        with request_scope(account, region), _writing:
            if not _logs_audit(cluster):
                return
            place = {"logGroupName": group, "logStreamName": stream}
            if group not in cloudwatch_logs._log_groups:
                cloudwatch_logs._create_log_group({"logGroupName": group})
            if stream not in cloudwatch_logs._log_groups[group]["streams"]:
                cloudwatch_logs._create_log_stream(place)
            written = {"timestamp": int(time.time() * 1000), "message": json.dumps(event)}
            cloudwatch_logs._put_log_events({**place, "logEvents": [written]})

    return log


def _logs_audit(cluster: str) -> bool:
    kinds = eks._clusters.get(cluster, {}).get("logging", {}).get("clusterLogging", [])
    return any(one["enabled"] and "audit" in one["types"] for one in kinds)
