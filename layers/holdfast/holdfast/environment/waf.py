"""WAF: what stands before the load balancer, and what it writes down.

Managed rules in the version that AWS recommends at the time ("Best practices for handling versioned managed rule
groups", WAF developer guide): a chosen one expires. They take 1,127 of the 1,500 capacity units that the price of a
web ACL includes ("AWS Managed Rules rule groups list", "AWS WAF web ACL capacity units"). Of a body WAF reads the first
8 KB before an Application Load Balancer, which cannot be raised ("Considerations for managing body inspection").
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from holdfast.aws.clients import Clients
from holdfast.aws.wafv2.logging_configuration import LoggingConfigurationState, RedactedField, SingleHeader
from holdfast.aws.wafv2.web_acl import DefaultAction, Rule, VisibilityConfig, WebAclState
from holdfast.aws.wafv2.web_acl_association import WebAclAssociationState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_wafv2.type_defs import RuleOutputTypeDef, WebACLTypeDef

SECRET_HEADERS: Final = ("authorization", "cookie")
"""Where applications carry credentials: kept out of logs and samples."""
FIVE_MINUTES: Final = 300
LARGE_BODIES: Final = "SizeRestrictions_BODY"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    web_acl = WebAclState(
        name=spec.name,
        scope="REGIONAL",
        description=f"Stands before the load balancer of {spec.name}",
        default_action=DefaultAction(allow={}),
        rules=frozenset(_rules(spec)),
        visibility_config=_counted_as(spec.name),
        data_protection_config={"DataProtections": [_protected(SECRET_HEADERS)]},
    )
    association = WebAclAssociationState(
        resource_arn="${load_balancer/load_balancer}", web_acl_arn="${waf/web_acl.Arn}"
    )
    logging = LoggingConfigurationState(
        resource_arn="${waf/web_acl.Arn}",
        log_destination_configs=frozenset({site.arn("logs", "log-group:${logs/waf}")}),
        redacted_fields=frozenset(RedactedField(single_header=SingleHeader(name=name)) for name in SECRET_HEADERS),
    )
    yield Declared("AWS::WAFv2::WebACL", "web_acl", web_acl)
    yield Declared("AWS::WAFv2::LoggingConfiguration", "logging", logging)
    yield Declared("AWS::WAFv2::WebACLAssociation", "web_acl_association", association)


def _rules(spec: Spec) -> Iterator[Rule]:
    """The rate limit first, so that it counts every request; then AWS's groups, the cheapest first."""
    too_many = {
        "Limit": spec.waf.requests_per_5_minutes,
        "EvaluationWindowSec": FIVE_MINUTES,
        "AggregateKeyType": "IP",
    }
    yield Rule(
        name="rate-limit",
        priority=0,
        statement={"RateBasedStatement": too_many},
        action={"Block": {}},
        visibility_config=_counted_as("rate-limit"),
    )
    yield _managed(1, "AWSManagedRulesAmazonIpReputationList")
    yield _managed(2, "AWSManagedRulesKnownBadInputsRuleSet")
    yield _managed(3, "AWSManagedRulesSQLiRuleSet")
    yield _managed(4, "AWSManagedRulesCommonRuleSet", () if spec.waf.block_large_bodies else (LARGE_BODIES,))


def _managed(priority: int, group: str, counted: tuple[str, ...] = ()) -> Rule:
    """``counted``: rules of the group that only count what they would block."""
    managed: dict[str, Any] = {"VendorName": "AWS", "Name": group}
    if counted:
        managed["RuleActionOverrides"] = [{"Name": name, "ActionToUse": {"Count": {}}} for name in counted]
    return Rule(
        name=group,
        priority=priority,
        statement={"ManagedRuleGroupStatement": managed},
        override_action={"None": {}},
        visibility_config=_counted_as(group),
    )


def _counted_as(metric: str) -> VisibilityConfig:
    """No samples: they hold whole requests, outside our log group, its key and its retention."""
    return VisibilityConfig(sampled_requests_enabled=False, cloud_watch_metrics_enabled=True, metric_name=metric)


def _protected(headers: tuple[str, ...]) -> dict[str, Any]:
    """Redaction in a logging configuration reaches only what a rule matched; this, all that is written of a request."""
    return {
        "Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": list(headers)},
        "Action": "SUBSTITUTION",
        "ExcludeRuleMatchDetails": False,
        "ExcludeRateBasedDetails": False,
    }


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Go to the load balancer and ask what stands before it; never look a web ACL up by its name."""
    standing = [_standing_before(clients, balancer) for balancer in _balancers(clients, spec)]
    found = [web_acl for web_acl in standing if web_acl]
    yield Finding.of(
        "Which web ACL stands before the load balancer?",
        saw=[web_acl["Name"] if web_acl else "none" for web_acl in standing],
        expected=[spec.name],
    )
    yield Finding.of(
        "What does it do with a request?", saw=[_does(web_acl) for web_acl in found], expected=[_expected(spec)]
    )
    yield Finding.of(
        "What of a request is written nowhere?",
        saw=[_hidden(web_acl) for web_acl in found],
        expected=[["SUBSTITUTION authorization, cookie", "no samples"]],
    )
    yield Finding.of(
        "Where does it log, and what is left out?",
        saw=[_logged(clients, web_acl["ARN"]) for web_acl in found],
        expected=[[f"to {site.arn('logs', f'log-group:aws-waf-logs-{spec.name}')}", "redacts authorization, cookie"]],
    )
    yield _has_counted(clients, found)


def _balancers(clients: Clients, spec: Spec) -> Iterator[str]:
    """The ARNs of the load balancers that bear the environment's tag. DescribeTags takes twenty at a time."""
    for page in clients.elbv2.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 20}):
        arns = [balancer["LoadBalancerArn"] for balancer in page["LoadBalancers"]]
        described = clients.elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
        for one in described:
            if {"Key": TAG_ENVIRONMENT, "Value": spec.name} in one["Tags"]:
                yield one["ResourceArn"]


