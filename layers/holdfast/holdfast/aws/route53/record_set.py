"""``AWS::Route53::RecordSet``: what one name of a hosted zone answers to one type of question.

A record has no tags and no id ("ResourceRecordSet", Route53/latest/APIReference/API_ResourceRecordSet.html). Whose it
is follows from the manifest alone: it is made by CREATE, which never overwrites; one that stands and says what is
promised is as good as ours (ACM asks every certificate of a name in an account for the same record), one that says
anything else was not made by us, and only a person may decide about it. Who asks a name for its address asks for
``AAAA`` and ``HTTPS`` too, and goes where those lead: beside an ``A`` of ours none may stand.
"""

from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, code
from holdfast.core.diff import diff
from holdfast.core.resource import Desired, Drift, Observed, Physical
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef, ResourceRecordSetUnionTypeDef

type Type = Literal["A", "CNAME"]

STANDS = "but it already exists"
"""How InvalidChangeBatch says that a record to CREATE is there; a CNAME in the way is worded otherwise."""
NOT_THERE = "but it was not found"
ADDRESSES: Final = frozenset({"AAAA", "HTTPS"})
"""What else a name's address is asked for by ("SVCB and HTTPS", RFC 9460, section 3)."""
OTHERS: Final = "OtherAddresses"


class AliasTarget(Desired, frozen=True, kw_only=True):
    """An AWS resource in place of records; ``dns_name`` without the dot at its end."""

    dns_name: str = msgspec.field(name="DNSName")
    hosted_zone_id: str
    evaluate_target_health: bool


class RecordSetState(Desired, frozen=True, kw_only=True):
    """Names without the dot at their end. Either an ``alias_target``, or ``resource_records`` with a ``ttl``.

    ``set_identifier`` marks one of several records that share a name, which is never ours. ``other_addresses``: the
    records beside an ``A`` that lead its name elsewhere, as ``AAAA 2001:db8::1``. Closed.
    """

    hosted_zone_id: str
    name: str
    type: Type
    ttl: int | None = msgspec.field(default=None, name="TTL")
    resource_records: frozenset[str] = frozenset()
    alias_target: AliasTarget | None = None
    set_identifier: str = ""
    other_addresses: frozenset[str] = frozenset()


class RecordSet(AwsResource[RecordSetState]):
    """One record."""

    kind = "AWS::Route53::RecordSet"
    model = RecordSetState
    immutable: ClassVar[frozenset[str]] = frozenset({"HostedZoneId", "Name", "SetIdentifier", "Type"})
    comes_back = True

    def observe(self) -> Observed[RecordSetState] | None:
        standing = self._standing()
        found = next((one for one in standing if one["Type"] == self.desired.type), None)
        if found is None:
            return None
        alias = found.get("AliasTarget")
        state = RecordSetState(
            hosted_zone_id=self.desired.hosted_zone_id,
            name=_bare(found["Name"]),
            type=cast("Type", found["Type"]),
            ttl=found.get("TTL"),
            resource_records=frozenset(_bare(record["Value"]) for record in found.get("ResourceRecords", [])),
            alias_target=alias
            and AliasTarget(
                dns_name=_bare(alias["DNSName"]),
                hosted_zone_id=alias["HostedZoneId"],
                evaluate_target_health=alias["EvaluateTargetHealth"],
            ),
            set_identifier=found.get("SetIdentifier", ""),
            other_addresses=frozenset(map(_told, self._others(standing))),
        )
        if not self.physical and (drift := diff(self.desired, state)):
            raise NeedsHuman(
                str(self.address),
                f"{state.name} has a record {state.type} of somebody else's: {'; '.join(map(str, drift))}",
                "delete the record if nobody needs it, or give the environment another dns.host",
            )
        return Observed(state=state, physical={"id": state.name})

    def _standing(self) -> "list[ResourceRecordSetOutputTypeDef]":
        """All records of our name: Route 53 lists from a name onwards."""
        listed = self.clients.route53.list_resource_record_sets(
            HostedZoneId=self.desired.hosted_zone_id, StartRecordName=self.desired.name, MaxItems="100"
        )["ResourceRecordSets"]
        return [one for one in listed if _bare(one["Name"]) == self.desired.name]

    def _others(self, standing: "list[ResourceRecordSetOutputTypeDef]") -> "list[ResourceRecordSetOutputTypeDef]":
        return [one for one in standing if self.desired.type == "A" and one["Type"] in ADDRESSES]

    def create(self) -> Physical:
        """A second try after a lost answer finds the record made: whose it is, is for the next observation to say."""
        try:
            self.clients.route53.change_resource_record_sets(
                HostedZoneId=self.desired.hosted_zone_id,
                ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": self._written(self.desired)}]},
            )
        except ClientError as error:
            if code(error) != "InvalidChangeBatch" or STANDS not in str(error):
                raise
        return {}

    def update(self, observed: Observed[RecordSetState], drift: Drift) -> tuple[str, ...]:
        """What leads elsewhere goes first."""
        added = {change.found for change in drift if change.path == OTHERS}
        others = [one for one in self._others(self._standing()) if _told(one) in added] if added else []
        for one in others:
            self._delete(cast("ResourceRecordSetUnionTypeDef", one))
        calls = tuple(f"ChangeResourceRecordSets DELETE {self.desired.name} {_told(one)}" for one in others)
        if all(change.path == OTHERS for change in drift):
            return calls
        self.clients.route53.change_resource_record_sets(
            HostedZoneId=self.desired.hosted_zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": self._written(self.desired)}]},
        )
        return (*calls, f"ChangeResourceRecordSets {self.desired.name} {self.desired.type}")

    def delete(self, observed: Observed[RecordSetState]) -> None:
        self._delete(self._written(observed.state))

    def _delete(self, record: "ResourceRecordSetUnionTypeDef") -> None:
        """Route 53 deletes a record only if it is told the whole of it."""
        try:
            self.clients.route53.change_resource_record_sets(
                HostedZoneId=self.desired.hosted_zone_id,
                ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]},
            )
        except ClientError as error:
            if code(error) != "InvalidChangeBatch" or NOT_THERE not in str(error):
                raise

    def _written(self, state: RecordSetState) -> "ResourceRecordSetUnionTypeDef":
        if state.alias_target is None:
            return {
                "Name": state.name,
                "Type": state.type,
                "TTL": state.ttl or 0,
                "ResourceRecords": [{"Value": value} for value in sorted(state.resource_records)],
            }
        return {
            "Name": state.name,
            "Type": state.type,
            "AliasTarget": {
                "HostedZoneId": state.alias_target.hosted_zone_id,
                "DNSName": state.alias_target.dns_name,
                "EvaluateTargetHealth": state.alias_target.evaluate_target_health,
            },
        }


def _told(record: "ResourceRecordSetOutputTypeDef") -> str:
    """Its type and where it leads; which of several that share a name, if it is."""
    leads = [one["Value"] for one in record.get("ResourceRecords", [])]
    alias = [_bare(record["AliasTarget"]["DNSName"])] if "AliasTarget" in record else []
    mark = [f"({record['SetIdentifier']})"] if "SetIdentifier" in record else []
    return " ".join([record["Type"], *leads, *alias, *mark])


def _bare(name: str) -> str:
    """Route 53 writes every name in full, in lower case, with a dot at its end."""
    return name.lower().rstrip(".")
