"""Where an environment is built: what the account and the stack give it, and the spec does not say."""

from collections.abc import Mapping
from typing import NamedTuple


class Addons(NamedTuple):
    """The version of each EKS add-on that AWS named for ``kubernetes``, a minor version; kept as long as that stays."""

    kubernetes: str = ""
    versions: Mapping[str, str] = {}


class Place(NamedTuple):
    """What a build finds in the account.

    ``zones``: three Availability Zones, for ever those that the first build found. ``hosted_zone``: the id that the
    spec's zone has in Route 53 now. ``addons`` are asked for again when the spec asks for another Kubernetes.
    """

    zones: tuple[str, str, str]
    hosted_zone: str
    addons: Addons = Addons()


class Site(NamedTuple):
    """ARNs of the stack: ``boundary`` of roles, ``code`` (its Lambda layer version), ``alerts`` (on-call's topic),
    ``audit`` (the function that hears the clusters' audit logs).

    ``addons``: the version of each EKS add-on by its name.
    """

    partition: str
    region: str
    account: str
    zones: tuple[str, str, str]
    boundary: str
    hosted_zone: str
    code: str
    alerts: str
    audit: str
    addons: Mapping[str, str]

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of this account, in this Region unless ``region`` (empty for a global service) says otherwise."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"
