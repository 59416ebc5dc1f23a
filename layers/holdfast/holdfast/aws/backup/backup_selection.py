"""``AWS::Backup::BackupSelection``: what a plan backs up, and by which role.

AWS Backup cannot change a selection: one that differs is replaced ("CreateBackupSelection",
aws-backup/latest/devguide/API_CreateBackupSelection.html).
"""

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.core.resource import Desired, Drift, Observed, Physical

GONE = "ResourceNotFoundException"


class BackupSelectionState(Desired, frozen=True, kw_only=True):
    """``resources`` are ARNs; ``not_resources`` would take some of them out again."""

    backup_plan_id: str
    selection_name: str
    iam_role_arn: str
    resources: frozenset[str]
    not_resources: frozenset[str] = frozenset()


class BackupSelection(AwsResource[BackupSelectionState]):
    """One selection, known by its name in its plan."""

    kind = "AWS::Backup::BackupSelection"
    model = BackupSelectionState
    immutable = frozenset({"BackupPlanId", "SelectionName"})
    comes_back = True

    def observe(self) -> Observed[BackupSelectionState] | None:
        plan = self.desired.backup_plan_id
        try:
            pages = self.clients.backup.get_paginator("list_backup_selections").paginate(BackupPlanId=plan)
            listed = [one for page in pages for one in page["BackupSelectionsList"]]
            ours = [one["SelectionId"] for one in listed if one["SelectionName"] == self.desired.selection_name]
            if not ours:
                return None
            identity = self.physical["id"] if self.physical.get("id") in ours else min(ours)
            found = self.clients.backup.get_backup_selection(BackupPlanId=plan, SelectionId=identity)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        selection = found["BackupSelection"]
        state = BackupSelectionState(
            backup_plan_id=plan,
            selection_name=selection["SelectionName"],
            iam_role_arn=selection["IamRoleArn"],
            resources=frozenset(selection.get("Resources", [])),
            not_resources=frozenset(selection.get("NotResources", [])),
        )
        return Observed(state=state, physical={"id": identity})

    def create(self) -> Physical:
        with already_so("AlreadyExistsException"):
            self.clients.backup.create_backup_selection(
                BackupPlanId=self.desired.backup_plan_id,
                BackupSelection={
                    "SelectionName": self.desired.selection_name,
                    "IamRoleArn": self.desired.iam_role_arn,
                    "Resources": sorted(self.desired.resources),
                },
            )
        return {}

    def update(self, observed: Observed[BackupSelectionState], drift: Drift) -> tuple[str, ...]:
        """Take the wrong one away, and make the right one."""
        with already_so(GONE):
            self.clients.backup.delete_backup_selection(
                BackupPlanId=self.desired.backup_plan_id, SelectionId=observed.physical["id"]
            )
        self.create()
        return (f"DeleteBackupSelection {observed.physical['id']}", "CreateBackupSelection")

    def delete(self, observed: Observed[BackupSelectionState]) -> None:
        with already_so(GONE):
            self.clients.backup.delete_backup_selection(
                BackupPlanId=observed.state.backup_plan_id, SelectionId=observed.physical["id"]
            )
