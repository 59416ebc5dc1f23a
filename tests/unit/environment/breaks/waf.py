"""Breaks of waf."""

from collections.abc import Callable
from typing import Any

from tests.support.world import World
from tests.unit.aws.specimens.wafv2 import COUNTED, foreign, rule, updated
from tests.unit.environment.breaks.broken import Break


def _update(**fields: Any) -> Callable[[World], object]:
    deed = updated(**fields)
    return lambda world: deed(world.clients, world.id_of("waf/web_acl"))


def _put_theirs_in_its_place(world: World) -> None:
    world.clients.wafv2.associate_web_acl(
        WebACLArn=foreign(world.clients, "theirs"), ResourceArn=world.id_of("load_balancer/load_balancer")
    )


BREAKS = (
    Break("waf", "Which web ACL stands before the load balancer?", _put_theirs_in_its_place),
    Break("waf", "What does it do with a request?", _update(Rules=[rule("lets-antarctica-in")])),
    Break("waf", "What of a request is written nowhere?", _update(DataProtectionConfig=None)),
    Break(
        "waf",
        "Where does it log, and what is left out?",
        lambda world: world.clients.wafv2.delete_logging_configuration(ResourceArn=world.id_of("waf/logging")),
    ),
    Break(
        "waf",
        "Does it count what it lets through and what it blocks?",
        _update(VisibilityConfig={**COUNTED, "CloudWatchMetricsEnabled": False}),
    ),
)
