"""What moto lacks of AWS Certificate Manager. Nothing here is ever shipped.

A certificate is issued once DNS says what ACM asked for, and not before ("DNS validation",
acm/latest/userguide/dns-validation.html); moto issues each after a minute. It has the key that was asked for
("RequestCertificate"), is found only by who asks for its type of key ("Filters"), and its options can be changed
("UpdateCertificateOptions", acm/latest/APIReference). moto gives each an RSA key, and lists all.
"""

import json
from typing import Any, Final

import pytest
from moto.acm.models import AWSCertificateManagerBackend, CertBundle
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import EmptyResult
from moto.route53 import route53_backends

ALGORITHM: Final = "key_algorithm"
_describe = CertBundle.describe
_request_certificate = AWSCertificateManagerResponse.request_certificate
_list_certificates = AWSCertificateManagerBackend.list_certificates


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AWSCertificateManagerBackend, "list_certificates", _listed)
    monkeypatch.setattr(AWSCertificateManagerResponse, "request_certificate", _requested)
    monkeypatch.setattr(AWSCertificateManagerResponse, "update_certificate_options", _update_options, raising=False)
    monkeypatch.setattr(CertBundle, "check", _check)
    monkeypatch.setattr(CertBundle, "describe", _described)


def _requested(response: Any) -> Any:
    answer = _request_certificate(response)
    bundle = response.acm_backend._certificates[answer.result["CertificateArn"]]
    setattr(bundle, ALGORITHM, response._get_param("KeyAlgorithm") or "RSA_2048")
    return answer


def _described(bundle: Any) -> dict[str, Any]:
    """DescribeCertificate spells a type of key with a hyphen where the request has an underscore, of RSA only."""
    described: dict[str, Any] = _describe(bundle)
    asked: str = getattr(bundle, ALGORITHM, "RSA_2048")
    described["Certificate"]["KeyAlgorithm"] = asked.replace("RSA_", "RSA-")
    return described


def _listed(backend: Any, statuses: Any, includes: Any) -> Any:
    types = (includes or {}).get("keyTypes", ["RSA_1024", "RSA_2048"])
    return [one for one in _list_certificates(backend, statuses, {}) if getattr(one, ALGORITHM, "RSA_2048") in types]


def _check(bundle: Any) -> None:
    asked = {one["ResourceRecord"]["Name"] for one in _validations(bundle)}
    if bundle.status == "PENDING_VALIDATION" and asked and asked <= _names(bundle.arn.split(":")[4]):
        bundle.status = "ISSUED"


def _validations(bundle: Any) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = _describe(bundle)["Certificate"].get("DomainValidationOptions", [])
    return options


def _names(account: str) -> set[str]:
    zones = route53_backends[account]["aws"].zones.values()
    return {record.name for zone in zones for record in zone.rrsets if record.type == "CNAME"}


def _update_options(response: Any) -> Any:
    given = json.loads(response.body)
    response.acm_backend.get_certificate(given["CertificateArn"]).cert_options.update(given["Options"])
    return EmptyResult()
