"""A cluster's audit log, and to whom CloudWatch Logs passes it on; mended in local/gaps.

Pages: "Send control plane logs to CloudWatch Logs" (EKS user guide), "Auditing" (Kubernetes), PutSubscriptionFilter
(CloudWatch Logs API reference).
"""

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import boto3

from tests.local.accounts import REGION
from tests.local.clusters import Clusters
from tests.local.test_gaps_eks import refusal
from tests.local.test_gaps_eks_endpoint import CONFIG_MAPS, MAP, Standing, standing

APPLY: Final = "application/apply-patch+yaml"
NAMESPACE: Final = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "emptied"}}
SOURCE: Final = "def handler(event, context): return event"


def _logged(cluster: Standing) -> list[dict[str, Any]]:
    logs, group = cluster.account.root("logs"), f"/aws/eks/{cluster.name}/cluster"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    events = logs.filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_who_asked_for_what_is_in_the_clusters_log_group(clusters: Clusters) -> None:
    cluster = standing(clusters, "logged")
    role = cluster.role("AmazonEKSClusterAdminPolicy")
    api = cluster.api(role)
    api.request(
        "PATCH", f"{CONFIG_MAPS}/b", query={"fieldManager": "b"}, body={**MAP, "metadata": {}}, content_type=APPLY
    )
    api.request("POST", CONFIG_MAPS, body=MAP)
    api.request("DELETE", f"{CONFIG_MAPS}/none")
    session = f"arn:aws:sts::{cluster.account.id}:assumed-role/{role.rpartition('/')[2]}/session"
    told = [event for event in _logged(cluster) if event["user"].get("extra", {}).get("arn") == [session]]
    assert {event["user"]["extra"]["canonicalArn"][0] for event in told} == {role}
    assert [(event["verb"], event["objectRef"]["name"], event["responseStatus"]["code"]) for event in told] == [
        ("patch", "b", 201),
        ("create", "a", 201),
        ("delete", "none", 404),
    ]


def test_a_namespace_that_goes_is_emptied_by_its_controller(clusters: Clusters) -> None:
    cluster = standing(clusters, "logged")
    api = cluster.api(cluster.role("AmazonEKSClusterAdminPolicy"))
    api.request("POST", "/api/v1/namespaces", body=NAMESPACE)
    assert api.request("DELETE", "/api/v1/namespaces/emptied").status == 200
    told = [event for event in _logged(cluster) if event["objectRef"].get("namespace") == "emptied"]
    emptied = {event["objectRef"]["resource"] for event in told if event["verb"] == "deletecollection"}
    assert {"deployments", "networkpolicies", "secrets"} <= emptied
    assert {event["user"]["username"] for event in told} == {"system:serviceaccount:kube-system:namespace-controller"}


def test_a_cluster_that_logs_no_audit_writes_nothing(clusters: Clusters) -> None:
    cluster = standing(clusters, "spoken-to")
    cluster.api(cluster.role("AmazonEKSClusterAdminPolicy")).request("GET", CONFIG_MAPS)
    assert _logged(cluster) == []


def test_only_a_function_that_admits_cloudwatch_logs_is_passed_anything(deploy: Callable[..., str]) -> None:
    logs: Any = boto3.client("logs")
    functions, function = boto3.client("lambda"), deploy(SOURCE)
    group = f"group-{uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    asked = {"logGroupName": group, "filterName": "a", "filterPattern": "", "destinationArn": function}
    assert refusal(logs.put_subscription_filter, **asked) == "InvalidParameterException"
    functions.add_permission(
        FunctionName=function,
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
        SourceArn=f"arn:aws:logs:{REGION}:{function.split(':')[4]}:log-group:group-*:*",
    )
    logs.put_subscription_filter(**asked)
    logs.put_subscription_filter(**{**asked, "filterName": "b"})
    logs.put_subscription_filter(**{**asked, "filterName": "b", "filterPattern": "other"})
    assert refusal(logs.put_subscription_filter, **{**asked, "filterName": "c"}) == "LimitExceededException"
    for wrong in ("a" * 1025, "{ $.a = %a% && $.b = %b% && $.c = %c% }"):
        assert refusal(logs.put_subscription_filter, **{**asked, "filterPattern": wrong}) == "InvalidParameterException"
    logs.delete_log_group(logGroupName=group)
