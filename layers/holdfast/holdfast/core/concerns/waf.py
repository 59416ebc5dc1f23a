"""The web ACL, what it stands before, and what is logged of it; all of it made again if somebody deletes it."""

from typing import Final

from holdfast.core.concern import Concern, Watched, ids
from holdfast.core.resource import Drift

_WEB_ACL = r"arn:[\w-]+:wafv2:.*:regional/webacl/.*"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LOAD_BALANCER = r"arn:[\w-]+:elasticloadbalancing:.*:loadbalancer/app/.*"


def _lets_through(drift: Drift) -> bool:
    """Whatever differs in a web ACL, or in where it stands, may let a request through; its logging and tags do not."""
    logged = ("LogDestinationConfigs", "LoggingFilter", "RedactedFields", "Tags")
    return any(change.path.partition(".")[0] not in logged for change in drift)


WAF: Final = Concern(
    "waf",
    (
        Watched(
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACL",
            "wafv2.amazonaws.com",
            frozenset({"UpdateWebACL", "DeleteWebACL", "TagResource", "UntagResource"}),
            ids(_UUID),
        ),
        Watched(
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "wafv2.amazonaws.com",
            frozenset({"AssociateWebACL", "DisassociateWebACL"}),
            ids(_LOAD_BALANCER, _WEB_ACL),
        ),
        Watched(
            "AWS::WAFv2::LoggingConfiguration",
            "AWS::WAFv2::WebACL",
            "wafv2.amazonaws.com",
            frozenset({"PutLoggingConfiguration", "DeleteLoggingConfiguration"}),
            ids(_WEB_ACL),
        ),
    ),
    _lets_through,
)
