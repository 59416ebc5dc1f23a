"""What a rehearsal lets out to a cluster: what reads, and what the cluster only tries."""

import io
import json
import shlex
from typing import Any

import pytest
from botocore.session import Session, get_session

from holdfast.aws.rehearsal import Rehearsal
from holdfast.kubernetes.api import APPLY, Answer

DEPLOYMENTS = "/apis/apps/v1/namespaces/application/deployments"


class _Ok:
    status_code = 200


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the environment's function is asked; it answers with that."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return []


@pytest.fixture
def session(asked: list[str]) -> Session:
    def invoked(params: dict[str, Any], **_: object) -> tuple[_Ok, dict[str, Any]]:
        event = json.loads(params["body"])
        asked.append(event["method"])
        return _Ok(), {"Payload": io.BytesIO(json.dumps({"status": 200, "body": {"asked": event["path"]}}).encode())}

    made = get_session()
    made.set_credentials("a", "b")
    made.get_component("event_emitter").register("before-call.lambda.Invoke", invoked)
    return made


def test_reads_and_dry_runs_go_out(session: Session, asked: list[str]) -> None:
    rehearsal = Rehearsal(session)
    api = rehearsal.kubernetes("atlas")
    assert api.request("GET", f"{DEPLOYMENTS}/a") == Answer(200, {"asked": f"{DEPLOYMENTS}/a"})
    assert api.request("POST", DEPLOYMENTS, query={"dryRun": "All"}, body={}) == Answer(200, {"asked": DEPLOYMENTS})
    assert (asked, rehearsal.commands) == (["GET", "POST"], [])


def test_all_else_is_taken_down(session: Session, asked: list[str]) -> None:
    rehearsal = Rehearsal(session)
    api = rehearsal.kubernetes("atlas")
    assert api.request(
        "PATCH", f"{DEPLOYMENTS}/a", query={"force": "true"}, body={"a": "it's"}, content_type=APPLY
    ).is_success
    assert api.request("DELETE", f"{DEPLOYMENTS}/a").is_success
    patched, deleted = map(shlex.split, rehearsal.commands)
    assert patched[:5] == ["aws", "lambda", "invoke", "--function-name", "atlas-kubernetes"]
    assert json.loads(patched[6]) == {
        "method": "PATCH",
        "path": f"{DEPLOYMENTS}/a",
        "query": {"force": "true"},
        "body": {"a": "it's"},
        "content_type": APPLY,
    }
    assert json.loads(deleted[6])["method"] == "DELETE"
    assert asked == []


def test_what_a_secret_would_be_is_never_told(session: Session) -> None:
    rehearsal = Rehearsal(session)
    rehearsal.kubernetes("atlas").request("PATCH", "/api/v1/namespaces/a/secrets/b", body={"data": {"key": "hidden!"}})
    assert "hidden!" not in rehearsal.commands[0]
