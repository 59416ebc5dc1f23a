"""What all EC2 resources share: found by id once it is known, by our tags before; tagged in the create call.

CreateVpc, CreateSubnet and CreateInternetGateway take no client token, so that the tags are their only identity
("Ensuring idempotency in Amazon EC2 API requests").
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from holdfast.aws.resource import AwsResource, lost_tags
from holdfast.core.resource import Drift, Observed, Tagged
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagSpecificationTypeDef, TagTypeDef


class Ec2Resource[D: Tagged](AwsResource[D]):
    """``id_filter`` is the Describe call's filter for the id, ``resource_type`` EC2's word in a TagSpecification."""

    claimed_apart = True

    id_filter: ClassVar[str]
    resource_type: ClassVar["ResourceTypeType"]

    @property
    def filters(self) -> list["FilterTypeDef"]:
        """Filters that find this resource and no other."""
        if known := self.physical.get("id"):
            return [{"Name": self.id_filter, "Values": [known]}]
        return [{"Name": f"tag:{key}", "Values": [value]} for key, value in self.address.tags.items()]

    @property
    def tag_specifications(self) -> list["TagSpecificationTypeDef"]:
        """Our tags, for the create call."""
        return [{"ResourceType": self.resource_type, "Tags": tag_list(self.desired.tags)}]

    def retag(self, observed: Observed[D], drift: Drift) -> tuple[str, ...]:
        """Put back those of our tags that ``drift`` names; the calls made."""
        lost = lost_tags(drift)
        if not lost:
            return ()
        self.clients.ec2.create_tags(Resources=[observed.physical["id"]], Tags=tag_list(lost))
        return (f"CreateTags {', '.join(lost)}",)

    def the_one[T](self, found: Sequence[T]) -> T | None:
        """The only item of ``found``, None if there is none. Raises ``NeedsHuman`` on twins: nobody may guess."""
        if len(found) > 1:
            raise NeedsHuman(
                str(self.address),
                f"{len(found)} resources carry its tags",
                "keep the one that is in use, take the holdfast: tags off the others",
            )
        return found[0] if found else None


def tag_list(tags: Mapping[str, str]) -> list["TagTypeDef"]:
    """Tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags: Sequence["TagTypeDef"]) -> dict[str, str]:
    """Tags as EC2 answers with them, as a dict."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in tags}
