"""What is special about objects in the cluster: whose they are, what others may do, what cannot be changed."""

from copy import copy
from functools import reduce
from typing import Any, Final

import msgspec
import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS
from holdfast.core.diff import diff
from holdfast.core.fields import flat
from holdfast.core.guard import ExceptionSaid, instead
from holdfast.core.manifest import properties
from holdfast.core.reconcile import check
from holdfast.core.resource import Drift
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.kubernetes.api import Answer
from holdfast.kubernetes.objects import ObjectState
from holdfast.kubernetes.refusal import expect
from tests.support.kubernetes import Clusters, InProcess
from tests.unit.aws.specimens import SPECIMENS, Deed
from tests.unit.aws.specimens.kubernetes import REPLACED, path
from tests.unit.aws.subject import Subject

DEPLOYMENT: Final = "Kubernetes::Deployment"
HOME: Final = "/apis/apps/v1/namespaces/default/deployments/specimen"


@pytest.fixture
def clusters() -> Clusters:
    return Clusters()


@pytest.fixture
def clients(clusters: Clusters) -> Clients:
    return Clients(kubernetes=clusters.__getitem__)


@pytest.fixture
def api(clusters: Clusters) -> InProcess:
    return clusters["atlas"]


def _stands(api: InProcess, where: str = HOME) -> dict[str, Any]:
    return api.request("GET", where).body


# ── whose it is ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("Kubernetes::")])
def test_an_object_that_somebody_else_made_is_never_taken_over(clients: Clients, api: InProcess, kind: str) -> None:
    subject = Subject(clients, kind, SPECIMENS[kind].promise(clients))
    manifest = properties(subject.promised)["Manifest"]
    assert isinstance(manifest, dict)
    theirs = {**manifest, "metadata": {**manifest["metadata"], "labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    where = path(f"atlas/{manifest['kind']}/{manifest['metadata'].get('namespace', '-')}/specimen")
    assert api.request("POST", where.rpartition("/")[0], body=theirs).status == 201
    before = _stands(api, where)

    with pytest.raises(NeedsHuman, match="is not ours: it was written by kubectl-edit"):
        subject.bring_back()
    assert _stands(api, where) == before


def test_ours_is_known_by_its_uid_when_every_mark_is_stripped(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    stripped = _stands(api)
    stripped["metadata"] |= {"labels": {}, "managedFields": [{}]}
    api.request("PUT", HOME, body=stripped)
    assert "holdfast" not in {entry["manager"] for entry in _stands(api)["metadata"]["managedFields"]}

    subject.bring_back()
    assert check(subject.resource).holds


def test_objects_of_two_environments_bear_different_ids(clients: Clients) -> None:
    assert Subject.standing(clients, DEPLOYMENT).physical["id"] == "atlas/Deployment/default/specimen"


# ── what others may do ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param({"spec": {"replicas": 7}}, id="the autoscaler scales it"),
        pytest.param(
            {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}},
            id="someone restarts its pods",
        ),
        pytest.param({"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}}, id="its controller"),
        pytest.param({"metadata": {"labels": {"team": "blue"}}}, id="someone labels it"),
    ],
)
def test_what_belongs_to_others_is_no_drift_and_stays(clients: Clients, api: InProcess, patch: dict[str, Any]) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    api.edit(HOME, patch)
    assert check(subject.resource).holds

    api.edit(HOME, {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "other"}]}}}})
    subject.bring_back()
    assert flat(patch).items() <= flat(_stands(api)).items(), "restoring ours undid theirs"


