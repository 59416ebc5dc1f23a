"""CloudFormation stacks of a test's own, from resources alone."""

import json
import time
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import Account

type Resources = dict[str, dict[str, Any]]

_NAME: Final = "tests"
_PATIENCE: Final = 20.0


class Stack:
    """One stack of an account's; each `deploy` creates or updates it and returns the physical ids."""

    def __init__(self, account: Account) -> None:
        self._cloudformation = account.root("cloudformation")
        self._operation = "create"

    def deploy(self, resources: Resources) -> dict[str, str]:
        status = self._run(resources)
        if not status.endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")) or "ROLLBACK" in status:
            pytest.fail(f"the stack is {status}, because of: {self._reasons()}")
        self._operation = "update"
        found = self._cloudformation.describe_stack_resources(StackName=_NAME)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def refusal(self, resources: Resources) -> str:
        """Deploy what cannot be deployed, and return the reasons."""
        status = self._run(resources)
        assert "ROLLBACK" in status, f"the stack is {status}: the emulator took what AWS refuses"
        return self._reasons()

    def delete(self) -> str:
        """Delete the stack, and return why it could not be, or nothing."""
        self._cloudformation.delete_stack(StackName=_NAME)
        return self._reasons() if self._settled() == "DELETE_FAILED" else ""

    def _run(self, resources: Resources) -> str:
        call = getattr(self._cloudformation, f"{self._operation}_stack")
        template = json.dumps({"Resources": resources})
        call(StackName=_NAME, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self._settled()

    def _settled(self) -> str:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                status = str(self._cloudformation.describe_stacks(StackName=_NAME)["Stacks"][0]["StackStatus"])
            except ClientError:
                return "DELETE_COMPLETE"
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.02)
        pytest.fail(f"the stack is not done after {_PATIENCE} s")

    def _reasons(self) -> str:
        events = self._cloudformation.describe_stack_events(StackName=_NAME)["StackEvents"]
        return "; ".join(
            event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
        )


def fault(call: Any, **arguments: Any) -> str:
    """Make a call that AWS refuses, and return the error's code."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return str(refusal.value.response["Error"]["Code"])
