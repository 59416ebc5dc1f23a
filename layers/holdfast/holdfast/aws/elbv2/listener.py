"""``AWS::ElasticLoadBalancingV2::Listener``: a port of a load balancer, how it speaks TLS, and what it does by default.

A port has one listener ("CreateListener", elasticloadbalancing/latest/APIReference/API_CreateListener.html). Headers
that it sets in each response are attributes ("HTTP header modification for your Application Load Balancer",
elasticloadbalancing/latest/application/header-modification.html).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from botocore.exceptions import ClientError

from holdfast.aws.elbv2.action import Actions, read, written
from holdfast.aws.elbv2.resource import Elbv2Resource, lost_attributes, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import CertificateTypeDef, ListenerTypeDef

GONE = frozenset({"ListenerNotFound", "LoadBalancerNotFound"})
NO_TLS = ""


class ListenerState(Tagged, frozen=True, kw_only=True):
    """``certificates`` is closed: the default one, and any that someone adds for another name.

    ``rules`` (ARNs, the default rule apart) is closed too; None where a rule of ours keeps that set (see
    ``listener_rule``). ``default_actions`` is taken as a whole, of the attributes those that we name.
    """

    load_balancer_arn: str
    port: int
    protocol: Literal["HTTP", "HTTPS"]
    ssl_policy: str = NO_TLS
    certificates: frozenset[str] = frozenset()
    default_actions: Actions
    listener_attributes: dict[str, str] = {}
    rules: frozenset[str] | None = None


class Listener(Elbv2Resource[ListenerState]):
    """One listener, of one certificate if it speaks TLS."""

    kind = "AWS::ElasticLoadBalancingV2::Listener"
    model = ListenerState
    immutable = frozenset({"LoadBalancerArn"})
    comes_back = True
    filled_in: ClassVar[frozenset[str]] = frozenset({"ListenerAttributes"})

    def observe(self) -> Observed[ListenerState] | None:
        found = self._find()
        if found is None:
            return None
        arn, elbv2 = found["ListenerArn"], self.clients.elbv2
        attributes = elbv2.describe_listener_attributes(ListenerArn=arn)["Attributes"]
        state = ListenerState(
            load_balancer_arn=found["LoadBalancerArn"],
            port=found["Port"],
            protocol="HTTPS" if found["Protocol"] == "HTTPS" else "HTTP",
            ssl_policy=found.get("SslPolicy", NO_TLS) if found["Protocol"] == "HTTPS" else NO_TLS,
            certificates=self._certificates(arn) if found["Protocol"] == "HTTPS" else frozenset(),
            default_actions=read(found["DefaultActions"]),
            listener_attributes={one["Key"]: one["Value"] for one in attributes},
            rules=None if self.desired.rules is None else self._rules(arn),
            tags=self.tags_of(arn),
        )
        return Observed(state=state, physical={"id": arn, "Arn": arn})

    def _find(self) -> "ListenerTypeDef | None":
        elbv2, known = self.clients.elbv2, self.physical.get("id")
        try:
            if known:
                return elbv2.describe_listeners(ListenerArns=[known])["Listeners"][0]
            pages = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=self.desired.load_balancer_arn)
            listeners = [listener for page in pages for listener in page["Listeners"]]
        except ClientError as error:
            if code(error) not in GONE:
                raise
            return None
        return next((listener for listener in listeners if listener["Port"] == self.desired.port), None)

    def _certificates(self, arn: str) -> frozenset[str]:
        """The default certificate and all others."""
        pages = self.clients.elbv2.get_paginator("describe_listener_certificates").paginate(ListenerArn=arn)
        return frozenset(one["CertificateArn"] for page in pages for one in page["Certificates"])

    def _rules(self, arn: str) -> frozenset[str]:
        pages = self.clients.elbv2.get_paginator("describe_rules").paginate(ListenerArn=arn)
        return frozenset(rule["RuleArn"] for page in pages for rule in page["Rules"] if not rule["IsDefault"])

    def create(self) -> Physical:
        desired = self.desired
        tags = tag_list(desired.tags)
        arn, actions = desired.load_balancer_arn, written(desired.default_actions)
        if desired.protocol == "HTTP":
            made = self.clients.elbv2.create_listener(
                LoadBalancerArn=arn, Port=desired.port, Protocol="HTTP", DefaultActions=actions, Tags=tags
            )
        else:
            made = self.clients.elbv2.create_listener(
                LoadBalancerArn=arn,
                Port=desired.port,
                Protocol="HTTPS",
                SslPolicy=desired.ssl_policy,
                Certificates=self._default_certificate,
                DefaultActions=actions,
                Tags=tags,
            )
        made_arn = made["Listeners"][0]["ListenerArn"]
        return {"id": made_arn, "Arn": made_arn}

    @property
    def _default_certificate(self) -> list["CertificateTypeDef"]:
        return [{"CertificateArn": arn} for arn in sorted(self.desired.certificates)[:1]]

    def update(self, observed: Observed[ListenerState], drift: Drift) -> tuple[str, ...]:
        """What someone lets through first. The default certificate can only be replaced, not removed."""
        arn = observed.physical["id"]
        return (
            *self._remove_rules(drift),
            *self._modify(arn, drift),
            *self._remove_certificates(arn, drift),
            *self._set_attributes(arn, drift),
            *self.retag(observed, drift),
        )

    def _remove_rules(self, drift: Drift) -> Iterator[str]:
        for change in drift:
            if change.path == "Rules" and isinstance(change.found, str):
                with already_so("RuleNotFound"):
                    self.clients.elbv2.delete_rule(RuleArn=change.found)
                yield f"DeleteRule {change.found}"

    def _modify(self, arn: str, drift: Drift) -> Iterator[str]:
        """Only what drifted: what was excepted beside it may be nothing that this module knows how to write."""
        desired, paths = self.desired, {change.path for change in drift}
        missing = [change.promised for change in drift if change.path == "Certificates" and change.promised]
        values: dict[str, Any] = {
            "Port": desired.port,
            "Protocol": desired.protocol,
            "SslPolicy": desired.ssl_policy,
            "Certificates": [{"CertificateArn": arn} for arn in missing],
        }
        asked = {name: value for name, value in values.items() if name in paths and value}
        if "DefaultActions" in paths:
            asked["DefaultActions"] = written(desired.default_actions)
        if asked:
            self.clients.elbv2.modify_listener(ListenerArn=arn, **asked)
            yield f"ModifyListener {', '.join(sorted(asked))}"

    def _remove_certificates(self, arn: str, drift: Drift) -> Iterator[str]:
        """The one that was the default is no certificate of the listener any more, once another takes its place."""
        for change in drift:
            if change.path == "Certificates" and isinstance(change.found, str):
                with already_so("CertificateNotFound"):
                    self.clients.elbv2.remove_listener_certificates(
                        ListenerArn=arn, Certificates=[{"CertificateArn": change.found}]
                    )
                yield f"RemoveListenerCertificates {change.found}"

    def _set_attributes(self, arn: str, drift: Drift) -> Iterator[str]:
        if lost := lost_attributes("ListenerAttributes", drift):
            self.clients.elbv2.modify_listener_attributes(
                ListenerArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in lost.items()]
            )
            yield f"ModifyListenerAttributes {', '.join(lost)}"

    def delete(self, observed: Observed[ListenerState]) -> None:
        with already_so(*GONE):
            self.clients.elbv2.delete_listener(ListenerArn=observed.physical["id"])
