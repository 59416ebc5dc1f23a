"""What a spec asks of a standing environment that AWS cannot do, found out before anything is touched."""

from collections.abc import Iterable

from holdfast.aws.kinds import KINDS
from holdfast.core.manifest import Declared, Record, Records
from holdfast.core.reconcile import INSTEAD_OF_REPLACING
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.trouble import NeedsHuman
from holdfast.environment.catalogue import LAYERS


def refuse_replacements(spec: Spec, site: Site, records: Records) -> None:
    """Raise ``NeedsHuman`` that names every field which stands otherwise and cannot be changed in place."""
    refused = [
        sentence
        for layer in LAYERS.values()
        for line in layer.declared(spec, site)
        for sentence in _refusals(line, records.get(f"{layer.name}/{line.name}"))
    ]
    if refused:
        raise NeedsHuman(spec.name, "AWS cannot change this in place: " + "; ".join(refused), INSTEAD_OF_REPLACING)


def _refusals(line: Declared, record: Record | None) -> Iterable[str]:
    if record is None or not record.physical:
        return
    for sentence in KINDS[line.kind].refusals(record.target, line.properties):
        yield f"{record.path} {sentence}"