def _standing_before(clients: Clients, balancer: str) -> "WebACLTypeDef | None":
    """Nothing, where none does: the answer is empty then."""
    return clients.wafv2.get_web_acl_for_resource(ResourceArn=balancer).get("WebACL")


def _does(web_acl: "WebACLTypeDef") -> list[str]:
    """A sentence a rule, in the order in which they are asked; the last is for what no rule matches."""
    rules = sorted(web_acl.get("Rules", []), key=lambda rule: rule["Priority"])
    return [*map(_sentence, rules), f"else {', '.join(web_acl['DefaultAction'])}"]


def _sentence(rule: "RuleOutputTypeDef") -> str:
    match rule["Statement"]:
        case {"RateBasedStatement": {"Limit": limit, "EvaluationWindowSec": window, "AggregateKeyType": key}}:
            return f"{_verb(rule)} more than {limit} requests of one {key} in {window} s"
        case {"ManagedRuleGroupStatement": managed}:
            version = managed.get("Version", "recommended")
            other = [
                f"{name}: {'/'.join(use)}"
                for name, use in (
                    *((one["Name"], one["ActionToUse"]) for one in managed.get("RuleActionOverrides", [])),
                    *((one["Name"], ["Count"]) for one in managed.get("ExcludedRules", [])),
                )
            ]
            narrowed = ["only some requests"] if "ScopeDownStatement" in managed else []
            return "; ".join([f"{_verb(rule)} {managed['Name']} ({version})", *other, *narrowed])
        case other_statement:
            return f"{_verb(rule)} {', '.join(other_statement)}"


def _verb(rule: "RuleOutputTypeDef") -> str:
    """What it does; of a group ``None`` means that its own rules decide."""
    return "/".join(rule.get("Action") or rule.get("OverrideAction") or {"nothing": {}})


def _expected(spec: Spec) -> list[str]:
    large = "" if spec.waf.block_large_bodies else "; SizeRestrictions_BODY: Count"
    return [
        f"Block more than {spec.waf.requests_per_5_minutes} requests of one IP in 300 s",
        "None AWSManagedRulesAmazonIpReputationList (recommended)",
        "None AWSManagedRulesKnownBadInputsRuleSet (recommended)",
        "None AWSManagedRulesSQLiRuleSet (recommended)",
        f"None AWSManagedRulesCommonRuleSet (recommended){large}",
        "else Allow",
    ]


def _hidden(web_acl: "WebACLTypeDef") -> list[str]:
    protections = (web_acl.get("DataProtectionConfig") or {"DataProtections": []})["DataProtections"]
    configs = [web_acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in web_acl.get("Rules", []))]
    return [
        *(f"{one['Action']} {', '.join(sorted(one['Field'].get('FieldKeys', ['all'])))}" for one in protections),
        "samples" if any(one["SampledRequestsEnabled"] for one in configs) else "no samples",
    ]


def _logged(clients: Clients, web_acl: str) -> list[str]:
    """Listed, not asked for: a web ACL that does not log is no error."""
    answer = clients.wafv2.list_logging_configurations(Scope="REGIONAL", Limit=100)
    ours = [one for one in answer["LoggingConfigurations"] if one["ResourceArn"] == web_acl]
    said = []
    for one in ours:
        redacted = [
            field["SingleHeader"]["Name"] if "SingleHeader" in field else "/".join(field)
            for field in one.get("RedactedFields", [])
        ]
        said += [f"to {arn.removesuffix(':*')}" for arn in one["LogDestinationConfigs"]]
        said += [f"redacts {', '.join(sorted(redacted))}"]
        said += ["leaves requests out"] if one.get("LoggingFilter") else []
    return said


def _has_counted(clients: Clients, found: "list[WebACLTypeDef]") -> Finding:
    """Whether numbers arrive: there are none before the first request."""
    question = "Does it count what it lets through and what it blocks?"
    configs = [web_acl["VisibilityConfig"] for web_acl in found]
    if not configs or not all(one["CloudWatchMetricsEnabled"] for one in configs):
        return Finding(question=question, saw="it counts nothing", verdict="broken")
    seen = {
        metric["MetricName"]
        for one in configs
        for metric in clients.cloudwatch.list_metrics(
            Namespace="AWS/WAFV2", Dimensions=[{"Name": "WebACL", "Value": one["MetricName"]}]
        )["Metrics"]
    }
    if not seen:
        return Finding(question=question, saw="no request has come yet", verdict="not shown here")
    return Finding(question=question, saw=sorted(seen), verdict="holds")
