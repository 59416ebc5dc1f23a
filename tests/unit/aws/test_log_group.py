"""Log groups: found by their whole name, taken over from a writer that came first."""

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import check
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.subject import Subject

LOG_GROUP = "AWS::Logs::LogGroup"


def test_neighbour_whose_name_begins_with_ours_is_not_taken_for_ours(clients: Clients) -> None:
    subject = Subject(clients, LOG_GROUP, SPECIMENS[LOG_GROUP].promise(clients))
    clients.logs.create_log_group(logGroupName="aws-waf-logs-atlas-2-more")
    assert subject.resource.observe() is None


def test_group_that_its_writer_made_is_taken_over(clients: Clients) -> None:
    subject = Subject(clients, LOG_GROUP, SPECIMENS[LOG_GROUP].promise(clients))
    clients.logs.create_log_group(logGroupName="aws-waf-logs-atlas")
    drift = {change.path for change in check(subject.resource).drift}
    assert {"KmsKeyId", "RetentionInDays", "Tags.holdfast:environment"} <= drift
    subject.bring_back()
    assert check(subject.resource).holds
