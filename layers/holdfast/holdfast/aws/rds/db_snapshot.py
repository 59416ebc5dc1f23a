"""``AWS::RDS::DBSnapshot``, as AWS Config calls it: with whom the snapshots of a database are shared. With nobody.

CloudFormation has no type for snapshots. Only manual ones can be shared, an automated one once it was copied, and an
encrypted one with accounts alone, never with all the world ("Sharing a DB snapshot for Amazon RDS", AmazonRDS/latest/
UserGuide/USER_ShareSnapshot.html).
"""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBSnapshotTypeDef

GONE = "DBSnapshotNotFound"
RESTORE = "restore"
"""The attribute of a snapshot that names who may copy it, and restore it."""


class Share(Desired, frozen=True, kw_only=True, order=True):
    """``account`` is ``all`` for all the world."""

    db_snapshot_identifier: str = msgspec.field(name="DBSnapshotIdentifier")
    account: str


class DbSnapshotState(Desired, frozen=True, kw_only=True):
    """``shared_with`` is closed."""

    db_instance_identifier: str = msgspec.field(name="DBInstanceIdentifier")
    shared_with: frozenset[Share] = frozenset()


class DbSnapshot(AwsResource[DbSnapshotState]):
    """All manual snapshots of one database, made by whomever. There are always all of them: none has to be made."""

    kind = "AWS::RDS::DBSnapshot"
    model = DbSnapshotState
    immutable = frozenset({"DBInstanceIdentifier"})

    @classmethod
    def belongs_to(cls, clients: Clients, identity: str) -> str:
        """Who shares a snapshot names it alone."""
        try:
            return clients.rds.describe_db_snapshots(DBSnapshotIdentifier=identity)["DBSnapshots"][0][
                "DBInstanceIdentifier"
            ]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return ""

    def observe(self) -> Observed[DbSnapshotState]:
        database = self.desired.db_instance_identifier
        pages = self.clients.rds.get_paginator("describe_db_snapshots").paginate(
            DBInstanceIdentifier=database, SnapshotType="manual"
        )
        shares = frozenset(share for page in pages for one in page["DBSnapshots"] for share in self._shares(one))
        state = DbSnapshotState(db_instance_identifier=database, shared_with=shares)
        return Observed(state=state, physical={"id": database})

    def _shares(self, snapshot: "DBSnapshotTypeDef") -> Iterator[Share]:
        name = snapshot["DBSnapshotIdentifier"]
        try:
            answered = self.clients.rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=name)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return
        for attribute in answered["DBSnapshotAttributesResult"].get("DBSnapshotAttributes", []):
            if attribute.get("AttributeName") == RESTORE:
                for account in attribute.get("AttributeValues", []):
                    yield Share(db_snapshot_identifier=name, account=account)

    def create(self) -> Physical:
        raise AssertionError("observe always finds them")

    def update(self, observed: Observed[DbSnapshotState], drift: Drift) -> tuple[str, ...]:
        """A copy that was made without the database's tags is refused to us, and is a person's to take back."""
        shares = sorted(change.found for change in drift if isinstance(change.found, Share))
        calls = []
        for name, some in groupby(shares, lambda share: share.db_snapshot_identifier):
            accounts = [share.account for share in some]
            with already_so(GONE):
                self.clients.rds.modify_db_snapshot_attribute(
                    DBSnapshotIdentifier=name, AttributeName=RESTORE, ValuesToRemove=accounts
                )
            calls.append(f"ModifyDBSnapshotAttribute {name}, not for {', '.join(accounts)}")
        return tuple(calls)

    @property
    def removal(self) -> Removal:
        """What is shared of them is looked at no more; the snapshots stay, and belong to who made them."""
        return "along"

    def delete(self, observed: Observed[DbSnapshotState]) -> None:
        raise NeedsHuman(str(self.address), "snapshots are their makers' to delete", "delete those that nobody needs")
