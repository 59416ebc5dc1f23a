"""EKS's updates: kept beside what they are of, found there, and over when EKS is done.

Pages: Update, ListUpdates, DescribeUpdate (eks/latest/APIReference/API_DescribeUpdate.html and its like).
"""

import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import eks

type Record = dict[str, Any]


def begun(of: Record, kind: str) -> Record:
    """Keep that an update of the cluster, node group or add-on was begun; as the call that began it answers."""
    update = {
        "id": new_uuid(),
        "status": "InProgress",
        "type": kind,
        "params": [],
        "createdAt": time.time(),
        "errors": [],
    }
    of.setdefault("_updates", {})[update["id"]] = update
    return update


def updated(cluster: Record, query: Mapping[str, Any]) -> Record | None:
    """What the updates asked for are of; None if there is no such thing."""
    for member, store in (("nodegroupName", eks._nodegroups), ("addonName", eks._addons)):
        if member in query:
            named = query[member][0] if isinstance(query[member], list) else query[member]
            found: Record | None = store.get(f"{cluster['name']}/{named}")
            return found
    return cluster


def shown(of: Record, which: str, *, busy: bool) -> Record | None:
    """EKS does one update at a time: while it is busy, the last one is not over."""
    updates = of.get("_updates", {})
    if which not in updates:
        return None
    return {**updates[which], "status": "InProgress" if busy and which == list(updates)[-1] else "Successful"}
