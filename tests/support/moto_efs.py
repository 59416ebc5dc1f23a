"""What moto lacks of Amazon EFS: PutBackupPolicy, UpdateFileSystem, UpdateFileSystemProtection (EFS API reference)."""

import json
from typing import Any

import pytest
from moto.efs.models import FileSystem
from moto.efs.responses import EFSResponse

_init = FileSystem.__init__
JSON = {"Content-Type": "application/json"}


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileSystem, "__init__", _made)
    monkeypatch.setattr(EFSResponse, "put_backup_policy", _put_backup_policy, raising=False)
    monkeypatch.setattr(EFSResponse, "update_file_system", _update_file_system, raising=False)
    monkeypatch.setattr(EFSResponse, "update_file_system_protection", _update_protection, raising=False)


def _made(system: Any, *given: Any, **named: Any) -> None:
    """ "FileSystemProtectionDescription": a file system is protected unless it is told otherwise."""
    _init(system, *given, **named)
    system.file_system_protection = {"ReplicationOverwriteProtection": "ENABLED"}


def _of(response: Any) -> Any:
    return response.efs_backend.file_systems_by_id[response._get_param("FileSystemId")]


def _put_backup_policy(response: Any) -> Any:
    policy = response._get_param("BackupPolicy")
    _of(response)._backup = policy["Status"] == "ENABLED"
    return json.dumps({"BackupPolicy": policy}), JSON


def _update_file_system(response: Any) -> Any:
    system = _of(response)
    system.throughput_mode = response._get_param("ThroughputMode")
    return json.dumps(system.info_json()), {"status": 202, **JSON}


def _update_protection(response: Any) -> Any:
    protection = {"ReplicationOverwriteProtection": response._get_param("ReplicationOverwriteProtection")}
    _of(response).file_system_protection = protection
    return json.dumps(protection), JSON
