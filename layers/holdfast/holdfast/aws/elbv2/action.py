"""What a listener or a rule does with a request, as one value however Elastic Load Balancing spells it.

A forward to one target group is answered twice, as ``TargetGroupArn`` and as ``ForwardConfig`` ("Action",
elasticloadbalancing/latest/APIReference/API_Action.html). Actions that we never promise (authentication) keep only
their type: that alone makes them drift.
"""

from typing import TYPE_CHECKING, Literal

from holdfast.core.resource import Desired
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionOutputTypeDef, ActionUnionTypeDef


class FixedResponseConfig(Desired, frozen=True, kw_only=True):
    status_code: str
    content_type: str
    message_body: str


class RedirectConfig(Desired, frozen=True, kw_only=True):
    """``#{…}`` keeps that part of the request's own address."""

    status_code: Literal["HTTP_301", "HTTP_302"]
    protocol: str
    port: str
    host: str = "#{host}"
    path: str = "/#{path}"
    query: str = "#{query}"


class TargetGroupTuple(Desired, frozen=True, kw_only=True, order=True):
    target_group_arn: str
    weight: int = 1


class ForwardConfig(Desired, frozen=True, kw_only=True):
    """``target_groups`` is closed: a share of the traffic that goes elsewhere is drift. ``sticky`` for the group."""

    target_groups: frozenset[TargetGroupTuple]
    sticky: bool = False


class Action(Desired, frozen=True, kw_only=True):
    """One of the configs, the one that ``type`` calls for."""

    type: str
    fixed_response_config: FixedResponseConfig | None = None
    redirect_config: RedirectConfig | None = None
    forward_config: ForwardConfig | None = None


type Actions = tuple[Action, ...]


def read(answered: "list[ActionOutputTypeDef]") -> Actions:
    """Actions in the order in which they are taken."""
    return tuple(_read(action) for action in sorted(answered, key=lambda action: action.get("Order", 0)))


def written(actions: Actions) -> "list[ActionUnionTypeDef]":
    return [_written(action) for action in actions]


def _read(answered: "ActionOutputTypeDef") -> Action:
    match answered:
        case {"Type": "fixed-response", "FixedResponseConfig": fixed}:
            response = FixedResponseConfig(
                status_code=fixed["StatusCode"],
                content_type=fixed.get("ContentType", ""),
                message_body=fixed.get("MessageBody", ""),
            )
            return Action(type="fixed-response", fixed_response_config=response)
        case {"Type": "redirect", "RedirectConfig": redirect}:
            defaults = RedirectConfig(status_code=redirect["StatusCode"], protocol="#{protocol}", port="#{port}")
            config = RedirectConfig(
                status_code=redirect["StatusCode"],
                protocol=redirect.get("Protocol", defaults.protocol),
                port=redirect.get("Port", defaults.port),
                host=redirect.get("Host", defaults.host),
                path=redirect.get("Path", defaults.path),
                query=redirect.get("Query", defaults.query),
            )
            return Action(type="redirect", redirect_config=config)
        case {"Type": "forward"}:
            return Action(type="forward", forward_config=_forward(answered))
        case _:
            return Action(type=answered["Type"])


def _forward(answered: "ActionOutputTypeDef") -> ForwardConfig:
    config = answered.get("ForwardConfig", {})
    groups = frozenset(
        TargetGroupTuple(target_group_arn=group["TargetGroupArn"], weight=group.get("Weight", 1))
        for group in config.get("TargetGroups", [])
    )
    only = frozenset({TargetGroupTuple(target_group_arn=answered.get("TargetGroupArn", ""))})
    return ForwardConfig(
        target_groups=groups or only, sticky=config.get("TargetGroupStickinessConfig", {}).get("Enabled", False)
    )


def _written(action: Action) -> "ActionUnionTypeDef":
    match action:
        case Action(fixed_response_config=FixedResponseConfig() as fixed):
            return {
                "Type": "fixed-response",
                "FixedResponseConfig": {
                    "StatusCode": fixed.status_code,
                    "ContentType": fixed.content_type,
                    "MessageBody": fixed.message_body,
                },
            }
        case Action(redirect_config=RedirectConfig() as redirect):
            return {
                "Type": "redirect",
                "RedirectConfig": {
                    "StatusCode": redirect.status_code,
                    "Protocol": redirect.protocol,
                    "Port": redirect.port,
                    "Host": redirect.host,
                    "Path": redirect.path,
                    "Query": redirect.query,
                },
            }
        case Action(forward_config=ForwardConfig() as forward):
            return {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": group.target_group_arn, "Weight": group.weight}
                        for group in forward.target_groups
                    ],
                    "TargetGroupStickinessConfig": {"Enabled": forward.sticky},
                },
            }
        case _:
            raise NeedsHuman(
                "a listener",
                f"Holdfast cannot write the action {action.type}",
                "make it by hand, or withdraw what asks",
            )
