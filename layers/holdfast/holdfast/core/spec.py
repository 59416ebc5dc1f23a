"""What the user asks for: one environment, one file. Closed to unknown fields; every default is fit for production.

``name`` and ``network.cidr`` suffice. The JSON Schema of this model is committed as ``docs/environment.schema.json``.
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from holdfast.core.trouble import WrongInput

Retention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Days that CloudWatch Logs can keep events: the values that PutRetentionPolicy takes."""


def _vpc_range(cidr: IPv4Network) -> IPv4Network:
    if not 16 <= cidr.prefixlen <= 20:
        raise ValueError("must be a /16 to /20: AWS allows no larger VPC, and a smaller one has no room for pods")
    if not any(cidr.subnet_of(private) for private in PRIVATE):
        raise ValueError("must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    return cidr


PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918 and RFC 6598: the ranges that "VPC CIDR blocks" in the VPC user guide recommends."""

type VpcRange = Annotated[
    IPv4Network, AfterValidator(_vpc_range), WithJsonSchema({"type": "string", "format": "ipv4network"})
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NetworkSpec(_Part):
    cidr: VpcRange = Field(
        description="Range of the VPC, /16 to /20. Three quarters go to the private subnets.", examples=["10.20.0.0/16"]
    )


class LogsSpec(_Part):
    retention_days: Retention = Field(default=365, description="How long every log group keeps its events.")


class Spec(_Part):
    """One environment."""

    name: str = Field(
        pattern=r"^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$",
        description="Lower-case DNS label, at most 20 characters: it becomes part of every name in AWS.",
        examples=["atlas"],
    )
    network: NetworkSpec
    logs: LogsSpec = LogsSpec()

    @classmethod
    def admit(cls, document: object) -> Self:
        """Read what the user sent. Raises ``WrongInput`` that names each field in error, the first one first."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first, *others = [(_path(item["loc"]), _sentence(item["type"], item["msg"])) for item in error.errors()]
            more = "".join(f"; {field}: {sentence}" for field, sentence in others)
            raise WrongInput(first[0], first[1] + more) from None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the input"


def _sentence(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "model_type":
            return "must be a JSON object"
        case "ip_v4_network":
            return "must be a v4 range whose bits beyond the length are zero, such as 10.20.0.0/16"
        case "extra_forbidden":
            return "is not a field of the environment file; remove it, or mend its spelling"
        case "string_pattern_mismatch":
            return "must be a lower-case DNS label (letters, digits, hyphens; a letter first) of at most 20 characters"
        case _:
            return message.removeprefix("Value error, ")
