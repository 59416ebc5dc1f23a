"""Clients that ask and never change anything: what an update would do, by the code that would do it.

botocore lets a listener of ``before-call`` answer in AWS's place ("Extensibility guide", boto3 documentation): calls
that only read go out, any other is taken down and answered with what its output at least has. So it is with requests to
a cluster's API, where ``GET`` reads, and a dry run changes nothing.
"""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel, Shape, StructureShape
from botocore.session import Session

from holdfast.aws.clients import Clients
from holdfast.aws.invoked_api import function
from holdfast.core.fields import HIDDEN
from holdfast.kubernetes.api import JSON, Answer, Api

READS = ("BatchGet", "Describe", "Get", "List", "Query", "Search")
"""How the names of calls begin that change nothing."""
IN_THE_CLI = {"s3": "s3api"}
"""Services that the AWS CLI knows by another word than botocore."""


class Rehearsal(Clients):
    """As ``Clients``; ``commands`` are the calls that were not made, as a person makes them with the AWS CLI."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.commands: list[str] = []

    def kubernetes(self, environment: str) -> Api:
        """Asked by clients of its own: to ask the environment's function is to invoke it."""
        return _RehearsedApi(Clients(self._session).kubernetes(environment), function(environment), self.commands)

    def _client(self, service: str, *config: Any) -> Any:
        client = super()._client(service, *config)
        client.meta.events.register("before-parameter-build", self._take_down)
        client.meta.events.register("before-call", _stand_in)
        return client

    def _take_down(self, params: dict[str, Any], model: OperationModel, **_: object) -> None:
        if _reads(model):
            return
        service = model.service_model.service_name
        given = shlex.quote(json.dumps(params, default=str))
        command = f"aws {IN_THE_CLI.get(service, service)} {xform_name(model.name, '-')} --cli-input-json {given}"
        self.commands.append(command)


def _reads(model: OperationModel) -> bool:
    return model.name.startswith(READS)


def _stand_in(model: OperationModel, **_: object) -> tuple[Any, dict[str, Any]] | None:
    return None if _reads(model) else (_Ok(), _least(model.output_shape))


class _RehearsedApi:
    """``kubernetes.api.Api``: what would change something is added to ``commands``, for the environment's function.

    What a Secret would be is never told.
    """

    def __init__(self, api: Api, asked: str, commands: list[str]) -> None:
        self._api = api
        self._asked = asked
        self._commands = commands

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        if method == "GET" or query.get("dryRun") == "All":
            return self._api.request(method, path, query=query, body=body, content_type=content_type)
        told = HIDDEN if "/secrets" in path else body
        event = {"method": method, "path": path, "query": dict(query), "body": told, "content_type": content_type}
        payload = shlex.quote(json.dumps(event))
        self._commands.append(f"aws lambda invoke --function-name {self._asked} --payload {payload} /dev/stdout")
        return Answer(200, {"metadata": {"uid": ""}})


class _Ok:
    """All that botocore looks at in an answer that it did not read itself."""

    status_code = 200


def _least(shape: StructureShape | None) -> dict[str, Any]:
    """A structure with a value for each member, each as short as can be."""
    members = shape.members if shape else {}
    return {name: _shortest(member) for name, member in members.items()}


def _shortest(shape: Shape) -> Any:
    match shape.type_name:
        case "list":
            return []
        case "structure" | "map":
            return {}
        case "boolean":
            return False
        case "integer" | "long" | "float" | "double":
            return 0
        case _:
            return ""
