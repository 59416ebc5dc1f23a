"""Take the guard off an environment that its user wants taken down, or refuse before anything is touched."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.tables.guard import GuardTable
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.core.teardown import TeardownOrder, waves
from holdfast.environment.build import BuilderSettings, Tables
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.retirement import require_teardown, retire

logger = Logger(service="retire")
clients = Clients()


class RetireSettings(BuilderSettings, frozen=True, kw_only=True):
    """Beside a builder's: what was said of the guard, and how the ARN of every teardown's execution begins."""

    guard_table: str
    teardowns: str


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, object]:
    """``event``: the execution's ``input`` and ``execution``, its ARN.

    Answers with the lease and the ``waves`` of layers, or with the seconds to ``wait`` for the lease.
    """
    settings = RetireSettings.read()
    require_teardown(event["execution"], settings.teardowns)
    order = TeardownOrder.admit(event["input"])
    with telling(order.name):
        answer = retire(clients, Tables.of(clients, settings), order, event["execution"])
    logger.info("retired", extra={"environment": order.name, "answer": answer})
    if not isinstance(answer, Lease):
        return {"wait": answer}
    GuardTable(clients.dynamodb, settings.guard_table).withdraw_all(order.name)
    # Objects, not bare lists: JSONata takes a list of one for the one.
    order_of_layers = [{"layers": wave} for wave in waves({name: layer.needs for name, layer in LAYERS.items()})]
    return {"wait": 0, **answer._asdict(), "waves": order_of_layers}
