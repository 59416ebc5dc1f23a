"""What all resources of Elastic Load Balancing share: an ARN, tags, and attributes that are all text.

Load balancers and target groups have a name of ours, unique in account and Region, and are made once however often they
are asked for with the same settings ("CreateLoadBalancer", elasticloadbalancing/latest/APIReference).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from holdfast.aws.resource import AwsResource, lost_tags
from holdfast.core.resource import Drift, Observed, Tagged

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TagTypeDef


class Elbv2Resource[D: Tagged](AwsResource[D]):
    """A resource that its ARN names."""

    claimed_apart = True

    def tags_of(self, arn: str) -> dict[str, str]:
        [answered] = self.clients.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return {tag["Key"]: tag.get("Value", "") for tag in answered["Tags"]}

    def retag(self, observed: Observed[D], drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.elbv2.add_tags(ResourceArns=[observed.physical["id"]], Tags=tag_list(lost))
        return [f"AddTags {', '.join(lost)}"]


def tag_list(tags: Mapping[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def lost_attributes(field: str, drift: Drift) -> dict[str, str]:
    """The promised attributes in ``field`` that ``drift`` names. Their names have dots of their own."""
    lost = (change for change in drift if change.path.startswith(f"{field}."))
    return {change.path.removeprefix(f"{field}."): str(change.promised) for change in lost}
