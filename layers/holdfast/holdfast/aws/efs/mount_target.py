"""``AWS::EFS::MountTarget``: the address at which one zone reaches a file system, behind our group and no other.

A file system has one mount target a zone: a second one is MountTargetConflict. It takes none before it is available
("CreateMountTarget", efs/latest/ug/API_CreateMountTarget.html).
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_efs.type_defs import MountTargetDescriptionTypeDef

GONE = frozenset({"FileSystemNotFound", "MountTargetNotFound"})
AT_WORK = frozenset({"creating", "updating", "deleting"})


class MountTargetState(Desired, frozen=True, kw_only=True):
    """It carries no tags; file system and subnet say whose it is."""

    file_system_id: str
    subnet_id: str
    security_groups: frozenset[str]


class MountTarget(AwsResource[MountTargetState]):
    """One mount target."""

    kind = "AWS::EFS::MountTarget"
    model = MountTargetState
    immutable = frozenset({"FileSystemId", "SubnetId"})
    duration = Duration(84, 80, 90)
    disposable = True
    comes_back = True

    def observe(self) -> Observed[MountTargetState] | None:
        try:
            found = self._find()
            if found is None:
                return None
            working = found["LifeCycleState"] in AT_WORK
            groups = [] if working else self._groups(found)
        except ClientError as error:
            if code(error) not in GONE:
                raise
            return None
        state = MountTargetState(
            file_system_id=found["FileSystemId"], subnet_id=found["SubnetId"], security_groups=frozenset(groups)
        )
        return Observed(
            state=state,
            physical={"id": found["MountTargetId"]},
            wait=5 if working else 0,
            failed="EFS shows the state error" if found["LifeCycleState"] == "error" else "",
        )

    def _find(self) -> "MountTargetDescriptionTypeDef | None":
        pages = self.clients.efs.get_paginator("describe_mount_targets").paginate(
            FileSystemId=self.desired.file_system_id
        )
        targets = (target for page in pages for target in page["MountTargets"])
        standing = (target for target in targets if target["LifeCycleState"] != "deleted")
        return next((target for target in standing if target["SubnetId"] == self.desired.subnet_id), None)

    def _groups(self, found: "MountTargetDescriptionTypeDef") -> list[str]:
        return self.clients.efs.describe_mount_target_security_groups(MountTargetId=found["MountTargetId"])[
            "SecurityGroups"
        ]

    def create(self) -> Physical:
        try:
            with already_so("MountTargetConflict"):
                self.clients.efs.create_mount_target(
                    FileSystemId=self.desired.file_system_id,
                    SubnetId=self.desired.subnet_id,
                    SecurityGroups=sorted(self.desired.security_groups),
                )
        except ClientError as error:
            if code(error) != "IncorrectFileSystemLifeCycleState":
                raise
            raise ComeBackLater(f"{self.desired.file_system_id} is not available yet", 2, asked=False) from error
        return {}

    def update(self, observed: Observed[MountTargetState], drift: Drift) -> tuple[str, ...]:
        """The groups are put as a whole."""
        groups = sorted(self.desired.security_groups)
        self.clients.efs.modify_mount_target_security_groups(
            MountTargetId=observed.physical["id"], SecurityGroups=groups
        )
        return (f"ModifyMountTargetSecurityGroups {', '.join(groups)}",)

    def discard(self, observed: Observed[MountTargetState]) -> None:
        with already_so(*GONE):
            self.clients.efs.delete_mount_target(MountTargetId=observed.physical["id"])

    def delete(self, observed: Observed[MountTargetState]) -> None:
        self.discard(observed)
