"""What moto lacks of Elastic Load Balancing. Nothing here is ever shipped.

Create calls are idempotent by name, and by port of a load balancer ("CreateLoadBalancer", "CreateTargetGroup",
"CreateListener", elasticloadbalancing/latest/APIReference): moto makes twins, or refuses. One that is protected is not
deleted ("DeleteLoadBalancer": OperationNotPermitted).
"""

from typing import Any

import pytest
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend

_create_listener = ELBv2Backend.create_listener
_create_load_balancer = ELBv2Backend.create_load_balancer
_create_target_group = ELBv2Backend.create_target_group
_delete_load_balancer = ELBv2Backend.delete_load_balancer


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ELBv2Backend, "create_listener", _listener)
    monkeypatch.setattr(ELBv2Backend, "create_load_balancer", _load_balancer)
    monkeypatch.setattr(ELBv2Backend, "create_target_group", _target_group)
    monkeypatch.setattr(ELBv2Backend, "delete_load_balancer", _delete)


def _load_balancer(backend: Any, name: str, *more: Any, **named: Any) -> Any:
    found = [one for one in backend.load_balancers.values() if one.name == name]
    return found[0] if found else _create_load_balancer(backend, name, *more, **named)


def _target_group(backend: Any, name: str, **named: Any) -> Any:
    found = [one for one in backend.target_groups.values() if one.name == name]
    return found[0] if found else _create_target_group(backend, name, **named)


def _listener(backend: Any, **named: Any) -> Any:
    balancer = backend.load_balancers.get(named["load_balancer_arn"])
    found = [one for one in balancer.listeners.values() if one.port == named["port"]] if balancer else []
    return found[0] if found else _create_listener(backend, **named)


def _delete(backend: Any, arn: str) -> None:
    balancer = backend.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    _delete_load_balancer(backend, arn)
