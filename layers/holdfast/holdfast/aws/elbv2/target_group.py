"""``AWS::ElasticLoadBalancingV2::TargetGroup``: to whom a load balancer may speak, how, and whether they are well.

The targets are not in the model: Auto Scaling registers them ("CreateTargetGroup", "ModifyTargetGroup" and
"TargetGroupAttribute", elasticloadbalancing/latest/APIReference).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from holdfast.aws.elbv2.resource import Elbv2Resource, lost_attributes, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetGroupTypeDef

type Protocol = Literal["HTTP", "HTTPS"]

GONE = "TargetGroupNotFound"


class TargetGroupState(Tagged, frozen=True, kw_only=True):
    """``matcher`` is the range of HTTP codes that mean well. Of the attributes those that we name."""

    name: str
    target_type: Literal["alb", "instance", "ip", "lambda"] = "instance"
    protocol: Protocol
    protocol_version: str = "HTTP1"
    port: int
    vpc_id: str
    health_check_enabled: bool = True
    health_check_protocol: Protocol
    health_check_port: str = "traffic-port"
    health_check_path: str
    health_check_interval_seconds: int
    health_check_timeout_seconds: int
    healthy_threshold_count: int
    unhealthy_threshold_count: int
    matcher: str
    target_group_attributes: dict[str, str]


class TargetGroup(Elbv2Resource[TargetGroupState]):
    """One target group."""

    kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
    model = TargetGroupState
    immutable = frozenset({"Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"})
    filled_in = frozenset({"TargetGroupAttributes"})

    def observe(self) -> Observed[TargetGroupState] | None:
        found = self._find()
        if found is None:
            return None
        arn = found["TargetGroupArn"]
        tags = self.tags_of(arn)
        self.refuse_strangers(f"the target group {found['TargetGroupName']}", tags)
        attributes = self.clients.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        state = _state(found, {one["Key"]: one["Value"] for one in attributes}, tags)
        return Observed(state=state, physical=_physical(found))

    def _find(self) -> "TargetGroupTypeDef | None":
        elbv2, known = self.clients.elbv2, self.physical.get("id")
        try:
            if known:
                return elbv2.describe_target_groups(TargetGroupArns=[known])["TargetGroups"][0]
            return elbv2.describe_target_groups(Names=[self.desired.name])["TargetGroups"][0]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None

    def create(self) -> Physical:
        desired = self.desired
        made = self.clients.elbv2.create_target_group(
            Name=desired.name,
            TargetType=desired.target_type,
            Protocol=desired.protocol,
            ProtocolVersion=desired.protocol_version,
            Port=desired.port,
            VpcId=desired.vpc_id,
            HealthCheckEnabled=desired.health_check_enabled,
            HealthCheckProtocol=desired.health_check_protocol,
            HealthCheckPort=desired.health_check_port,
            HealthCheckPath=desired.health_check_path,
            HealthCheckIntervalSeconds=desired.health_check_interval_seconds,
            HealthCheckTimeoutSeconds=desired.health_check_timeout_seconds,
            HealthyThresholdCount=desired.healthy_threshold_count,
            UnhealthyThresholdCount=desired.unhealthy_threshold_count,
            Matcher={"HttpCode": desired.matcher},
            Tags=tag_list(desired.tags),
        )
        return _physical(made["TargetGroups"][0])

    def update(self, observed: Observed[TargetGroupState], drift: Drift) -> tuple[str, ...]:
        arn = observed.physical["id"]
        return (
            *self._check_health(arn, drift),
            *self._set_attributes(arn, drift),
            *self.retag(observed, drift),
        )

    def _check_health(self, arn: str, drift: Drift) -> Iterator[str]:
        """As a whole: interval and timeout are only valid together."""
        desired = self.desired
        if any(change.path.startswith(("Health", "Unhealthy", "Matcher")) for change in drift):
            self.clients.elbv2.modify_target_group(
                TargetGroupArn=arn,
                HealthCheckEnabled=desired.health_check_enabled,
                HealthCheckProtocol=desired.health_check_protocol,
                HealthCheckPort=desired.health_check_port,
                HealthCheckPath=desired.health_check_path,
                HealthCheckIntervalSeconds=desired.health_check_interval_seconds,
                HealthCheckTimeoutSeconds=desired.health_check_timeout_seconds,
                HealthyThresholdCount=desired.healthy_threshold_count,
                UnhealthyThresholdCount=desired.unhealthy_threshold_count,
                Matcher={"HttpCode": desired.matcher},
            )
            yield "ModifyTargetGroup"

    def _set_attributes(self, arn: str, drift: Drift) -> Iterator[str]:
        if lost := lost_attributes("TargetGroupAttributes", drift):
            self.clients.elbv2.modify_target_group_attributes(
                TargetGroupArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in lost.items()]
            )
            yield f"ModifyTargetGroupAttributes {', '.join(lost)}"

    def delete(self, observed: Observed[TargetGroupState]) -> None:
        with already_so(GONE):
            self.clients.elbv2.delete_target_group(TargetGroupArn=observed.physical["id"])


def _state(found: "TargetGroupTypeDef", attributes: dict[str, str], tags: dict[str, str]) -> TargetGroupState:
    return TargetGroupState(
        name=found["TargetGroupName"],
        target_type=found["TargetType"],
        protocol=_protocol(found["Protocol"]),
        protocol_version=found["ProtocolVersion"],
        port=found["Port"],
        vpc_id=found["VpcId"],
        health_check_enabled=found["HealthCheckEnabled"],
        health_check_protocol=_protocol(found["HealthCheckProtocol"]),
        health_check_port=found["HealthCheckPort"],
        health_check_path=found["HealthCheckPath"],
        health_check_interval_seconds=found["HealthCheckIntervalSeconds"],
        health_check_timeout_seconds=found["HealthCheckTimeoutSeconds"],
        healthy_threshold_count=found["HealthyThresholdCount"],
        unhealthy_threshold_count=found["UnhealthyThresholdCount"],
        matcher=found["Matcher"].get("HttpCode", ""),
        target_group_attributes=attributes,
        tags=tags,
    )


def _protocol(answered: str) -> Protocol:
    return "HTTPS" if answered == "HTTPS" else "HTTP"


def _physical(found: "TargetGroupTypeDef") -> Physical:
    """``FullName`` is the dimension of its metrics."""
    arn = found["TargetGroupArn"]
    return {"id": arn, "Arn": arn, "FullName": arn.rpartition(":")[2]}
