"""``AWS::WAFv2::WebACLAssociation``: which web ACL stands before a load balancer.

A resource has one web ACL at most, and AssociateWebACL takes the place of whichever stood there: a foreign one is
drift, and goes without a moment in which nothing stands there. A web ACL that was just made may not be seen yet, which
WAF calls WAFUnavailableEntityException ("AssociateWebACL", waf/latest/APIReference/API_AssociateWebACL.html).
"""

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.aws.wafv2.web_acl import GONE
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical

if TYPE_CHECKING:
    from mypy_boto3_wafv2.type_defs import WebACLTypeDef


class WebAclAssociationState(Desired, frozen=True, kw_only=True):
    """ARNs: ``resource_arn`` is the load balancer's."""

    resource_arn: str
    web_acl_arn: str = msgspec.field(name="WebACLArn")


class WebAclAssociation(AwsResource[WebAclAssociationState]):
    """One association; calls and events name it by the load balancer."""

    kind = "AWS::WAFv2::WebACLAssociation"
    model = WebAclAssociationState
    immutable = frozenset({"ResourceArn"})
    comes_back = True
    duration = Duration(5, 2, 15)

    def observe(self) -> Observed[WebAclAssociationState] | None:
        standing = self._standing()
        if standing is None:
            return None
        state = WebAclAssociationState(resource_arn=self.desired.resource_arn, web_acl_arn=standing["ARN"])
        return Observed(state=state, physical={"id": self.desired.resource_arn})

    def _standing(self) -> "WebACLTypeDef | None":
        """Without one the answer is empty; without the load balancer it is an error."""
        try:
            return self.clients.wafv2.get_web_acl_for_resource(ResourceArn=self.desired.resource_arn).get("WebACL")
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None

    def create(self) -> Physical:
        self._associate()
        return {"id": self.desired.resource_arn}

    def update(self, observed: Observed[WebAclAssociationState], drift: Drift) -> tuple[str, ...]:
        self._associate()
        return (f"AssociateWebACL {self.desired.web_acl_arn}",)

    def _associate(self) -> None:
        self.clients.wafv2.associate_web_acl(WebACLArn=self.desired.web_acl_arn, ResourceArn=self.desired.resource_arn)

    def delete(self, observed: Observed[WebAclAssociationState]) -> None:
        with already_so(GONE):
            self.clients.wafv2.disassociate_web_acl(ResourceArn=self.desired.resource_arn)
