"""What a drift of the network opens, and how on-call reads it."""

import msgspec
import pytest

from holdfast.aws.ec2.instance import Interface
from holdfast.aws.ec2.network_acl import Entry
from holdfast.aws.ec2.route_table import TableRoute
from holdfast.core.concerns.network import NETWORK
from holdfast.core.resource import STANDS, Change
from holdfast.core.wording import spoken

PEER = TableRoute(destination="172.31.0.0/16", target="pcx-0123456789abcdef0", origin="CreateRoute")
DENY = Entry(egress=False, rule_number=90, protocol="-1", rule_action="deny", peer="0.0.0.0/0")
HUNG = Interface(network_interface_id="eni-1", security_group_ids=("sg-1", "sg-2"))
OPENS = {
    "a route to a peer": Change(path="Routes", found=PEER),
    "a default route led elsewhere": Change(path="NatGatewayId", promised="nat-1", found=""),
    "a subnet off its table": Change(path=STANDS, promised=True),
    "an entry more": Change(path="Entries", found=DENY),
    "other name servers": Change(path="DomainNameServers", found="203.0.113.53"),
    "an endpoint's policy": Change(path="PolicyDocument.Statement", promised=[], found=["*"]),
}
CLOSES = {
    "an entry less": Change(path="Entries", promised=DENY),
    "DNS off": Change(path="EnableDnsSupport", promised=True, found=False),
    "a tag": Change(path="Tags.holdfast:layer", promised="network"),
    "a description": Change(path="DBSubnetGroupDescription", promised="ours", found="mine"),
}
SPOKEN = {
    "a route": (Change(path="Routes", found=PEER), "route to 172.31.0.0/16 through pcx-0123456789abcdef0, added"),
    "an entry": (Change(path="Entries", found=DENY), "entry 90, deny from 0.0.0.0/0, added"),
    "an entry less": (Change(path="Entries", promised=DENY), "entry 90, deny from 0.0.0.0/0, taken out"),
    "a node's interface": (Change(path="DifferingInterfaces", found=HUNG), "eni-1 behind sg-1, sg-2"),
}


@pytest.mark.parametrize("change", OPENS.values(), ids=OPENS)
def test_what_may_lead_elsewhere_is_undone_at_once(change: Change) -> None:
    assert NETWORK.widens((change,))


@pytest.mark.parametrize("change", CLOSES.values(), ids=CLOSES)
def test_what_only_closes_something_may_wait(change: Change) -> None:
    assert not NETWORK.widens((change,))


@pytest.mark.parametrize(("change", "words"), SPOKEN.values(), ids=SPOKEN)
def test_it_is_told_in_words(change: Change, words: str) -> None:
    told = Change(
        path=change.path, promised=msgspec.to_builtins(change.promised), found=msgspec.to_builtins(change.found)
    )
    assert spoken(told, str) == words
