"""Drifts of what could be reached, read or lost: buckets, the way in, records, subnets, backups.

Those of the database and of the cluster, which take their time over each, are in ``slow_exposure``.
"""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.support.drifting import Broken, Hands
from tests.support.slow_exposure import SLOW

DATA, LOGS = "object_storage/data_bucket", "object_storage/access_log_bucket"
BALANCER, TARGETS, RULE = "load_balancer/load_balancer", "load_balancer/target_group", "ingress/forward"
ALIAS, VALIDATION = "load_balancer/alias_record", "certificate/validation_record"
PLAN, SELECTION = "file_storage/backup_plan", "file_storage/backup_selection"
SUBNET = "network/private_subnet_1"
LAYER: Final = "holdfast:layer"
SOMEWHERE_ELSE: Final[Any] = [
    {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS", "Host": "evil.example"}}
]
TIMES: Final = 50


def _again(code: str, *calls: Callable[[], object]) -> None:
    """Make ``calls`` in a row; from the first one again while a restoration comes in between and AWS answers so."""
    for _ in range(TIMES):
        try:
            for call in calls:
                call()
        except ClientError as error:
            if error.response["Error"]["Code"] != code:
                raise
        else:
            return
    raise AssertionError(f"{TIMES} times the restoration was faster than {len(calls)} calls in a row")


# ── buckets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _s3(path: str, call: str, **parameters: Any) -> Callable[[Hands], object]:
    return lambda hands: getattr(hands.client("s3"), call)(Bucket=hands.id(path), **parameters)


def _published(hands: Hands) -> None:
    """Access lists back on, and one that lets another account read (not all the world: that is blocked)."""
    s3, bucket = hands.client("s3"), hands.id(DATA)
    _again(
        "AccessControlListNotSupported",
        lambda: s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        lambda: s3.put_bucket_acl(Bucket=bucket, GrantRead=f'id="{"0123456789abcdef" * 4}"'),
    )


def _expired(hands: Hands) -> None:
    everything: Any = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    hands.client("s3").put_bucket_lifecycle_configuration(
        Bucket=hands.id(DATA), LifecycleConfiguration={"Rules": [everything]}
    )


def _replicated(hands: Hands) -> None:
    s3, name = hands.client("s3"), f"{hands.environment.name}-copies"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "away",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{name}"},
    }
    account = hands.caller.arn.split(":")[4]
    s3.put_bucket_replication(
        Bucket=hands.id(DATA),
        ReplicationConfiguration={"Role": f"arn:aws:iam::{account}:role/copies", "Rules": [rule]},
    )


def _stripped(hands: Hands) -> None:
    """A bucket that heeds tags in authorization is not tagged like others until it heeds them no more."""
    s3, bucket = hands.client("s3"), hands.id(LOGS)
    kept = [tag for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"] if tag["Key"] != LAYER]
    _again(
        "MethodNotAllowed",
        lambda: s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Disabled"}),
        lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": kept}),
    )


BUCKETS: Final = (
    Broken("the block taken away", DATA, "PublicAccessBlockConfiguration", _s3(DATA, "delete_public_access_block")),
    Broken(
        "public policies let in",
        LOGS,
        "PublicAccessBlockConfiguration",
        _s3(
            LOGS,
            "put_public_access_block",
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True},
        ),
    ),
    Broken("an access list for strangers", DATA, "OwnershipControls", _published),
    Broken("objects copied away", DATA, "ReplicationConfiguration", _replicated),
    Broken(
        "served as a website",
        DATA,
        "WebsiteConfiguration",
        _s3(DATA, "put_bucket_website", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}),
    ),
    Broken(
        "versions suspended",
        DATA,
        "VersioningConfiguration",
        _s3(DATA, "put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
    ),
    Broken("everything expires tomorrow", DATA, "LifecycleConfiguration", _expired),
    Broken("nothing expires", LOGS, "LifecycleConfiguration", _s3(LOGS, "delete_bucket_lifecycle")),
    Broken("tags heeded no more", DATA, "AbacStatus", _s3(DATA, "put_bucket_abac", AbacStatus={"Status": "Disabled"})),
    Broken("a tag taken off", LOGS, "Tags", _stripped, also=("AbacStatus",)),
)

# ── the way in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _elb(call: str, **parameters: Any) -> Callable[[Hands], object]:
    return lambda hands: getattr(hands.client("elbv2"), call)(**parameters)


def _arn(hands: Hands, path: str) -> str:
    """As it is now: what was made again has another."""
    return hands.physical(path)["id"]


def _attribute(key: str, value: str) -> Callable[[Hands], object]:
    return lambda hands: hands.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=hands.id(BALANCER), Attributes=[{"Key": key, "Value": value}]
    )


def _out_of_a_zone(hands: Hands) -> None:
    elb, arn = hands.client("elbv2"), hands.id(BALANCER)
    zones = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["AvailabilityZones"]
    elb.set_subnets(LoadBalancerArn=arn, Subnets=[zone["SubnetId"] for zone in zones[:2]])


