"""AWS Backup: a token starts one job, recovery points are listed, and a vault that holds any stays.

Pages: StartBackupJob (aws-backup/latest/devguide/API_StartBackupJob.html), ListRecoveryPointsByBackupVault
(aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html), DeleteBackupPlan, whose selections must be gone
(aws-backup/latest/devguide/API_DeleteBackupPlan.html), DeleteBackupVault
(aws-backup/latest/devguide/API_DeleteBackupVault.html).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import backup

_POINTS: Final = re.compile(r"/backup-vaults/([^/]+)/recovery-points/?")


def close() -> None:
    backup._start_job = _once(backup._start_job)
    backup._delete_vault = _if_empty(backup._delete_vault)
    backup._delete_plan = _if_nothing_is_selected(backup._delete_plan)
    backup.handle_request = _with_points(backup.handle_request)


def _once(start: Any) -> Any:
    def started(body: Mapping[str, Any]) -> Any:
        token = body.get("IdempotencyToken")
        for job in backup._jobs.values():
            if token and job["IdempotencyToken"] == token:
                return backup._ok({name: job[name] for name in ("BackupJobId", "RecoveryPointArn", "CreationDate")})
        return start(body)

    return started


def _if_empty(delete: Any) -> Any:
    def deleted(name: str) -> Any:
        if _points(name, None):
            return backup._err(
                "InvalidRequestException", "Backup vault cannot be deleted: it contains recovery points."
            )
        return delete(name)

    return deleted


def _if_nothing_is_selected(delete: Any) -> Any:
    def deleted(plan: str) -> Any:
        if any(selection["BackupPlanId"] == plan for selection in backup._selections.values()):
            return backup._err(
                "InvalidRequestException",
                "Related backup plan selections must be deleted prior to backup plan deletion.",
            )
        return delete(plan)

    return deleted


def _with_points(handle: Any) -> Any:
    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if method == "GET" and (named := _POINTS.fullmatch(path)):
            if named[1] not in backup._vaults:
                return backup._err("ResourceNotFoundException", f"Vault '{named[1]}' not found.", 404)
            about = query.get("resourceArn")
            return backup._ok({"RecoveryPoints": _points(named[1], about[0] if isinstance(about, list) else about)})
        return await handle(method, path, headers, body, query)

    return handled


def _points(vault: str, resource: str | None) -> list[dict[str, Any]]:
    return [
        {
            "RecoveryPointArn": job["RecoveryPointArn"],
            "BackupVaultName": vault,
            "ResourceArn": job["ResourceArn"],
            "CreationDate": job["CreationDate"],
            "Status": "COMPLETED",
        }
        for job in backup._jobs.values()
        if job["BackupVaultName"] == vault and job["State"] == "COMPLETED" and resource in (None, job["ResourceArn"])
    ]
