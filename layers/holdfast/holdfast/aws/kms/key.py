"""``AWS::KMS::Key``: a symmetric key that encrypts, with its policy, its grants and its yearly rotation.

CreateKey takes no token: until its id is learnt a key is found by our tags. A policy may name only principals that
exist and that KMS sees already ("CreateKey", kms/latest/APIReference/API_CreateKey.html), and tags count in
authorization only after up to five minutes ("Use tags to control access to KMS keys",
kms/latest/developerguide/tag-authorization.html): both mean to come back later. Whoever schedules a key for
deletion disables it at once, and cancelling leaves it disabled ("CancelKeyDeletion",
kms/latest/APIReference/API_CancelKeyDeletion.html).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.kms.grants import Grant, foreign_grants
from holdfast.aws.policy import Document, canonical, read
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater, NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef, TagTypeDef

TAGS_COUNT_AFTER = timedelta(minutes=5)
UNSEEN_PRINCIPALS = "invalid principals"
"""How KMS says that a policy names a principal which it does not see (yet); other malformed policies stay an error."""
A_YEAR = 365
"""Days between rotations unless somebody asks for another period ("GetKeyRotationStatus")."""
LEAVING = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


class KeyState(Tagged, frozen=True, kw_only=True):
    """``key_policy`` and ``grants`` are the whole truth of who may use the key; ``grants`` are closed but for AWS's."""

    description: str
    key_policy: Document
    enable_key_rotation: bool = True
    rotation_period_in_days: int = A_YEAR
    enabled: bool = True
    grants: frozenset[Grant] = frozenset()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "key_policy", canonical(self.key_policy))


