"""Where an environment is built: what the account and the stack give it, and the spec does not say."""

from typing import NamedTuple


class Site(NamedTuple):
    """``zones``: three Availability Zones, fixed at the first build. ``boundary``: the permissions boundary's ARN."""

    partition: str
    region: str
    account: str
    zones: tuple[str, str, str]
    boundary: str

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of this account, in this Region unless ``region`` (empty for a global service) says otherwise."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"
