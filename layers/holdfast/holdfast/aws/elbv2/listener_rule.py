"""``AWS::ElasticLoadBalancingV2::ListenerRule``: what becomes of the requests that meet its conditions.

CreateRule takes no token and no name, but a listener has one rule of a priority ("CreateRule",
elasticloadbalancing/latest/APIReference/API_CreateRule.html): until its ARN is learnt, a rule is found by that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.elbv2.action import Actions, read, written
from holdfast.aws.elbv2.resource import Elbv2Resource, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import RuleConditionOutputTypeDef, RuleConditionUnionTypeDef, RuleTypeDef

HOST_HEADER = "host-header"


class Condition(Desired, frozen=True, kw_only=True, order=True):
    """``field`` is what of a request is looked at. We promise ``host-header`` alone."""

    field: str
    values: frozenset[str]


class ListenerRuleState(Tagged, frozen=True, kw_only=True):
    """``conditions`` and ``others`` are closed: ``others`` are the listener's rules beside this and the default one."""

    listener_arn: str
    priority: int
    conditions: frozenset[Condition]
    actions: Actions
    others: frozenset[str] = frozenset()


class ListenerRule(Elbv2Resource[ListenerRuleState]):
    """One rule. It keeps its listener's set of rules: one that someone adds could forward before it."""

    kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
    model = ListenerRuleState
    immutable = frozenset({"ListenerArn"})
    comes_back = True

    def observe(self) -> Observed[ListenerRuleState] | None:
        rules = self._rules()
        found = self._ours(rules)
        if found is None:
            return None
        arn = found["RuleArn"]
        state = ListenerRuleState(
            listener_arn=self.desired.listener_arn,
            priority=int(found["Priority"]),
            conditions=frozenset(map(_read, found["Conditions"])),
            actions=read(found["Actions"]),
            others=frozenset(rule["RuleArn"] for rule in rules if not rule["IsDefault"] and rule["RuleArn"] != arn),
            tags=self.tags_of(arn),
        )
        return Observed(state=state, physical={"id": arn, "Arn": arn})

    def _rules(self) -> "list[RuleTypeDef]":
        pages = self.clients.elbv2.get_paginator("describe_rules").paginate(ListenerArn=self.desired.listener_arn)
        try:
            return [rule for page in pages for rule in page["Rules"]]
        except ClientError as error:
            if code(error) not in {"ListenerNotFound", "LoadBalancerNotFound"}:
                raise
            return []

    def _ours(self, rules: "list[RuleTypeDef]") -> "RuleTypeDef | None":
        if known := self.physical.get("id"):
            return next((rule for rule in rules if rule["RuleArn"] == known), None)
        priority = str(self.desired.priority)
        return next((rule for rule in rules if rule["Priority"] == priority), None)

    def create(self) -> Physical:
        """A rule that takes the place in the meantime is seen next time, and becomes this one.

        Rules go with their listener. Raises ``ComeBackLater`` until that has been made again, and has another ARN.
        """
        with already_so("PriorityInUse"), _its_listener_stands(self.desired.listener_arn):
            self.clients.elbv2.create_rule(
                ListenerArn=self.desired.listener_arn,
                Priority=self.desired.priority,
                Conditions=self._conditions,
                Actions=written(self.desired.actions),
                Tags=tag_list(self.desired.tags),
            )
        return {}

    @property
    def _conditions(self) -> "list[RuleConditionUnionTypeDef]":
        return [
            {"Field": HOST_HEADER, "HostHeaderConfig": {"Values": sorted(condition.values)}}
            for condition in self.desired.conditions
        ]

    def update(self, observed: Observed[ListenerRuleState], drift: Drift) -> tuple[str, ...]:
        """What someone lets through first."""
        arn = observed.physical["id"]
        paths = {change.path.partition(".")[0] for change in drift}
        return (*self._remove_others(drift), *self._modify(arn, paths), *self.retag(observed, drift))

    def _remove_others(self, drift: Drift) -> Iterator[str]:
        for change in drift:
            if change.path == "Others" and isinstance(change.found, str):
                with already_so("RuleNotFound"):
                    self.clients.elbv2.delete_rule(RuleArn=change.found)
                yield f"DeleteRule {change.found}"

    def _modify(self, arn: str, paths: set[str]) -> Iterator[str]:
        elbv2 = self.clients.elbv2
        asked: dict[str, Any] = {"Conditions": self._conditions} if "Conditions" in paths else {}
        if "Actions" in paths:
            asked["Actions"] = written(self.desired.actions)
        if asked:
            elbv2.modify_rule(RuleArn=arn, **asked)
            yield f"ModifyRule {', '.join(sorted(asked))}"
        if "Priority" in paths:
            elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": arn, "Priority": self.desired.priority}])
            yield f"SetRulePriorities {self.desired.priority}"

    def delete(self, observed: Observed[ListenerRuleState]) -> None:
        with already_so("RuleNotFound"):
            self.clients.elbv2.delete_rule(RuleArn=observed.physical["id"])


@contextmanager
def _its_listener_stands(arn: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code(error) != "ListenerNotFound":
            raise
        raise ComeBackLater(f"there is no listener {arn}: its rule comes once it has been made again", 5) from error


def _read(answered: "RuleConditionOutputTypeDef") -> Condition:
    """Each field of a request has a config of its own; only a path and a host are also answered as plain values."""
    field = answered.get("Field", "")
    configs: dict[str, Any] = {key: value for key, value in answered.items() if key.endswith("Config")}
    values = [value for config in configs.values() for value in config.get("Values", [])] or answered.get("Values", [])
    return Condition(field=field, values=frozenset(map(_text, values)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
