"""What the user asks for: one environment, one file. Closed to unknown fields; every default is fit for production.

``name``, ``network.cidr`` and ``dns.zone`` suffice. The JSON Schema of this model is committed as
``docs/environment.schema.json``.
"""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from holdfast.core.spec_parts import (
    ApplicationSpec,
    ClusterSpec,
    DatabaseSpec,
    DnsSpec,
    LogsSpec,
    NetworkSpec,
    NodesSpec,
    Part,
    StorageSpec,
    WafSpec,
)
from holdfast.core.trouble import WrongInput

LABEL: Final = (
    "must be a lower-case DNS label (letters, digits, single hyphens between them; a letter first) of at most "
    "20 characters"
)
COMMON_NAME: Final = 64
"""The longest name that ACM puts first on a certificate ("RequestCertificate", ACM API reference)."""
SHAPES: Final = {
    "cpu": "must be a Kubernetes quantity of cores such as 250m or 2",
    "environment": "must be names of variables such as LOG_LEVEL: letters, digits and underscores, no digit first",
    "file_system_path": "must be an absolute path such as /data, without . or .. in it, or a slash at its end",
    "health_path": "must be an absolute path such as /healthz",
    "host": "must be a DNS name in lower case such as atlas.example.com",
    "image": "must be a container image such as public.ecr.aws/team/app@sha256:…",
    "instance_class": "must be a class of RDS such as db.m7g.large",
    "instance_types": "must be types of EC2 such as m7i.large",
    "memory": "must be a Kubernetes quantity of memory such as 512Mi or 2Gi",
    "name": LABEL,
    "version": "must be a minor version of Kubernetes such as 1.36",
    "zone": "must be a DNS name in lower case such as example.com",
}
"""What is wrong with a text that does not have its field's pattern."""


def _no_name_of_elb(name: str) -> str:
    """The load balancer's name begins with the environment's and a hyphen ("CreateLoadBalancer", ELB API reference)."""
    if f"{name}-".startswith("internal-"):
        raise ValueError("must not be `internal` or begin with `internal-`: AWS keeps such names of load balancers")
    return name


type Name = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=20), AfterValidator(_no_name_of_elb)]
"""RDS takes no two hyphens in a row ("CreateDBInstance", RDS API reference)."""


class Spec(Part):
    """One environment."""

    name: Name = Field(
        description="Lower-case DNS label, at most 20 characters: it becomes part of every name in AWS.",
        examples=["atlas"],
    )
    network: NetworkSpec
    dns: DnsSpec
    logs: LogsSpec = LogsSpec()
    cluster: ClusterSpec = ClusterSpec()
    nodes: NodesSpec = NodesSpec()
    database: DatabaseSpec = DatabaseSpec()
    object_storage: StorageSpec = StorageSpec()
    waf: WafSpec = WafSpec()
    application: ApplicationSpec = ApplicationSpec()

    @property
    def host(self) -> str:
        """The name under which users reach the environment."""
        return self.dns.host or f"{self.name}.{self.dns.zone}"

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        if not self.host.endswith(f".{self.dns.zone}"):
            raise ValueError(f"dns.host must end in .{self.dns.zone}, its hosted zone")
        if len(self.host) > COMMON_NAME:
            raise ValueError(
                f"dns.host must have at most {COMMON_NAME} characters, for ACM to put it on a certificate, and "
                f"{self.host} has {len(self.host)}: ask for a shorter one in the zone"
            )
        if self.application.gpus and self.nodes.gpu is None:
            raise ValueError("application.gpus needs nodes.gpu, a group of nodes that have some")
        return self

    @classmethod
    def admit(cls, document: object) -> Self:
        """Read what the user sent. Raises ``WrongInput`` that names each field in error, the first one first."""
        return admitted(cls, document)


def admitted[P: Part](model: type[P], document: object) -> P:
    """``document`` as ``model``. Raises ``WrongInput`` that names each field in error, the first one first."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first, *others = [_told(item["loc"], item["type"], item["msg"]) for item in error.errors()]
        more = "".join(f"; {field}: {sentence}" for field, sentence in others)
        raise WrongInput(first[0], first[1] + more) from None


def _told(location: tuple[int | str, ...], kind: str, message: str) -> tuple[str, str]:
    """The field in error and its sentence. What is wrong between fields names the first of them itself."""
    sentence = _sentence(location, kind, message)
    if not location and kind == "value_error":
        field, _, sentence = sentence.partition(" ")
        return field, sentence
    return _path(location), sentence


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the input"


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "model_type":
            return "must be a JSON object"
        case "ip_v4_network":
            return "must be a v4 range whose bits beyond the length are zero, such as 10.20.0.0/16"
        case "extra_forbidden":
            return "is not a field of the environment file; remove it, or mend its spelling"
        case "string_pattern_mismatch" | "string_too_long":
            named = [SHAPES[str(one)] for one in location if str(one) in SHAPES]
            return named[-1] if named else message
        case _:
            return message.removeprefix("Value error, ")