def _untagged(path: str) -> Callable[[Hands], object]:
    return lambda hands: hands.client("elbv2").remove_tags(ResourceArns=[_arn(hands, path)], TagKeys=[LAYER])


def _rule_before(hands: Hands) -> None:
    hands.client("elbv2").create_rule(
        ListenerArn=hands.id("load_balancer/https_listener"),
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/admin*"]}],
        Actions=SOMEWHERE_ELSE,
    )


def _shared_out(hands: Hands) -> None:
    """Half of the requests to nodes, half to somebody."""
    elb = hands.client("elbv2")
    made = elb.create_target_group(
        Name=f"half-{hands.environment.name}", Protocol="HTTPS", Port=30443, VpcId=hands.id("network/vpc")
    )
    groups = [made["TargetGroups"][0]["TargetGroupArn"], hands.id(TARGETS)]
    halves = [{"TargetGroupArn": group, "Weight": 1} for group in groups]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": halves}}
    elb.modify_rule(RuleArn=_arn(hands, RULE), Actions=[forward])


def _checks(hands: Hands) -> None:
    hands.client("elbv2").modify_target_group(
        TargetGroupArn=hands.id(TARGETS),
        HealthCheckProtocol="HTTP",
        HealthCheckPort="8080",
        HealthCheckPath="/",
        HealthCheckIntervalSeconds=300,
        HealthCheckTimeoutSeconds=120,
        HealthyThresholdCount=10,
        UnhealthyThresholdCount=10,
        Matcher={"HttpCode": "200-499"},
    )


WAY_IN: Final = (
    Broken(
        "lets through when the WAF fails",
        BALANCER,
        "LoadBalancerAttributes",
        _attribute("waf.fail_open.enabled", "true"),
    ),
    Broken("may be deleted", BALANCER, "LoadBalancerAttributes", _attribute("deletion_protection.enabled", "false")),
    Broken("taken out of a zone", BALANCER, "Subnets", _out_of_a_zone),
    Broken("a tag taken off", BALANCER, "Tags", _untagged(BALANCER)),
    Broken(
        "no node is ever ill",
        TARGETS,
        "HealthCheckProtocol",
        _checks,
        also=(
            "HealthCheckIntervalSeconds",
            "HealthCheckPath",
            "HealthCheckPort",
            "HealthCheckTimeoutSeconds",
            "HealthyThresholdCount",
            "Matcher",
            "UnhealthyThresholdCount",
        ),
    ),
    Broken(
        "users bound to nodes",
        TARGETS,
        "TargetGroupAttributes",
        lambda hands: hands.client("elbv2").modify_target_group_attributes(
            TargetGroupArn=hands.id(TARGETS), Attributes=[{"Key": "stickiness.enabled", "Value": "true"}]
        ),
    ),
    Broken("a tag taken off", TARGETS, "Tags", _untagged(TARGETS)),
    Broken("a rule before ours", RULE, "Others", _rule_before),
    Broken(
        "leads elsewhere",
        RULE,
        "Actions",
        lambda hands: hands.client("elbv2").modify_rule(RuleArn=_arn(hands, RULE), Actions=SOMEWHERE_ELSE),
    ),
    Broken("leads half of the requests elsewhere", RULE, "Actions", _shared_out),
    Broken(
        "for every name",
        RULE,
        "Conditions",
        lambda hands: hands.client("elbv2").modify_rule(
            RuleArn=_arn(hands, RULE), Conditions=[{"Field": "path-pattern", "Values": ["*"]}]
        ),
    ),
    Broken(
        "after all others",
        RULE,
        "Priority",
        lambda hands: hands.client("elbv2").set_rule_priorities(
            RulePriorities=[{"RuleArn": _arn(hands, RULE), "Priority": 49999}]
        ),
    ),
    Broken("a tag taken off", RULE, "Tags", _untagged(RULE)),
    Broken(
        "deleted",
        RULE,
        "stands",
        lambda hands: hands.client("elbv2").delete_rule(RuleArn=_arn(hands, RULE)),
    ),
)

# ── records ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _zone(hands: Hands, path: str) -> str:
    zone: str = hands.environment.records()[path]["desired"]["HostedZoneId"]
    return zone


def _record(hands: Hands, path: str) -> Any:
    """The record as it stands."""
    kind = hands.environment.records()[path]["desired"]["Type"]
    return hands.client("route53").list_resource_record_sets(
        HostedZoneId=_zone(hands, path), StartRecordName=hands.id(path), StartRecordType=kind, MaxItems="1"
    )["ResourceRecordSets"][0]