def test_replicas_that_are_promised_are_held(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    manifest = subject.promised.manifest  # type: ignore[attr-defined]  # of ObjectState
    subject.change_promise(manifest={**manifest, "spec": {**manifest["spec"], "replicas": 2}})
    subject.bring_back()
    api.edit(HOME, {"spec": {"replicas": 0}})
    assert [str(change) for change in check(subject.resource).drift] == ["spec.replicas: promised 2, found 0"]


def test_what_is_promised_no_more_goes(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    first = subject.promised.manifest  # type: ignore[attr-defined]  # of ObjectState
    more = {
        **first["metadata"],
        "annotations": {"holdfast.dev/note": "1"},
        "labels": {**first["metadata"]["labels"], "a": "b"},
    }
    subject.change_promise(manifest={**first, "metadata": more, "spec": {**first["spec"], "minReadySeconds": 5}})
    subject.bring_back()
    assert _stands(api)["spec"]["minReadySeconds"] == 5

    subject.change_promise(manifest=first)
    subject.bring_back()
    stands = _stands(api)
    assert "minReadySeconds" not in stands["spec"]
    assert "annotations" not in stands["metadata"]
    assert "a" not in stands["metadata"]["labels"]


# ── how it is told ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_drift_names_the_path_and_both_values_and_additions_come_first(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    pod = {"hostPID": True, "containers": [{"name": "app", "image": "other:2"}]}
    api.edit(HOME, {"spec": {"template": {"spec": pod}}})
    assert [str(change) for change in check(subject.resource).drift] == [
        "spec.template.spec.hostPID: true was added",
        "spec.template.spec.containers[name=app].image: promised registry.example/app:1, found other:2",
    ]


def test_another_spelling_of_a_quantity_is_no_drift(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    api.edit(
        HOME,
        {"spec": {"template": {"spec": {"containers": [{"name": "app", "resources": {"requests": {"cpu": "500m"}}}]}}}},
    )
    assert check(subject.resource).holds


def test_a_secret_is_never_told(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, "Kubernetes::Secret")
    api.edit("/api/v1/namespaces/default/secrets/specimen", {"stringData": {"token": "hunter2", "more": "hunter3"}})
    told = "; ".join(str(change) for change in check(subject.resource).drift)
    assert "data.token" in told
    assert "data.more" in told
    for value in ("first", "hunter", "Zmlyc3Q", "aHVudGVy"):
        assert value not in told


# ── what cannot be changed ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "swap"), REPLACED.items())
def test_what_nobody_leans_on_is_made_anew(clients: Clients, kind: str, swap: Deed) -> None:
    subject = Subject.standing(clients, f"Kubernetes::{kind}")
    swap(clients, subject.physical["id"])
    assert check(subject.resource).drift
    subject.bring_back()
    assert check(subject.resource).holds


def test_another_selector_needs_a_human_and_is_named_before_anything_is_touched(clients: Clients) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    stands = properties(subject.promised)
    manifest = subject.promised.manifest  # type: ignore[attr-defined]  # of ObjectState
    labels = {"app": "other"}
    template = {**manifest["spec"]["template"], "metadata": {"labels": labels}}
    spec = {**manifest["spec"], "selector": {"matchLabels": labels}, "template": template}
    subject.change_promise(manifest={**manifest, "spec": spec})

    refused = list(KINDS[DEPLOYMENT].refusals(stands, properties(subject.promised)))
    assert refused == ["spec.selector.matchLabels.app is specimen, asked for other"]
    with pytest.raises(
        NeedsHuman, match=r"cannot change this of Deployment specimen in default in place: spec.selector"
    ):
        subject.bring_back()


def test_another_name_is_another_object(clients: Clients) -> None:
    promised = SPECIMENS[DEPLOYMENT].promise(clients)
    assert isinstance(promised, ObjectState)
    metadata = {**promised.manifest["metadata"], "name": "other"}
    renamed = msgspec.structs.replace(promised, manifest={**promised.manifest, "metadata": metadata})
    refused = list(KINDS[DEPLOYMENT].refusals(properties(promised), properties(renamed)))
    assert refused == ["metadata.name is specimen, asked for other"]


# ── what passes by itself ───────────────────────────────────────────────────────────────────────────────────────────


def test_without_its_namespace_it_waits(clients: Clients) -> None:
    promised = SPECIMENS[DEPLOYMENT].promise(clients)
    assert isinstance(promised, ObjectState)
    metadata = {**promised.manifest["metadata"], "namespace": "not-yet"}
    homeless = msgspec.structs.replace(promised, manifest={**promised.manifest, "metadata": metadata})
    with pytest.raises(ComeBackLater, match="its namespace does not stand"):
        Subject(clients, DEPLOYMENT, homeless).bring_back()


def test_a_change_between_look_and_deed_is_looked_at_again(clients: Clients, api: InProcess) -> None:
    subject = Subject.standing(clients, DEPLOYMENT)
    evil = {"spec": {"template": {"spec": {"containers": [{"name": "evil", "image": "evil"}]}}}}
    api.edit(HOME, evil)
    seen = check(subject.resource)
    assert seen.observed is not None
    api.edit(HOME, {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(ComeBackLater, match="has just been changed again"):
        subject.resource.update(seen.observed, seen.drift)


@pytest.mark.parametrize(
    ("status", "said", "trouble"),
    [
        (401, "Unauthorized", NeedsHuman),
        (403, 'deployments.apps is forbidden: User "x" cannot', NeedsHuman),
        (403, "unable to create: ns is being terminated because it is being terminated", ComeBackLater),
        (404, 'namespaces "x" not found', NeedsHuman),
        (409, "Operation cannot be fulfilled", ComeBackLater),
        (429, "too many requests", ComeBackLater),
        (500, ".spec.foo: field not declared in schema", NeedsHuman),
        (503, "the server is currently unable", ComeBackLater),
    ],
)
def test_what_the_api_refuses_is_trouble_of_a_kind(status: int, said: str, trouble: type[Exception]) -> None:
    with pytest.raises(trouble):
        expect(Answer(status, {"message": said}), "Deployment app", "apply it")


# ── what people allowed of it ───────────────────────────────────────────────────────────────────────────────────────

BOUNDS: Final = "Kubernetes::HorizontalPodAutoscaler"
ALLOWED: Final = [(kind, name) for kind in (DEPLOYMENT, BOUNDS) for name in SPECIMENS[kind].deeds]


def _excepting(subject: Subject, drift: Drift) -> Subject:
    """The same object as an undo would have it: its promise, with what was found in it."""
    said = [
        ExceptionSaid(
            by="lead",
            owner="the platform team",
            reason="a test",
            until=1.0,
            said_at=0.0,
            resource="layer/name",
            path=change.path,
            promised=change.promised,
            found=change.found,
        )
        for change in drift
    ]
    other = copy(subject)
    other.promised = msgspec.convert(reduce(instead, said, properties(subject.promised)), ObjectState)
    return other


@pytest.mark.parametrize(("kind", "name"), ALLOWED)
def test_what_was_found_of_an_object_is_what_an_exception_would_have(clients: Clients, kind: str, name: str) -> None:
    subject = Subject.standing(clients, kind)
    SPECIMENS[kind].deeds[name](clients, subject.physical["id"])
    other = _excepting(subject, check(subject.resource).drift)
    assert check(other.resource).drift == (), "this is how it stands: it differs in nothing"


@pytest.mark.parametrize(("kind", "name"), ALLOWED)
def test_what_was_restored_of_an_object_can_be_put_back(clients: Clients, kind: str, name: str) -> None:
    subject = Subject.standing(clients, kind)
    SPECIMENS[kind].deeds[name](clients, subject.physical["id"])
    drift = check(subject.resource).drift
    subject.bring_back()
    other, observed = _excepting(subject, drift), subject.resource.observe()
    assert observed is not None
    other.resource.update(observed, diff(other.promised, observed.state))
    assert check(other.resource).drift == ()
    assert sorted(map(str, check(subject.resource).drift)) == sorted(map(str, drift))


def test_a_restoration_leaves_what_people_allowed(clients: Clients, api: InProcess) -> None:
    """All of the manifest is applied with force: what was allowed otherwise is applied as it stands."""
    subject = Subject.standing(clients, BOUNDS)
    where = path(subject.physical["id"])
    api.edit(where, {"spec": {"maxReplicas": 20, "minReplicas": 1}})
    observed, drift = check(subject.resource)
    assert observed is not None
    assert sorted(change.path for change in drift) == ["spec.maxReplicas", "spec.minReplicas"]
    subject.resource.update(observed, tuple(change for change in drift if change.path == "spec.minReplicas"))
    assert [change.path for change in check(subject.resource).drift] == ["spec.maxReplicas"]
