"""The manifest in memory; like the one in DynamoDB it lets no builder write what a newer one has written."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from holdfast.core.manifest import Declared, Lease, Record, Records
from holdfast.core.resource import Physical
from holdfast.core.trouble import taken_over


class MemoryManifest:
    """``core.manifest.Manifest`` without a table. ``now`` answers seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._records: dict[str, dict[str, Record]] = {}

    def records(self, environment: str) -> Records:
        return dict(self._records.get(environment, {}))

    def propose(self, lease: Lease, layer: str, declared: Iterable[Declared]) -> Records:
        for line in declared:
            empty = Record(environment=lease.environment, layer=layer, name=line.name, kind=line.kind)
            record = self._newest(empty)
            changed: Mapping[str, object] = {} if record.target == line.properties else {"next": line.properties}
            self._write(lease, record, kind=line.kind, **changed)
        return self.records(lease.environment)

    def intend(self, lease: Lease, record: Record) -> Record:
        return self._write(lease, record, intent=self._now(), attempt=lease.fence, tries=record.tried(lease.fence) + 1)

    def spare(self, lease: Lease, record: Record) -> Record:
        return self._write(lease, record, tries=record.tries - 1)

    def learn(self, record: Record, physical: Physical) -> Record:
        if record.path not in self._records.get(record.environment, {}):
            return msgspec.structs.replace(record, physical=dict(physical))
        return self._keep(record, physical=dict(physical))

    def promise(self, lease: Lease, layer: str) -> None:
        for record in self.records(lease.environment).values():
            if record.layer == layer and record.next is not None:
                self._write(lease, record, desired=record.next, next=None)

    def retire(self, lease: Lease) -> Records:
        for record in self.records(lease.environment).values():
            if record.desired is not None:
                self._write(lease, record, next=record.target, desired=None)
        return self.records(lease.environment)

    def forget(self, lease: Lease, record: Record) -> None:
        self._write(lease, record)
        del self._records[record.environment][record.path]

    def _write(self, lease: Lease, record: Record, **changes: object) -> Record:
        unknown = "kind" not in changes and record.path not in self._records.get(record.environment, {})
        if unknown or self._newest(record).fence > lease.fence:
            raise taken_over(lease.environment, lease.execution)
        return self._keep(record, **changes, fence=lease.fence)

    def _keep(self, record: Record, **changes: object) -> Record:
        kept = msgspec.structs.replace(self._newest(record), **changes)
        self._records.setdefault(record.environment, {})[record.path] = kept
        return kept

    def _newest(self, record: Record) -> Record:
        return self._records.get(record.environment, {}).get(record.path, record)
