"""The verbs of the API over one cluster's objects ("Kubernetes API Concepts", "Server-Side Apply").

There are no controllers: what is deleted is gone at once, and with a namespace all that is in it.
"""

import copy
import secrets
import threading
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from local.kubernetes import merge, validation
from local.kubernetes.allocation import allocate
from local.kubernetes.applying import applied, tracked
from local.kubernetes.defaults import fill_in, spelled
from local.kubernetes.json_patch import patched
from local.kubernetes.refusal import Refusal
from local.kubernetes.schema import Schema
from local.kubernetes.selectors import selected
from local.kubernetes.served import Place, Served, discovery, place
from local.kubernetes.store import Store

type Object = dict[str, Any]

APPLY: Final = "application/apply-patch+yaml"
_HEALTHY: Final = ("/healthz", "/livez", "/readyz")
_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"


class Asked(NamedTuple):
    """One request. `agent`: the field manager of whoever names none."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Any = None
    content_type: str = "application/json"
    agent: str = "unknown"

    @property
    def is_dry(self) -> bool:
        return self.query.get("dryRun") == "All"

    @property
    def manager(self) -> str:
        return self.query.get("fieldManager") or self.agent


class Cluster:
    """Thread-safe. `answer` never raises for what a client did wrong."""

    def __init__(self) -> None:
        self.store = Store()
        self._lock = threading.RLock()

    def answer(self, asked: Asked) -> tuple[int, Object]:
        try:
            with self._lock:
                return self._answer(asked)
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _answer(self, asked: Asked) -> tuple[int, Object]:
        document = {"message": "ok"} if asked.path in _HEALTHY else discovery(asked.path)
        if document:
            return 200, document
        there = place(asked.path)
        if there is None:
            raise Refusal(404, "the server could not find the requested resource")
        return self._read(there, asked) if asked.method == "GET" else self._write(there, asked)

    def _write(self, there: Place, asked: Asked) -> tuple[int, Object]:
        match asked.method, there:
            case "POST", Place(name="", served=served) if there.namespace or not served.namespaced:
                return 201, self._create(there, asked)
            case "PUT", Place(subresource="" | "status") if there.name:
                return 200, self._replace(there, asked)
            case "PATCH", Place(subresource="" | "status" | "scale") if there.name:
                return self._patch(there, asked)
            case "DELETE", Place(subresource="") if there.name:
                return 200, self._delete(there, asked)
            case _:
                raise Refusal(405, "the server does not allow this method on the requested resource")

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, there: Place, asked: Asked) -> tuple[int, Object]:
        return 200, self._existing(there) if there.name else self._list(there, asked)

    def _list(self, there: Place, asked: Asked) -> Object:
        served = there.served
        query = asked.query.get("labelSelector", ""), asked.query.get("fieldSelector", "")
        found = [obj for obj in self.store.all(served, there.namespace) if selected(obj, *query)]
        items = [{key: value for key, value in obj.items() if key not in {"apiVersion", "kind"}} for obj in found]
        metadata = {"resourceVersion": self.store.version}
        return {"kind": f"{served.kind}List", "apiVersion": served.api_version, "metadata": metadata, "items": items}

    def _existing(self, there: Place) -> Object:
        found = self._found(there)
        if found is None:
            raise missing(there.served, there.name)
        return found

    def _found(self, there: Place) -> Object | None:
        return self.store.get(there.served.resource, there.namespace, there.name)

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _create(self, there: Place, asked: Asked) -> Object:
        obj = _body(asked.body, there)
        if asked.query.get("fieldValidation") == "Strict":
            validation.refuse_undeclared_when_strict(obj, there.served)
        metadata = obj["metadata"]
        if "name" not in metadata and "generateName" in metadata:
            metadata["name"] = metadata["generateName"] + "".join(secrets.choice(_ALPHABET) for _ in range(5))
        there = there._replace(name=str(metadata.get("name", "")))
        if self._found(there) is not None:
            what = f'{there.served.resource} "{there.name}" already exists'
            raise Refusal(409, what, reason="AlreadyExists", name=there.name, kind=there.served.plural)
        return self._keep(there, None, tracked({}, obj, there.served, asked.manager), asked)

    def _replace(self, there: Place, asked: Asked) -> Object:
        before, after = self._existing(there), _body(asked.body, there)
        version = after["metadata"].get("resourceVersion")
        if version and version != before["metadata"]["resourceVersion"]:
            raise _stale(there)
        if there.subresource == "status":
            after = {**before, "status": after.get("status", {})}
        return self._update(there, before, after, asked)

    def _patch(self, there: Place, asked: Asked) -> tuple[int, Object]:
        if asked.content_type == APPLY:
            return self._apply(there, asked)
        before, schema = self._existing(there), Schema.of(there.served.api_version, there.served.kind)
        match asked.content_type:
            case "application/json-patch+json":
                after = patched(before, asked.body)
            case "application/merge-patch+json":
                after = merge.merged_json(before, asked.body)
            case "application/strategic-merge-patch+json":
                after = merge.strategic(before, asked.body, schema)
            case other:
                raise Refusal(415, f"the body of the request was in an unknown format: {other}")
        return 200, self._update(there, before, after, asked)

    def _update(self, there: Place, before: Object, after: Object, asked: Asked) -> Object:
        kept = {key: before["metadata"][key] for key in ("uid", "creationTimestamp", "resourceVersion")}
        after["metadata"] = {**after["metadata"], **kept}
        if "generation" in before["metadata"]:
            after["metadata"]["generation"] = before["metadata"]["generation"]
        after = _whole(after, there.served)
        return self._keep(there, before, tracked(before, after, there.served, asked.manager, there.subresource), asked)

    def _apply(self, there: Place, asked: Asked) -> tuple[int, Object]:
        if not asked.query.get("fieldManager"):
            required = "fieldManager: Required value: is required for apply patch"
            cause = {"reason": "FieldValueRequired", "message": required.partition(": ")[2], "field": "fieldManager"}
            raise Refusal(422, f'PatchOptions.meta.k8s.io "" is invalid: {required}', causes=[cause])
        config, before = _body(asked.body, there), self._found(there)
        validation.refuse_undeclared_when_applied(config, there.served)
        force = asked.query.get("force") == "true"
        after = applied(before, config, there.served, asked.manager, force=force)
        return 200 if before else 201, self._keep(there, before, after, asked)

    def _keep(self, there: Place, before: Object | None, after: Object, asked: Asked) -> Object:
        """The one way into the store: whole, valid, and only if anything is different."""
        self._refuse_homeless(there)
        after = _whole(after, there.served)
        if before is None:
            self.store.begun(after)
        allocate(self.store, after)
        validation.refuse_invalid(after, before, there.served)
        if before is not None and not self.store.changed(before, after):
            return before
        return after if asked.is_dry else self.store.put(there.served.resource, after)

    def _refuse_homeless(self, there: Place) -> None:
        if there.served.namespaced and self.store.get("namespaces", "", there.namespace) is None:
            raise missing(NAMESPACES, there.namespace)

    def _delete(self, there: Place, asked: Asked) -> Object:
        found = self._existing(there)
        wanted = (asked.body or {}).get("preconditions", {}).get("uid")
        if wanted and wanted != found["metadata"]["uid"]:
            raise _stale(there)
        if not asked.is_dry:
            self.store.remove(there.served.resource, there.namespace, there.name)
        details = {"name": there.name, "kind": there.served.plural, "uid": found["metadata"]["uid"]}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


NAMESPACES: Final = Served("v1", "Namespace", "namespaces", namespaced=False)


def missing(served: Served, name: str) -> Refusal:
    return Refusal(404, f'{served.resource} "{name}" not found', name=name, group=served.group, kind=served.plural)


def _stale(there: Place) -> Refusal:
    modified = "the object has been modified; please apply your changes to the latest version and try again"
    return Refusal(409, f'Operation cannot be fulfilled on {there.served.resource} "{there.name}": {modified}')


def _whole(obj: Object, served: Served) -> Object:
    obj = copy.deepcopy(spelled(obj, Schema.of(served.api_version, served.kind)))
    try:
        fill_in(obj)
    except (AttributeError, KeyError, TypeError):
        return obj  # what is missing or misshapen, validation says
    return obj


def _body(body: Any, there: Place) -> Object:
    """The object that was sent, of the kind and in the place that its path says."""
    served = there.served
    if not isinstance(body, dict):
        raise Refusal(400, "the object provided is unrecognized (must be of type object)")
    obj = copy.deepcopy(body)
    sent = obj.setdefault("apiVersion", served.api_version), obj.setdefault("kind", served.kind)
    if sent != (served.api_version, served.kind):
        asked = f"{served.api_version}, Kind={served.kind}"
        raise Refusal(
            400, f"the API version and kind in the data ({', '.join(sent)}) do not match the expected {asked}"
        )
    metadata = obj.setdefault("metadata", {})
    if there.name and metadata.setdefault("name", there.name) != there.name:
        raise Refusal(
            400, f"the name of the object ({metadata['name']}) does not match the name on the URL ({there.name})"
        )
    if served.namespaced and metadata.setdefault("namespace", there.namespace) != there.namespace:
        raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request")
    return obj
