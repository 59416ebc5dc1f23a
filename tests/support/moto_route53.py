"""Amazon Route 53 in moto: the hosted zone that an environment's file names, and CREATE as AWS means it.

CREATE is refused where a record of that name and type stands, and only there ("Change",
Route53/latest/APIReference/API_Change.html): moto lets other values through, and refuses what was deleted.
"""

from typing import Any

import pytest
from moto.route53 import route53_backends
from moto.route53.exceptions import ResourceRecordAlreadyExists
from moto.route53.models import Route53Backend

from tests.support.world import SITE, ZONE

_change = Route53Backend.change_resource_record_sets


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route53Backend, "change_resource_record_sets", _changed)


def host() -> None:
    """The hosted zone, under the id that admission would have found."""
    backend = route53_backends[SITE.account]["aws"]
    zone = backend.create_hosted_zone(f"{ZONE}.", private_zone=False)
    del backend.zones[zone.resource_id]
    zone.resource_id = SITE.hosted_zone
    backend.zones[zone.resource_id] = zone


def _changed(backend: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    zone = backend.get_hosted_zone(zoneid)
    standing = {(record.name.rstrip("."), record.type) for record in zone.rrsets}
    for change in (change for change in change_list if change["Action"] == "CREATE"):
        name, kind = change["ResourceRecordSet"]["Name"].rstrip("."), change["ResourceRecordSet"]["Type"]
        if (name, kind) in standing:
            raise ResourceRecordAlreadyExists(name=f"{name}.", _type=kind)
        zone.rr_changes[:] = [one for one in zone.rr_changes if one != change]
    _change(backend, zoneid, change_list)
