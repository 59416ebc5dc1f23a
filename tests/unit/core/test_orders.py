"""What people may say to the guard: within its bounds, and in words that name what is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdfast.core.fields import HIDDEN, OTHERWISE
from holdfast.core.guard import ExceptionSaid
from holdfast.core.incident import Actor, Incident
from holdfast.core.orders import ExceptOrder, GuardOrder, UndoOrder, allowed, excepted, order
from holdfast.core.resource import Change
from holdfast.core.trouble import WrongInput

NOW = 1767261600.0
BY = "the request 1234"


def _at(**later: float) -> str:
    return (datetime.fromtimestamp(NOW, UTC) + timedelta(**later)).isoformat()


def _incident(*changes: Change) -> Incident:
    incident = Incident(
        id="atlas-20260101T100000.000-0a1b2c3d",
        environment="atlas",
        resource="security_groups/alb",
        kind="AWS::EC2::SecurityGroup",
        physical_id="sg-0123456789abcdef0",
        concern="security_groups",
    )
    return incident.taking_in(changes, (Actor(arn="arn:aws:iam::1:user/alice"),), NOW)


GUARD: dict[str, Any] = {
    "action": "guard",
    "environment": "atlas",
    "concern": "waf",
    "mode": "observe",
    "until": _at(days=2),
    "reason": "a launch",
}
EXCEPT: dict[str, Any] = {
    "action": "except",
    "environment": "atlas",
    "resource": "database/instance",
    "path": "MultiAZ",
    "value": False,
    "owner": "the data team",
    "reason": "a migration",
    "until": _at(days=2),
}
UNDO: dict[str, Any] = {"action": "undo", "incident": "atlas-20260101T100000.000-0a1b2c3d", "reason": "it was meant"}


def test_a_mode_is_read() -> None:
    asked = order(GUARD)
    assert isinstance(asked, GuardOrder)
    said = asked.said(NOW, BY)
    assert (said.concern, said.mode, said.until, said.by) == ("waf", "observe", NOW + 2 * 86400, BY)


def test_enforcing_needs_no_end() -> None:
    asked = order({**GUARD, "mode": "enforce", "until": None})
    assert isinstance(asked, GuardOrder)
    assert not asked.said(NOW, BY).counts(NOW + 1)


WRONG: dict[str, tuple[object, str]] = {
    "nothing": (None, "action: must be one of guard, except, undo, withdraw, list"),
    "a list": ([GUARD], "action: must be one of"),
    "no action": ({}, "action: must be one of"),
    "an unknown action": ({"action": "drop"}, "action: must be one of"),
    "an action that is no word": ({"action": ["guard"]}, "action: must be one of"),
    "no reason": ({key: value for key, value in GUARD.items() if key != "reason"}, "reason: is missing"),
    "an unknown mode": ({**GUARD, "mode": "off"}, "mode: "),
    "an end without a zone": ({**GUARD, "until": "2026-01-02T00:00:00"}, "until: "),
    "a word too many": ({**GUARD, "force": True}, "force: "),
    "no owner": ({key: value for key, value in EXCEPT.items() if key != "owner"}, "owner: is missing"),
    "no end of an exception": ({key: value for key, value in EXCEPT.items() if key != "until"}, "until: is missing"),
}


@pytest.mark.parametrize(("document", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_input_names_the_field(document: object, sentence: str) -> None:
    with pytest.raises(WrongInput) as wrong:
        order(document)
    assert str(wrong.value).startswith(sentence)


BOUNDS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown concern": ({"concern": "weather"}, "concern: must be one of autoscaling"),
    "observed for too long": ({"until": _at(days=31)}, "until: a concern can be observed until 2026-01-31"),
    "paused for too long": ({"mode": "pause", "until": _at(hours=5)}, "until: a concern can be paused until"),
    "in the past": ({"until": _at(days=-1)}, "until: a concern can be observed until"),
    "without an end": ({"until": None}, "until: say when it ends"),
}


@pytest.mark.parametrize(("change", "sentence"), BOUNDS.values(), ids=BOUNDS)
def test_a_mode_has_bounds(change: dict[str, Any], sentence: str) -> None:
    asked = order({**GUARD, **change})
    assert isinstance(asked, GuardOrder)
    with pytest.raises(WrongInput) as wrong:
        asked.said(NOW, BY)
    assert str(wrong.value).startswith(sentence)


def _undo(**more: Any) -> UndoOrder:
    asked = order({**UNDO, **more})
    assert isinstance(asked, UndoOrder)
    return asked


def test_an_undo_excepts_all_that_the_incident_found_for_a_day() -> None:
    rule = {"Direction": "ingress"}
    incident = _incident(Change(path="Rules", found=rule), Change(path="Tags.x", promised="1", found="2"))
    first, second = excepted(incident, _undo(), NOW, BY, put_back=True)
    assert (first.path, first.found, first.promised, first.put_back) == ("Rules", rule, None, incident.id)
    assert (second.path, second.found, second.promised) == ("Tags.x", "2", "1")
    assert first.until == NOW + 86400


def test_no_exception_lasts_longer_than_thirty_days() -> None:
    with pytest.raises(WrongInput, match="until: an exception may last until 2026-01-31"):
        excepted(_incident(Change(path="Rules", found=1)), _undo(until=_at(days=31)), NOW, BY)


def test_what_was_deleted_cannot_be_allowed() -> None:
    with pytest.raises(WrongInput, match="found nothing that could be allowed"):
        excepted(_incident(Change(path="stands", promised=True)), _undo(), NOW, BY)
    with pytest.raises(WrongInput, match="found nothing that could be allowed"):
        excepted(_incident(), _undo(), NOW, BY)


@pytest.mark.parametrize("changes", [("x" * 5_000,), tuple(map(str, range(300)))], ids=["one cut", "too many"])
def test_what_was_too_long_to_keep_cannot_be_undone_as_if_it_were_known(changes: tuple[str, ...]) -> None:
    with pytest.raises(WrongInput, match="found more than it keeps"):
        excepted(_incident(*(Change(path="Rules", found=change) for change in changes)), _undo(), NOW, BY)


def _allowed(promised: dict[str, object], **more: Any) -> ExceptionSaid:
    asked = order({**EXCEPT, **more})
    assert isinstance(asked, ExceptOrder)
    return allowed(asked, promised, NOW, BY)


def test_a_value_instead_of_the_promised_one() -> None:
    said = _allowed({"MultiAZ": True})
    assert said.allows(Change(path="MultiAZ", promised=True, found=False))
    assert not said.allows(Change(path="MultiAZ", promised=True, found=None))


def test_a_member_more_or_one_less_of_a_closed_set() -> None:
    more = _allowed({"Rules": ["a"]}, path="Rules", value="b")
    assert more.allows(Change(path="Rules", found="b"))
    assert not more.allows(Change(path="Rules", found="c"))
    less = _allowed({"Rules": ["a"]}, path="Rules", value="a")
    assert less.allows(Change(path="Rules", promised="a"))


def test_another_list_where_a_list_is_one_value() -> None:
    said = _allowed({"Layers": ["a"]}, path="Layers", value=["a", "b"])
    assert said.allows(Change(path="Layers", promised=("a",), found=("a", "b")))


def test_a_key_of_its_own() -> None:
    said = _allowed({"Tags": {"team": "data"}}, path="Tags.team", value="web")
    assert said.allows(Change(path="Tags.team", promised="data", found="web"))


def test_what_is_not_promised_needs_no_exception() -> None:
    with pytest.raises(WrongInput, match="path: database/instance promises nothing at 'Weather': MultiAZ"):
        _allowed({"MultiAZ": True}, path="Weather")


HPA: dict[str, Any] = {
    "Manifest": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "application"},
        "spec": {"maxReplicas": 10, "metrics": [{"type": "Resource"}]},
    }
}


def test_a_field_of_an_object_by_the_path_that_an_incident_tells() -> None:
    said = _allowed(HPA, path="spec.maxReplicas", value=20)
    assert said.allows(Change(path="spec.maxReplicas", promised=10, found=20))
    assert not said.allows(Change(path="spec.maxReplicas", promised=10, found=30))


def test_a_list_of_an_object_is_one_value() -> None:
    said = _allowed(HPA, path="spec.metrics", value=[])
    assert said.allows(Change(path="spec.metrics", promised=[{"type": "Resource"}], found=[]))


@pytest.mark.parametrize("path", ["spec", "spec.minReplicas", "metadata.name", "Manifest"])
def test_what_is_not_compared_of_an_object_needs_no_exception(path: str) -> None:
    with pytest.raises(WrongInput, match="promises nothing at"):
        _allowed(HPA, path=path)


def test_a_secrets_values_are_in_no_exception() -> None:
    secret: dict[str, object] = {
        "Manifest": {"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"password": "hunter2"}}
    }
    with pytest.raises(WrongInput, match="promises nothing at"):
        _allowed(secret, path="stringData.password")
    with pytest.raises(WrongInput, match="found more than it keeps"):
        excepted(_incident(Change(path="data.password", promised=HIDDEN, found=OTHERWISE)), _undo(), NOW, BY)
