"""What people say of the guard, by plain `aws lambda invoke`: observed, paused, excepted, undone; all of it announced.

What fails here is mended in functions/guard, layers/holdfast/holdfast/core/{orders,guard,hand}.py.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import Caller, Json, root, user
from tests.support.drifting import promised
from tests.support.environments import Environment, rules
from tests.support.oncall import Alert, OnCall
from tests.support.waiting import until

GROUP: Final = "security_groups/control_plane"
DESKTOP: Final = {"IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
OPEN: Final = "from 192.0.2.0/24 tcp 3389-3389"
WRITES: Final = ("RevokeSecurityGroupIngress tcp/3389 from 192.0.2.0/24",)


class Desk:
    """The guard function of one environment, as somebody asks it who may do just that."""

    def __init__(self, environment: Environment, caller: Caller, answers: Path) -> None:
        self.environment = environment
        self._caller = caller
        self._answers = answers

    def ask(self, **order: Any) -> Json:
        """What the function answers; an error is an object with ``errorMessage``."""
        function = self.environment.application.outputs["GuardFunctionArn"]
        answer = self._answers / "answer.json"
        self._caller.cli("lambda", "invoke", "--function-name", function, "--payload", json.dumps(order), str(answer))
        told: Json = json.loads(answer.read_text())
        return told

    def say(self, **order: Any) -> Json:
        told = self.ask(**order)
        assert "errorMessage" not in told, f"the guard refused {order}: {told}"
        return told


@pytest.fixture
def desk(standing: Environment, mark: str, tmp_path: Path) -> Iterator[Desk]:
    """Afterwards nothing that was said counts, and the group is as promised."""
    may = {"Action": "lambda:InvokeFunction", "Resource": standing.application.outputs["GuardFunctionArn"]}
    with user(f"lead-{mark}", may) as lead:
        made = Desk(standing, lead, tmp_path)
        standing.forget(GROUP, "security_groups")
        yield made
        if any("resource" in word for word in made.say(action="list", environment=standing.name)["said"]):
            made.say(action="withdraw", environment=standing.name, resource=GROUP, reason="the end")
        made.say(action="guard", environment=standing.name, concern="security_groups", mode="enforce", reason="the end")
        _is_promised(standing)


def _in(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def _opened(caller: Caller, environment: Environment) -> None:
    group = environment.ids[GROUP]
    caller.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[DESKTOP])


def _is_promised(environment: Environment) -> None:
    resource = promised(environment, GROUP)
    until(
        "the group has exactly its promised rules again",
        resource.observe,
        lambda seen: seen is not None and seen.state.rules == resource.desired.rules,
        look=environment.diagnosis,
    )


def _incident(environment: Environment, state: str, after: float, *, says: str = '"arn"') -> Json:
    """The incident of the group in ``state``, opened after a time (epoch), that ``says`` something: who it was."""
    (incident,) = until(
        f"an incident of {GROUP} that is {state}",
        lambda: [
            one
            for one in environment.incidents()
            if (one["resource"], one["state"]) == (GROUP, state)
            and one["opened_at"] > after
            and says in json.dumps(one)
        ],
        lambda seen: len(seen) == 1,
        look=environment.diagnosis,
    )
    found: Json = incident
    return found


def _told(called: OnCall, what: str) -> Alert:
    """The alert of which the title says ``what``."""
    (alert,) = until(
        f"on-call is told: {what}",
        lambda: [one for one in called.mailbox.heard() if what in one.text],
        lambda seen: len(seen) == 1,
    )
    return alert


def test_observed_only_it_says_what_it_would_do_and_enforced_again_it_does(
    desk: Desk, standing: Environment, vandal: Caller, called: OnCall
) -> None:
    began = time.time()
    order = {"action": "guard", "environment": standing.name, "concern": "security_groups"}
    desk.say(**order, mode="observe", until=_in(hours=1), reason="observing a launch")
    alert = _told(called, "observing a launch")
    assert "security_groups: observe until" in alert.text
    _opened(vandal, standing)
    observed = _incident(standing, "observed", began)
    assert tuple(observed["calls"]) == WRITES
    assert {actor["arn"] for actor in observed["actors"]} == {vandal.arn}
    assert OPEN in rules(standing.ids[GROUP])
    desk.say(**order, mode="enforce", reason="the launch is over")
    _is_promised(standing)


def test_nobody_else_can_say_it(standing: Environment) -> None:
    """Not even root: the table's own policy admits the guard function alone."""
    word = {"environment": {"S": standing.name}, "id": {"S": "mode#waf"}, "said": {"S": "{}"}}
    with pytest.raises(ClientError, match="explicit deny"):
        root.client("dynamodb").put_item(TableName=standing.application.parts["GuardTable"], Item=word)


