"""The parts of an environment's file, each field with its bounds and a default that is fit for production."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from holdfast.core.versions import KUBERNETES

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
type V4Range = Annotated[IPv4Network, WithJsonSchema({"type": "string", "format": "ipv4network"})]
type DnsName = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=253),
]
type Cores = Annotated[str, Field(pattern=r"^[1-9][0-9]*m?$")]
type Bytes = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi)$")]
"""Kubernetes quantities: ``250m`` of a core, ``512Mi`` of memory. Each takes the other's unit, and fits on no node."""
CERTIFICATE_PATH, SCRATCH_PATH = "/etc/holdfast/tls", "/tmp"  # noqa: S108  (the pod's own, in a volume of its own)
"""Where a pod of the application has its certificate, and where it may write: volumes of ours are mounted there."""


def _apart_from_ours(path: str) -> str:
    for ours in (CERTIFICATE_PATH, SCRATCH_PATH):
        if f"{path}/".startswith(f"{ours}/") or f"{ours}/".startswith(f"{path}/"):
            raise ValueError(f"must not meet {ours}, where each pod has a volume already; ask for one such as /data")
    return path


type MountPath = Annotated[
    str, Field(pattern=r"^(/\.?[A-Za-z0-9_-][A-Za-z0-9._-]*)+$"), AfterValidator(_apart_from_ours)
]
type Access = Literal["none", "read", "write"]
"""``write`` includes ``read``."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NetworkSpec(Part):
    cidr: VpcRange = Field(
        description="Range of the VPC, /16 to /20. Three quarters go to the private subnets.", examples=["10.20.0.0/16"]
    )


class DnsSpec(Part):
    zone: DnsName = Field(
        description="Public hosted zone in Route 53, in this account: the certificate is validated in it.",
        examples=["example.com"],
    )
    host: DnsName | None = Field(
        default=None, description="Name under which the environment answers; `<name>.<zone>` unless said otherwise."
    )


class LogsSpec(Part):
    retention_days: Retention = Field(default=365, description="How long every log group keeps its events.")


class ClusterSpec(Part):
    version: str = Field(
        default=KUBERNETES,
        pattern=r"^1\.[0-9]{2}$",
        description="Kubernetes minor version. A standing cluster goes one step up at a time, never down.",
    )
    public_access_cidrs: tuple[V4Range, ...] = Field(
        default=(), description="Ranges that may reach the Kubernetes API from outside; none: private only."
    )


type InstanceTypes = tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9]+$")], ...]


class NodeGroupSpec(Part):
    """``min`` and ``max`` bound the Cluster Autoscaler; within them the number of nodes is its own affair."""

    instance_types: InstanceTypes = Field(
        default=("m7i.large",),
        min_length=1,
        max_length=20,
        description="EC2 instance types, x86-64, first choice first.",
    )
    min: int = Field(default=3, ge=3, le=450, description="Nodes at the least: one in each of the three zones.")
    max: int = Field(default=9, ge=1, le=450, description="Nodes at the most.")
    disk_gib: int = Field(default=100, ge=20, le=16384, description="Size of each node's volume, GiB.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max must not be smaller than min")
        return self


class GpuNodeGroupSpec(NodeGroupSpec):
    """Grows from nothing: four nodes of one GPU carry the three pods at the least, and the one more of a rollout."""

    instance_types: InstanceTypes = Field(
        default=("g6.xlarge",),
        min_length=1,
        max_length=20,
        description="EC2 instance types, x86-64, with NVIDIA GPUs, first choice first.",
    )
    min: int = Field(default=0, ge=0, le=450, description="Nodes at the least.")
    max: int = Field(default=4, ge=1, le=450, description="Nodes at the most.")
    disk_gib: int = Field(default=200, ge=20, le=16384, description="Size of each node's volume, GiB.")


class NodesSpec(Part):
    general: NodeGroupSpec = NodeGroupSpec()
    gpu: GpuNodeGroupSpec | None = Field(
        default=None, description="A second group of nodes with NVIDIA GPUs, tainted so that only who asks runs there."
    )

    @property
    def groups(self) -> dict[str, NodeGroupSpec]:
        """The groups that are asked for, by their names."""
        return {"general": self.general} | ({"gpu": self.gpu} if self.gpu is not None else {})


class DatabaseSpec(Part):
    instance_class: str = Field(
        default="db.m7g.large", pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$", description="Class of both instances."
    )
    storage_gib: int = Field(default=100, ge=20, le=65536, description="Allocated storage, GiB; can only grow.")
    max_storage_gib: int = Field(default=1000, ge=22, le=65536, description="To which RDS may grow it by itself, GiB.")
    backup_days: int = Field(default=14, ge=7, le=35, description="Days that automated backups are kept.")

    @model_validator(mode="after")
    def _room_to_grow(self) -> Self:
        # "Managing capacity automatically with Amazon RDS storage autoscaling": at least 10 % above what is allocated.
        if self.max_storage_gib * 10 < self.storage_gib * 11:
            raise ValueError("max_storage_gib must be at least 10 % more than storage_gib")
        return self


class StorageSpec(Part):
    noncurrent_days: int = Field(
        default=90, ge=1, le=3650, description="Days that an object which was overwritten or deleted can be had back."
    )


class WafSpec(Part):
    requests_per_5_minutes: int = Field(
        default=2000,
        ge=10,
        le=2_000_000_000,
        description="Requests of one address in five minutes before it is blocked.",
    )
    block_large_bodies: bool = Field(
        default=False,
        strict=True,
        description="Block bodies over 8 KB, not only count them: uploads and prompts suffer.",
    )


class ReplicasSpec(Part):
    """Bounds of the HorizontalPodAutoscaler."""

    min: int = Field(default=3, ge=2, le=1000, description="Pods at the least; two, so that one may go.")
    max: int = Field(default=12, ge=2, le=1000, description="Pods at the most.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max must not be smaller than min")
        return self


class AccessSpec(Part):
    """What the application's service account may do; nothing that is not said here."""

    bucket: Access = Field(default="none", description="The environment's data bucket.")
    database: bool = Field(default=False, strict=True, description="Read the database's managed password.")
    file_system: Access = Field(default="none", description="Mount the file system, at `file_system_path`.")


