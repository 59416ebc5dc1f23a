"""What became of EKS's updates: one that failed leaves things as they were, ``ACTIVE``, and only here says why.

An update is of a cluster, or of a node group or an add-on in it ("ListUpdates", "DescribeUpdate", EKS API reference).
The list is in no order that EKS promises.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypedDict

from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import UpdateTypeDef

GIVEN_UP: Final = frozenset({"Cancelled", "Failed"})
BUSY: Final = "ResourceInUseException"
AGAIN: Final = 5
"""Seconds until what EKS works on is looked at again: what stands open meanwhile waits for that."""
CLOCKS: Final = 5
"""Seconds that EKS's clock may be behind ours."""


class Of(TypedDict, total=False):
    """The node group or the add-on that an update is of; empty, if it is of the cluster itself."""

    nodegroupName: str
    addonName: str


def given_up(eks: "EKSClient", since: float, cluster: str, about: Of) -> str:
    """Why EKS gave up on its newest update since then (seconds since the epoch), empty if it did not."""
    pages = eks.get_paginator("list_updates").paginate(name=cluster, **about)
    updates = [
        eks.describe_update(name=cluster, updateId=update, **about)["update"]
        for page in pages
        for update in page["updateIds"]
    ]
    from_then = datetime.fromtimestamp(since - CLOCKS, UTC)
    newest = max((one for one in updates if _made(one) >= from_then), key=_made, default=None)
    return _reason(newest) if newest is not None and newest.get("status") in GIVEN_UP else ""


def _made(update: "UpdateTypeDef") -> datetime:
    return update.get("createdAt", datetime.min.replace(tzinfo=UTC))


def _reason(update: "UpdateTypeDef") -> str:
    errors = [
        f"{one.get('errorCode', '')} ({', '.join(one.get('resourceIds', []))}): {one.get('errorMessage', '')}"
        for one in update.get("errors", [])
    ]
    return f"{update.get('type', 'update')} {update.get('id', '')}: {'; '.join(errors) or 'EKS does not say why'}"


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Come back when EKS is done with the update of ``what`` that it is at, and that it would not be interrupted in."""
    try:
        yield
    except ClientError as error:
        if code(error) != BUSY:
            raise
        raise ComeBackLater(f"EKS is still at another update of {what}", AGAIN, asked=False) from error
