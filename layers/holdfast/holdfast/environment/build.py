"""One build of one environment, as each function of the workflow takes it up."""

import time
from collections.abc import Callable
from typing import NamedTuple, Self

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS, AwsKinds
from holdfast.aws.settings import Settings
from holdfast.aws.tables.environments import EnvironmentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.core.guarantees import refuse_broken_promise
from holdfast.core.layer import Convergence, Progress
from holdfast.core.manifest import Lease, Record, resolved
from holdfast.core.site import Place, Site
from holdfast.core.spec import Spec
from holdfast.environment.catalogue import LAYERS


class BuilderSettings(Settings, frozen=True, kw_only=True):
    """Variables of every function that builds."""

    manifest_table: str
    environments_table: str
    permissions_boundary: str
    code: str
    """ARN of the stack's own layer version: what environments run of us runs this."""
    alerts_topic: str
    audit_function: str
    """ARN of the function that hears the clusters' audit logs."""


class Tables(NamedTuple):
    """Holdfast's own tables, as a builder uses them."""

    manifest: ManifestTable
    environments: EnvironmentsTable

    @classmethod
    def of(cls, clients: Clients, settings: BuilderSettings) -> Self:
        return cls(
            ManifestTable(clients.dynamodb, settings.manifest_table, time.time),
            EnvironmentsTable(clients.dynamodb, settings.environments_table, time.time),
        )


class Build(NamedTuple):
    """A build under way."""

    clients: Clients
    tables: Tables
    lease: Lease
    spec: Spec
    site: Site

    @classmethod
    def resumed(cls, clients: Clients, settings: BuilderSettings, lease: Lease, function_arn: str) -> Self:
        """The build that holds ``lease``. Raises ``NeedsHuman`` if another one has taken over."""
        tables = Tables.of(clients, settings)
        held = tables.environments.held_by(lease)
        spec = Spec.model_validate(held.spec)
        return cls(clients, tables, lease, spec, site_of(function_arn, held.place, settings))

    def converge(self, layer: str, claim: Callable[[Record], None]) -> Progress:
        """One call's work on ``layer``."""
        kinds = AwsKinds(self.clients, claim)
        convergence = Convergence(self.lease, layer, self.tables.manifest, kinds, time.time)
        return convergence.run(LAYERS[layer].declared(self.spec, self.site))

    def promise(self, layer: str) -> None:
        """The layer is verified: promise what was proposed. Raises ``NeedsHuman`` if that breaks a guarantee."""
        records = self.tables.manifest.records(self.lease.environment)
        for record in (record for record in records.values() if record.layer == layer):
            promised = msgspec.convert(resolved(record.target, records), KINDS[record.kind].model)
            refuse_broken_promise(record, promised, records)
        self.tables.manifest.promise(self.lease, layer)


def site_of(function_arn: str, place: Place, settings: BuilderSettings) -> Site:
    """A Lambda function's own ARN says partition, Region and account."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return Site(
        partition=partition,
        region=region,
        account=account,
        zones=place.zones,
        boundary=settings.permissions_boundary,
        hosted_zone=place.hosted_zone,
        code=settings.code,
        alerts=settings.alerts_topic,
        audit=settings.audit_function,
        addons=place.addons.versions,
    )
