"""What AWS tells of in us-east-1 alone is brought to where the concerns listen."""

from typing import Final

from tests.static import concerns
from tests.static.stack import PSEUDO, abroad

GLOBAL: Final = frozenset({"iam.amazonaws.com", "route53.amazonaws.com"})
"""Sources of events that CloudTrail writes down in us-east-1 ("Global service events", CloudTrail user guide)."""
RULE: Final = abroad().of_type("AWS::Events::Rule")["GlobalCalls"]


def test_every_global_source_that_a_concern_watches_is_forwarded() -> None:
    watched = {line.event_source for concern in concerns.every().values() for line in concern.watched} & GLOBAL
    detail = RULE["EventPattern"]["detail"]
    assert watched <= set(detail["eventSource"]), "template-us-east-1.yaml, GlobalCalls"
    sources = [f"aws.{one.removesuffix('.amazonaws.com')}" for one in detail["eventSource"]]
    assert RULE["EventPattern"]["source"] == sources
    assert (detail["readOnly"], detail["errorCode"]) == ([False], [{"exists": False}])


def test_they_go_home_by_a_role_that_can_do_nothing_else() -> None:
    (target,) = RULE["Targets"]
    home = f"arn:aws:events:{PSEUDO['HomeRegion']}:{PSEUDO['AWS::AccountId']}:event-bus/default"
    assert target["Arn"] == home
    allowed = {(action, arn) for one in abroad().roles["HomeRole"] for action in one.actions for arn in one.resources}
    assert allowed == {("events:PutEvents", home)}
