"""EC2 Auto Scaling: what AWS asks its policies, with the tags of the group that a call is about.

"Actions, resources, and condition keys for Amazon EC2 Auto Scaling" (service-authorization/latest/reference).
"""

from collections.abc import Iterator
from typing import Any

from ministack.services import autoscaling

from local.calls import Call
from local.gaps.authorization import Question, request_tags, resource_tags


def questions(call: Call, resource: str) -> list[Question]:
    action = f"autoscaling:{call.operation}"
    if call.operation.startswith("Describe"):
        return [Question(action, "*")]
    named = list(dict.fromkeys(_named(call.parameters)))
    return [_about(action, name, call) for name in named] or [Question(action, resource, inherits=True)]


def _named(given: dict[str, Any]) -> Iterator[str]:
    if name := given.get("AutoScalingGroupName"):
        yield name
    yield from (tag["ResourceId"] for tag in given.get("Tags", []) if "ResourceId" in tag)


def _about(action: str, name: str, call: Call) -> Question:
    group = autoscaling._asgs.get(name) or {}
    keys = {**resource_tags("autoscaling", group.get("Tags", [])), **request_tags(call.parameters.get("Tags", []))}
    return Question(action, group.get("AutoScalingGroupARN", "*"), keys)
