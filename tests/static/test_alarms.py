"""What stands still or breaks on the way of an event has an alarm, and a page that says what to do."""

import re
from typing import Any, Final

import pytest

from tests.static.stack import ROOT, stack, template

ALARMS: Final[dict[str, Any]] = stack().of_type("AWS::CloudWatch::Alarm")
TOPICS: Final = {stack().resolved({"Ref": topic}) for topic in stack().of_type("AWS::SNS::Topic")}
SYNCHRONOUS: Final = {"ReclaimFunction"}
"""Called on the way, by functions that have a queue."""
UNANSWERED: Final = {"AuditFunction"}
"""Called by CloudWatch Logs, which waits for nobody."""
ON_THE_WAY: Final = sorted(
    SYNCHRONOUS
    | UNANSWERED
    | {
        name
        for name, function in stack().functions.items()
        if {"SQS", "DynamoDB"} & {source["Type"] for source in function.get("Events", {}).values()}
    }
)
"""Functions that nobody waits for: what they do not answer for, nobody sees."""
CONSUMED: Final = [name for name, queue in stack().of_type("AWS::SQS::Queue").items() if "RedrivePolicy" in queue]


def _alarms(metric: str, dimension: str, value: str) -> list[dict[str, Any]]:
    wanted = {"Name": dimension, "Value": value}
    return [one for one in ALARMS.values() if one["MetricName"] == metric and wanted in one.get("Dimensions", [])]


@pytest.mark.parametrize("function", ON_THE_WAY)
def test_what_a_function_does_not_answer_for_raises_an_alarm(function: str) -> None:
    found = _alarms("Errors", "FunctionName", stack().resolved({"Ref": function}))
    assert found, f"template.yaml: no alarm tells of Errors of {function}: copy ReclaimErrorsAlarm"
    assert [(one["Statistic"], one["Threshold"]) for one in found] == [("Sum", 0)]


@pytest.mark.parametrize("queue", CONSUMED)
def test_a_queue_that_nobody_empties_raises_an_alarm(queue: str) -> None:
    found = _alarms(
        "ApproximateAgeOfOldestMessage", "QueueName", stack().resolved({"Fn::GetAtt": [queue, "QueueName"]})
    )
    assert found, f"template.yaml: no alarm tells how old the messages of {queue} are: copy AnnouncementsAgeAlarm"
    longest_delay = 900
    assert all(one["Threshold"] > longest_delay for one in found), (
        "what is paused waits in the queue, and is no trouble"
    )


@pytest.mark.parametrize("what", ["Sweep", "Canary"])
def test_what_fails_on_its_schedule_or_does_not_run_raises_an_alarm(what: str) -> None:
    """By metrics of AWS's own namespaces, which nobody but AWS writes ("PutMetricData", CloudWatch API reference)."""
    machine = stack().resolved({"Ref": f"{what}StateMachine"})
    (failed,) = _alarms("ExecutionsFailed", "StateMachineArn", machine)
    assert failed["Threshold"] == 0
    (overdue,) = _alarms("ExecutionsSucceeded", "StateMachineArn", machine)
    assert (overdue["TreatMissingData"], overdue["ComparisonOperator"]) == ("breaching", "LessThanThreshold")
    longest = template()["Parameters"][f"{what}EveryMinutes"]["MaxValue"] * 60
    assert overdue["Period"] >= longest, "what is only rare is not overdue"
    assert all(one["Namespace"] == "AWS/States" for one in (failed, overdue))


def test_a_denied_call_of_any_function_raises_an_alarm() -> None:
    (filter_,) = stack().of_type("AWS::Logs::MetricFilter").values()
    assert filter_["LogGroupName"] == stack().resolved({"Ref": "FunctionsLogGroup"})
    assert {"?AccessDenied", "?UnauthorizedOperation"} <= set(filter_["FilterPattern"].split())
    (metric,) = filter_["MetricTransformations"]
    assert [one for one in ALARMS.values() if one["MetricName"] == metric["MetricName"]]


@pytest.mark.parametrize("alarm", [name for name in ALARMS if name.startswith("Announce")])
def test_a_broken_alert_path_is_not_told_by_itself_alone(alarm: str) -> None:
    pages = stack().resolved({"Ref": "PagesTopic"})
    assert pages in ALARMS[alarm]["AlarmActions"], f"template.yaml, {alarm}: on-call must hear of it by PagesTopic"


@pytest.mark.parametrize("alarm", ALARMS)
def test_whoever_hears_of_an_alarm_hears_that_it_is_over(alarm: str) -> None:
    assert ALARMS[alarm]["OKActions"] == ALARMS[alarm]["AlarmActions"], f"template.yaml, {alarm}: OKActions"


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_somebody_and_says_where_to_read_on(alarm: str) -> None:
    one = ALARMS[alarm]
    assert TOPICS & set(one["AlarmActions"]), f"template.yaml, {alarm}: no topic of ours"
    pages = re.findall(r"docs/runbooks/\w+\.md", one["AlarmDescription"])
    assert pages, f"template.yaml, {alarm}: no runbook in its AlarmDescription"
    assert all((ROOT / page).is_file() for page in pages), f"template.yaml, {alarm}: there is no {pages}"
