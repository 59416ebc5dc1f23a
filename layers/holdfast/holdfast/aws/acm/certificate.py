"""``AWS::CertificateManager::Certificate``: a public certificate that ACM issues, and renews while DNS says so.

What DNS must say (``ValidationName``, ``ValidationValue``) is known a few seconds after the request, the certificate is
issued some minutes after DNS says it, and after 72 hours ACM gives up ("DNS validation",
acm/latest/userguide/dns-validation.html). The idempotency token works for an hour, and there is no other identity
("RequestCertificate", acm/latest/APIReference/API_RequestCertificate.html): the token spares botocore's retries a twin,
after that domain and tags find the certificate. ListCertificates shows RSA 2048 only, unless it is told the types of
keys ("Filters", acm/latest/APIReference/API_Filters.html).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal
from uuid import uuid4

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater, NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef, TagTypeDef

type KeyAlgorithm = Literal["EC_prime256v1", "EC_secp384r1", "RSA_2048"]

GONE = "ResourceNotFoundException"
AT_WORK = "PENDING_VALIDATION"
ISSUED = "ISSUED"


class CertificateState(Tagged, frozen=True, kw_only=True):
    """``subject_alternative_names`` are all names it vouches for, ``domain_name`` among them."""

    domain_name: str
    subject_alternative_names: frozenset[str]
    validation_method: Literal["DNS", "EMAIL", "HTTP"] = "DNS"
    key_algorithm: KeyAlgorithm
    certificate_transparency_logging_preference: Literal["DISABLED", "ENABLED"] = "ENABLED"


class Certificate(AwsResource[CertificateState]):
    """One certificate. It cannot be issued before its validation record stands, which is made from its attributes."""

    kind = "AWS::CertificateManager::Certificate"
    model = CertificateState
    claimed_apart = True
    immutable = frozenset({"DomainName", "KeyAlgorithm", "SubjectAlternativeNames", "ValidationMethod"})
    duration: ClassVar[Duration] = Duration(107, 61, 532)
    disposable = True

    def observe(self) -> Observed[CertificateState] | None:
        found = self._find()
        if found is None:
            return None
        arn, status = found["CertificateArn"], found["Status"]
        options = found.get("DomainValidationOptions", [])
        state = CertificateState(
            domain_name=found["DomainName"],
            subject_alternative_names=frozenset(found["SubjectAlternativeNames"]),
            validation_method=next((one["ValidationMethod"] for one in options if "ValidationMethod" in one), "EMAIL"),
            key_algorithm=_algorithm(found),
            certificate_transparency_logging_preference=found["Options"]["CertificateTransparencyLoggingPreference"],
            tags=self._tags(arn),
        )
        physical = {"id": arn, "Arn": arn, **self._validation(found)}
        if status in {AT_WORK, ISSUED}:
            return Observed(state=state, physical=physical, wait=5 if status == AT_WORK else 0)
        failed = f"the certificate is {status}: {found.get('FailureReason', 'ACM gives no reason')}"
        return Observed(state=state, physical=physical, failed=failed)

    def _find(self) -> "CertificateDetailTypeDef | None":
        if known := self.physical.get("id"):
            return self._described(known)
        tagged = [arn for arn in self._for_the_domain() if self.address.tags.items() <= self._tags(arn).items()]
        if len(tagged) > 1:
            raise NeedsHuman(
                str(self.address),
                f"{len(tagged)} certificates carry its tags: {', '.join(tagged)}",
                "keep the one that is in use, take the holdfast: tags off the others",
            )
        return self._described(tagged[0]) if tagged else None

    def _for_the_domain(self) -> list[str]:
        pages = self.clients.acm.get_paginator("list_certificates").paginate(
            Includes={"keyTypes": [self.desired.key_algorithm]}
        )
        return [
            one["CertificateArn"]
            for page in pages
            for one in page["CertificateSummaryList"]
            if one["DomainName"] == self.desired.domain_name
        ]

    def _described(self, arn: str) -> "CertificateDetailTypeDef | None":
        try:
            return self.clients.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None

    def _tags(self, arn: str) -> dict[str, str]:
        answered = self.clients.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
        return {tag["Key"]: tag.get("Value", "") for tag in answered}

    def _validation(self, found: "CertificateDetailTypeDef") -> dict[str, str]:
        """What DNS must say, without the dots at the end. Raises ``ComeBackLater`` while ACM has not thought it up."""
        records = [
            option["ResourceRecord"]
            for option in found.get("DomainValidationOptions", [])
            if "ResourceRecord" in option
        ]
        if records:
            name, value = records[0]["Name"].rstrip("."), records[0]["Value"].rstrip(".")
            return {"ValidationName": name, "ValidationValue": value}
        if found["Status"] == AT_WORK:
            raise ComeBackLater(f"ACM has not said yet what DNS must say for {self.desired.domain_name}", 2)
        return {key: value for key, value in self.physical.items() if key.startswith("Validation")}

    def create(self) -> Physical:
        desired = self.desired
        made = self.clients.acm.request_certificate(
            DomainName=desired.domain_name,
            SubjectAlternativeNames=sorted(desired.subject_alternative_names),
            ValidationMethod=desired.validation_method,
            KeyAlgorithm=desired.key_algorithm,
            Options={"CertificateTransparencyLoggingPreference": desired.certificate_transparency_logging_preference},
            IdempotencyToken=uuid4().hex,
            Tags=_tag_list(desired.tags),
        )
        return {"id": made["CertificateArn"], "Arn": made["CertificateArn"]}

    def update(self, observed: Observed[CertificateState], drift: Drift) -> tuple[str, ...]:
        return tuple(self._changed(observed.physical["id"], drift))

    def _changed(self, arn: str, drift: Drift) -> Iterator[str]:
        if any(change.path == "CertificateTransparencyLoggingPreference" for change in drift):
            preference = self.desired.certificate_transparency_logging_preference
            self.clients.acm.update_certificate_options(
                CertificateArn=arn, Options={"CertificateTransparencyLoggingPreference": preference}
            )
            yield f"UpdateCertificateOptions {preference}"
        if lost := lost_tags(drift):
            self.clients.acm.add_tags_to_certificate(CertificateArn=arn, Tags=_tag_list(lost))
            yield f"AddTagsToCertificate {', '.join(lost)}"

    def discard(self, observed: Observed[CertificateState]) -> None:
        with already_so(GONE):
            self.clients.acm.delete_certificate(CertificateArn=observed.physical["id"])

    def delete(self, observed: Observed[CertificateState]) -> None:
        self.discard(observed)


def _algorithm(found: "CertificateDetailTypeDef") -> KeyAlgorithm:
    """DescribeCertificate spells ``RSA-2048`` what RequestCertificate spells ``RSA_2048``."""
    spelled: KeyAlgorithm = found["KeyAlgorithm"].replace("-", "_")  # type: ignore[assignment]  # it stays one
    return spelled


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
