"""All layers by name, and what each needs: the one table that the workflow and the functions are checked against."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import Address
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import (
    addons,
    certificate,
    cluster,
    database,
    egress,
    file_storage,
    identity,
    ingress,
    keys,
    kubernetes_access,
    load_balancer,
    logs,
    network,
    nodes,
    object_storage,
    observability,
    security_groups,
    waf,
    workloads,
)


class Layer(NamedTuple):
    """``needs`` names the layers that must be verified first."""

    name: str
    needs: frozenset[str]
    resources: Callable[[Spec, Site], Iterable[Declared]]
    probe: Callable[[Clients, Spec, Site], Iterable[Finding]]

    def declared(self, spec: Spec, site: Site) -> list[Declared]:
        """The layer's lines, marked as ours wherever they can carry tags or labels."""
        return [
            line._replace(desired=line.desired.owned(Address(spec.name, self.name, line.name)))
            for line in self.resources(spec, site)
        ]


_ALL_BEFORE = (
    Layer("network", frozenset(), network.resources, network.probe),
    Layer("identity", frozenset(), identity.resources, identity.probe),
    Layer("keys", frozenset({"identity"}), keys.resources, keys.probe),
    Layer("logs", frozenset({"network", "keys", "identity"}), logs.resources, logs.probe),
    Layer("security_groups", frozenset({"network"}), security_groups.resources, security_groups.probe),
    Layer("egress", frozenset({"network"}), egress.resources, egress.probe),
    Layer(
        "cluster",
        frozenset({"network", "keys", "identity", "logs", "security_groups"}),
        cluster.resources,
        cluster.probe,
    ),
    Layer("kubernetes_access", frozenset({"cluster", "egress"}), kubernetes_access.resources, kubernetes_access.probe),
    Layer("nodes", frozenset({"cluster", "egress"}), nodes.resources, nodes.probe),
    Layer("addons", frozenset({"cluster", "nodes"}), addons.resources, addons.probe),
    Layer("certificate", frozenset(), certificate.resources, certificate.probe),
    Layer("object_storage", frozenset({"keys"}), object_storage.resources, object_storage.probe),
    Layer(
        "load_balancer",
        frozenset({"security_groups", "certificate", "object_storage"}),
        load_balancer.resources,
        load_balancer.probe,
    ),
    Layer("waf", frozenset({"load_balancer", "logs"}), waf.resources, waf.probe),
    Layer("ingress", frozenset({"addons", "kubernetes_access", "waf"}), ingress.resources, ingress.probe),
    Layer("database", frozenset({"logs", "security_groups"}), database.resources, database.probe),
    Layer("file_storage", frozenset({"keys", "security_groups"}), file_storage.resources, file_storage.probe),
    Layer(
        "workloads",
        frozenset({"ingress", "database", "object_storage", "file_storage"}),
        workloads.resources,
        workloads.probe,
    ),
)
"""In an order in which they can be built."""

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        *_ALL_BEFORE,
        Layer(
            "observability", frozenset(one.name for one in _ALL_BEFORE), observability.resources, observability.probe
        ),
    )
}
