"""Web ACLs, alarms and who may change them; mended in local/gaps/wafv2.py, cloudwatch.py, authorization_watching.py.

Pages: PutLoggingConfiguration, DefaultAction, DeleteWebACL and GetWebACLForResource (waf/latest/APIReference),
PutMetricAlarm (AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
"""

from typing import Any, Final

import pytest

from tests.local.accounts import TAG, Account, refused
from tests.local.stacks import fault

COUNTED: Final = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True, "MetricName": "acl"}
OURS: Final = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
MADE_OURS: Final = {"Null": {f"aws:RequestTag/{TAG}": "false"}}
TAGS: Final = [{"Key": TAG, "Value": "atlas"}]


@pytest.fixture
def account() -> Account:
    return Account()


def make(wafv2: Any, name: str, **more: Any) -> Any:
    asked = {"Name": name, "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": COUNTED}
    return wafv2.create_web_acl(**asked, **more)["Summary"]


def balancer(account: Account) -> str:
    return account.arn("elasticloadbalancing", "loadbalancer/app/atlas/50dc6c495c0c9188")


def test_logging_goes_to_a_destination_of_the_demanded_name(account: Account) -> None:
    wafv2 = account.root("wafv2")
    arn = make(wafv2, "atlas")["ARN"]
    assert fault(wafv2.get_logging_configuration, ResourceArn=arn) == "WAFNonexistentItemException"
    elsewhere = {"ResourceArn": arn, "LogDestinationConfigs": [account.arn("logs", "log-group:theirs")]}
    assert fault(wafv2.put_logging_configuration, LoggingConfiguration=elsewhere) == "WAFInvalidParameterException"
    wanted = {**elsewhere, "LogDestinationConfigs": [account.arn("logs", "log-group:aws-waf-logs-atlas")]}
    wafv2.put_logging_configuration(LoggingConfiguration=wanted)
    assert wafv2.get_logging_configuration(ResourceArn=arn)["LoggingConfiguration"] == wanted
    assert wafv2.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == [wanted]
    wafv2.delete_logging_configuration(ResourceArn=arn)
    assert fault(wafv2.delete_logging_configuration, ResourceArn=arn) == "WAFNonexistentItemException"


def test_a_web_acl_that_stands_before_something_is_not_deleted(account: Account) -> None:
    wafv2, before = account.root("wafv2"), balancer(account)
    made = make(wafv2, "atlas")
    assert "WebACL" not in wafv2.get_web_acl_for_resource(ResourceArn=before)
    wafv2.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=before)
    named = {"Name": "atlas", "Scope": "REGIONAL", "Id": made["Id"], "LockToken": made["LockToken"]}
    assert fault(wafv2.delete_web_acl, **named) == "WAFAssociatedItemException"
    wafv2.disassociate_web_acl(ResourceArn=before)
    assert fault(wafv2.delete_web_acl, **{**named, "LockToken": "stale"}) == "WAFOptimisticLockException"
    wafv2.delete_web_acl(**named)


def test_an_update_takes_away_what_it_does_not_say(account: Account) -> None:
    wafv2 = account.root("wafv2")
    header = {"FieldType": "SINGLE_HEADER", "FieldKeys": ["cookie"]}
    protected = {"DataProtections": [{"Field": header, "Action": "SUBSTITUTION"}]}
    made = make(wafv2, "atlas", DataProtectionConfig=protected, Description="ours")
    named = {"Name": "atlas", "Scope": "REGIONAL", "Id": made["Id"]}
    stands = wafv2.get_web_acl(**named)
    assert stands["WebACL"]["DataProtectionConfig"] == protected
    asked = {**named, "DefaultAction": {"Block": {}}, "VisibilityConfig": COUNTED, "LockToken": stands["LockToken"]}
    wafv2.update_web_acl(**asked)
    left = wafv2.get_web_acl(**named)["WebACL"]
    assert "DataProtectionConfig" not in left
    assert left["DefaultAction"] == {"Block": {}}
    assert fault(wafv2.update_web_acl, **asked) == "WAFOptimisticLockException"


