"""What moto lacks of AWS Backup: UpdateBackupPlan, selections, jobs, recovery points (Developer Guide, API reference).

A job ends at once, and leaves a recovery point; a second call with its token starts none ("StartBackupJob"). A vault
that holds any cannot be deleted ("DeleteBackupVault").
"""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

_delete_backup_plan = BackupResponse.delete_backup_plan
_delete_backup_vault = BackupResponse.delete_backup_vault


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (
        "{0}/backup-jobs$",
        "{0}/backup-jobs/(?P<job>[^/]+)$",
        "{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$",
    ):
        monkeypatch.setitem(urls.url_paths, path, BackupResponse().dispatch)
    for method in (
        _update_backup_plan,
        _create_backup_selection,
        _get_backup_selection,
        _list_backup_selections,
        _delete_backup_selection,
        _start_backup_job,
        _describe_backup_job,
        _list_recovery_points_by_backup_vault,
    ):
        monkeypatch.setattr(BackupResponse, method.__name__.removeprefix("_"), method, raising=False)
    monkeypatch.setattr(BackupResponse, "delete_backup_vault", _delete_vault)
    monkeypatch.setattr(BackupResponse, "delete_backup_plan", _delete_plan)


def _kept(response: Any, what: str) -> dict[str, Any]:
    kept: dict[str, Any] = response.backup_backend.__dict__.setdefault(what, {})
    return kept


def _part(response: Any, before: str) -> str:
    """The part of the path that follows ``before``."""
    return unquote(response.path.split(f"/{before}/")[1].split("/")[0])


def _update_backup_plan(response: Any) -> str:
    plan = response.backup_backend.get_backup_plan(_part(response, "plans"), None)
    rules = json.loads(response.body)["BackupPlan"]
    plan.backup_plan = type(plan)(rules, "", response.backup_backend).backup_plan
    return json.dumps(plan.to_dict())


def _create_backup_selection(response: Any) -> str:
    plan, identity = _part(response, "plans"), str(mock_random.uuid4())
    response.backup_backend.get_backup_plan(plan, None)
    made = {"SelectionId": identity, "BackupPlanId": plan, "CreationDate": unix_time()}
    _kept(response, "selections")[identity] = {**made, "BackupSelection": json.loads(response.body)["BackupSelection"]}
    return json.dumps(made)


def _get_backup_selection(response: Any) -> str:
    try:
        return json.dumps(_kept(response, "selections")[_part(response, "selections")])
    except KeyError:
        raise ResourceNotFoundException(msg="Selection not found") from None


def _list_backup_selections(response: Any) -> str:
    plan = _part(response, "plans")
    response.backup_backend.get_backup_plan(plan, None)
    found = [one for one in _kept(response, "selections").values() if one["BackupPlanId"] == plan]
    return json.dumps({"BackupSelectionsList": [{**one, **one["BackupSelection"]} for one in found]})


def _delete_backup_selection(response: Any) -> str:
    _kept(response, "selections").pop(_part(response, "selections"), None)
    return "{}"


def _start_backup_job(response: Any) -> str:
    asked, jobs = json.loads(response.body), _kept(response, "jobs")
    job = asked.get("IdempotencyToken") or str(mock_random.uuid4())
    jobs.setdefault(job, {**asked, "BackupJobId": job, "State": "COMPLETED", "CreationDate": unix_time()})
    return json.dumps({"BackupJobId": job})


def _describe_backup_job(response: Any) -> str:
    return json.dumps(_kept(response, "jobs")[_part(response, "backup-jobs")])


def _points(response: Any, vault: str) -> list[dict[str, Any]]:
    return [
        {"RecoveryPointArn": f"arn:{job}", "Status": "COMPLETED", **made}
        for job, made in _kept(response, "jobs").items()
        if made["BackupVaultName"] == vault
    ]


def _list_recovery_points_by_backup_vault(response: Any) -> str:
    vault = _part(response, "backup-vaults")
    response.backup_backend.describe_backup_vault(vault)
    return json.dumps({"RecoveryPoints": _points(response, vault)})


def _delete_vault(response: Any) -> Any:
    if _points(response, _part(response, "backup-vaults")):
        raise InvalidRequestException(msg="Backup vault cannot be deleted because it contains recovery points.")
    return _delete_backup_vault(response)


def _delete_plan(response: Any) -> Any:
    """ "DeleteBackupPlan": the name of a plan that is gone is free."""
    answer = _delete_backup_plan(response)
    del response.backup_backend.plans[_part(response, "plans")]
    return answer
