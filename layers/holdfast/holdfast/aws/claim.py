"""Asks ``reclaim`` to put our tags on a resource of ours: no other role can tag what does not carry them."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from holdfast.core.manifest import Record
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def claiming(functions: "LambdaClient", reclaim: str) -> Callable[[Record], None]:
    """What to call with a record whose resource lost our tags; ``reclaim`` is the function's name."""

    def claim(record: Record) -> None:
        order = json.dumps({"environment": record.environment, "path": record.path})
        answer = functions.invoke(FunctionName=reclaim, Payload=order)
        if "FunctionError" in answer:
            said = answer["Payload"].read().decode()
            raise NeedsHuman(
                record.path, f"its tags are gone, and reclaim failed: {said}", "look at the log of reclaim"
            )

    return claim
