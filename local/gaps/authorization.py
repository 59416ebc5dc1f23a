"""What AWS asks its policies before it does a call: one question or several.

Each question is an action on a resource with the condition keys that this action has on this resource type, as the
Service Authorization Reference lists them (service-authorization/latest/reference).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import get_account_id, get_region


@dataclass(frozen=True, slots=True)
class Question:
    """`inherits` says that the emulator has found the condition keys of the request, and rightly."""

    action: str
    resource: str = "*"
    keys: Mapping[str, Any] = field(default_factory=dict)
    inherits: bool = False


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Give the tags of a service that has them as a map."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def key_tags(key: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the tags of a KMS key, whose members KMS names in a way of its own."""
    return [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in key.get("Tags", [])]


def request_tags(tags: Iterable[Mapping[str, str]], removed: Iterable[str] = ()) -> dict[str, Any]:
    """Give the keys of tags that a request sets, and of those that it removes."""
    given = [*(tag for tag in tags if "Key" in tag), *({"Key": key} for key in removed)]
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in given if "Value" in tag}
    return keys | ({"aws:TagKeys": [tag["Key"] for tag in given]} if given else {})


def resource_tags(prefix: str, tags: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Give the keys of tags that a resource carries: `aws:ResourceTag` and the service's own twin of it."""
    given = {tag["Key"]: tag["Value"] for tag in tags}
    return {f"{each}:ResourceTag/{key}": value for each in ("aws", prefix) for key, value in given.items()}
