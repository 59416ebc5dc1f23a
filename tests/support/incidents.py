"""Incidents in memory; like those in DynamoDB they are kept as JSON, and a write that comes too late is refused."""

import msgspec

from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Overtaken
from holdfast.core.incident import Incident
from holdfast.core.manifest import Record


class MemoryIncidents:
    """``core.chronicle.Incidents`` without a table. ``kept``: each incident by its id, as it last stood."""

    def __init__(self) -> None:
        self._watches: dict[tuple[str, str, str], tuple[bytes, bytes]] = {}
        self._kept: dict[str, bytes] = {}

    def watch(self, record: Record, concern: str) -> tuple[Watch, Incident | None]:
        if (record.environment, record.path, concern) not in self._watches:
            return Watch(), None
        watch, latest = self._watches[record.environment, record.path, concern]
        return msgspec.json.decode(watch, type=Watch), msgspec.json.decode(latest, type=Incident)

    def write(self, incident: Incident, watch: Watch) -> Watch:
        key = incident.environment, incident.resource, incident.concern
        if key in self._watches and msgspec.json.decode(self._watches[key][0], type=Watch).version != watch.version:
            raise Overtaken(incident.resource)
        newer = msgspec.structs.replace(watch, version=watch.version + 1)
        body = msgspec.json.encode(incident)
        self._watches[key] = msgspec.json.encode(newer), body
        self._kept[incident.id] = body
        return newer

    @property
    def kept(self) -> dict[str, Incident]:
        return {identity: msgspec.json.decode(body, type=Incident) for identity, body in self._kept.items()}
