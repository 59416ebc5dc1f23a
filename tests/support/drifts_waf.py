"""Drifts of the web ACL, of what it stands before, and of its logging."""

from typing import Any, Final

from tests.support.drifting import Broken, Hands
from tests.support.waiting import until

ACL, ASSOCIATION, LOGGING = "waf/web_acl", "waf/web_acl_association", "waf/logging"
FIELDS: Final = ("Name", "DefaultAction", "Description", "Rules", "VisibilityConfig", "DataProtectionConfig")


def _rewritten(hands: Hands, **changes: Any) -> None:
    """UpdateWebACL with all that stands, but for ``changes``."""
    waf, identity = hands.client("wafv2"), hands.id(ACL)
    name = next(one["Name"] for one in waf.list_web_acls(Scope="REGIONAL")["WebACLs"] if one["Id"] == identity)
    found = waf.get_web_acl(Name=name, Scope="REGIONAL", Id=identity)
    stands = {field: found["WebACL"][field] for field in FIELDS if found["WebACL"].get(field)}
    waf.update_web_acl(**{**stands, **changes}, Scope="REGIONAL", Id=identity, LockToken=found["LockToken"])


def _rules(hands: Hands) -> list[dict[str, Any]]:
    waf, identity = hands.client("wafv2"), hands.id(ACL)
    name = next(one["Name"] for one in waf.list_web_acls(Scope="REGIONAL")["WebACLs"] if one["Id"] == identity)
    rules: list[dict[str, Any]] = waf.get_web_acl(Name=name, Scope="REGIONAL", Id=identity)["WebACL"]["Rules"]
    return rules


def _allow_all(hands: Hands) -> None:
    everything = {
        "Name": "all",
        "Priority": 99,
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["AQ"]}},
        "Action": {"Allow": {}},
        "VisibilityConfig": {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "all"},
    }
    _rewritten(hands, Rules=[*_rules(hands), everything])


def _counted(hands: Hands) -> None:
    first, *rest = _rules(hands)
    _rewritten(hands, Rules=[first | {"OverrideAction": {"Count": {}}}, *rest])


def _stripped_and_counted(hands: Hands) -> None:
    """Without our tag on it, no role of ours may write to it."""
    hands.client("wafv2").untag_resource(
        ResourceARN=hands.physical(ACL)["Arn"], TagKeys=["holdfast:environment", "holdfast:layer", "holdfast:name"]
    )
    _counted(hands)


def _behind_another(hands: Hands) -> None:
    """One that lets everything through, made for it."""
    waf, name = hands.client("wafv2"), f"{hands.environment.name}-another"
    counted = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "another"}
    made = waf.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=counted)
    waf.associate_web_acl(WebACLArn=made["Summary"]["ARN"], ResourceArn=hands.id(ASSOCIATION))


def _log_group(hands: Hands) -> str:
    name = f"aws-waf-logs-{hands.environment.name}-another"
    hands.client("logs").create_log_group(logGroupName=name)
    group: str = hands.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
    return group.removesuffix(":*")


def _logging(hands: Hands, **changes: Any) -> None:
    waf = hands.client("wafv2")
    stands = waf.get_logging_configuration(ResourceArn=hands.physical(ACL)["Arn"])["LoggingConfiguration"]
    waf.put_logging_configuration(LoggingConfiguration={**stands, **changes})


def _deleted(hands: Hands) -> None:
    """First what hangs on it, as AWS demands; then the web ACL itself, before that is put back."""
    waf, (name, identity) = hands.client("wafv2"), hands.physical(ACL)["Arn"].split("/")[-2:]
    balancer = hands.id(ASSOCIATION)
    token = waf.get_web_acl(Name=name, Scope="REGIONAL", Id=identity)["LockToken"]
    until("the web ACL is deleted", lambda: _is_deleted(waf, balancer, Name=name, Id=identity, LockToken=token))


def _is_deleted(waf: Any, balancer: str, **acl: str) -> bool:
    waf.disassociate_web_acl(ResourceArn=balancer)
    try:
        waf.delete_web_acl(Scope="REGIONAL", **acl)
    except waf.exceptions.WAFAssociatedItemException:
        return False
    return True


DRIFTS: Final = (
    Broken("a rule that allows", ACL, "Rules", _allow_all),
    Broken("a rule that only counts", ACL, "Rules", _counted),
    Broken("a rule that only counts, all tags off before", ACL, "Rules", _stripped_and_counted),
    Broken("no rules", ACL, "Rules", lambda hands: _rewritten(hands, Rules=[])),
    Broken("described otherwise", ACL, "Description", lambda hands: _rewritten(hands, Description="mine")),
    Broken("blocks all", ACL, "DefaultAction", lambda hands: _rewritten(hands, DefaultAction={"Block": {}})),
    Broken(
        "blocks all, and has no rules",
        ACL,
        "DefaultAction",
        lambda hands: _rewritten(hands, DefaultAction={"Block": {}}, Rules=[]),
    ),
    Broken(
        "counts under another name",
        ACL,
        "VisibilityConfig",
        lambda hands: _rewritten(
            hands,
            VisibilityConfig={
                "SampledRequestsEnabled": False,
                "CloudWatchMetricsEnabled": False,
                "MetricName": "nothing",
            },
        ),
    ),
    Broken(
        "a field shown in logs and samples",
        ACL,
        "DataProtectionConfig",
        lambda hands: _rewritten(
            hands,
            DataProtectionConfig={
                "DataProtections": [{"Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": ["x"]}, "Action": "HASH"}]
            },
        ),
    ),
    Broken(
        "a tag taken off",
        ACL,
        "Tags",
        lambda hands: hands.client("wafv2").untag_resource(
            ResourceARN=hands.physical(ACL)["Arn"], TagKeys=["holdfast:layer"]
        ),
    ),
    Broken(
        "taken off the load balancer",
        ASSOCIATION,
        "stands",
        lambda hands: hands.client("wafv2").disassociate_web_acl(ResourceArn=hands.id(ASSOCIATION)),
    ),
    Broken("behind another web ACL", ASSOCIATION, "WebACLArn", _behind_another),
    Broken(
        "written to another log group",
        LOGGING,
        "LogDestinationConfigs",
        lambda hands: _logging(hands, LogDestinationConfigs=[_log_group(hands)]),
    ),
    Broken(
        "only what was allowed is written",
        LOGGING,
        "LoggingFilter",
        lambda hands: _logging(
            hands,
            LoggingFilter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "ALLOW"}}],
                    }
                ],
            },
        ),
    ),
    Broken("nothing blacked out", LOGGING, "RedactedFields", lambda hands: _logging(hands, RedactedFields=[])),
    Broken(
        "logging deleted",
        LOGGING,
        "stands",
        lambda hands: hands.client("wafv2").delete_logging_configuration(ResourceArn=hands.physical(ACL)["Arn"]),
    ),
    Broken("deleted", ACL, "stands", _deleted),
)
