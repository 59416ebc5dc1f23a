"""EFS: a creation token makes one file system, and a second call with it is refused.

Page: CreateFileSystem, FileSystemAlreadyExists (efs/latest/ug/API_CreateFileSystem.html).
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import efs


def close() -> None:
    efs._create_file_system = _once(efs._create_file_system)


def _once(create: Any) -> Any:
    def created(body: Mapping[str, Any]) -> Any:
        for system in efs._file_systems.values():
            if system["CreationToken"] == body.get("CreationToken"):
                identity = system["FileSystemId"]
                said = f"File system '{identity}' already exists with creation token '{system['CreationToken']}'"
                status, headers, _ = efs._error(409, "FileSystemAlreadyExists", said)
                told = {"ErrorCode": "FileSystemAlreadyExists", "FileSystemId": identity, "Message": said}
                return status, headers, json.dumps(told).encode()
        return create(body)

    return created
