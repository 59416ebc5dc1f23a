"""Clients that ask and never change anything: what an update would do, by the code that would do it.

botocore lets a listener of ``before-call`` answer in AWS's place ("Extensibility guide", boto3 documentation): calls
that only read go out, any other is taken down and answered with what its output at least has.
"""

import json
import shlex
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel, Shape, StructureShape
from botocore.session import Session

from holdfast.aws.clients import Clients

READS = ("Batch", "Describe", "Get", "List", "Query", "Search")
"""How the names of calls begin that change nothing."""
IN_THE_CLI = {"s3": "s3api"}
"""Services that the AWS CLI knows by another word than botocore."""


class Rehearsal(Clients):
    """As ``Clients``; ``commands`` are the calls that were not made, as a person makes them with the AWS CLI."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.commands: list[str] = []

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
