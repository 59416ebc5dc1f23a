"""Look whether the canary's drifts were undone in time, and name the environments where they were not.

And whether what Holdfast hears by is on: an event tells once of whoever puts it off, this until it is on again.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.hearing import unheard
from holdfast.aws.settings import Settings
from holdfast.aws.trouble import telling
from holdfast.core.canary import NAME, RULE

logger = Logger(service=NAME)
clients = Clients()


class ListenSettings(Settings, frozen=True, kw_only=True):
    """The name of our own stack."""

    stack: str


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[str]]:
    """``event``: ``canaries``, each with its ``environment`` and ``group``, or the ``error`` for which it did not sing.

    Answers with the environments that are ``left`` open, or whose canary could not sing; and with what is ``off``.
    """
    canaries = event["canaries"]
    groups = [one["group"] for one in canaries if one.get("group")]
    with telling("the canaries"):
        still = _open(groups)
    left = sorted(one["environment"] for one in canaries if one.get("error") or one.get("group") in still)
    with telling("what Holdfast hears by"):
        off = unheard(clients, ListenSettings.read().stack)
    logger.info("listened", extra={"canaries": len(canaries), "left": left, "off": off})
    return {"left": left, "off": off}


def _open(groups: list[str]) -> set[str]:
    """Those of ``groups`` that have the canary's rule."""
    if not groups:
        return set()
    pages = clients.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": groups}]
    )
    return {
        rule["GroupId"] for page in pages for rule in page["SecurityGroupRules"] if rule.get("CidrIpv4") == RULE.peer
    }
