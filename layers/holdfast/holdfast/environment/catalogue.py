"""All layers by name, and what each needs: the one table that the workflow and the functions are checked against."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import Address, Tagged
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import identity, keys, logs, network, security_groups


class Layer(NamedTuple):
    """``needs`` names the layers that must be verified first."""

    name: str
    needs: frozenset[str]
    resources: Callable[[Spec, Site], Iterable[Declared]]
    probe: Callable[[Clients, Spec, Site], Iterable[Finding]]

    def declared(self, spec: Spec, site: Site) -> list[Declared]:
        """The layer's lines with our tags on all that can carry tags."""
        return [self._tagged(line, spec.name) for line in self.resources(spec, site)]

    def _tagged(self, line: Declared, environment: str) -> Declared:
        if not isinstance(line.desired, Tagged):
            return line
        shown = {"Name": f"{environment}-{line.name.replace('_', '-')}"}
        tags = Address(environment, self.name, line.name).tags
        return line._replace(desired=msgspec.structs.replace(line.desired, tags={**shown, **line.desired.tags, **tags}))


LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer("network", frozenset(), network.resources, network.probe),
        Layer("identity", frozenset(), identity.resources, identity.probe),
        Layer("keys", frozenset({"identity"}), keys.resources, keys.probe),
        Layer("logs", frozenset({"network", "keys", "identity"}), logs.resources, logs.probe),
        Layer("security_groups", frozenset({"network"}), security_groups.resources, security_groups.probe),
    )
}
