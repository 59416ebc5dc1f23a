"""Certificates, DNS records and load balancers: whose a record is, what ACM gives up on, what is protected."""

from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from moto.acm import acm_backends
from moto.elbv2 import elbv2_backends

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import Reach, check, enforce
from holdfast.core.restoration import aimed
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import refusing
from tests.support.world import SITE, ZONE
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.edge import HOST, attribute, certificate, record
from tests.unit.aws.subject import Subject

CERTIFICATE: Final = "AWS::CertificateManager::Certificate"
RECORD: Final = "AWS::Route53::RecordSet"
LISTENER: Final = "AWS::ElasticLoadBalancingV2::Listener"
RULE: Final = "AWS::ElasticLoadBalancingV2::ListenerRule"
BALANCER: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def _backend(arn: str) -> Any:
    return acm_backends[SITE.account][SITE.region]._certificates[arn]


def test_a_record_that_somebody_else_made_is_never_taken_over(clients: Clients) -> None:
    subject = Subject(clients, RECORD, SPECIMENS[RECORD].promise(clients))
    record(clients, "CREATE", HOST, "A", "192.0.2.66")
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.bring_back()


def test_a_record_that_says_what_is_promised_is_as_good_as_ours(clients: Clients) -> None:
    subject = Subject.standing(clients, RECORD)
    subject.physical = {}
    subject.bring_back()
    assert subject.physical == {"id": HOST}


def test_a_record_that_someone_makes_in_between_is_not_overwritten(clients: Clients) -> None:
    subject = Subject(clients, RECORD, SPECIMENS[RECORD].promise(clients))
    record(clients, "CREATE", HOST, "A", "192.0.2.66")
    subject.resource.create()
    with pytest.raises(NeedsHuman, match=r"192\.0\.2\.66"):
        subject.resource.observe()


def test_a_certificate_says_what_dns_must_say_before_it_is_issued(clients: Clients) -> None:
    clients.acm.request_certificate(DomainName=f"other.{ZONE}")
    subject = Subject(clients, CERTIFICATE, SPECIMENS[CERTIFICATE].promise(clients))
    subject.physical = subject.resource.create()
    _backend(subject.physical["id"]).status = "PENDING_VALIDATION"
    observed = subject.resource.observe()
    assert observed is not None
    assert observed.physical["ValidationName"].endswith(HOST)
    assert observed.physical["ValidationValue"].endswith("acm-validations.aws")


def test_until_acm_knows_what_dns_must_say_it_is_asked_again_soon(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = Subject(clients, CERTIFICATE, SPECIMENS[CERTIFICATE].promise(clients))
    subject.physical = subject.resource.create()
    bundle = _backend(subject.physical["id"])
    described = bundle.describe()
    described["Certificate"] |= {"Status": "PENDING_VALIDATION", "DomainValidationOptions": []}
    monkeypatch.setattr(bundle, "describe", lambda: described, raising=False)
    with pytest.raises(ComeBackLater):
        subject.resource.observe()


def test_a_certificate_that_timed_out_is_removed_and_asked_for_anew(clients: Clients) -> None:
    subject = Subject.standing(clients, CERTIFICATE)
    given_up = subject.physical["id"]
    _backend(given_up).status = "VALIDATION_TIMED_OUT"
    with pytest.raises(NeedsHuman, match="VALIDATION_TIMED_OUT"):
        subject.bring_back()

    step = enforce(subject.resource, Reach(lambda: None, lambda: None, discard=True))
    assert step.did == "discard"
    subject.bring_back()
    assert subject.physical["id"] != given_up


def test_a_load_balancer_that_could_not_be_set_up_is_removed_and_made_anew(clients: Clients) -> None:
    subject = Subject.standing(clients, BALANCER)
    given_up = subject.physical["id"]
    backend: Any = elbv2_backends[SITE.account][SITE.region]
    backend.load_balancers[given_up].state = "failed"
    with pytest.raises(NeedsHuman, match="AWS gave up on it: AWS gives no reason"):
        subject.bring_back()

    step = enforce(subject.resource, Reach(lambda: None, lambda: None, discard=True))
    assert step.did == "discard"
    assert given_up not in backend.load_balancers
    subject.physical = {}
    subject.bring_back()
    assert check(subject.resource).holds


def test_of_two_certificates_with_our_tags_nobody_guesses(clients: Clients) -> None:
    subject = Subject.standing(clients, CERTIFICATE)
    tags: Any = [{"Key": key, "Value": value} for key, value in subject.resource.address.tags.items()]
    certificate(clients, KeyAlgorithm="EC_prime256v1", Tags=tags)
    subject.physical = {}
    with pytest.raises(NeedsHuman, match="2 certificates"):
        subject.resource.observe()


def test_a_load_balancer_of_our_name_without_our_tags_is_somebody_elses(clients: Clients) -> None:
    subject = Subject.standing(clients, BALANCER)
    clients.elbv2.remove_tags(ResourceArns=[subject.physical["id"]], TagKeys=["holdfast:environment"])
    subject.physical = {}
    with pytest.raises(NeedsHuman, match="atlas-holdfast is somebody else's"):
        subject.resource.observe()


def test_a_protected_load_balancer_is_released_only_to_be_deleted(clients: Clients) -> None:
    subject = Subject.standing(clients, BALANCER)
    arn = subject.physical["id"]
    with pytest.raises(ClientError, match="deletion protection"):
        clients.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    attribute("routing.http2.enabled", "false")(clients, arn)
    subject.delete()
    assert subject.resource.observe() is None


def test_a_rule_whose_listener_somebody_deleted_waits_for_it_to_be_made_again(clients: Clients) -> None:
    """It goes with its listener, and comes back under the new one's ARN, which only the manifest will know."""
    subject = Subject.standing(clients, RULE)
    listener = subject.resource.desired.listener_arn
    clients.elbv2.delete_listener(ListenerArn=listener)
    assert subject.resource.observe() is None
    gone = refusing(clients.elbv2, "CreateRule", "ListenerNotFound", f"One or more listeners not found: {listener}")
    with gone, pytest.raises(ComeBackLater, match="once it has been made again"):
        subject.resource.create()


def test_a_certificate_that_was_excepted_takes_no_other_s_place(clients: Clients) -> None:
    """Whichever of the two comes first by its ARN: only what drifted is written."""
    subject = Subject.standing(clients, LISTENER)
    arn, ours = subject.physical["id"], _serves(clients, subject.physical["id"])
    others: list[Any] = [{"CertificateArn": certificate(clients, f"{name}.{ZONE}")} for name in ("a", "b", "c", "d")]
    for other in others:
        clients.elbv2.add_listener_certificates(ListenerArn=arn, Certificates=[other])
    clients.elbv2.modify_listener(ListenerArn=arn, SslPolicy="ELBSecurityPolicy-2016-08")
    observed, drift = check(subject.resource)
    assert observed is not None
    weakened = tuple(change for change in drift if change.path == "SslPolicy")
    assert aimed(subject.resource, observed, weakened).update(observed, weakened)
    assert _serves(clients, arn) == ours
    assert {change.path for change in check(subject.resource).drift} == {"Certificates"}


def _serves(clients: Clients, arn: str) -> str:
    """The default certificate."""
    (listener,) = clients.elbv2.describe_listeners(ListenerArns=[arn])["Listeners"]
    return listener.get("Certificates", [])[0].get("CertificateArn", "")