class ApplicationSpec(Part):
    """The application. Without it a small public server answers, so that an environment can be seen to work."""

    image: str | None = Field(
        default=None, pattern=r"^[a-z0-9][a-zA-Z0-9._/:@-]{0,499}$", description="Image, best with its digest."
    )
    port: int = Field(default=8443, ge=1024, le=65535, description="Port that the container listens on.")
    protocol: Literal["HTTPS", "HTTP"] = Field(
        default="HTTPS",
        description="How pods are spoken to. For HTTPS a generated certificate lies in `/etc/holdfast/tls` "
        "(`tls.crt`, `tls.key`).",
    )
    health_path: str = Field(default="/", pattern=r"^/[A-Za-z0-9._~/-]*$", description="Answers below 400 when well.")
    replicas: ReplicasSpec = ReplicasSpec()
    cpu: Cores = Field(default="250m", description="CPU that each pod asks for.")
    memory: Bytes = Field(default="512Mi", description="Memory that each pod asks for, and its limit.")
    cpu_target_percent: int = Field(default=60, ge=10, le=100, description="More pods come above this use of `cpu`.")
    memory_target_percent: int = Field(
        default=75, ge=10, le=100, description="More pods come above this use of `memory`."
    )
    gpus: int = Field(default=0, ge=0, le=16, description="NVIDIA GPUs of each pod; needs `nodes.gpu`.")
    environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str] = Field(
        default={}, description="Environment variables. No secrets: whoever may read the Deployment reads them."
    )
    file_system_path: MountPath = Field(
        default="/data",
        description="Where the file system is mounted, if it is.",
    )
    access: AccessSpec = AccessSpec()
