"""The loop, written once: observe → absent? create · not ready? come back · diff → immutable? needs a human · update.

Two names over it. ``check`` stops at the difference: verification and detection. ``enforce`` goes on to one step
against it: provisioning and remediation. Enforce never claims success, the next observation proves it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from holdfast.core.diff import diff
from holdfast.core.resource import STANDS, Change, Desired, Drift, Observed, Physical, Resource, lost_our_tag
from holdfast.core.trouble import NeedsHuman

INSTEAD_OF_REPLACING = "ask for what stands, or build a second environment under another name and move over"
_RETRY = {
    True: "mend what AWS names and start the build again: it removes this one, which holds nothing, and makes it anew",
    False: "mend what AWS names, or remove the resource if it holds no data, and start the build again",
}
"""By whether the resource is disposable."""
ASK_ANEW = "mend what AWS names and start the build again: it asks for the change anew"
LOOK_AGAIN = 2
"""Seconds until AWS is asked again for what a create call has just made and it does not show yet."""


class Checked(NamedTuple):
    """What stands, and how it differs from the promise. ``observed`` is None when the resource is absent."""

    observed: Observed[Any] | None
    drift: Drift

    @property
    def holds(self) -> bool:
        return self.observed is not None and not self.observed.wait and not self.drift

    @property
    def unclaimed(self) -> bool:
        """Our tags must be put on before anything else of it is written (``Resource.claimed_apart``)."""
        return lost_our_tag(self.drift) or (self.observed is not None and self.observed.unclaimed)


class Step(NamedTuple):
    """What one step came to: ``did`` names the verb that changed something, ``wait`` is in seconds."""

    did: str = ""
    wait: int = 0
    physical: Physical = {}

    @property
    def settled(self) -> bool:
        """It stands as promised, and this was read, not assumed."""
        return not self.did and not self.wait


class Reach(NamedTuple):
    """How far a step may go with the resource.

    ``intend`` is asked before any call that changes something, and may refuse it. ``create`` is False while a create
    call is so young that AWS may not show its effect yet. ``update`` is False while the promise still refers to
    resources that do not stand: then existence is all that can be had (see ``Resource.filled_in``). ``claim`` has our
    tags put on the resource by a role that can do nothing else. ``discard``: what AWS gave up on was asked for by an
    earlier build, whose user knows of it by now, so that this one may try anew. ``asked``: when this build last asked
    for a change (seconds since the epoch), 0 if it did not.
    """

    intend: Callable[[], None]
    claim: Callable[[], None]
    create: bool = True
    update: bool = True
    discard: bool = False
    asked: float = 0.0


def check(resource: Resource[Any], tolerated: Desired | None = None) -> Checked:
    """Only reads. Raises ``NeedsHuman`` when AWS itself has given the resource up, or when somebody has it deleted.

    ``tolerated`` is a second state on the way to which the resource may be (a build in progress): only what differs
    from both is drift, so that a build and a restoration never fight.
    """
    return _staying(resource, recallable(resource, tolerated))


def recallable(resource: Resource[Any], tolerated: Desired | None = None) -> Checked:
    """As ``check``, for who recalls what is leaving: that it will not stand is then the one difference."""
    return _compared(resource, resource.observe(), tolerated)


def _compared(resource: Resource[Any], observed: Observed[Any] | None, tolerated: Desired | None = None) -> Checked:
    if observed is None:
        return Checked(None, ())
    if observed.failed:
        raise NeedsHuman(str(resource.address), f"AWS gave up on it: {observed.failed}", _RETRY[resource.disposable])
    if observed.leaving:
        return Checked(observed, (Change(path=STANDS, promised=True, found=f"until {observed.leaving}"),))
    if observed.wait:
        return Checked(observed, ())
    return Checked(observed, diff(resource.desired, observed.state, tolerated))


def _staying(resource: Resource[Any], checked: Checked) -> Checked:
    """Who builds touches nothing that somebody has deleted: it may be meant."""
    if checked.observed is not None and checked.observed.leaving:
        raise NeedsHuman(
            str(resource.address),
            f"somebody scheduled its deletion: it is gone for good on {checked.observed.leaving}",
            "cancel it while it waits (a key: `aws kms cancel-key-deletion`, then `enable-key`); CloudTrail says who "
            "scheduled it; start the build again",
        )
    return checked


def enforce(resource: Resource[Any], reach: Reach) -> Step:
    """One step towards the promise, as far as ``reach`` allows. Raises ``NeedsHuman`` where only replacement helps."""
    observed = resource.observe()
    if observed is None:
        if not reach.create:
            return Step(wait=LOOK_AGAIN)
        reach.intend()
        return Step(did="create", physical=resource.create())
    if observed.failed and resource.disposable and reach.discard:
        reach.intend()
        resource.discard(observed)
        return Step(did="discard", physical=observed.physical)
    checked = _staying(resource, _compared(resource, observed))
    if observed.wait or not checked.drift or not reach.update:
        return Step(wait=observed.wait, physical=observed.physical)
    return _undo(resource, observed, checked, reach)


def _undo(resource: Resource[Any], observed: Observed[Any], checked: Checked, reach: Reach) -> Step:
    refuse_replacement(resource, checked.drift)
    if observed.physical != resource.physical:
        return Step(did="find", physical=observed.physical)
    if reach.asked and (why := resource.gave_up(reach.asked)):
        raise NeedsHuman(str(resource.address), f"AWS gave up on the change: {why}", ASK_ANEW)
    reach.intend()
    if resource.claimed_apart and checked.unclaimed:
        reach.claim()
        return Step(did="claim", physical=observed.physical)
    resource.update(observed, checked.drift)
    return Step(did="update", physical=observed.physical)


def in_place(resource: Resource[Any], drift: Drift) -> Drift:
    """What of ``drift`` can be undone without replacing the resource."""
    return tuple(change for change in drift if change.path.partition(".")[0] not in resource.immutable)


def refuse_replacement(resource: Resource[Any], drift: Drift) -> None:
    """Raise ``NeedsHuman`` if undoing all of ``drift`` would mean to replace the resource."""
    mendable = in_place(resource, drift)
    if fixed := [change for change in drift if change not in mendable]:
        raise NeedsHuman(
            str(resource.address),
            "AWS cannot change this in place: " + "; ".join(map(str, fixed)),
            INSTEAD_OF_REPLACING,
        )
