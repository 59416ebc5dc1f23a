"""A call to a service of the laptop AWS from within: no HTTP, no caller, and so no record of it.

Promises: `ask` answers as the SDK would, errors under `Error`, in the account and region that it is given.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from botocore.serialize import create_serializer
from ministack import app
from ministack.core.responses import request_scope

from local.calls import Call, service_model
from local.cloudtrail import Answer, parsed


async def ask(service: str, operation: str, parameters: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    model = service_model(service).operation_model(operation)
    protocol = model.service_model.metadata["protocol"]
    sent = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, model)
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    body = urlencode(sent["body"]) if isinstance(sent["body"], dict) else sent["body"]
    with request_scope(account, region):
        status, answered, content = await app.SERVICE_HANDLERS[service](
            sent["method"], sent["url_path"], headers, body.encode() if isinstance(body, str) else body, {}
        )
    told = {name.lower(): str(value) for name, value in answered.items()}
    return parsed(Call(service, model, dict(parameters), "", ""), Answer(status, told, content))
