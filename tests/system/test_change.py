"""A standing environment is asked for otherwise: a dry run foresees it, and the build does that alone, or refuses all.

What fails here is mended in layers/holdfast/holdfast/core/foresight.py, environment/plan.py, or the kind it names.
"""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.cloud import Application, Calls, Json, names, root, writes
from tests.support.environments import EXAMPLE, Environment
from tests.system.conftest import First

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_wafv2 import WAFV2Client

FILE: Final[Json] = json.loads(EXAMPLE.read_text())
CHANGED: Final[Json] = json.loads(EXAMPLE.with_name("change.json").read_text())


def nodes(**general: Any) -> Json:
    return {**FILE["nodes"], "general": {**FILE["nodes"]["general"], **general}}


ASKED: Final[Json] = {part: asked for part, asked in CHANGED.items() if asked != FILE[part]}
"""What the example of a change asks for otherwise than the example that was built."""
CHANGES: Final = {
    "nodes/general": ["ScalingConfig"],
    "database/instance": ["BackupRetentionPeriod", "DBInstanceClass"],
    "object_storage/access_log_bucket": ["LifecycleConfiguration.Rules"],
    "object_storage/data_bucket": ["LifecycleConfiguration.Rules"],
    "waf/web_acl": ["Rules", "Rules"],
    "workloads/application_autoscaler": ["spec.maxReplicas"],
    "observability/node_ceiling": ["AlarmDescription", "Threshold"],
}
"""By line, the fields that this changes; beside the retention of every log group. Of a rule, one goes and one comes."""
CALLS: Final = {
    "UpdateNodegroupConfig": 1,
    "ModifyDBInstance": 1,
    "PutBucketLifecycle": 2,
    "UpdateWebACL": 1,
    "PutMetricAlarm": 1,
}
"""Beside the log groups'. The autoscaler's bounds are changed in the cluster, which is no call of AWS."""
REFUSED: Final[Json] = {
    "network": {"cidr": "172.20.0.0/16"},
    "cluster": {"version": "1.35"},
    "nodes": nodes(instance_types=["c7i.large"]),
    "database": {**FILE["database"], "storage_gib": 50},
}


@pytest.fixture(scope="module")
def groups(first: First) -> list[str]:
    """The lines of all log groups."""
    return [path for path, record in first.environment.records().items() if record["kind"] == "AWS::Logs::LogGroup"]


def test_of_what_stands_a_dry_run_says_nothing(built: Environment) -> None:
    assert built.foreseen(**built.asked[-1]) == {}


def test_a_dry_run_foresees_each_change_and_changes_nothing(
    built: Environment, groups: list[str], application: Application
) -> None:
    before, calls = built.records(), Calls(application.parts["PlanFunction"])
    foreseen = built.foreseen(**ASKED)
    assert {one["what"] for one in foreseen.values()} == {"change"}
    fields = {path: sorted(one.partition(":")[0] for one in seen["changes"]) for path, seen in foreseen.items()}
    assert fields == CHANGES | {path: ["RetentionInDays"] for path in groups}
    assert foreseen["workloads/application_autoscaler"]["changes"] == ["spec.maxReplicas: promised 15, found 12"]
    assert calls.all(), "CloudTrail saw nothing of the dry run: then it cannot say that nothing was written"
    assert writes(calls.all()) == []
    assert built.records() == before


def test_the_build_changes_what_was_foreseen_and_only_that(
    built: Environment, groups: list[str], application: Application
) -> None:
    before, calls = built.records(), Calls(*application.functions)
    output = built.built(**ASKED)
    made = writes(calls.mentioning(*built.words))
    assert Counter(names(made)) == {**CALLS, "PutRetentionPolicy": len(groups)}
    changed = {path for path, record in built.records().items() if record["desired"] != before[path]["desired"]}
    assert changed == {*CHANGES, *groups}
    assert _found(built, groups) == {
        "backups": 21,
        "class": "db.m7g.xlarge",
        "limit": 3000,
        "noncurrent": 60,
        "most nodes": 10,
        "retention": {30},
    }
    assert "3 to 15" in json.dumps(output["evidence"]["workloads"]), "the cluster's autoscaler has not its new bounds"


def test_of_what_was_changed_a_dry_run_says_nothing(built: Environment) -> None:
    assert built.foreseen(**built.asked[-1]) == {}


@pytest.mark.parametrize("way", [Environment.planned, Environment.refused], ids=["planned", "built"])
def test_what_cannot_be_changed_in_place_is_said_before_anything_is_touched(
    way: Any, built: Environment, application: Application
) -> None:
    before, calls = built.records(), Calls(*application.functions)
    ended: Json = way(built, **{**ASKED, **REFUSED})
    assert (ended["status"], ended["error"]) == ("FAILED", "NeedsHuman")
    for words in (
        f"network/vpc CidrBlock is {built.cidr}, asked for 172.20.0.0/16",
        "cluster/cluster Version is 1.36, asked for 1.35: a cluster never goes down",
        "nodes/general InstanceTypes is ['m7i.large', 'm6i.large'], asked for ['c7i.large']",
        "database/instance AllocatedStorage is 100, asked for 50: it can only grow",
        "What to do",
        "build a second environment under another name",
    ):
        assert words in ended["cause"], f"{words} is not in the cause: {ended['cause']}"
    assert writes(calls.mentioning(*built.words)) == []
    assert built.records() == before


def _found(environment: Environment, groups: list[str]) -> dict[str, object]:
    """What AWS says of all that was changed."""
    eks: EKSClient = root.client("eks")
    logs: CloudWatchLogsClient = root.client("logs")
    rds: RDSClient = root.client("rds")
    s3: S3Client = root.client("s3")
    wafv2: WAFV2Client = root.client("wafv2")
    ids = environment.ids
    instance = rds.describe_db_instances(DBInstanceIdentifier=ids["database/instance"])["DBInstances"][0]
    listed = {one["Id"]: one["Name"] for one in wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]}
    acl = ids["waf/web_acl"]
    rules = wafv2.get_web_acl(Name=listed[acl], Id=acl, Scope="REGIONAL")["WebACL"]["Rules"]
    lifecycle: Any = s3.get_bucket_lifecycle_configuration(Bucket=ids["object_storage/data_bucket"])["Rules"]
    group = eks.describe_nodegroup(clusterName=ids["cluster/cluster"], nodegroupName=ids["nodes/general"])["nodegroup"]
    kept = [
        one.get("retentionInDays")
        for path in groups
        for one in logs.describe_log_groups(logGroupNamePrefix=ids[path])["logGroups"]
        if one["logGroupName"] == ids[path]
    ]
    return {
        "backups": instance["BackupRetentionPeriod"],
        "class": instance["DBInstanceClass"],
        "limit": next(one["Statement"]["RateBasedStatement"]["Limit"] for one in rules if one["Name"] == "rate-limit"),
        "noncurrent": lifecycle[0]["NoncurrentVersionExpiration"]["NoncurrentDays"],
        "most nodes": group["scalingConfig"]["maxSize"],
        "retention": set(kept),
    }
