"""Asks ``reclaim`` to put our tags on a resource of ours: no other role can tag what does not carry them.

A function that failed answers with ``FunctionError`` and an object as its payload, ``errorMessage`` in it ("Invoke",
Lambda API reference; "Python function errors in AWS Lambda", lambda/latest/dg/python-exceptions.html).
"""

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
            said = json.loads(answer["Payload"].read()).get("errorMessage", "without a word")
            raise NeedsHuman(
                record.path,
                f"it does not carry our tags, and reclaim failed: {said}",
                "see what reclaim wrote into its log (docs/runbooks/security_groups.md, step 5)",
            )

    return claim
