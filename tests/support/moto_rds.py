"""What moto lacks of RDS ("CreateDBInstance", "ModifyDBInstance", "ModifyDBSubnetGroup", RDS API reference).

Performance Insights; and a subnet group that is modified is still there afterwards.
"""

from typing import Any

import pytest
from moto.rds.models import DBInstance, RDSBackend

_init = DBInstance.__init__
_modify_subnet_group = RDSBackend.modify_db_subnet_group


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DBInstance, "__init__", _with_insights)
    monkeypatch.setattr(RDSBackend, "modify_db_subnet_group", _keeping_the_group)
    monkeypatch.setattr(
        DBInstance,
        "performance_insights_enabled",
        property(lambda instance: instance.enable_performance_insights),
        raising=False,
    )


def _with_insights(instance: Any, *given: Any, **asked: Any) -> None:
    """ModifyDBInstance sets the same names afterwards."""
    instance.enable_performance_insights = asked.get("enable_performance_insights", False)
    instance.performance_insights_kms_key_id = asked.get("performance_insights_kms_key_id")
    instance.performance_insights_retention_period = asked.get("performance_insights_retention_period")
    _init(instance, *given, **asked)


def _keeping_the_group(backend: Any, name: str, *given: Any, **asked: Any) -> Any:
    backend.subnet_groups[name] = group = _modify_subnet_group(backend, name, *given, **asked)
    return group
