"""Ingress: not raised yet."""

from collections.abc import Iterator

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    yield from ()


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:  # noqa: ARG001
    yield from ()
