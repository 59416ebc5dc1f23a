"""WAF and CloudWatch: what AWS asks before it changes a web ACL, an alarm or a dashboard.

Rests on "Actions, resources, and condition keys for AWS WAF V2" and "… for Amazon CloudWatch"
(service-authorization/latest/reference/list_awswafv2.html, list_amazoncloudwatch.html). A web ACL with rules of AWS is
asked about with them; one that is put before a load balancer, with that load balancer, and again as
`elasticloadbalancing:SetWebAcl`; logging to a log group, again as the calls to CloudWatch Logs that WAF makes with the
caller's rights ("Sending web ACL traffic logs to a CloudWatch Logs log group",
waf/latest/developerguide/logging-cw-logs.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, waf

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags, tag_list

_ON_WEB_ACL: Final = frozenset(
    {"GetWebACL", "UpdateWebACL", "DeleteWebACL", "TagResource", "UntagResource", "ListTagsForResource"}
)
_LETS_ITSELF_IN: Final = ("logs:CreateLogDelivery", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy")


def waf_questions(call: Call, resource: str) -> list[Question]:
    return list(_about_waf(call.operation, f"wafv2:{call.operation}", call.parameters, resource))


def _about_waf(operation: str, action: str, given: Mapping[str, Any], resource: str) -> Iterator[Question]:
    match operation:
        case "CreateWebACL":
            new, tags = arn("wafv2", f"regional/webacl/{given['Name']}/*"), request_tags(given.get("Tags", []))
            yield Question(action, new, tags)
            if tags:
                yield Question("wafv2:TagResource", new, tags)
        case "AssociateWebACL":
            yield _web_acl(action, given["WebACLArn"])
            yield Question(action, given["ResourceArn"])
            yield Question("elasticloadbalancing:SetWebAcl")
        case "DisassociateWebACL" | "GetWebACLForResource":
            yield Question(action, given["ResourceArn"])
        case "PutLoggingConfiguration":
            yield _web_acl(action, given["LoggingConfiguration"]["ResourceArn"])
            yield from map(Question, _LETS_ITSELF_IN)
        case "GetLoggingConfiguration" | "DeleteLoggingConfiguration":
            yield _web_acl(action, given["ResourceArn"])
        case _ if operation in _ON_WEB_ACL:
            yield _web_acl(action, given.get("ResourceARN") or given.get("ARN") or _arn_of(given), given)
        case _:
            yield Question(action, resource, inherits=True)
    if operation in {"CreateWebACL", "UpdateWebACL"} and "ManagedRuleGroupStatement" in str(given.get("Rules", [])):
        yield Question(action, arn("wafv2", "regional/managedruleset/*/*"), request_tags(given.get("Tags", [])))


def _web_acl(action: str, name: str, given: Mapping[str, Any] | None = None) -> Question:
    asked = given or {}
    tags = request_tags(asked.get("Tags", []), asked.get("TagKeys", []))
    return Question(action, name, resource_tags("aws", waf._waf_tags.get(name, [])) | tags)


def _arn_of(given: Mapping[str, Any]) -> str:
    return arn("wafv2", f"regional/webacl/{given.get('Name', '')}/{given.get('Id', '')}")


def cloudwatch_questions(call: Call, resource: str) -> list[Question]:
    return list(_about_cloudwatch(call.operation, f"cloudwatch:{call.operation}", call.parameters, resource))


def _about_cloudwatch(operation: str, action: str, given: Mapping[str, Any], resource: str) -> Iterator[Question]:
    match operation:
        case "PutMetricAlarm":
            name, tags = arn("cloudwatch", f"alarm:{given['AlarmName']}"), request_tags(given.get("Tags", []))
            told = [each for kind in _ACTIONS for each in given.get(kind, [])]
            yield _alarm(action, name, {**tags, "cloudwatch:AlarmActions": told})
            if tags:
                yield _alarm("cloudwatch:TagResource", name, tags)
        case "TagResource" | "UntagResource" | "ListTagsForResource":
            yield _alarm(action, given["ResourceARN"], request_tags(given.get("Tags", []), given.get("TagKeys", [])))
        case "DescribeAlarms":
            yield Question(action, arn("cloudwatch", "alarm:*"))
        case "DeleteAlarms" | "EnableAlarmActions" | "DisableAlarmActions":
            for name in given.get("AlarmNames", []):
                yield _alarm(action, arn("cloudwatch", f"alarm:{name}"), {})
        case "GetDashboard" | "PutDashboard":
            yield Question(action, _dashboard(given["DashboardName"]))
        case "DeleteDashboards":
            for name in given["DashboardNames"]:
                yield Question(action, _dashboard(name))
        case _:
            yield Question(action, resource, inherits=True)


_ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")


def _alarm(action: str, name: str, asked: Mapping[str, Any]) -> Question:
    standing = tag_list(cloudwatch._resource_tags.get(name, {}))
    return Question(action, name, {**resource_tags("aws", standing), **asked})


def _dashboard(name: str) -> str:
    return f"arn:aws:cloudwatch::{get_account_id()}:dashboard/{name}"
