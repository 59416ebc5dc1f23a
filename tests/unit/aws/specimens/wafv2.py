"""Specimens of WAF."""

from typing import Any, Final

from holdfast.aws.clients import Clients
from holdfast.aws.wafv2.logging_configuration import LoggingConfigurationState, RedactedField, SingleHeader
from holdfast.aws.wafv2.web_acl import DefaultAction, Rule, VisibilityConfig, WebAclState
from holdfast.aws.wafv2.web_acl_association import WebAclAssociationState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen

BALANCER: Final = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/atlas/50dc6c495c0c9188"
GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-atlas"
COUNTED: Final[Any] = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True, "MetricName": "other"}
PROTECTED: Final = {"Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": ["cookie"]}, "Action": "SUBSTITUTION"}


def foreign(clients: Clients, name: str) -> str:
    """Somebody else's web ACL."""
    made = clients.wafv2.create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=COUNTED
    )
    return made["Summary"]["ARN"]


def _counted_as(name: str) -> VisibilityConfig:
    return VisibilityConfig(sampled_requests_enabled=False, cloud_watch_metrics_enabled=True, metric_name=name)


def _promise_web_acl(clients: Clients) -> Desired:
    foreign(clients, "atlas-2")  # a neighbour whose name begins with ours
    limit = {"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}
    rule = Rule(
        name="rate-limit",
        priority=0,
        statement={"RateBasedStatement": limit},
        action={"Block": {}},
        visibility_config=_counted_as("rate-limit"),
    )
    return WebAclState(
        name="atlas",
        scope="REGIONAL",
        description="A specimen",
        default_action=DefaultAction(allow={}),
        rules=frozenset({rule}),
        visibility_config=_counted_as("atlas"),
        data_protection_config={"DataProtections": [PROTECTED]},
        tags=TAGS,
    )


def updated(**fields: Any) -> Deed:
    """Someone changes just these fields of the web ACL ``atlas``."""

    def deed(clients: Clients, identity: str) -> object:
        asked: Any = {"Name": "atlas", "Scope": "REGIONAL", "Id": identity}
        stands = clients.wafv2.get_web_acl(**asked)
        kept: Any = {
            field: value
            for field, value in stands["WebACL"].items()
            if field in {"DefaultAction", "Description", "Rules", "VisibilityConfig", "DataProtectionConfig"}
        }
        written = {field: value for field, value in {**kept, **fields}.items() if value is not None}
        return clients.wafv2.update_web_acl(**{**asked, **written, "LockToken": stands["LockToken"]})

    return deed


def rule(name: str, **fields: Any) -> dict[str, Any]:
    """A rule that lets through whoever asks from one country."""
    lets_in: dict[str, Any] = {"Statement": {"GeoMatchStatement": {"CountryCodes": ["AQ"]}}, "Action": {"Allow": {}}}
    return {"Name": name, "Priority": 9, "VisibilityConfig": COUNTED, **lets_in, **fields}


WEB_ACL_DEEDS: Final[dict[str, Deed]] = {
    "blocks everybody": updated(DefaultAction={"Block": {}}),
    "blocks everybody and only counts": updated(DefaultAction={"Block": {}}, Rules=[rule("rate-limit", Priority=0)]),
    "lets a country through": updated(Rules=[rule("rate-limit", Priority=0), rule("more")]),
    "takes our rule away": updated(Rules=[rule("more")]),
    "only counts": updated(
        Rules=[
            rule(
                "rate-limit",
                Priority=0,
                Statement={"RateBasedStatement": {"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}},
                Action={"Count": {}},
            )
        ]
    ),
    "keeps samples": updated(VisibilityConfig={**COUNTED, "SampledRequestsEnabled": True}),
    "shows what was protected": updated(DataProtectionConfig=None),
    "describes it otherwise": updated(Description="Mine"),
    "strips our tag": lambda clients, identity: clients.wafv2.untag_resource(
        ResourceARN=f"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/atlas/{identity}",
        TagKeys=["holdfast:environment"],
    ),
}


def _promise_association(clients: Clients) -> Desired:
    return WebAclAssociationState(resource_arn=BALANCER, web_acl_arn=foreign(clients, "atlas"))


def _promise_logging(clients: Clients) -> Desired:
    return LoggingConfigurationState(
        resource_arn=foreign(clients, "atlas"),
        log_destination_configs=frozenset({GROUP}),
        redacted_fields=frozenset({RedactedField(single_header=SingleHeader(name="cookie"))}),
    )


def _logging(**fields: Any) -> Deed:
    def deed(clients: Clients, web_acl: str) -> object:
        stands: Any = {
            "ResourceArn": web_acl,
            "LogDestinationConfigs": [GROUP],
            "RedactedFields": [{"SingleHeader": {"Name": "cookie"}}],
        }
        put: Any = {**stands, **fields}
        return clients.wafv2.put_logging_configuration(LoggingConfiguration=put)

    return deed


DROPS_BLOCKED: Final[Any] = {
    "DefaultBehavior": "KEEP",
    "Filters": [
        {
            "Behavior": "DROP",
            "Requirement": "MEETS_ANY",
            "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
        }
    ],
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::WAFv2::WebACL": Specimen(_promise_web_acl, "wafv2.CreateWebACL", WEB_ACL_DEEDS),
    "AWS::WAFv2::WebACLAssociation": Specimen(
        _promise_association,
        "wafv2.AssociateWebACL",
        {
            "puts another in its place": lambda clients, balancer: clients.wafv2.associate_web_acl(
                WebACLArn=foreign(clients, "theirs"), ResourceArn=balancer
            )
        },
    ),
    "AWS::WAFv2::LoggingConfiguration": Specimen(
        _promise_logging,
        "wafv2.PutLoggingConfiguration",
        {
            "writes credentials": _logging(RedactedFields=[]),
            "redacts all that matters": _logging(RedactedFields=[{"UriPath": {}}]),
            "writes elsewhere": _logging(LogDestinationConfigs=["arn:aws:s3:::aws-waf-logs-theirs"]),
            "drops what was blocked": _logging(LoggingFilter=DROPS_BLOCKED),
        },
    ),
}
