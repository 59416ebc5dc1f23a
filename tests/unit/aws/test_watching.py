"""Web ACLs and alarms: neighbours, strangers of our name, what was just made, and what is in use."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.trouble import removing, telling
from holdfast.core.reconcile import check
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import refusing
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.cloudwatch import TOPIC, put
from tests.unit.aws.specimens.wafv2 import BALANCER, foreign
from tests.unit.aws.subject import Subject

WEB_ACL, ASSOCIATION, ALARM = "AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation", "AWS::CloudWatch::Alarm"


def test_web_acl_of_our_name_without_our_tags_is_somebody_elses(clients: Clients) -> None:
    subject = Subject(clients, WEB_ACL, SPECIMENS[WEB_ACL].promise(clients))
    foreign(clients, "atlas")
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.bring_back()


def test_alarm_of_our_name_without_our_tags_is_somebody_elses(clients: Clients) -> None:
    subject = Subject(clients, ALARM, SPECIMENS[ALARM].promise(clients))
    put(AlarmName="atlas-specimen", AlarmActions=[TOPIC])(clients, "atlas-specimen-2")
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.bring_back()


@pytest.mark.parametrize("code", ["WAFUnavailableEntityException", "WAFOptimisticLockException"])
def test_what_waf_does_not_see_yet_is_asked_for_again(clients: Clients, code: str) -> None:
    subject = Subject(clients, ASSOCIATION, SPECIMENS[ASSOCIATION].promise(clients))
    with (
        refusing(clients.wafv2, "AssociateWebACL", code, "Retry"),
        pytest.raises(ComeBackLater),
        telling("waf/web_acl_association"),
    ):
        subject.bring_back()
    subject.bring_back()
    assert check(subject.resource).holds


def test_web_acl_in_use_is_left_until_its_association_is_gone(clients: Clients) -> None:
    subject = Subject.standing(clients, WEB_ACL)
    clients.wafv2.associate_web_acl(WebACLArn=subject.physical["Arn"], ResourceArn=BALANCER)
    with pytest.raises(ComeBackLater), removing("waf/web_acl"):
        subject.delete()
    clients.wafv2.disassociate_web_acl(ResourceArn=BALANCER)
    subject.delete()
    assert subject.resource.observe() is None
