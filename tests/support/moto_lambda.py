"""What moto lacks of Lambda and of launch templates.

"CreateFunction" (LoggingConfig) and "UpdateFunctionConfiguration", Lambda API reference;
"CreateLaunchTemplate", EC2 API reference (the template's own tags are not those of what it launches).
"""

from typing import Any

import pytest
from moto.awslambda.models import LambdaFunction
from moto.ec2.models.launch_templates import LaunchTemplate


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    make, configure = LambdaFunction.__init__, LambdaFunction.get_configuration
    update, template = LambdaFunction.update_configuration, LaunchTemplate.__init__

    def made(function: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        function.logging = spec.get("LoggingConfig", {"LogFormat": "Text"})
        make(function, account_id, spec, region, version)

    def configuration(function: Any, **how: Any) -> dict[str, Any]:
        return {**configure(function, **how), "LoggingConfig": function.logging}

    def updated(function: Any, asked: dict[str, Any]) -> dict[str, Any]:
        function.logging = asked.get("LoggingConfig", function.logging)
        configured: dict[str, Any] = update(function, asked)
        return configured

    def templated(one: Any, backend: Any, name: str, data: dict[str, Any], description: str, tags: Any) -> None:
        kept = [tag for tag in data.get("TagSpecifications", []) if tag["ResourceType"] != "launch-template"]
        template(one, backend, name, {**data, "TagSpecifications": kept}, description, tags)

    monkeypatch.setattr(LambdaFunction, "__init__", made)
    monkeypatch.setattr(LambdaFunction, "get_configuration", configuration)
    monkeypatch.setattr(LambdaFunction, "update_configuration", updated)
    monkeypatch.setattr(LambdaFunction, "_get_layers_data", _layers)
    monkeypatch.setattr(LaunchTemplate, "__init__", templated)
    # moto keeps the tags of the create call for ever.
    current = property(lambda one: one.get_tags(), lambda one, tags: None)
    monkeypatch.setattr(LaunchTemplate, "tags", current, raising=False)


def _layers(function: LambdaFunction, arns: list[str]) -> list[dict[str, Any]]:
    """The stack's layer stands before any environment does; here there is no stack."""
    return [{"Arn": arn, "CodeSize": 1} for arn in arns]
