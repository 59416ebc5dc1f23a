"""What a build of a spec would do to every layer: the lines and the looks of a build, and no call after them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import AwsKinds
from holdfast.core.foresight import Foreseen, foresee
from holdfast.core.manifest import Record
from holdfast.environment.build import BuilderSettings, Tables
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.consideration import Request, considered

SIDE_BY_SIDE: Final = 6
"""Layers that are looked at at once: a look is mostly waiting, and AWS throttles who looks at everything at once."""


def preview(clients: Clients, settings: BuilderSettings, request: Request) -> dict[str, list[Foreseen]]:
    """By layer, what would be made or changed; layers of which nothing would be are left out.

    Raises ``WrongInput`` and ``NeedsHuman`` as the admission of the build would.
    """
    spec = request.spec
    held = Tables.of(clients, settings).environments.held(spec.name)
    _, site, records = considered(clients, settings, held, request)
    kinds = AwsKinds(clients, _nobody)

    def foreseen(layer: str) -> list[Foreseen]:
        return list(foresee(spec.name, layer, LAYERS[layer].declared(spec, site), records, kinds))

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        found = dict(zip(LAYERS, pool.map(foreseen, LAYERS), strict=True))
    return {layer: changes for layer, changes in found.items() if changes}


def _nobody(record: Record) -> None:
    raise AssertionError(f"a preview claims nothing, and not {record.path}")
