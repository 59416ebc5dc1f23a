"""What moto lacks of Lambda and of launch templates.

"CreateFunction" (LoggingConfig), "UpdateFunctionConfiguration" and "ListFunctionUrlConfigs", Lambda API reference;
"CreateLaunchTemplate", EC2 API reference (the template's own tags are not those of what it launches).
"""

import json
from typing import Any, Final

import pytest
from moto.awslambda import urls
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.ec2.models.launch_templates import LaunchTemplate

URLS: Final = r"{0}/2021-10-31/functions/(?P<function_name>[\w_:%-]+)/urls$"


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
    monkeypatch.setitem(urls.url_paths, URLS, LambdaResponse.dispatch)
    monkeypatch.setattr(LambdaResponse, "list_function_url_configs", _list_urls, raising=False)
    monkeypatch.setattr(LaunchTemplate, "__init__", templated)
    # moto keeps the tags of the create call for ever.
    current = property(lambda one: one.get_tags(), lambda one, tags: None)
    monkeypatch.setattr(LaunchTemplate, "tags", current, raising=False)


def _layers(function: LambdaFunction, arns: list[str]) -> list[dict[str, Any]]:
    """The stack's layer stands before any environment does; here there is no stack."""
    return [{"Arn": arn, "CodeSize": 1} for arn in arns]


def _list_urls(response: LambdaResponse) -> str:
    function: Any = response.backend.get_function(response.path.split("/")[-2])
    return json.dumps({"FunctionUrlConfigs": [function.url_config.to_dict()] if function.url_config else []})
