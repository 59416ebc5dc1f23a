"""A sweep asks for a look at all that is guarded and at nothing else; what SQS refuses is asked for again."""

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from holdfast.aws.looking import sweep
from holdfast.core.concern import holders
from holdfast.core.manifest import Record
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from holdfast.aws.clients import Clients

WAF: Final = "waf"
GROUPS: Final = "security_groups"
ALB: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"
GROUP: Final = "AWS::EC2::SecurityGroup"


def _record(name: str, kind: str, **more: Any) -> Record:
    standing = {"desired": {"Name": name}, "physical": {"id": name}} | more
    return Record(environment="atlas", layer="layer", name=name, kind=kind, **standing)


def _queues(sqs: "SQSClient") -> dict[str, str]:
    return {concern: sqs.create_queue(QueueName=concern)["QueueUrl"] for concern in (GROUPS, WAF)}


def _asked(sqs: "SQSClient", url: str) -> list[str]:
    """The paths that the messages of a queue ask to look at."""
    found: list[str] = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in got:
            detail = json.loads(message["Body"])["detail"]
            assert (detail["environment"], detail["noticedBy"]) == ("atlas", "the sweep")
            found += detail["resources"]
    return sorted(found)


def test_everything_guarded_is_looked_at_by_whoever_holds_a_field_of_it(clients: "Clients") -> None:
    groups = [_record(f"group_{number}", GROUP) for number in range(23)]
    alb = _record("alb", ALB)
    records = {one.path: one for one in (*groups, alb)}
    queues = _queues(clients.sqs)
    assert sweep(records, queues, clients.sqs) == len(groups) + 1
    assert GROUPS in holders(ALB)
    assert _asked(clients.sqs, queues[GROUPS]) == sorted(records)
    assert _asked(clients.sqs, queues[WAF]) == []


def test_what_is_not_guarded_is_not_looked_at(clients: "Clients") -> None:
    """A torn-down environment's records, as long as there are any, promise nothing (see ``Manifest.retire``)."""
    retired = _record("retired", GROUP, desired=None, next={"Name": "retired"})
    unbuilt = _record("unbuilt", GROUP, desired=None, physical={}, next={"Name": "unbuilt"})
    queues = _queues(clients.sqs)
    assert sweep({one.path: one for one in (retired, unbuilt)}, queues, clients.sqs) == 0
    assert sweep({}, queues, clients.sqs) == 0
    assert _asked(clients.sqs, queues[GROUPS]) == []


def test_what_sqs_refuses_is_asked_for_again(clients: "Clients", monkeypatch: pytest.MonkeyPatch) -> None:
    queues = _queues(clients.sqs)
    refusal = {"Successful": [], "Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    monkeypatch.setattr(clients.sqs, "send_message_batch", lambda **_: refusal)
    with pytest.raises(ComeBackLater, match="InternalError"):
        sweep({"layer/group": _record("group", GROUP)}, queues, clients.sqs)
