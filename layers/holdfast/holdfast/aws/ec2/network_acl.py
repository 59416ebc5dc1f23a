"""``AWS::EC2::NetworkAcl``: the VPC's default one, kept as AWS made it ("Default network ACL", VPC user guide)."""

from typing import Literal, TypedDict

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal, Tagged
from holdfast.core.trouble import ComeBackLater, NeedsHuman


class _Put(TypedDict):
    NetworkAclId: str
    RuleNumber: int
    Protocol: str
    RuleAction: Literal["allow", "deny"]
    Egress: bool
    CidrBlock: str


LAST = 32767
"""The closing deny of every list: AWS's own, cannot be changed."""


class Entry(Desired, frozen=True, order=True, kw_only=True):
    """One numbered entry; ``protocol`` is a number or ``-1``. Ports and ICMP codes only matter for foreign entries."""

    egress: bool
    rule_number: int
    protocol: str
    rule_action: str
    peer: str


class NetworkAclState(Tagged, frozen=True, kw_only=True):
    """``entries`` is closed; the closing deny is left out."""

    vpc_id: str
    entries: frozenset[Entry]


AS_AWS_MADE_IT = frozenset(
    Entry(egress=egress, rule_number=100, protocol="-1", rule_action="allow", peer="0.0.0.0/0")
    for egress in (False, True)
)


class DefaultNetworkAcl(Ec2Resource[NetworkAclState]):
    """A VPC has exactly one; it comes and goes with the VPC."""

    kind = "AWS::EC2::NetworkAcl"
    model = NetworkAclState
    immutable = frozenset({"VpcId"})
    id_filter = "network-acl-id"
    resource_type = "network-acl"

    def observe(self) -> Observed[NetworkAclState] | None:
        found = self.clients.ec2.describe_network_acls(
            Filters=[
                {"Name": "vpc-id", "Values": [self.desired.vpc_id]},
                {"Name": "default", "Values": ["true"]},
            ]
        )["NetworkAcls"]
        acl = self.the_one(found)
        if acl is None:
            return None
        entries = frozenset(
            Entry(
                egress=entry["Egress"],
                rule_number=entry["RuleNumber"],
                protocol=entry["Protocol"],
                rule_action=entry["RuleAction"],
                peer=entry.get("CidrBlock") or entry.get("Ipv6CidrBlock", ""),
            )
            for entry in acl["Entries"]
            if entry["RuleNumber"] < LAST
        )
        state = NetworkAclState(vpc_id=acl["VpcId"], entries=entries, tags=tag_dict(acl.get("Tags", [])))
        return Observed(state=state, physical={"id": acl["NetworkAclId"]})

    def create(self) -> Physical:
        raise ComeBackLater("AWS makes a VPC's default network ACL, and does not show it yet", 2)

    def update(self, observed: Observed[NetworkAclState], drift: Drift) -> tuple[str, ...]:
        """An entry that was rewritten is replaced, not deleted and made: a subnet is never without its list."""
        acl = observed.physical["id"]
        added = {(one.egress, one.rule_number): one for one in (c.found for c in drift) if isinstance(one, Entry)}
        missing = {(one.egress, one.rule_number): one for one in (c.promised for c in drift) if isinstance(one, Entry)}
        calls = [self._delete(acl, one) for place, one in added.items() if place not in missing]
        calls += [self._put(acl, one, there=place in added) for place, one in missing.items()]
        return (*calls, *self.retag(observed, drift))

    def _delete(self, acl: str, entry: Entry) -> str:
        with already_so("InvalidNetworkAclEntry.NotFound"):
            self.clients.ec2.delete_network_acl_entry(
                NetworkAclId=acl, RuleNumber=entry.rule_number, Egress=entry.egress
            )
        return f"DeleteNetworkAclEntry {entry.rule_number}"

    def _put(self, acl: str, entry: Entry, *, there: bool) -> str:
        given: _Put = {
            "NetworkAclId": acl,
            "RuleNumber": entry.rule_number,
            "Protocol": entry.protocol,
            "RuleAction": "allow" if entry.rule_action == "allow" else "deny",
            "Egress": entry.egress,
            "CidrBlock": entry.peer,
        }
        if there:
            self.clients.ec2.replace_network_acl_entry(**given)
            return f"ReplaceNetworkAclEntry {entry.rule_number}"
        with already_so("NetworkAclEntryAlreadyExists"):
            self.clients.ec2.create_network_acl_entry(**given)
        return f"CreateNetworkAclEntry {entry.rule_number}"

    @property
    def removal(self) -> Removal:
        """The default one cannot be deleted by itself."""
        return "along"

    def delete(self, observed: Observed[NetworkAclState]) -> None:
        raise NeedsHuman(str(self.address), "AWS deletes it with its VPC", "delete the VPC")
