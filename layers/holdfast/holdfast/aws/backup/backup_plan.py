"""``AWS::Backup::BackupPlan``: when what is selected is backed up, and for how long that is kept.

CreateBackupPlan takes a token; several plans may have one name, so that ours is known by its tags ("CreateBackupPlan",
aws-backup/latest/devguide/API_CreateBackupPlan.html). UpdateBackupPlan replaces the whole plan.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import TAG_ENVIRONMENT, Desired, Drift, Observed, Physical, Tagged
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_backup.type_defs import BackupPlansListMemberTypeDef

GONE = "ResourceNotFoundException"


class BackupRule(Desired, frozen=True, kw_only=True, order=True):
    """``copies`` are the vaults that backups are copied to besides: none of another's is promised."""

    rule_name: str
    target_backup_vault: str
    schedule_expression: str
    delete_after_days: int
    schedule_expression_timezone: str = "Etc/UTC"
    start_window_minutes: int = 60
    completion_window_minutes: int = 480
    enable_continuous_backup: bool = False
    copies: tuple[str, ...] = ()


class BackupPlanState(Tagged, frozen=True, kw_only=True):
    """``rules`` are all there are."""

    backup_plan_name: str
    rules: frozenset[BackupRule]


class BackupPlan(AwsResource[BackupPlanState]):
    """One plan."""

    kind = "AWS::Backup::BackupPlan"
    model = BackupPlanState
    comes_back = True
    claimed_apart = True

    def observe(self) -> Observed[BackupPlanState] | None:
        found = self._find()
        if found is None:
            return None
        identity, arn = found["BackupPlanId"], found["BackupPlanArn"]
        try:
            plan = self.clients.backup.get_backup_plan(BackupPlanId=identity)["BackupPlan"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        state = BackupPlanState(
            backup_plan_name=plan["BackupPlanName"],
            rules=frozenset(_rule(rule) for rule in plan["Rules"]),
            tags=self._tags(arn),
        )
        return Observed(state=state, physical={"id": identity, "Arn": arn})

    def _find(self) -> "BackupPlansListMemberTypeDef | None":
        """By its id once it is known; else that of our name which carries our tags."""
        pages = self.clients.backup.get_paginator("list_backup_plans").paginate()
        plans = [plan for page in pages for plan in page["BackupPlansList"]]
        if known := self.physical.get("id"):
            return next((plan for plan in plans if plan["BackupPlanId"] == known), None)
        named = [plan for plan in plans if plan["BackupPlanName"] == self.desired.backup_plan_name]
        whose = ((plan, self._tags(plan["BackupPlanArn"]).get(TAG_ENVIRONMENT)) for plan in named)
        ours = [plan for plan, environment in whose if environment == self.address.environment]
        if len(ours) > 1:
            raise NeedsHuman(
                str(self.address),
                f"{len(ours)} backup plans carry its tags: {', '.join(plan['BackupPlanId'] for plan in ours)}",
                "keep the one that is in use, take the holdfast: tags off the others",
            )
        return ours[0] if ours else None

    def _tags(self, arn: str) -> dict[str, str]:
        return self.clients.backup.list_tags(ResourceArn=arn).get("Tags", {})

    def create(self) -> Physical:
        with already_so("AlreadyExistsException"):
            self.clients.backup.create_backup_plan(
                BackupPlan=self._document,
                BackupPlanTags=self.desired.tags,
                CreatorRequestId=f"{self.address.environment}-{self.address.name}",
            )
        return {}

    def update(self, observed: Observed[BackupPlanState], drift: Drift) -> tuple[str, ...]:
        calls = []
        if any(not change.path.startswith("Tags.") for change in drift):
            self.clients.backup.update_backup_plan(BackupPlanId=observed.physical["id"], BackupPlan=self._document)
            calls.append("UpdateBackupPlan")
        if lost := lost_tags(drift):
            self.clients.backup.tag_resource(ResourceArn=observed.physical["Arn"], Tags=lost)
            calls.append(f"TagResource {', '.join(lost)}")
        return tuple(calls)

    @property
    def _document(self) -> Any:
        rules = sorted(self.desired.rules, key=lambda rule: rule.rule_name)
        return {
            "BackupPlanName": self.desired.backup_plan_name,
            "Rules": [
                {
                    "RuleName": rule.rule_name,
                    "TargetBackupVaultName": rule.target_backup_vault,
                    "ScheduleExpression": rule.schedule_expression,
                    "ScheduleExpressionTimezone": rule.schedule_expression_timezone,
                    "StartWindowMinutes": rule.start_window_minutes,
                    "CompletionWindowMinutes": rule.completion_window_minutes,
                    "Lifecycle": {"DeleteAfterDays": rule.delete_after_days},
                    "EnableContinuousBackup": rule.enable_continuous_backup,
                }
                for rule in rules
            ],
        }

    def delete(self, observed: Observed[BackupPlanState]) -> None:
        """Its selections must be gone before; the backups that it made stay."""
        with already_so(GONE):
            self.clients.backup.delete_backup_plan(BackupPlanId=observed.physical["id"])


def _rule(rule: Any) -> BackupRule:
    return BackupRule(
        rule_name=rule["RuleName"],
        target_backup_vault=rule["TargetBackupVaultName"],
        schedule_expression=rule.get("ScheduleExpression", ""),
        schedule_expression_timezone=rule.get("ScheduleExpressionTimezone", "Etc/UTC"),
        start_window_minutes=rule.get("StartWindowMinutes", 0),
        completion_window_minutes=rule.get("CompletionWindowMinutes", 0),
        delete_after_days=rule.get("Lifecycle", {}).get("DeleteAfterDays", 0),
        enable_continuous_backup=rule.get("EnableContinuousBackup", False),
        copies=tuple(sorted(copy["DestinationBackupVaultArn"] for copy in rule.get("CopyActions", []))),
    )
