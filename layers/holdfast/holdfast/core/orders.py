"""What a person may say to the guard, as plain JSON, and what it comes to. Wrong input names the field and the fix.

Nothing that is said here lasts: a mode and an exception end by themselves, and an undo is an exception as well.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from holdfast.core.brief import is_brief
from holdfast.core.concern import HOME
from holdfast.core.fields import IDENTITY, OTHERWISE, flat
from holdfast.core.guard import LONGEST, LONGEST_EXCEPTION, ExceptionSaid, Mode, ModeSaid
from holdfast.core.incident import Incident
from holdfast.core.resource import STANDS
from holdfast.core.spec import admitted
from holdfast.core.spec_parts import Part
from holdfast.core.trouble import WrongInput

CONCERNS = tuple(sorted(set(HOME.values())))
UNDO_LASTS = timedelta(days=1)
"""How long an undone restoration is left undone unless another day is named: long enough to change the promise."""

type Reason = Annotated[str, Field(min_length=3, max_length=300, description="Why, for whoever reads it later.")]


class GuardOrder(Part):
    """How a concern of an environment is guarded, until when."""

    action: Literal["guard"]
    environment: str
    concern: str = Field(description=f"One of {', '.join(CONCERNS)}.")
    mode: Literal["enforce", "observe", "pause"]
    until: AwareDatetime | None = Field(default=None, description="When it ends by itself (ISO 8601, with a zone).")
    reason: Reason

    def said(self, now: float, by: str) -> ModeSaid:
        """Raises ``WrongInput`` where it is out of bounds."""
        if self.concern not in CONCERNS:
            raise WrongInput("concern", f"must be one of {', '.join(CONCERNS)}, not {self.concern!r}")
        mode: Mode = self.mode
        until = now if mode == "enforce" else _until(self.until, now, LONGEST[mode], f"a concern can be {mode}d")
        return ModeSaid(by=by, reason=self.reason, until=until, said_at=now, concern=self.concern, mode=mode)


class ExceptOrder(Part):
    """One value is allowed instead of what is promised: that of an ``incident``, or ``value`` at ``path``."""

    action: Literal["except"]
    incident: str = ""
    environment: str = ""
    resource: str = Field(default="", description="layer/name")
    path: str = ""
    value: Any = None
    owner: str = Field(min_length=2, max_length=100, description="Who answers for it.")
    reason: Reason
    until: AwareDatetime


class UndoOrder(Part):
    """What an incident found is allowed, and put back where that opens nothing."""

    action: Literal["undo"]
    incident: str
    owner: str = Field(default="who asked for it", description="Who answers for it.")
    reason: Reason
    until: AwareDatetime | None = None


class WithdrawOrder(Part):
    """Every exception of a resource ends now."""

    action: Literal["withdraw"]
    environment: str
    resource: str = Field(description="layer/name")
    reason: Reason


class ListOrder(Part):
    """What was said of an environment, and its newest incidents."""

    action: Literal["list"]
    environment: str


type Order = GuardOrder | ExceptOrder | UndoOrder | WithdrawOrder | ListOrder
ACTIONS: Mapping[str, type[Order]] = {
    "guard": GuardOrder,
    "except": ExceptOrder,
    "undo": UndoOrder,
    "withdraw": WithdrawOrder,
    "list": ListOrder,
}


def order(document: object) -> Order:
    """Read what somebody sent. Raises ``WrongInput`` that names the field."""
    action = document.get("action") if isinstance(document, Mapping) else None
    if not isinstance(action, str) or action not in ACTIONS:
        raise WrongInput("action", f"must be one of {', '.join(ACTIONS)}")
    return admitted(ACTIONS[action], document)


def excepted(
    incident: Incident, asked: ExceptOrder | UndoOrder, now: float, by: str, *, put_back: bool = False
) -> list[ExceptionSaid]:
    """The exceptions that allow all that ``incident`` found."""
    if not incident.changes or any(change.path == STANDS for change in incident.changes):
        raise WrongInput("incident", f"{incident.id} found nothing that could be allowed: it was deleted, or not seen")
    if any(is_brief(change) or change.found == OTHERWISE for change in incident.changes):
        raise WrongInput("incident", f"{incident.id} found more than it keeps: name each value yourself (`except`)")
    until = now + UNDO_LASTS.total_seconds() if asked.until is None else asked.until.timestamp()
    return [
        ExceptionSaid(
            by=by,
            owner=asked.owner,
            reason=asked.reason,
            until=_until(datetime.fromtimestamp(until, UTC), now, LONGEST_EXCEPTION, "an exception may last"),
            said_at=now,
            resource=incident.resource,
            path=change.path,
            promised=change.promised,
            found=change.found,
            put_back=incident.id if put_back else "",
        )
        for change in incident.changes
    ]


def allowed(asked: ExceptOrder, promised: Mapping[str, object], now: float, by: str) -> ExceptionSaid:
    """The exception that allows ``value`` at ``path`` of a resource of which ``promised`` are the properties."""
    field, _, key = asked.path.partition(".")
    if is_object := "Manifest" in promised:
        promised, field, key = _told(promised["Manifest"]), asked.path, ""
    if field not in promised:
        raise WrongInput("path", f"{asked.resource} promises nothing at {asked.path!r}: {', '.join(sorted(promised))}")
    stands = promised[field]
    if key and isinstance(stands, Mapping):
        stands = stands.get(key)
    members = stands if isinstance(stands, list) else []
    is_set = isinstance(stands, list) and not isinstance(asked.value, list) and not is_object
    missing = is_set and asked.value in members
    return ExceptionSaid(
        by=by,
        owner=asked.owner,
        reason=asked.reason,
        until=_until(asked.until, now, LONGEST_EXCEPTION, "an exception may last"),
        said_at=now,
        resource=asked.resource,
        path=asked.path,
        promised=(asked.value if missing else None) if is_set else stands,
        found=None if missing else asked.value,
    )


def _told(manifest: object) -> Mapping[str, object]:
    """What of a Kubernetes object may be allowed otherwise: what is compared of it, but no Secret's values."""
    leaves = flat(manifest)
    secret = ("data", "stringData") if leaves.get("kind") == "Secret" else ()
    return {path: value for path, value in leaves.items() if path not in IDENTITY and not path.startswith(secret)}


def _until(until: datetime | None, now: float, longest: int, what: str) -> float:
    latest = datetime.fromtimestamp(now + longest, UTC).isoformat(timespec="minutes")
    if until is None:
        raise WrongInput("until", f"say when it ends, {latest} at the latest")
    at = until.timestamp()
    if not now < at <= now + longest:
        raise WrongInput("until", f"{what} until {latest} at the latest, and not into the past: {until.isoformat()}")
    return at
