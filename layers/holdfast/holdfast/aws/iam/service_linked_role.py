"""``AWS::IAM::ServiceLinkedRole``: a role that an AWS service acts by in this account, defined by the service.

It belongs to the account, not to an environment: it may stand long before us, it carries none of our tags, and it stays
when we go. Its path names its service ("Create a service-linked role",
IAM/latest/UserGuide/id_roles_create-service-linked-role.html).
"""

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, code
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal

TAKEN = "has been taken in this account"
"""How CreateServiceLinkedRole says that the role stands already; its code, InvalidInput, has other meanings too."""


class ServiceLinkedRoleState(Desired, frozen=True, kw_only=True):
    """``aws_service_name``: the service's principal, ``autoscaling.amazonaws.com``."""

    aws_service_name: str = msgspec.field(name="AWSServiceName")


class ServiceLinkedRole(AwsResource[ServiceLinkedRoleState]):
    """A service's own role: the one without a custom suffix, which follows an underscore."""

    kind = "AWS::IAM::ServiceLinkedRole"
    model = ServiceLinkedRoleState
    immutable = frozenset({"AWSServiceName"})

    def observe(self) -> Observed[ServiceLinkedRoleState] | None:
        path = f"/aws-service-role/{self.desired.aws_service_name}/"
        for page in self.clients.iam.get_paginator("list_roles").paginate(PathPrefix=path):
            for role in page["Roles"]:
                if "_" not in role["RoleName"]:
                    return Observed(state=self.desired, physical={"id": role["RoleName"], "Arn": role["Arn"]})
        return None

    def create(self) -> Physical:
        try:
            made = self.clients.iam.create_service_linked_role(AWSServiceName=self.desired.aws_service_name)
        except ClientError as error:
            if code(error) != "InvalidInput" or TAKEN not in str(error):
                raise
            return {}
        return {"id": made["Role"]["RoleName"], "Arn": made["Role"]["Arn"]}

    def update(self, observed: Observed[ServiceLinkedRoleState], drift: Drift) -> tuple[str, ...]:
        """Nothing of it is ours to change: its service defines it."""
        return ()

    @property
    def removal(self) -> Removal:
        """Others of the account lean on it."""
        return "never"

    def delete(self, observed: Observed[ServiceLinkedRoleState]) -> None:
        """It stays: others of the account lean on it, and it costs nothing."""
