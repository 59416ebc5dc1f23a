"""What a spec asks of a standing environment that AWS cannot do, found out before anything is touched."""

from collections.abc import Iterable
from typing import Final

from holdfast.aws.kinds import KINDS
from holdfast.core.manifest import Declared, Record, Records
from holdfast.core.reconcile import INSTEAD_OF_REPLACING
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.trouble import NeedsHuman
from holdfast.environment.catalogue import LAYERS

STILL_WANTED: Final = (
    "leave in the file what asks for them (`nodes.gpu` with `min` 0 keeps no node that no pod asks for), or build a "
    "second environment under another name and move over"
)


def refuse_impossible(spec: Spec, site: Site, records: Records) -> None:
    """Raise ``NeedsHuman`` that names every field which cannot be changed in place, or all that would be left behind.

    A build removes nothing: what no line asks for any more would stay promised, and guarded, for ever.
    """
    declared = {f"{layer.name}/{line.name}": line for layer in LAYERS.values() for line in layer.declared(spec, site)}
    refused = [sentence for path, line in declared.items() for sentence in _refusals(line, records.get(path))]
    if refused:
        raise NeedsHuman(spec.name, "AWS cannot change this in place: " + "; ".join(refused), INSTEAD_OF_REPLACING)
    if left := sorted(path for path, one in records.items() if one.layer in LAYERS and path not in declared):
        why = f"a build removes nothing, and the file asks no more for {', '.join(left)}"
        raise NeedsHuman(spec.name, why, STILL_WANTED)


def _refusals(line: Declared, record: Record | None) -> Iterable[str]:
    if record is None or not record.physical:
        return
    for sentence in KINDS[line.kind].refusals(record.target, line.properties):
        yield f"{record.path} {sentence}"
