"""What drifts again and again is undone each time, and told once: noise is tamed, never protection.

What fails here is mended in layers/holdfast/holdfast/core/breaker.py and core/restoration.py.
"""

import time
from typing import Final

from tests.support.cloud import Caller
from tests.support.drifts import ANYWHERE, Hands, Move, opened
from tests.support.environments import DEFAULT, Environment, rules
from tests.support.oncall import Alert, OnCall
from tests.support.waiting import until

TIMES: Final = 7
"""One more than make a resource contended."""
APART: Final = 0.55
"""Seconds: restorations less than half a second apart count as one."""
TOLD: Final = 2.5
"""Seconds in which an alert has come that comes at all."""
SSH: Final = opened("ingress", "tcp", (22, 22), ANYWHERE)
DESKTOP: Final = opened("ingress", "tcp", (3389, 3389), ANYWHERE)


def test_the_same_drift_again_and_again_is_undone_each_time_and_told_once(
    standing: Environment, called: OnCall, alice: Caller
) -> None:
    group = standing.groups[DEFAULT]
    for _ in range(TIMES):
        _undone(standing, alice, group, SSH)
        _pass(APART)
    (alert,) = _contended(standing, called, group, 1)
    assert alert.attributes["severity"] == "critical"
    for principal in (alice.arn, standing.application.parts["RestoreSecurityGroupsRole"]):
        assert principal in alert.text, f"{principal} took part, and is not in the alert:\n{alert.text}"

    told = len(called.alerts(group))
    _undone(standing, alice, group, SSH)
    _pass(TOLD)
    assert len(called.alerts(group)) == told, "the drift that on-call was told of is told again"

    _undone(standing, alice, group, DESKTOP)
    _, alert = _contended(standing, called, group, 2)
    assert "tcp/3389" in alert.text, "a new kind of drift does not break through"


def _contended(environment: Environment, called: OnCall, group: str, count: int) -> list[Alert]:
    """The alerts that call the group contended; before the sixth restoration each incident is told as any other."""
    return until(
        f"{count} alerts that the default group is contended",
        lambda: [alert for alert in called.alerts(group) if alert.attributes["state"] == "contended"],
        lambda seen: len(seen) >= count,
        look=environment.diagnosis,
    )


def _undone(environment: Environment, by: Caller, group: str, drift: Move) -> None:
    drift(Hands(by.client("ec2"), group, {}))
    until("no rule in the default group", lambda: rules(group), lambda seen: not seen, look=environment.diagnosis)


def _pass(seconds: float) -> None:
    began = time.monotonic()
    until(f"{seconds} s have passed", lambda: time.monotonic() - began, lambda seen: seen > seconds)
