"""What moto lacks of CloudWatch Logs: a subscription filter to a function that no test makes.

"PutSubscriptionFilter" (CloudWatch Logs API reference) asks for a function that stands. The stack's does before any
environment; here there is no stack.
"""

from typing import Any

import pytest
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogsBackend, "put_subscription_filter", _put)


def _put(
    backend: Any, log_group_name: str, filter_name: str, filter_pattern: str, destination_arn: str, role_arn: str
) -> None:
    group = backend.groups.get(log_group_name)
    if group is None:
        raise ResourceNotFoundException
    group.put_subscription_filter(filter_name, filter_pattern, destination_arn, role_arn)
