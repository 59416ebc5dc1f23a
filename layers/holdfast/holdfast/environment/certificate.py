"""Certificate: a public certificate for the environment's name, and the record by which DNS vouches for it.

The record is made from what ACM answers with while it still waits for it; the certificate stands once it is issued.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from holdfast.aws.acm.certificate import CertificateState
from holdfast.aws.clients import Clients
from holdfast.aws.route53.record_set import RecordSetState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef

FIVE_MINUTES: Final = 300
KEY_ALGORITHM: Final = "EC_prime256v1"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared(
        "AWS::CertificateManager::Certificate",
        "certificate",
        CertificateState(
            domain_name=spec.host,
            subject_alternative_names=frozenset({spec.host}),
            key_algorithm=KEY_ALGORITHM,
        ),
    )
    yield Declared(
        "AWS::Route53::RecordSet",
        "validation_record",
        RecordSetState(
            hosted_zone_id=site.hosted_zone,
            name="${certificate/certificate.ValidationName}",
            type="CNAME",
            ttl=FIVE_MINUTES,
            resource_records=frozenset({"${certificate/certificate.ValidationValue}"}),
        ),
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Look at every certificate for the environment's name that bears its tag, and at what DNS says for each."""
    certificates = list(_certificates(clients, spec))
    yield Finding.of(
        "For which names does the environment's certificate vouch, and is it valid?",
        saw=[f"{one['Status']}: {', '.join(one['SubjectAlternativeNames'])}" for one in certificates],
        expected=[f"ISSUED: {spec.host}"],
    )
    yield Finding.of(
        "With what kind of key?",
        saw=[one["KeyAlgorithm"] for one in certificates],
        expected=[KEY_ALGORITHM],
    )
    yield Finding.of(
        "Does DNS say what ACM needs to renew it by itself?",
        saw={name: _answers(clients, site, name) for one in certificates for name in _asked(one)},
        expected={name: [value] for one in certificates for name, value in _asked(one).items()},
    )
    yield Finding.of(
        "Is it written into the public transparency logs?",
        saw=[one["Options"]["CertificateTransparencyLoggingPreference"] for one in certificates],
        expected=["ENABLED"],
    )


def _certificates(clients: Clients, spec: Spec) -> "Iterator[CertificateDetailTypeDef]":
    pages = clients.acm.get_paginator("list_certificates").paginate(
        Includes={"keyTypes": ["EC_prime256v1", "EC_secp384r1", "EC_secp521r1", "RSA_2048", "RSA_3072", "RSA_4096"]}
    )
    for found in (one for page in pages for one in page["CertificateSummaryList"]):
        if found["DomainName"] == spec.host:
            arn = found["CertificateArn"]
            tags = clients.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
            if {"Key": TAG_ENVIRONMENT, "Value": spec.name} in tags:
                yield clients.acm.describe_certificate(CertificateArn=arn)["Certificate"]


def _asked(certificate: "CertificateDetailTypeDef") -> dict[str, str]:
    """What ACM wants DNS to say, by name."""
    options = certificate.get("DomainValidationOptions", [])
    return {
        option["ResourceRecord"]["Name"].strip("."): option["ResourceRecord"]["Value"].strip(".")
        for option in options
        if "ResourceRecord" in option
    }


def _answers(clients: Clients, site: Site, name: str) -> list[str]:
    """What the hosted zone answers to ``name``, whatever the type."""
    listed = clients.route53.list_resource_record_sets(HostedZoneId=site.hosted_zone, StartRecordName=name)
    return [
        record["Value"].strip(".")
        for one in listed["ResourceRecordSets"]
        if one["Name"].strip(".") == name
        for record in one.get("ResourceRecords", [])
    ]
