"""What AWS tells of in us-east-1 alone is brought to where the concerns listen."""

import json
from typing import Any, Final

import pytest

from holdfast.core.event import CLOUDTRAIL
from tests.static import concerns
from tests.static.pattern import fits
from tests.static.stack import PSEUDO, abroad, stack

GLOBAL: Final = frozenset({"iam.amazonaws.com", "route53.amazonaws.com"})
"""Sources of events that CloudTrail writes down in us-east-1 ("Global service events", CloudTrail user guide)."""
RULES: Final = abroad().of_type("AWS::Events::Rule")
RULE: Final = RULES["GlobalCalls"]


def test_every_global_source_that_a_concern_watches_is_forwarded() -> None:
    watched = {line.event_source for concern in concerns.every().values() for line in concern.watched} & GLOBAL
    detail = RULE["EventPattern"]["detail"]
    assert watched <= set(detail["eventSource"]), "template-us-east-1.yaml, GlobalCalls"
    sources = [f"aws.{one.removesuffix('.amazonaws.com')}" for one in detail["eventSource"]]
    assert RULE["EventPattern"]["source"] == sources
    assert (detail["readOnly"], detail["errorCode"]) == ([False], [{"exists": False}])


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_they_go_home_by_a_role_that_can_do_nothing_else(rule: dict[str, Any]) -> None:
    (target,) = rule["Targets"]
    home = f"arn:aws:events:{PSEUDO['HomeRegion']}:{PSEUDO['AWS::AccountId']}:event-bus/default"
    assert target["Arn"] == home
    allowed = {(action, arn) for one in abroad().roles["HomeRole"] for action in one.actions for arn in one.resources}
    assert allowed == {("events:PutEvents", home)}


@pytest.mark.parametrize("name", RULES)
def test_of_a_rule_that_is_off_another_tells_at_home(name: str) -> None:
    detail = {
        "eventSource": "events.amazonaws.com",
        "eventName": "DisableRule",
        "readOnly": False,
        "requestParameters": {"name": f"{PSEUDO['AWS::StackName']}-us-east-1-{name}-1A2B"},
    }
    event = {"source": "aws.events", "detail-type": CLOUDTRAIL, "detail": detail}
    others = [rule for other, rule in RULES.items() if other != name]
    named = json.loads(
        json.dumps(others).replace(f'"{PSEUDO["AWS::StackName"]}-G', f'"{PSEUDO["AWS::StackName"]}-us-east-1-G')
    )
    assert any(fits(rule["EventPattern"], event) for rule in named)
    assert fits(stack().of_type("AWS::Events::Rule")["OwnRules"]["EventPattern"], event)