def test_paused_nothing_is_done_until_it_is_enforced_again(desk: Desk, standing: Environment, vandal: Caller) -> None:
    order = {"action": "guard", "environment": standing.name, "concern": "security_groups"}
    desk.say(**order, mode="pause", until=_in(hours=1), reason="moving house")
    _opened(vandal, standing)
    time.sleep(1.5)
    assert OPEN in rules(standing.ids[GROUP])
    desk.say(**order, mode="enforce", reason="moved")
    _is_promised(standing)


def test_an_exception_allows_one_value_and_lists_who_answers_for_it(
    desk: Desk, standing: Environment, vandal: Caller
) -> None:
    began = time.time()
    _opened(vandal, standing)
    restored = _incident(standing, "restored", began)
    order = {"action": "except", "incident": restored["id"], "owner": "the desk team", "reason": "a vendor comes"}
    desk.say(**order, until=_in(days=3))
    time.sleep(1.1)
    _opened(vandal, standing)
    excepted = _incident(standing, "excepted", began)
    assert "the desk team answers for it until" in excepted["why"]
    assert OPEN in rules(standing.ids[GROUP])
    listed = desk.say(action="list", environment=standing.name)
    assert [word["owner"] for word in listed["said"]] == ["the desk team"]
    assert excepted["id"] in [incident["id"] for incident in listed["incidents"]]


def test_an_undo_opens_nothing_and_says_how_a_person_does(desk: Desk, standing: Environment, vandal: Caller) -> None:
    began = time.time()
    _opened(vandal, standing)
    restored = _incident(standing, "restored", began)
    time.sleep(1.1)
    desk.say(action="undo", incident=restored["id"], reason="it was meant")
    excepted = _incident(standing, "excepted", began, says=restored["id"])
    assert "aws ec2 authorize-security-group-ingress --cli-input-json" in excepted["why"]
    assert OPEN not in rules(standing.ids[GROUP])
    _opened(vandal, standing)
    time.sleep(1.5)
    assert OPEN in rules(standing.ids[GROUP]), "made by a person under their own name, it stays"


def test_an_undo_puts_back_what_only_closes(desk: Desk, standing: Environment, vandal: Caller) -> None:
    began = time.time()
    group, ec2 = standing.ids[GROUP], vandal.client("ec2")
    (permission, *_) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    whole = rules(group)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    restored = _incident(standing, "restored", began)
    assert rules(group) == whole
    time.sleep(1.1)
    desk.say(action="undo", incident=restored["id"], reason="it was meant")
    until("the rule is gone again", lambda: rules(group), lambda seen: seen < whole, look=standing.diagnosis)
    assert _incident(standing, "excepted", began, says=restored["id"])["calls"]


WRONG: Final[dict[str, tuple[Json, str]]] = {
    "an unknown environment": (
        {"action": "guard", "environment": "nowhere", "concern": "waf", "mode": "enforce", "reason": "none"},
        "environment: there is no environment 'nowhere'",
    ),
    "an unknown incident": (
        {"action": "undo", "incident": "x", "reason": "none"},
        "incident: there is no incident 'x'",
    ),
    "no action": ({"environment": "nowhere"}, "action: must be one of"),
}


@pytest.mark.parametrize(("order", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_input_names_the_field_and_says_nothing(order: Json, sentence: str, desk: Desk) -> None:
    told = desk.ask(**order)
    assert told["errorMessage"].startswith(sentence)
    assert told["errorType"] == "WrongInput"
    assert desk.say(action="list", environment=desk.environment.name)["said"] == []
