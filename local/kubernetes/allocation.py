"""Addresses and node ports of Services ("Service", kubernetes.io/docs/concepts/services-networking/service)."""

import ipaddress
from itertools import islice
from typing import Any, Final

from local.kubernetes.refusal import invalid
from local.kubernetes.store import Store

_ADDRESSES: Final = tuple(map(str, islice(ipaddress.ip_network("172.20.0.0/16").hosts(), 9, 2000)))
_NODE_PORTS: Final = range(30000, 32768)
_OUTSIDE: Final = {"NodePort", "LoadBalancer"}


def allocate(store: Store, obj: dict[str, Any]) -> None:
    """Give a Service what it leaves to the server. Raises where a port is another one's."""
    if obj["kind"] != "Service" or obj.get("spec", {}).get("type") == "ExternalName":
        return
    spec, metadata = obj["spec"], obj["metadata"]
    if not spec.get("clusterIP"):
        taken = store.addresses()
        spec["clusterIP"] = next(one for one in _ADDRESSES if one not in taken)
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    if spec.get("type") not in _OUTSIDE:
        return
    used = set(store.node_ports(but=metadata["uid"]))
    for place, port in enumerate(spec.get("ports", ())):
        fixed = port.setdefault("nodePort", next(one for one in _NODE_PORTS if one not in used))
        field = f"spec.ports[{place}].nodePort"
        if fixed not in _NODE_PORTS:
            raise invalid(
                "Service", "", metadata["name"], field, f"Invalid value: {fixed}: not in the range 30000-32767"
            )
        if fixed in used:
            raise invalid("Service", "", metadata["name"], field, f"Invalid value: {fixed}: already allocated")
        used.add(fixed)
