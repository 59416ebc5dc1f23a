"""Where an event of a cluster's audit log leads, and which events are listened to at all."""

import re
from typing import Any, Final

import pytest

from holdfast.core.concern import HOME
from holdfast.kubernetes.audit import AUDITED, LONGEST_PATTERN, heard, pattern
from local.gaps.logs_patterns import REGEX, matches
from tests.static.declared import LINES
from tests.support.audited import event, written

OURS: Final = "arn:aws:iam::123456789012:role/atlas-kubernetes"
PATTERN: Final = pattern(OURS, "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-kubernetes")


def test_an_event_leads_to_the_object_and_says_who_wrote_it() -> None:
    (found,) = heard("atlas", event())
    assert (found.kind.type_name, found.identity) == (
        "Kubernetes::Deployment",
        "atlas/Deployment/application/application",
    )
    assert found.actor.arn == "arn:aws:sts::123456789012:assumed-role/admin/alice"
    assert (found.actor.source_address, found.actor.user_agent) == ("203.0.113.7", "kubectl/v1.36.0")
    assert (found.actor.event_id, found.actor.event_name) == ("0c5e", "patch deployments/scale")
    assert found.actor.at == pytest.approx(1767261607.25)


def test_what_lies_in_no_namespace_is_found_by_its_name() -> None:
    reference = {"resource": "clusterroles", "apiGroup": "rbac.authorization.k8s.io", "name": "traefik"}
    (found,) = heard("atlas", event(objectRef=reference))
    assert found.identity == "atlas/ClusterRole/-/traefik"


def test_a_namespace_is_in_none_although_its_events_name_one() -> None:
    (found,) = heard(
        "atlas", event(objectRef={"resource": "namespaces", "namespace": "application", "name": "application"})
    )
    assert found.identity == "atlas/Namespace/-/application"


def test_all_of_a_kind_that_goes_leads_to_its_namespace() -> None:
    reference = {"resource": "networkpolicies", "apiGroup": "networking.k8s.io", "namespace": "application"}
    (found,) = heard("atlas", event(verb="deletecollection", objectRef=reference))
    assert (found.kind.kind, found.identity) == ("NetworkPolicy", "atlas/Namespace/-/application")


@pytest.mark.parametrize("name", ["mallory", ""])
def test_what_adds_to_all_others_of_its_namespace_leads_to_that(name: str) -> None:
    """Also under a name that the API makes up."""
    reference = {"resource": "networkpolicies", "apiGroup": "networking.k8s.io", "namespace": "application"}
    *_, found = heard("atlas", event(verb="create", objectRef={**reference, "name": name}))
    assert (found.kind.kind, found.identity) == ("Namespace", "atlas/Namespace/-/application")


def test_whom_iam_does_not_know_is_told_as_kubernetes_calls_them() -> None:
    (found,) = heard("atlas", event(user={"username": "system:serviceaccount:default:pod"}))
    assert found.actor.arn == "system:serviceaccount:default:pod"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"objectRef": None},
        {"objectRef": {"resource": 1, "name": []}},
        event(objectRef={"resource": "pods", "namespace": "application", "name": "a"}),
        event(objectRef={"resource": "deployments", "namespace": "application", "name": "a"}),
        event(verb="create", objectRef={"resource": "deployments", "apiGroup": "apps", "namespace": "application"}),
    ],
    ids=["nothing", "a list", "empty", "no object", "no words", "a pod", "of no group", "a name that the API makes up"],
)
def test_what_could_not_be_ours_leads_nowhere(told: object) -> None:
    assert list(heard("atlas", told)) == []


@pytest.mark.parametrize("lacks", ["user", "sourceIPs", "userAgent", "auditID", "requestReceivedTimestamp", "verb"])
def test_half_an_event_still_says_where(lacks: str) -> None:
    told = {key: value for key, value in event().items() if key != lacks}
    (found,) = heard("atlas", told)
    assert found.identity == "atlas/Deployment/application/application"


# ── the filter ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pattern_is_one_that_cloudwatch_logs_takes() -> None:
    longest = pattern(
        *(
            f"arn:aws-us-gov:iam::123456789012:role/{path}{'a' * 20}-kubernetes"
            for path in ("", "holdfast/" + "a" * 20 + "/")
        )
    )
    assert len(longest) <= LONGEST_PATTERN
    assert len(REGEX.findall(longest)) <= 2
    assert not any(set(one) & set("()!:") for one in REGEX.findall(longest)), "signs that its regular expressions lack"


def test_every_kind_that_a_layer_promises_is_listened_to() -> None:
    listened = {kind.type_name for kind in AUDITED.values()}
    promised = {line.kind for line in LINES.values() if line.kind.startswith("Kubernetes::")}
    assert promised <= listened, f"kubernetes/kinds.py: audited=False of {sorted(promised - listened)}"
    assert listened <= HOME.keys()


HEARD: Final[dict[str, dict[str, Any]]] = {
    "patched": {},
    "deleted": {"verb": "delete", "responseStatus": {"code": 200}},
    "by a service account": {"user": {"username": "system:serviceaccount:default:pod"}},
    "the whole object": {"objectRef": {"resource": "networkpolicies", "name": "a", "namespace": "b"}},
    "by a user of our role's name": {"user": {"extra": {"canonicalArn": [OURS.replace("role/", "user/")]}}},
    "by one whose name in the cluster is ours": {
        "user": {
            "username": "arn:aws:sts::123456789012:assumed-role/atlas-kubernetes/x",
            "extra": {"canonicalArn": ["mallory"]},
        }
    },
}
NOT_HEARD: Final[dict[str, dict[str, Any]]] = {
    "looked at": {"verb": "get"},
    "watched": {"verb": "watch"},
    "refused": {"responseStatus": {"code": 403}},
    "only begun": {"stage": "RequestReceived"},
    "its status": {"objectRef": {"resource": "deployments", "name": "a", "namespace": "b", "subresource": "status"}},
    "a token": {"objectRef": {"resource": "serviceaccounts", "name": "a", "namespace": "b", "subresource": "token"}},
    "a lock": {"objectRef": {"resource": "leases", "name": "a", "namespace": "b"}},
    "by us": {"user": {"extra": {"canonicalArn": [OURS]}}},
    "by us, with the path": {
        "user": {"extra": {"canonicalArn": ["arn:aws:iam::123456789012:role/holdfast/atlas/atlas-kubernetes"]}}
    },
}


@pytest.mark.parametrize("how", HEARD)
def test_whoever_writes_what_may_be_ours_is_heard(how: str) -> None:
    assert matches(PATTERN, written(**HEARD[how]))


@pytest.mark.parametrize("how", NOT_HEARD)
def test_all_else_is_not(how: str) -> None:
    assert not matches(PATTERN, written(**NOT_HEARD[how]))


def test_the_pattern_names_each_resource_once_and_as_a_whole() -> None:
    (_, resources) = REGEX.findall(PATTERN)
    named = resources.split("|")
    assert sorted(named) == sorted(f"^{plural}$" for _, plural in AUDITED)
    assert all(re.fullmatch(r"\^[a-z]+\$", one) for one in named)
