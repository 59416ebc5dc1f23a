"""What a probe asks AWS Backup about a resource: what backs it up, under which key, and when it last did."""

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding


def backups(clients: Clients, arn: str) -> list[str]:
    """What each rule of each plan does that selects the file system."""
    backup = clients.backup
    lines = []
    for plan in (
        plan for page in backup.get_paginator("list_backup_plans").paginate() for plan in page["BackupPlansList"]
    ):
        selections = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
        selecting = [
            one["IamRoleArn"]
            for one in selections
            if arn
            in backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=one["SelectionId"])[
                "BackupSelection"
            ].get("Resources", [])
        ]
        if selecting:
            rules = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
            lines += [
                f"{rule['ScheduleExpression']} {rule.get('ScheduleExpressionTimezone')} to "
                f"{rule['TargetBackupVaultName']} for {rule.get('Lifecycle', {}).get('DeleteAfterDays')} days by {role}"
                for rule in rules
                for role in selecting
            ]
    return sorted(lines)


def vault_key(clients: Clients, name: str) -> str:
    vaults = clients.backup.list_backup_vaults()["BackupVaultList"]
    return ", ".join(one.get("EncryptionKeyArn", "") for one in vaults if one["BackupVaultName"] == name)


def backed_up(clients: Clients, vault: str, arns: list[str]) -> Finding:
    """Whether a backup was made; before the first night there is none."""
    question = "When was it last backed up?"
    try:
        points = [
            point
            for arn in arns
            for point in clients.backup.list_recovery_points_by_backup_vault(BackupVaultName=vault, ByResourceArn=arn)[
                "RecoveryPoints"
            ]
        ]
    except ClientError as error:
        return Finding(question=question, saw=code(error), verdict="broken")
    done = sorted(f"{point['CreationDate']:%FT%TZ}" for point in points if point["Status"] == "COMPLETED")
    if not done:
        return Finding(question=question, saw="no night has passed yet", verdict="not shown here")
    return Finding(question=question, saw=done[-1], verdict="holds")
