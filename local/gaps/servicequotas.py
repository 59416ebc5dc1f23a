"""Service Quotas: the service, which the emulator has not, and the quotas that the laptop AWS holds to.

Promises: GetServiceQuota and ListServiceQuotas answer for the quotas below, which EC2 then enforces (`value` is for
those that do). The laptop's account has had its VPCs, internet gateways and Elastic IP addresses raised, as an account
that runs several environments has; any other account, one whose access key is its twelve digits, has AWS's defaults.
Pages: "Amazon VPC quotas" (vpc/latest/userguide/amazon-vpc-limits.html), GetServiceQuota and
ListServiceQuotas (servicequotas/2019-06-24/apireference/API_GetServiceQuota.html).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ministack.app
from ministack.core import iam_actions, router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response

from local.laptop import ACCOUNT

_SERVICE: Final = "servicequotas"
_TARGET: Final = "ServiceQuotasV20190624"
_NAMES: Final = {"ec2": "Amazon Elastic Compute Cloud (Amazon EC2)", "vpc": "Amazon Virtual Private Cloud (Amazon VPC)"}


@dataclass(frozen=True)
class Quota:
    service: str
    code: str
    name: str
    default: int
    raised: int | None = None

    @property
    def value(self) -> int:
        return self.raised if self.raised and get_account_id() == ACCOUNT else self.default


_QUOTAS: Final = (
    Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", default=5, raised=50),
    Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", default=60),
    Quota("vpc", "L-A4707A72", "Internet gateways per Region", default=5, raised=50),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", default=5, raised=50),
)


def close() -> None:
    # First, because a service is found by the first pattern that fits.
    router.SERVICE_PATTERNS = {
        _SERVICE: {"host_patterns": [rf"{_SERVICE}\."], "target_prefixes": [_TARGET]},
        **router.SERVICE_PATTERNS,
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[_SERVICE] = _SERVICE
    ministack.app.SERVICE_HANDLERS[_SERVICE] = handle_request


def value(service: str, code: str) -> int:
    """Return what the caller's account has of a quota."""
    return next(quota.value for quota in _QUOTAS if (quota.service, quota.code) == (service, code))


async def handle_request(_: str, __: str, headers: Mapping[str, str], body: bytes, ___: Any) -> Any:
    request = json.loads(body or b"{}")
    of_service = [quota for quota in _QUOTAS if quota.service == request.get("ServiceCode")]
    match headers.get("x-amz-target", "").removeprefix(f"{_TARGET}."):
        case "ListServiceQuotas" | "ListAWSDefaultServiceQuotas" as operation:
            return json_response({"Quotas": [_shown(quota, operation) for quota in of_service]})
        case "GetServiceQuota" | "GetAWSDefaultServiceQuota" as operation:
            found = [quota for quota in of_service if quota.code == request.get("QuotaCode")]
            if found:
                return json_response({"Quota": _shown(found[0], operation)})
            return error_response_json("NoSuchResourceException", "The request failed: no such quota.", 400)
        case operation:
            return error_response_json("UnknownOperationException", f"Unknown operation: {operation}", 400)


def _shown(quota: Quota, operation: str) -> dict[str, Any]:
    return {
        "ServiceCode": quota.service,
        "ServiceName": _NAMES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{get_region()}:{get_account_id()}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(quota.default if "Default" in operation else quota.value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