class Key(AwsResource[KeyState]):
    """One key."""

    kind = "AWS::KMS::Key"
    model = KeyState
    claimed_apart = True
    holds_data = True
    keeps_left = True
    when_gone = (
        "start no build, it would stop at every store: what lies under the key can be read by nobody, but copies under "
        "another key can be restored into a second environment; docs/runbooks/encryption.md, step 2, says how"
    )
    duration = Duration(usual=22, least=16, most=29)

    def observe(self) -> Observed[KeyState] | None:
        kms, key = self.clients.kms, self._find()
        if key is None:
            return None
        identity = key["KeyId"]
        physical = {"id": identity, "Arn": key["Arn"]}
        policy = kms.get_key_policy(KeyId=identity, PolicyName="default")["Policy"]
        rotation = kms.get_key_rotation_status(KeyId=identity)
        pages = kms.get_paginator("list_resource_tags").paginate(KeyId=identity)
        state = KeyState(
            description=key.get("Description", ""),
            key_policy=read(policy),
            enable_key_rotation=rotation["KeyRotationEnabled"],
            rotation_period_in_days=rotation.get("RotationPeriodInDays", A_YEAR),
            enabled=key["Enabled"],
            grants=frozenset(foreign_grants(kms, key["Arn"], self.desired.key_policy)),
            tags={tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]},
        )
        return Observed(
            state=state,
            physical=physical,
            wait=2 if key["KeyState"] == "Creating" else 0,
            leaving=f"{key['DeletionDate']:%F}" if key["KeyState"] in LEAVING else "",
        )

    def _find(self) -> "KeyMetadataTypeDef | None":
        if known := self.physical.get("id"):
            return self._described(known)
        tagged = [key for key in map(self._described, self._tagged()) if key and key["KeyState"] not in LEAVING]
        if len(tagged) > 1:
            raise NeedsHuman(
                str(self.address),
                f"{len(tagged)} keys carry its tags: {', '.join(key['KeyId'] for key in tagged)}",
                "keep the one that is in use, take the holdfast: tags off the others",
            )
        return tagged[0] if tagged else None

    def _tagged(self) -> list[str]:
        pages = self.clients.tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": key, "Values": [value]} for key, value in self.address.tags.items()],
            ResourceTypeFilters=["kms:key"],
        )
        return [found["ResourceARN"] for page in pages for found in page["ResourceTagMappingList"]]

    def _described(self, key: str) -> "KeyMetadataTypeDef | None":
        try:
            return self.clients.kms.describe_key(KeyId=key)["KeyMetadata"]
        except ClientError as error:
            if code(error) != "NotFoundException":
                raise
            return None

    def create(self) -> Physical:
        with _principals_seen():
            made = self.clients.kms_once.create_key(
                Description=self.desired.description,
                Policy=json.dumps(self.desired.key_policy),
                Tags=_tag_list(self.desired.tags),
            )
        return {"id": made["KeyMetadata"]["KeyId"], "Arn": made["KeyMetadata"]["Arn"]}

    def update(self, observed: Observed[KeyState], drift: Drift) -> tuple[str, ...]:
        """Policy and grants first, they are what lets people in. A key must be enabled before its rotation can be."""
        key, paths = observed.physical["id"], {change.path.partition(".")[0] for change in drift}
        with settling_in(self.clients.kms, key):
            return (
                *self._put_policy(key, paths),
                *self._revoke(key, drift),
                *self._switch(key, paths),
                *self._describe(key, paths),
                *self._retag(key, drift),
            )

    def _put_policy(self, key: str, paths: set[str]) -> list[str]:
        if "KeyPolicy" not in paths:
            return []
        with _principals_seen():
            self.clients.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(self.desired.key_policy))
        return ["PutKeyPolicy"]

    def _revoke(self, key: str, drift: Drift) -> list[str]:
        calls = []
        for change in drift:
            if isinstance(change.found, Grant):
                with already_so("NotFoundException"):
                    self.clients.kms.revoke_grant(KeyId=key, GrantId=change.found.grant_id)
                calls.append(f"RevokeGrant {change.found.grant_id} of {change.found.grantee_principal}")
        return calls

    def _switch(self, key: str, paths: set[str]) -> list[str]:
        """Only ever on: no key of ours is promised to be off, and no role of ours may switch one off."""
        calls = []
        if "Enabled" in paths:
            self.clients.kms.enable_key(KeyId=key)
            calls.append("EnableKey")
        if paths & {"EnableKeyRotation", "RotationPeriodInDays"}:
            period = self.desired.rotation_period_in_days
            self.clients.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
            calls.append(f"EnableKeyRotation {period} days")
        return calls

    def _describe(self, key: str, paths: set[str]) -> list[str]:
        if "Description" not in paths:
            return []
        self.clients.kms.update_key_description(KeyId=key, Description=self.desired.description)
        return ["UpdateKeyDescription"]

    def _retag(self, key: str, drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.kms.tag_resource(KeyId=key, Tags=_tag_list(lost))
        return [f"TagResource {', '.join(lost)}"]

    def recall(self, observed: Observed[KeyState]) -> tuple[str, ...]:
        key = observed.physical["id"]
        with settling_in(self.clients.kms, key):
            with already_so("KMSInvalidStateException"):
                self.clients.kms.cancel_key_deletion(KeyId=key)
            self.clients.kms.enable_key(KeyId=key)
        return ("CancelKeyDeletion", "EnableKey")

    def delete(self, observed: Observed[KeyState]) -> None:
        """In thirty days, the longest that KMS waits: until then the data can still be had back."""
        with already_so("KMSInvalidStateException", "NotFoundException"):
            self.clients.kms.schedule_key_deletion(KeyId=observed.physical["id"], PendingWindowInDays=30)


@contextmanager
def settling_in(kms: "KMSClient", key: str, denial: str = "AccessDeniedException") -> Iterator[None]:
    """Writes to ``key``, or its use. Raises ``ComeBackLater`` if they are denied while its tags may not count yet.

    ``denial`` is how the called service says that KMS denied it.
    """
    try:
        yield
    except ClientError as error:
        if code(error) != denial:
            raise
        age = datetime.now(UTC) - kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]
        if age > TAGS_COUNT_AFTER:
            raise
        raise ComeBackLater(f"KMS does not see the tags of the new key {key} in authorization yet", 15) from error


@contextmanager
def _principals_seen() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code(error) != "MalformedPolicyDocumentException" or UNSEEN_PRINCIPALS not in str(error):
            raise
        raise ComeBackLater("KMS does not see a role that the key's policy names yet", 5) from error


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
