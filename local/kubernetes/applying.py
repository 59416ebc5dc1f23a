"""Who owns what after a write: server-side apply with its conflicts, and any other write ("Server-Side Apply")."""

import copy
from typing import Any

from local.kubernetes import merge
from local.kubernetes.defaults import spelled
from local.kubernetes.ownership import Manager, Path, entries, fields, human, written
from local.kubernetes.refusal import Refusal
from local.kubernetes.schema import Schema
from local.kubernetes.served import Served
from local.kubernetes.store import now

type Object = dict[str, Any]
type Owners = dict[Manager, set[Path]]


def applied(before: Object | None, config: Object, served: Served, name: str, *, force: bool) -> Object:
    """What stands once `name` has applied `config`. Raises a conflict where another manager owns another value."""
    schema, me = Schema.of(served.api_version, served.kind), Manager(name, "Apply")
    stood = before or {}
    owners = entries(stood.get("metadata", {}))
    if before is not None and not owners:
        owners[Manager("before-first-apply", "Update")] = set(fields(before, schema))
    wants, has = fields(spelled(config, schema), schema), fields(stood, schema)
    disputed = {
        (other, path)
        for other, owned in owners.items()
        if other != me
        for path in owned & wants.keys()
        if path not in has or has[path] != wants[path]
    }
    if disputed and not force:
        raise _conflict(disputed)
    for other, path in disputed:
        owners[other] -= {path}
    gone = owners.get(me, set()) - wants.keys() - _others(owners, me)
    merged: Object = merge.laid_over(merge.without(copy.deepcopy(stood), gone, schema), config, schema)
    owners[me] = set(wants)
    standing = {manager: _still(owned, merged, schema) for manager, owned in owners.items()}
    merged["metadata"]["managedFields"] = written(standing, stood.get("metadata", {}), served.api_version, now())
    return merged


def tracked(before: Object, after: Object, served: Served, name: str, subresource: str = "") -> Object:
    """`after` with the fields that it changes owned by `name`, and by nobody else."""
    schema, me = Schema.of(served.api_version, served.kind), Manager(name, "Update", subresource)
    has, gets = fields(before, schema) if before else {}, fields(spelled(after, schema), schema)
    changed = {path for path, value in gets.items() if path not in has or has[path] != value}
    owners = entries(after["metadata"])
    for manager, owned in owners.items():
        owners[manager] = {path for path in owned if path in gets and (path not in changed or manager == me)}
    if changed:
        owners[me] = owners.get(me, set()) | changed
    after["metadata"]["managedFields"] = written(owners, before.get("metadata", {}), served.api_version, now())
    return after


def _others(owners: Owners, me: Manager) -> set[Path]:
    """What others own, with each member of a list in which they own anything."""
    owned = {path for manager, paths in owners.items() if manager != me for path in paths}
    return owned | {path[:length] for path in owned for length in range(1, len(path)) if path[length - 1][0] == "k"}


def _still(owned: set[Path], merged: Object, schema: Schema) -> set[Path]:
    stands = fields(merged, schema)
    return {path for path in owned if path in stands}


def _conflict(disputed: set[tuple[Manager, Path]]) -> Refusal:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{other.name}"' + (" using " + other.operation if other.operation else ""),
            "field": human(path),
        }
        for other, path in sorted(disputed)
    ]
    count = f"Apply failed with {len(causes)} conflict" + ("s" if len(causes) > 1 else "")
    return Refusal(409, f"{count}: " + "; ".join(f"{one['message']}: {one['field']}" for one in causes), causes=causes)
