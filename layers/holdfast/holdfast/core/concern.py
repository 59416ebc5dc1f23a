"""A concern: a family of drift with one rule, one queue, one restore function and one role.

Apart here because AWS keeps them apart: the CloudFormation type, AWS Config's name for it, and the CloudTrail
``eventSource`` and ``eventName`` of every call that can drift it. Rule patterns in the template are checked against it.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from holdfast.core.resource import Drift
from holdfast.core.security_group import Rule


class Watched(NamedTuple):
    """One kind of resource: where its changes show. ``config_type`` is empty where AWS Config does not know it."""

    kind: str
    config_type: str
    event_source: str
    event_names: frozenset[str]


class Concern(NamedTuple):
    """``looks_like``: the shape of its resources' ids in an event. ``widens``: whether a drift opens access."""

    name: str
    watched: tuple[Watched, ...]
    looks_like: re.Pattern[str]
    widens: Callable[[Drift], bool]


def _opens_traffic(drift: Drift) -> bool:
    """A rule that nobody promised lets something through; a missing one only keeps something out."""
    return any(isinstance(change.found, Rule) for change in drift)


SECURITY_GROUPS = Concern(
    "security_groups",
    (
        Watched(
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::SecurityGroup",
            "ec2.amazonaws.com",
            frozenset(
                {
                    "AuthorizeSecurityGroupIngress",
                    "AuthorizeSecurityGroupEgress",
                    "RevokeSecurityGroupIngress",
                    "RevokeSecurityGroupEgress",
                    "ModifySecurityGroupRules",
                    "DeleteSecurityGroup",
                    "CreateTags",
                    "DeleteTags",
                }
            ),
        ),
    ),
    re.compile(r"sg-[0-9a-f]{8,17}"),
    _opens_traffic,
)
