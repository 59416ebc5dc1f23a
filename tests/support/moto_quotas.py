"""What moto lacks of Service Quotas: EC2's, of which an account has AWS's defaults until one is raised.

"GetServiceQuota" (Service Quotas API reference), "Elastic IP addresses" (EC2 user guide).
"""

from typing import Any, Final

import pytest
from moto.servicequotas.models import ServiceQuotasBackend

ADDRESSES: Final = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3", "QuotaName": "EC2-VPC Elastic IPs", "Value": 5.0}

_get_service_quota = ServiceQuotasBackend.get_service_quota


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceQuotasBackend, "get_service_quota", _with_addresses)


def _with_addresses(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    if (service_code, quota_code) == (ADDRESSES["ServiceCode"], ADDRESSES["QuotaCode"]):
        return ADDRESSES
    quota: dict[str, Any] = _get_service_quota(backend, service_code, quota_code)
    return quota
