"""What all RDS resources share: found by a name of ours, told from a stranger's of the same name by our tags.

RDS refuses a second resource of a name: a create call that comes twice makes no twin, but what stands under the name
may be somebody else's. Such a one is left alone until a person has decided.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from holdfast.aws.resource import AwsResource, lost_tags
from holdfast.core.resource import Drift, Observed, Tagged

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import TagTypeDef


class RdsResource[D: Tagged](AwsResource[D]):
    """``physical`` of every heir has ``id``, the name, and ``Arn``."""

    claimed_apart = True

    def tags_of(self, arn: str) -> dict[str, str]:
        return tag_dict(self.clients.rds.list_tags_for_resource(ResourceName=arn)["TagList"])

    def retag(self, observed: Observed[D], drift: Drift) -> tuple[str, ...]:
        """Put back those of our tags that ``drift`` names; the calls made."""
        lost = lost_tags(drift)
        if not lost:
            return ()
        self.clients.rds.add_tags_to_resource(ResourceName=observed.physical["Arn"], Tags=tag_list(lost))
        return (f"AddTagsToResource {', '.join(lost)}",)


def tag_list(tags: Mapping[str, str]) -> list["TagTypeDef"]:
    """Tags as RDS takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags: "Sequence[TagTypeDef]") -> dict[str, str]:
    """Tags as RDS answers with them, as a dict."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in tags}
