"""ACM: a certificate is issued once DNS says what it should, some time later, with the key that was asked for.

Promises: RequestCertificate answers with a certificate that is PENDING_VALIDATION, with the same one to the same token
for an hour; its CNAME begins with an underscore and is the same for a name in an account; it is ISSUED when the usual
time has passed since Route 53 has the CNAME. ListCertificates shows RSA keys of up to 2048 bits unless it is told the
types. One that a listener uses is not deleted. Pages: "DNS validation" (acm/latest/userguide/dns-validation.html),
RequestCertificate, DeleteCertificate and Filters (acm/latest/APIReference).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any, Final

from ministack.core.responses import error_response_json, get_account_id
from ministack.services import acm, alb, route53

from local.gaps.elbv2 import BESIDE
from local.laptop import WAIT_SCALE

type Record = dict[str, Any]

ISSUED_AFTER: Final = 107
"""Seconds, the median of what published logs show."""
_TOKEN_COUNTS: Final = 3600
_LISTED: Final = ("RSA_1024", "RSA_2048")

_cert_shape = acm._cert_shape
_delete_certificate = acm._delete_certificate
_list_certificates = acm._list_certificates
_request_certificate = acm._request_certificate


def close() -> None:
    acm._cert_shape = _shape
    acm._delete_certificate = _delete
    acm._list_certificates = _list
    acm._request_certificate = _request
    acm._validation_options = _validation


def _request(data: Record) -> Any:
    for arn, record in acm._certificates.items():
        if _same_request(record, data):
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"CertificateArn": arn}).encode()
    before = set(acm._certificates)
    answer = _request_certificate(data)
    for arn in set(acm._certificates) - before:
        acm._certificates[arn] |= {
            "Status": "PENDING_VALIDATION",
            "KeyAlgorithm": data.get("KeyAlgorithm", "RSA_2048"),
            "Options": {"CertificateTransparencyLoggingPreference": "ENABLED", **data.get("Options", {})},
            "_asked": (data.get("IdempotencyToken"), data.get("DomainName"), time.time()),
        }
    return answer


def _same_request(record: Record, data: Record) -> bool:
    token, domain, when = record.get("_asked", (None, None, 0.0))
    fresh = time.time() - when < _TOKEN_COUNTS
    return bool(token) and fresh and (token, domain) == (data.get("IdempotencyToken"), data.get("DomainName"))


def _validation(domain: str, method: str) -> Record:
    """The record is of the name and the account alone."""
    base = domain.removeprefix("*.")
    digest = hashlib.sha256(f"{get_account_id()} {base}".encode()).hexdigest()
    return {
        "DomainName": domain,
        "ValidationDomain": domain,
        "ValidationMethod": method,
        "ValidationStatus": "PENDING_VALIDATION",
        "ResourceRecord": {
            "Name": f"_{digest[:32]}.{base}.",
            "Type": "CNAME",
            "Value": f"_{digest[32:]}.acm-validations.aws.",
        },
    }


def _settle(record: Record) -> None:
    """Issue it if DNS has said long enough what it should."""
    if record["Status"] != "PENDING_VALIDATION":
        return
    asked = [option["ResourceRecord"] for option in record["DomainValidationOptions"]]
    if not all((one["Name"].rstrip("."), one["Value"].rstrip(".")) in set(_answers()) for one in asked):
        record.pop("_vouched", None)
        return
    since = record.setdefault("_vouched", time.time())
    if time.time() - since >= ISSUED_AFTER * WAIT_SCALE:
        record["Status"] = "ISSUED"
        for option in record["DomainValidationOptions"]:
            option["ValidationStatus"] = "SUCCESS"


def _answers() -> Iterator[tuple[str, str]]:
    """Every CNAME of the account's zones: its name and what it says."""
    for records in route53._records.values():
        for record in records:
            if record.get("Type") == "CNAME":
                yield from (
                    (record["Name"].rstrip("."), _value(value).rstrip("."))
                    for value in record.get("ResourceRecords", [])
                )


def _value(record: Any) -> str:
    return str(record["Value"] if isinstance(record, dict) else record)


def _shape(record: Record) -> Record:
    _settle(record)
    shape: Record = _cert_shape(record)
    users = list(_users(record["CertificateArn"]))
    algorithm = record.get("KeyAlgorithm", "RSA_2048")
    return {
        **shape,
        "KeyAlgorithm": algorithm.replace("RSA_", "RSA-"),
        "InUseBy": [*shape["InUseBy"], *users],
        "RenewalEligibility": "ELIGIBLE" if users else "INELIGIBLE",
    }


def _users(certificate: str) -> Iterator[str]:
    """The listeners that have it, as their default one or beside that."""
    for arn, listener in alb._listeners.items():
        if certificate in (*listener.get("Certificates", []), *listener.get(BESIDE, [])):
            yield arn


def _list(data: Record) -> Any:
    types = data.get("Includes", {}).get("keyTypes", _LISTED)
    for record in acm._certificates.values():
        _settle(record)
    status, headers, body = _list_certificates(data)
    answer = json.loads(body)
    answer["CertificateSummaryList"] = [
        one
        for one in answer.get("CertificateSummaryList", [])
        if acm._certificates[one["CertificateArn"]].get("KeyAlgorithm", "RSA_2048") in types
    ]
    return status, headers, json.dumps(answer).encode()


def _delete(data: Record) -> Any:
    arn = data.get("CertificateArn", "")
    if any(_users(arn)):
        return error_response_json("ResourceInUseException", f"Certificate {arn} is in use.", 400)
    return _delete_certificate(data)
