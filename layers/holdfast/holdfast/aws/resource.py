"""What all AWS resources share: the clients, and how a promise in JSON becomes a typed one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, Self, cast

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Record
from holdfast.core.resource import TAG_ENVIRONMENT, Address, Desired, Drift, Physical, Resource
from holdfast.core.trouble import NeedsHuman


class AwsResource[D: Desired](Resource[D]):
    """A resource that is reached through ``clients``. ``model`` is the type of its desired state."""

    model: ClassVar[type[Desired]]

    def __init__(self, clients: Clients, address: Address, desired: D, physical: Physical) -> None:
        super().__init__(address, desired, physical)
        self.clients = clients

    def pictured(self, picture: Mapping[str, object]) -> D | None:
        """The state that AWS Config's configuration item shows; None if it cannot be read, or nobody taught it yet."""
        return None

    @classmethod
    def belongs_to(cls, clients: Clients, identity: str) -> str:  # noqa: ARG003  (most parts name what they belong to)
        """The id of the one of this kind that ``identity``, of which the manifest knows nothing, is a part of."""
        return ""

    @classmethod
    def of(cls, clients: Clients, record: Record, promised: object) -> Self:
        """The resource of ``record``; ``promised`` are its properties, resolved as far as they can be."""
        desired = cast("D", msgspec.convert(promised, cls.model))
        return cls(clients, record.address, desired, record.physical)

    def refuse_strangers(self, what: str, tags: Mapping[str, str]) -> None:
        """Raise ``NeedsHuman`` if ``what`` was found by a name that anybody may take, and is not this environment's.

        Ours carries our tags from its first moment. Once its id is known, it may lose them, and gets them back.
        """
        if not self.physical and tags.get(TAG_ENVIRONMENT) != self.address.environment:
            raise NeedsHuman(
                str(self.address),
                f"{what} is somebody else's: it does not carry this environment's tags",
                "give the environment another name, or delete it if nobody needs it",
            )


def code(error: ClientError) -> str:
    """The error code that AWS answered with, by which callers tell what is already so from what is wrong."""
    return error.response["Error"]["Code"]


@contextmanager
def already_so(*codes: str) -> Iterator[None]:
    """Take AWS's errors of these ``codes`` for success: what was asked for is so already."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def lost_tags(drift: Drift) -> dict[str, str]:
    """Those of the promised tags that ``drift`` names."""
    tags = (change for change in drift if change.path.startswith("Tags."))
    return {change.path.removeprefix("Tags."): str(change.promised) for change in tags}
