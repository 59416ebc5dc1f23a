"""On-call reads nothing of the canary's own drift, and everything else that happens to its group."""

import msgspec
import pytest

from holdfast.core.canary import PATH, RULE, is_song
from holdfast.core.incident import Incident, State
from holdfast.core.resource import Change, Drift
from holdfast.core.security_group import tcp

SONG: Drift = (Change(path="Rules", found=RULE),)


def _incident(drift: Drift, state: State = "restored", resource: str = PATH) -> Incident:
    opened = Incident(
        id="1",
        environment="atlas",
        resource=resource,
        kind="AWS::EC2::SecurityGroup",
        physical_id="sg-1",
        concern="security_groups",
        state=state,
    )
    # As it is read back from its table.
    return msgspec.json.decode(msgspec.json.encode(opened.taking_in(drift, (), 1.0)), type=Incident)


def test_its_drift_undone_is_its_song() -> None:
    assert is_song(_incident(SONG))


@pytest.mark.parametrize(
    "incident",
    [
        _incident(SONG, state="contended"),
        _incident(SONG, state="needs human"),
        _incident((*SONG, Change(path="Rules", found=tcp("ingress", 22, "0.0.0.0/0")))),
        _incident((Change(path="Rules", found=tcp("ingress", 22, "0.0.0.0/0")),)),
        _incident(SONG, resource="security_groups/alb"),
        _incident(()),
    ],
    ids=["again-and-again", "not-undone", "and-more", "another-rule", "another-group", "nothing"],
)
def test_anything_else_is_told(incident: Incident) -> None:
    assert not is_song(incident)
