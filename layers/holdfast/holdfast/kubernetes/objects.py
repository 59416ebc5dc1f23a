"""Kubernetes objects as resources of ours, applied from the server's side under one field manager.

What an object of ours should look like, the API itself says: asked to create our manifest anew, with ``dryRun=All``, it
answers with every default filled in and every quantity in its own spelling, and keeps nothing ("Dry-run",
kubernetes.io/docs/reference/using-api/api-concepts). What stands is compared with that answer, not with our guess of
it: where the manifest speaks, and wherever ``kinds`` says that the object is closed. Who owns which field
(``managedFields``) decides nothing, since whoever may write an object may also write that.

What others added is taken away first, by a JSON patch that fails if anything has changed meanwhile. Then the manifest
is applied with ``force``: of the rest only the fields in it become ours ("Server-Side Apply",
kubernetes.io/docs/reference/using-api/server-side-apply).
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from holdfast.core.fields import OTHERWISE, Difference, differences, flat
from holdfast.core.resource import Drift, Observed, Physical, Resource
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.kubernetes.api import APPLY, FIELD_MANAGER, JSON_PATCH, Api
from holdfast.kubernetes.kinds import Kind, identity
from holdfast.kubernetes.refusal import expect, is_unappliable
from holdfast.kubernetes.state import (
    LABEL_MANAGED_BY,
    FoundState,
    ObjectState,
    is_secret,
    labels,
    stored,
)

__all__ = ["LABEL_MANAGED_BY", "KubernetesObject", "ObjectState", "labels"]

LEAVING: Final = 5
"""Seconds between two looks at an object that waits for its finalizers."""
BY_US: Final = {"fieldManager": FIELD_MANAGER}
AS_IF_NEW: Final = {**BY_US, "dryRun": "All", "fieldValidation": "Strict"}


class KubernetesObject(Resource[ObjectState]):
    """One object. ``description`` is its line in ``kinds``."""

    description: ClassVar[Kind]

    @property
    @abstractmethod
    def api(self) -> Api:
        """The API of the cluster that it lives in."""

    @classmethod
    def refusals(cls, stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
        before, after = (flat(properties["Manifest"]) for properties in (stands, asked))
        for path in sorted(before.keys() | after.keys()):
            names_it = path in {"apiVersion", "kind", "metadata.name", "metadata.namespace"}
            if (names_it or cls.description.is_fixed(path)) and before.get(path) != after.get(path):
                yield f"{path} is {before.get(path)}, asked for {after.get(path)}"

    # ── observe ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def observe(self) -> Observed[ObjectState] | None:
        answer = self.api.request("GET", self._path)
        if answer.status == 404:
            return None
        stands = expect(answer, self._what, "read it")
        self._refuse_someone_elses(stands)
        physical = self._physical(stands)
        if "deletionTimestamp" in stands["metadata"]:
            return Observed(state=self.desired, physical=physical, wait=LEAVING)
        return Observed(state=self._found(stands), physical=physical)

    def _found(self, stands: dict[str, Any]) -> FoundState:
        """The promise, and all that differs from it by what the API itself would make of it."""
        promised, found, removable = self.desired.compared(), dict[str, Any](), dict[str, dict[str, Any]]()
        for one in (*differences(self._as_if_new(), stands), *self._no_longer_promised(stands)):
            paths = [
                path for path in (flat(one.wanted, one.path) if one.wanted is not None else ()) if path in promised
            ]
            if one.path in promised or paths:
                found |= dict.fromkeys(paths or [one.path], self._told(one.path, one.found))
                continue
            for added in self._closed(one):
                found[added.path] = self._told(added.path, added.found)
                removable[added.path] = _patch(added)
        return FoundState(
            manifest=self.desired.manifest,
            found=found,
            removable=removable,
            version=stands["metadata"]["resourceVersion"],
        )

    def _closed(self, one: Difference) -> Iterator[Difference]:
        """Of what was found in places where the manifest is silent: what may not be there."""
        if one.found is None:
            return
        closed = [self.description.is_closed(path) for path in flat(one.found, one.path)]
        is_member = isinstance(one.pointer[-1], int)  # of a list: there or not there, as a whole
        if all(closed) or (is_member and any(closed)):
            yield one
        elif isinstance(one.found, dict) and one.wanted is None:
            for member in differences({}, one.found, one.path, one.pointer):
                yield from self._closed(member)

    def _as_if_new(self) -> dict[str, Any]:
        """What the API would make of our manifest if nothing stood.

        Asked under a name that it makes up, and without node ports: what stands has taken both.
        """
        metadata = {key: value for key, value in self._manifest["metadata"].items() if key != "name"}
        asked = {**_without_node_ports(self._manifest), "metadata": {**metadata, "generateName": "holdfast-"}}
        answer = self.api.request("POST", self._collection, query=AS_IF_NEW, body=asked)
        made = expect(answer, self._what, "say what it should be")
        made = _with_node_ports(made, self._manifest)
        return {**made, "metadata": {"labels": {}, "annotations": {}, **self._manifest["metadata"]}}

    def _no_longer_promised(self, stands: Mapping[str, Any]) -> Iterator[Difference]:
        """Labels and annotations that we applied once and promise no more: metadata is open, nothing else says so."""
        metadata = stands["metadata"]
        for entry in metadata.get("managedFields", []):
            if (entry.get("manager"), entry.get("operation")) != (FIELD_MANAGER, "Apply"):
                continue
            owned = entry.get("fieldsV1", {}).get("f:metadata", {})
            for field in ("labels", "annotations"):
                for key in owned.get(f"f:{field}", {}):
                    name, value = key.removeprefix("f:"), metadata.get(field, {}).get(key.removeprefix("f:"))
                    if key != "." and value is not None and name not in self._manifest["metadata"].get(field, {}):
                        path = next(iter(flat({name: value}, f"metadata.{field}")))
                        yield Difference(path, ("metadata", field, name), None, value)

    def _told(self, path: str, value: object) -> object:
        return OTHERWISE if value is not None and is_secret(self._manifest, path) else value

    def _refuse_someone_elses(self, stands: Mapping[str, Any]) -> None:
        """An object of our name that is not ours is never taken over; one in the place of ours is a change of it."""
        metadata = stands["metadata"]
        marked = labels(self.address).items() <= metadata.get("labels", {}).items()
        managers = {entry.get("manager") for entry in metadata.get("managedFields", [])}
        if marked or FIELD_MANAGER in managers or self.physical:
            return
        raise NeedsHuman(
            str(self.address),
            f"{self._what} stands already and is not ours: it was written by {', '.join(sorted(map(str, managers)))}",
            "delete it if nobody needs it, then build again; Holdfast takes over nothing that it did not make",
        )

    # ── create, update, delete ──────────────────────────────────────────────────────────────────────────────────────

    def create(self) -> Physical:
        """Without ``force``: one of that name that has come between is met by the next look."""
        answer = self.api.request("PATCH", self._path, query=BY_US, body=self._manifest, content_type=APPLY)
        return self._physical(expect(answer, self._what, "create it"))

    def update(self, observed: Observed[ObjectState], drift: Drift) -> tuple[str, ...]:
        fixed = [change for change in drift if self.description.is_fixed(change.path)]
        if fixed and self.description.replaceable:
            self._remove(observed.physical)
            return (f"DELETE {self._path}",)
        if fixed:
            raise NeedsHuman(
                str(self.address),
                f"Kubernetes cannot change this of {self._what} in place: " + "; ".join(map(str, fixed)),
                "delete the object when its absence can be borne, Holdfast makes it anew; its audit log says why",
            )
        assert isinstance(observed.state, FoundState)
        return (*self._take_away(observed.state, drift), *self._apply(observed.state.but_for(drift, self._manifest)))

    def _take_away(self, state: FoundState, drift: Drift) -> list[str]:
        """What was added, from the end of each list on, so that places before it stay what they are."""
        added = [change.path for change in drift if change.promised is None and change.path in state.removable]
        if not added:
            return []
        unchanged = {"op": "test", "path": "/metadata/resourceVersion", "value": state.version}
        steps = [state.removable[path] for path in reversed([path for path in state.removable if path in added])]
        answer = self.api.request("PATCH", self._path, query=BY_US, body=[unchanged, *steps], content_type=JSON_PATCH)
        if is_unappliable(answer):
            raise ComeBackLater(f"{self._what} has just been changed again", 1)
        expect(answer, self._what, "take away what was added")
        return [f"PATCH {self._path} {state.removable[path]['op']} {path}" for path in added]

    def _apply(self, manifest: dict[str, Any]) -> list[str]:
        query = {**BY_US, "force": "true"}
        answer = self.api.request("PATCH", self._path, query=query, body=manifest, content_type=APPLY)
        expect(answer, self._what, "apply it")
        return [f"PATCH {self._path} apply"]

    def delete(self, observed: Observed[ObjectState]) -> None:
        """What it owns goes first ("Foreground cascading deletion", kubernetes.io/docs/concepts/architecture)."""
        self._remove(observed.physical)

    def _remove(self, physical: Physical) -> None:
        options = {"propagationPolicy": "Foreground", "preconditions": {"uid": physical["Uid"]}}
        answer = self.api.request("DELETE", self._path, body=options)
        if answer.status != 404:
            expect(answer, self._what, "delete it")

    # ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _manifest(self) -> dict[str, Any]:
        return stored(self.desired.manifest)

    @property
    def _name(self) -> str:
        return str(self._manifest["metadata"]["name"])

    @property
    def _namespace(self) -> str:
        return str(self._manifest["metadata"].get("namespace", ""))

    @property
    def _collection(self) -> str:
        return self.description.collection(self._namespace)

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self._name}"

    @property
    def _what(self) -> str:
        within = f" in {self._namespace}" if self._namespace else ""
        return f"{self.description.kind} {self._name}{within}"

    def _physical(self, stands: Mapping[str, Any]) -> Physical:
        known_as = identity(self.address.environment, self.description.kind, self._namespace, self._name)
        return {"id": known_as, "Uid": stands["metadata"]["uid"], "Name": self._name}


def _patch(one: Difference) -> dict[str, Any]:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in one.pointer)
    if one.wanted is None:
        return {"op": "remove", "path": pointer}
    return {"op": "replace", "path": pointer, "value": one.wanted}


def _without_node_ports(manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] != "Service":
        return manifest
    ports = [{key: value for key, value in port.items() if key != "nodePort"} for port in manifest["spec"]["ports"]]
    return {**manifest, "spec": {**manifest["spec"], "ports": ports}}


def _with_node_ports(made: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] != "Service":
        return made
    asked = [port.get("nodePort") for port in manifest["spec"]["ports"]]
    ports = [
        {**port, **({"nodePort": fixed} if fixed else {})}
        for port, fixed in zip(made["spec"]["ports"], asked, strict=True)
    ]
    return {**made, "spec": {**made["spec"], "ports": ports}}
