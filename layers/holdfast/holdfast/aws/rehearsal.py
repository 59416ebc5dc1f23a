"""Clients that ask and never change anything: which calls an update would make, by the code that would make them.

botocore lets a listener of ``before-call`` answer in AWS's place ("Extensibility guide", boto3 documentation): calls
that only read go out, any other is taken down and answered with what its output at least has.
"""

from typing import Any

from botocore.model import OperationModel, Shape, StructureShape
from botocore.session import Session

from holdfast.aws.clients import Clients

READS = ("Batch", "Describe", "Get", "List", "Query", "Search")
"""How the names of calls begin that change nothing."""


class Rehearsal(Clients):
    """As ``Clients``; ``calls`` are those that were not made, by name."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.calls: list[str] = []

    def _client(self, service: str, *config: Any) -> Any:
        client = super()._client(service, *config)
        client.meta.events.register("before-call", self._stand_in)
        return client

    def _stand_in(self, model: OperationModel, **_: object) -> tuple[Any, dict[str, Any]] | None:
        if model.name.startswith(READS):
            return None
        self.calls.append(model.name)
        return _Ok(), _least(model.output_shape)


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
