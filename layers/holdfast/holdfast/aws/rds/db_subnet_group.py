"""``AWS::RDS::DBSubnetGroup``: the subnets, one a zone, among which RDS places the instance and its standby."""

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.rds.resource import RdsResource, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBSubnetGroupTypeDef


class DbSubnetGroupState(Tagged, frozen=True, kw_only=True):
    """``subnet_ids`` is closed: a subnet that someone adds is where the standby may come to stand."""

    db_subnet_group_name: str = msgspec.field(name="DBSubnetGroupName")
    db_subnet_group_description: str = msgspec.field(name="DBSubnetGroupDescription")
    subnet_ids: frozenset[str]


class DbSubnetGroup(RdsResource[DbSubnetGroupState]):
    """One subnet group."""

    kind = "AWS::RDS::DBSubnetGroup"
    model = DbSubnetGroupState
    immutable = frozenset({"DBSubnetGroupName"})

    def observe(self) -> Observed[DbSubnetGroupState] | None:
        group = self._find()
        if group is None:
            return None
        tags = self.tags_of(group["DBSubnetGroupArn"])
        self.refuse_strangers(f"the subnet group {group['DBSubnetGroupName']}", tags)
        state = DbSubnetGroupState(
            db_subnet_group_name=group["DBSubnetGroupName"],
            db_subnet_group_description=group["DBSubnetGroupDescription"],
            subnet_ids=frozenset(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
            tags=tags,
        )
        return Observed(state=state, physical={"id": group["DBSubnetGroupName"], "Arn": group["DBSubnetGroupArn"]})

    def _find(self) -> "DBSubnetGroupTypeDef | None":
        try:
            found = self.clients.rds.describe_db_subnet_groups(DBSubnetGroupName=self.desired.db_subnet_group_name)
        except ClientError as error:
            if code(error) != "DBSubnetGroupNotFoundFault":
                raise
            return None
        return found["DBSubnetGroups"][0]

    def create(self) -> Physical:
        with already_so("DBSubnetGroupAlreadyExists"):
            self.clients.rds.create_db_subnet_group(
                DBSubnetGroupName=self.desired.db_subnet_group_name,
                DBSubnetGroupDescription=self.desired.db_subnet_group_description,
                SubnetIds=sorted(self.desired.subnet_ids),
                Tags=tag_list(self.desired.tags),
            )
        return {}

    def update(self, observed: Observed[DbSubnetGroupState], drift: Drift) -> tuple[str, ...]:
        calls: list[str] = []
        if any(not change.path.startswith("Tags.") for change in drift):
            self.clients.rds.modify_db_subnet_group(
                DBSubnetGroupName=self.desired.db_subnet_group_name,
                DBSubnetGroupDescription=self.desired.db_subnet_group_description,
                SubnetIds=sorted(self.desired.subnet_ids),
            )
            calls.append("ModifyDBSubnetGroup")
        return (*calls, *self.retag(observed, drift))

    def delete(self, observed: Observed[DbSubnetGroupState]) -> None:
        with already_so("DBSubnetGroupNotFoundFault"):
            self.clients.rds.delete_db_subnet_group(DBSubnetGroupName=observed.physical["id"])
