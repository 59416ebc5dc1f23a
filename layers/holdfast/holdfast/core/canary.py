"""The canary: a drift that Holdfast makes itself, on time, and looks a little later whether it was undone.

It hangs on nothing: a security group made for it, in each environment, on which somebody opens a port that nothing
listens on for an address that nobody has ("IPv4 Address Blocks Reserved for Documentation", RFC 5737).
"""

from typing import Final

import msgspec

from holdfast.core.incident import Incident
from holdfast.core.resource import Change
from holdfast.core.security_group import Rule

CONCERN: Final = "security_groups"
NAME: Final = "canary"
PATH: Final = f"{CONCERN}/{NAME}"
"""The record of its group."""
RULE: Final = Rule(direction="ingress", protocol="udp", from_port=9, to_port=9, peer="192.0.2.1/32")
"""What is opened: the discard service, for one address of TEST-NET-1."""
SONG: Final = Change(path="Rules", found=msgspec.to_builtins(RULE))


def is_song(incident: Incident) -> bool:
    """Whether it is no more than the canary's own drift, undone: on-call reads nothing of it."""
    return incident.resource == PATH and incident.state == "restored" and incident.changes == (SONG,)
