"""Whether somebody else is at work on an environment: a build, a teardown, or a function that one of them left."""

import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.aws.tables.environments import Held
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})


def seconds_until_free(stepfunctions: "SFNClient", environment: str, held: Held | None, execution: str) -> int:
    """0 if ``execution`` may take the lease that is ``held``, else the seconds until it is worth asking again.

    Raises ``ComeBackLater`` that names the execution which runs. Never by age: a build may take as long as AWS does.
    """
    if held is None or held.execution == execution:
        return 0
    if _runs(stepfunctions, held.execution):
        what = "taken down" if "-teardown:" in held.execution else "built"
        raise ComeBackLater(f"{environment} is being {what} by {held.execution}: wait until it ends, or stop it", 60)
    rest = max(held.busy.values(), default=0.0) - time.time()
    return int(rest) + 1 if rest > 0 else 0


def _runs(stepfunctions: "SFNClient", execution: str) -> bool:
    try:
        return stepfunctions.describe_execution(executionArn=execution)["status"] in RUNNING
    except ClientError as error:
        if code(error) != "ExecutionDoesNotExist":
            raise
        return False
