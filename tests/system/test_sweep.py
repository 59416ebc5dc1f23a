"""What no event told of is found by the sweep: EventBridge delivers what it can, and a trail may rest.

What fails here is mended in state_machines/sweep.asl.yaml, functions/survey, functions/sweep and aws/looking.py.
"""

import json
from collections.abc import Iterator

import pytest

from tests.support.cloud import Application, Caller
from tests.support.drifts import ANYWHERE, Hands, opened
from tests.support.environments import Environment, rules
from tests.support.oncall import OnCall
from tests.support.sweeping import deafened, swept
from tests.support.waiting import until

SSH = opened("ingress", "tcp", (22, 22), ANYWHERE)


@pytest.fixture
def deaf(application: Application) -> Iterator[None]:
    with deafened(application):
        yield


def test_a_sweep_of_what_was_never_built_says_so(application: Application) -> None:
    ended = swept(application, {"name": "nobodys"})
    assert (ended["status"], ended["error"]) == ("FAILED", "WrongInput")
    assert "nobodys was never built" in ended["cause"]


@pytest.mark.alone
@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("everybody", [True, False], ids=["all", "by-name"])
def test_what_no_event_told_of_is_restored_by_a_sweep(
    *, everybody: bool, standing: Environment, called: OnCall, alice: Caller
) -> None:
    group = standing.groups["database"]
    promised, before = rules(group), len(standing.incidents())
    SSH(Hands(alice.client("ec2"), group, {}))
    assert rules(group) != promised

    ended = swept(standing.application, {} if everybody else {"name": standing.name})

    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    looks = {one["environment"]: one["looks"] for one in json.loads(ended["output"])["environments"]}
    assert looks[standing.name] >= len(standing.groups)
    assert everybody or looks.keys() == {standing.name}
    until("the group is as promised", lambda: rules(group), lambda seen: seen == promised, look=standing.diagnosis)
    incident = until(
        "one incident more, told of by the sweep",
        lambda: standing.incidents()[before:],
        lambda seen: len(seen) == 1 and seen[0]["state"] == "restored",
        look=standing.diagnosis,
    )[0]
    assert (incident["physical_id"], incident["noticed_by"]) == (group, "the sweep")
    (alert,) = until(
        "an alert that names who was looked up in CloudTrail",
        lambda: [one for one in called.alerts(group) if incident["id"] in one.text],
        len,
        look=standing.diagnosis,
    )
    assert alice.arn in alert.text
    assert "no event told: the sweep found it" in alert.text
    (found,) = [one for one in standing.incidents() if one["id"] == incident["id"]]
    assert found["looked_up"], "nobody told of it: CloudTrail's history was asked"
    assert alice.arn in {one["arn"] for one in found["actors"]}, "others whom the history names may stand beside her"
