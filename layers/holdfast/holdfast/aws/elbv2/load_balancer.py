"""``AWS::ElasticLoadBalancingV2::LoadBalancer``: an Application Load Balancer, its attributes and all its listeners.

It takes listeners and DNS records as soon as it is asked for, traffic some minutes later. Attributes are set once it is
made ("ModifyLoadBalancerAttributes", elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html),
and one that is protected from deletion must be released first ("Deletion protection",
elasticloadbalancing/latest/application/edit-load-balancer-attributes.html). One that is ``failed`` could not be set up,
and has never served ("LoadBalancerState", elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from botocore.exceptions import ClientError

from holdfast.aws.elbv2.resource import Elbv2Resource, lost_attributes, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef

GONE = "LoadBalancerNotFound"
PROTECTED = "deletion_protection.enabled"


class LoadBalancerState(Tagged, frozen=True, kw_only=True):
    """``subnets``, ``security_groups``, ``listeners`` (ARNs) are closed; of the attributes those that we name."""

    name: str
    scheme: Literal["internal", "internet-facing"]
    type: Literal["application", "gateway", "network"] = "application"
    ip_address_type: Literal["dualstack", "dualstack-without-public-ipv4", "ipv4"] = "ipv4"
    subnets: frozenset[str]
    security_groups: frozenset[str]
    load_balancer_attributes: dict[str, str]
    listeners: frozenset[str]


class LoadBalancer(Elbv2Resource[LoadBalancerState]):
    """One load balancer. A listener that someone adds is taken off; ours are resources of their own."""

    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    model = LoadBalancerState
    immutable = frozenset({"Name", "Scheme", "Type"})
    filled_in = frozenset({"Listeners", "LoadBalancerAttributes"})
    duration: ClassVar[Duration] = Duration(155, 139, 172)
    disposable = True

    def observe(self) -> Observed[LoadBalancerState] | None:
        found = self._find()
        if found is None:
            return None
        arn, elbv2 = found["LoadBalancerArn"], self.clients.elbv2
        tags = self.tags_of(arn)
        self.refuse_strangers(f"the load balancer {found['LoadBalancerName']}", tags)
        attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        pages = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
        state = LoadBalancerState(
            name=found["LoadBalancerName"],
            scheme=found["Scheme"],
            type=found["Type"],
            ip_address_type=found["IpAddressType"],
            subnets=frozenset(zone["SubnetId"] for zone in found["AvailabilityZones"]),
            security_groups=frozenset(found.get("SecurityGroups", [])),
            load_balancer_attributes={one["Key"]: one["Value"] for one in attributes},
            listeners=frozenset(one["ListenerArn"] for page in pages for one in page["Listeners"]),
            tags=tags,
        )
        status = found["State"]["Code"]
        return Observed(
            state=state,
            physical=_physical(found),
            wait=5 if status == "provisioning" else 0,
            failed=found["State"].get("Reason", "AWS gives no reason") if status == "failed" else "",
        )

    def _find(self) -> "LoadBalancerTypeDef | None":
        elbv2, known = self.clients.elbv2, self.physical.get("id")
        try:
            if known:
                return elbv2.describe_load_balancers(LoadBalancerArns=[known])["LoadBalancers"][0]
            return elbv2.describe_load_balancers(Names=[self.desired.name])["LoadBalancers"][0]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None

    def create(self) -> Physical:
        desired = self.desired
        made = self.clients.elbv2.create_load_balancer(
            Name=desired.name,
            Scheme=desired.scheme,
            Type=desired.type,
            IpAddressType=desired.ip_address_type,
            Subnets=sorted(desired.subnets),
            SecurityGroups=sorted(desired.security_groups),
            Tags=tag_list(desired.tags),
        )
        return _physical(made["LoadBalancers"][0])

    def update(self, observed: Observed[LoadBalancerState], drift: Drift) -> tuple[str, ...]:
        """What lets in more than promised first: listeners that were added, then the security groups."""
        arn = observed.physical["id"]
        paths = {change.path.partition(".")[0] for change in drift}
        return (
            *self._remove_listeners(drift),
            *self._place(arn, paths),
            *self._set_attributes(arn, drift),
            *self.retag(observed, drift),
        )

    def _remove_listeners(self, drift: Drift) -> Iterator[str]:
        """One of ours that is missing comes back by itself, and under another ARN."""
        for change in drift:
            if change.path == "Listeners" and isinstance(change.found, str):
                with already_so("ListenerNotFound"):
                    self.clients.elbv2.delete_listener(ListenerArn=change.found)
                yield f"DeleteListener {change.found}"

    def _place(self, arn: str, paths: set[str]) -> Iterator[str]:
        elbv2, desired = self.clients.elbv2, self.desired
        if "SecurityGroups" in paths:
            elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=sorted(desired.security_groups))
            yield f"SetSecurityGroups {', '.join(sorted(desired.security_groups))}"
        if "IpAddressType" in paths:
            elbv2.set_ip_address_type(LoadBalancerArn=arn, IpAddressType=desired.ip_address_type)
            yield f"SetIpAddressType {desired.ip_address_type}"
        if "Subnets" in paths:
            elbv2.set_subnets(LoadBalancerArn=arn, Subnets=sorted(desired.subnets))
            yield f"SetSubnets {', '.join(sorted(desired.subnets))}"

    def _set_attributes(self, arn: str, drift: Drift) -> Iterator[str]:
        if lost := lost_attributes("LoadBalancerAttributes", drift):
            self.clients.elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in lost.items()]
            )
            yield f"ModifyLoadBalancerAttributes {', '.join(lost)}"

    def discard(self, observed: Observed[LoadBalancerState]) -> None:
        self.delete(observed)

    def delete(self, observed: Observed[LoadBalancerState]) -> None:
        """Its listeners and their rules go with it."""
        arn, elbv2 = observed.physical["id"], self.clients.elbv2
        with already_so(GONE):
            if observed.state.load_balancer_attributes.get(PROTECTED) == "true":
                elbv2.modify_load_balancer_attributes(
                    LoadBalancerArn=arn, Attributes=[{"Key": PROTECTED, "Value": "false"}]
                )
            elbv2.delete_load_balancer(LoadBalancerArn=arn)


def _physical(found: "LoadBalancerTypeDef") -> Physical:
    """``FullName`` is the dimension of its metrics; CloudTrail and WAF name it by its ARN."""
    arn = found["LoadBalancerArn"]
    return {
        "id": arn,
        "Arn": arn,
        "DnsName": found["DNSName"].lower(),
        "CanonicalHostedZoneId": found["CanonicalHostedZoneId"],
        "FullName": arn.partition(":loadbalancer/")[2],
    }
