"""Where an environment is built: what the account and the stack give it, and the spec does not say."""

from typing import NamedTuple


class Place(NamedTuple):
    """What the first build finds in the account, and every later one keeps to.

    ``zones``: three Availability Zones. ``hosted_zone``: the id of the spec's zone in Route 53.
    """

    zones: tuple[str, str, str]
    hosted_zone: str


class Site(NamedTuple):
    """ARNs of the stack: ``boundary`` of roles, ``code`` (its Lambda layer version), ``alerts`` (on-call's topic)."""

    partition: str
    region: str
    account: str
    zones: tuple[str, str, str]
    boundary: str
    hosted_zone: str
    code: str
    alerts: str

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of this account, in this Region unless ``region`` (empty for a global service) says otherwise."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"