def test_a_request_is_let_through_or_blocked_and_never_both(account: Account) -> None:
    wafv2 = account.root("wafv2")
    both: Any = {"Allow": {}, "Block": {}}
    asked = {"Name": "both", "Scope": "REGIONAL", "DefaultAction": both, "VisibilityConfig": COUNTED}
    assert fault(wafv2.create_web_acl, **asked) == "WAFInvalidParameterException"
    made = make(wafv2, "both")
    named = {"Id": made["Id"], "LockToken": made["LockToken"]}
    assert fault(wafv2.update_web_acl, **asked, **named) == "WAFInvalidParameterException"


def test_a_web_acl_is_made_with_our_tag_and_changed_only_with_it(account: Account) -> None:
    new = {"Action": ["wafv2:CreateWebACL", "wafv2:TagResource"], "Resource": "*", "Condition": MADE_OURS}
    change = {"Action": "wafv2:AssociateWebACL", "Resource": account.arn("wafv2", "*"), "Condition": OURS}
    before = {"Action": "wafv2:AssociateWebACL", "Resource": balancer(account)}
    wafv2 = account.user(new, change, before, {"Action": "elasticloadbalancing:SetWebAcl", "Resource": "*"})("wafv2")
    refused(make, wafv2=wafv2, name="untagged")
    ours, theirs = make(wafv2, "atlas", Tags=TAGS)["ARN"], make(account.root("wafv2"), "theirs")["ARN"]
    wafv2.associate_web_acl(WebACLArn=ours, ResourceArn=balancer(account))
    assert theirs in refused(wafv2.associate_web_acl, WebACLArn=theirs, ResourceArn=balancer(account))


def test_a_web_acl_before_a_load_balancer_asks_for_the_right_there_too(account: Account) -> None:
    arn = make(account.root("wafv2"), "atlas")["ARN"]
    wafv2 = account.user({"Action": "wafv2:*", "Resource": "*"})("wafv2")
    said = refused(wafv2.associate_web_acl, WebACLArn=arn, ResourceArn=balancer(account))
    assert "elasticloadbalancing:SetWebAcl" in said


ALARM: Final[dict[str, Any]] = {
    "AlarmName": "atlas-5xx",
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "Metrics": [
        {"Id": "rate", "Expression": "100 * failed", "ReturnData": True},
        {
            "Id": "failed",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_ELB_5XX_Count", "Dimensions": []},
                "Period": 300,
                "Stat": "Sum",
            },
        },
    ],
}


def test_an_alarm_on_an_expression_is_described_as_it_was_put(account: Account) -> None:
    cloudwatch = account.root("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS)
    found = cloudwatch.describe_alarms(AlarmNames=["atlas-5xx"])["MetricAlarms"][0]
    assert {name: found[name] for name in ALARM} == ALARM
    assert not {"Statistic", "Period", "MetricName"} & found.keys()
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "late", "Value": "yes"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == TAGS


def test_an_alarm_is_put_only_with_our_tag_and_tells_only_whom_it_may(account: Account) -> None:
    topic = account.arn("sns", "alerts")
    only = {"ForAllValues:StringEquals": {"cloudwatch:AlarmActions": topic}}
    put = {"Action": ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"], "Resource": "*"}
    cloudwatch = account.user({**put, "Condition": MADE_OURS | only})("cloudwatch")
    refused(cloudwatch.put_metric_alarm, **ALARM)
    refused(cloudwatch.put_metric_alarm, **ALARM, Tags=TAGS, AlarmActions=[f"{topic}-theirs"])
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS, AlarmActions=[topic])


def test_a_dashboard_is_put_only_under_the_name_that_is_allowed(account: Account) -> None:
    named = f"arn:aws:cloudwatch::{account.id}:dashboard/holdfast-*"
    cloudwatch = account.user({"Action": "cloudwatch:PutDashboard", "Resource": named})("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="holdfast-atlas", DashboardBody='{"widgets": []}')
    refused(cloudwatch.put_dashboard, DashboardName="theirs", DashboardBody='{"widgets": []}')
