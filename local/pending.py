"""Slow resources take their time: each stays in its pending state for a scaled while, so that waiting is exercised.

Promises: a resource of a kind below is described, from its create call's answer on, in the state in which AWS shows it
first, and changes to the emulator's own state when its seconds have passed, shortened by `WAIT_SCALE` as a state
machine's waits are. The states are those of the API references (State of Vpc, Subnet, VpcEndpoint, NatGateway, ALB;
LifeCycleState of EFS's FileSystemDescription and MountTargetDescription) and of
"Viewing Amazon RDS DB instance status"; the seconds are medians of what published logs of real deployments show. A
further kind is a further line.
"""

from dataclasses import dataclass
from threading import Timer
from typing import Any, Final

from ministack.services import alb, ec2, efs, rds

from local.laptop import WAIT_SCALE

type Record = dict[str, Any]


@dataclass(frozen=True)
class Slow:
    kind: str
    store: Any
    # Where in the emulator's record the state is.
    path: tuple[str, ...]
    pending: str
    seconds: float


_SLOW: Final = (
    Slow("AWS::EC2::VPC", ec2._vpcs, ("State",), "pending", 12),
    Slow("AWS::EC2::Subnet", ec2._subnets, ("State",), "pending", 11),
    Slow("AWS::EFS::FileSystem", efs._file_systems, ("LifeCycleState",), "creating", 10),
    Slow("AWS::EFS::MountTarget", efs._mount_targets, ("LifeCycleState",), "creating", 84),
    Slow("AWS::ElasticLoadBalancingV2::LoadBalancer", alb._lbs, ("State",), "provisioning", 155),
    Slow("AWS::EC2::VPCEndpoint", ec2._vpc_endpoints, ("State",), "pending", 5),
    Slow("AWS::EC2::NatGateway", ec2._nat_gateways, ("State",), "pending", 106),
    Slow("AWS::RDS::DBInstance", rds._instances, ("DBInstanceStatus",), "creating", 720),
)


class _Holding(dict[Any, Record]):
    """An emulator's store that holds back what is put into it for the first time."""

    def __init__(self, present: dict[Any, Record], slow: Slow) -> None:
        super().__init__(present)
        self._slow = slow

    def __setitem__(self, key: Any, record: Record) -> None:
        if key not in self:
            _hold(record, self._slow)
        super().__setitem__(key, record)


def close() -> None:
    for slow in _SLOW:
        slow.store._data = _Holding(slow.store._data, slow)


def _hold(record: Record, slow: Slow) -> None:
    *path, field = slow.path
    for part in path:
        record = record[part]
    ready = record[field]
    record[field] = slow.pending

    def release() -> None:
        if record[field] == slow.pending:
            record[field] = ready

    timer = Timer(slow.seconds * WAIT_SCALE, release)
    timer.daemon = True
    timer.start()