def _changed(hands: Hands, path: str, action: str, record: Any) -> None:
    hands.client("route53").change_resource_record_sets(
        HostedZoneId=_zone(hands, path), ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def _rewritten(path: str, **changes: Any) -> Callable[[Hands], object]:
    return lambda hands: _changed(hands, path, "UPSERT", {**_record(hands, path), **changes})


def _led_away(hands: Hands) -> None:
    """Written in capitals: names of DNS have no case."""
    record = {"Name": hands.id(ALIAS).upper(), "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.66"}]}
    _changed(hands, ALIAS, "UPSERT", record)


def _beside(kind: str, value: str) -> Callable[[Hands], object]:
    return lambda hands: _changed(
        hands,
        ALIAS,
        "CREATE",
        {"Name": hands.id(ALIAS), "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
    )


RECORDS: Final = (
    Broken("users led away", ALIAS, "AliasTarget", _led_away, also=("ResourceRecords", "TTL")),
    Broken("users of IPv6 led away", ALIAS, "OtherAddresses", _beside("AAAA", "2001:db8::66")),
    Broken("browsers led away", ALIAS, "OtherAddresses", _beside("HTTPS", "1 mallory.example. alpn=h2")),
    Broken(
        "the certificate vouched for by another",
        VALIDATION,
        "ResourceRecords",
        _rewritten(VALIDATION, ResourceRecords=[{"Value": "_evil.acm-validations.example."}], TTL=60),
        also=("TTL",),
    ),
    Broken("deleted", ALIAS, "stands", lambda hands: _changed(hands, ALIAS, "DELETE", _record(hands, ALIAS))),
)

# ── subnets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unmarked(*keys: str) -> Callable[[Hands], object]:
    return lambda hands: hands.client("ec2").delete_tags(
        Resources=[hands.id(SUBNET)], Tags=[{"Key": key} for key in keys]
    )


SUBNETS: Final = (
    Broken(
        "public addresses by themselves",
        SUBNET,
        "MapPublicIpOnLaunch",
        lambda hands: hands.client("ec2").modify_subnet_attribute(
            SubnetId=hands.id(SUBNET), MapPublicIpOnLaunch={"Value": True}
        ),
    ),
    Broken("a tag taken off", SUBNET, "Tags", _unmarked(LAYER)),
    Broken("all our tags taken off", SUBNET, "Tags", _unmarked("holdfast:environment", LAYER, "holdfast:name")),
)

# ── backups ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _plan(hands: Hands) -> Any:
    """The plan's document as it stands, to be changed and put."""
    plan: Any = hands.client("backup").get_backup_plan(BackupPlanId=_arn(hands, PLAN))["BackupPlan"]
    for rule in plan["Rules"]:
        rule.pop("RuleId", None)
    return {"BackupPlanName": plan["BackupPlanName"], "Rules": plan["Rules"]}


def _planned(hands: Hands, plan: Any) -> None:
    hands.client("backup").update_backup_plan(BackupPlanId=_arn(hands, PLAN), BackupPlan=plan)


def _kept_for_a_day(hands: Hands) -> None:
    plan = _plan(hands)
    plan["Rules"][0]["Lifecycle"] = {"DeleteAfterDays": 1}
    _planned(hands, plan)


def _copied_away(hands: Hands) -> None:
    plan = _plan(hands)
    theirs = "arn:aws:backup:eu-west-1:111122223333:backup-vault:theirs"
    plan["Rules"][0]["CopyActions"] = [{"DestinationBackupVaultArn": theirs}]
    _planned(hands, plan)


def _selections_gone(hands: Hands) -> None:
    backup, plan = hands.client("backup"), _arn(hands, PLAN)
    for one in backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]:
        backup.delete_backup_selection(BackupPlanId=plan, SelectionId=one["SelectionId"])


def _plan_gone(hands: Hands) -> None:
    """AWS Backup deletes no plan that has selections."""
    backup, plan = hands.client("backup"), _arn(hands, PLAN)
    _again(
        "InvalidRequestException",
        lambda: _selections_gone(hands),
        lambda: backup.delete_backup_plan(BackupPlanId=plan),
    )


BACKUPS: Final = (
    Broken("kept for a day", PLAN, "Rules", _kept_for_a_day),
    Broken("copied away", PLAN, "Rules", _copied_away),
    Broken(
        "called otherwise",
        PLAN,
        "BackupPlanName",
        lambda hands: _planned(hands, {**_plan(hands), "BackupPlanName": "mine"}),
    ),
    Broken(
        "a tag taken off",
        PLAN,
        "Tags",
        lambda hands: hands.client("backup").untag_resource(
            ResourceArn=hands.physical(PLAN)["Arn"], TagKeyList=[LAYER]
        ),
    ),
    Broken("nothing backed up", SELECTION, "stands", _selections_gone),
    Broken("no plan", PLAN, "stands", _plan_gone),
)

DRIFTS: Final = (*BUCKETS, *WAY_IN, *RECORDS, *SUBNETS, *BACKUPS, *SLOW)
