"""What an incident keeps of what is too long to be written down. What cannot be written down is not restored.

Who changes something chooses how long it is (a container's arguments, the rules of a bucket's lifecycle), and must not
thereby keep it. An item of a table has room for 400 KB ("Quotas in Amazon DynamoDB"), the event that tells of it for
256 KB ("PutEvents", EventBridge API reference). What is left out is named by its digest, so that the same again is the
same.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from holdfast.core.resource import Change, Drift, as_read_back

LONGEST, BEGINNING = 4_000, 300
"""Bytes of one value, of a call or of a reason; and the characters that are kept of a longer one."""
A_PATH: Final = 1_000
MOST, ROOM = 200, 80_000
"""Changes that an incident keeps, and their bytes."""
ROOM_FOR_CALLS, ROOM_FOR_ACTORS = 32_000, 64_000
REST: Final = "more than is kept"
"""The path of the one change that stands for all that there was no room for."""
_CUT: Final = re.compile(r".*… \(\d+ bytes, SHA-256 [0-9a-f]{64}\)", re.DOTALL)


def brief(text: str) -> str:
    """``text``, or how it begins and what it can be told by."""
    written = text.encode()
    if len(written) <= LONGEST:
        return text
    return f"{text[:BEGINNING]}… ({len(written)} bytes, SHA-256 {sha256(written).hexdigest()})"


def is_brief(change: Change) -> bool:
    """Whether this is not all that was promised or found."""
    values = (change.promised, change.found)
    return change.path == REST or any(isinstance(value, str) and _CUT.fullmatch(value) for value in values)


def joined(changes: Drift, more: Drift) -> Drift:
    """``changes`` and what of ``more`` is not among them, as far as there is room.

    As JSON, so that an incident that was read back from its table equals the one that was written.
    """
    new = [change for change in map(_kept, more) if change not in changes]
    room, kept, rest = ROOM - sum(map(_size, changes)), list(changes), list[Change]()
    for change in new:
        if len(change.path) <= A_PATH and len(kept) < MOST and _size(change) <= room:
            kept.append(change)
            room -= _size(change)
        else:
            rest.append(change)
    if rest:
        left = Change(path=REST, found=brief(f"{len(rest)} changes: {'; '.join(map(str, rest))}"))
        kept += [left] if left not in kept else []
    return tuple(kept)


def fitting[T](kept: Iterable[T], more: Iterable[T], room: int) -> tuple[T, ...]:
    """``kept``, and of ``more`` as many as fit into ``room`` (bytes) with it."""
    fit = list(kept)
    room -= sum(map(_size, fit))
    for one in more:
        room -= _size(one)
        if room < 0:
            break
        fit.append(one)
    return tuple(fit)


def _kept(change: Change) -> Change:
    return Change(path=change.path, promised=_value(change.promised), found=_value(change.found))


def _value(value: object) -> object:
    plain = as_read_back(value)
    written = plain if isinstance(plain, str) else msgspec.json.encode(plain, order="sorted").decode()
    return plain if len(written.encode()) <= LONGEST else brief(written)


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))
