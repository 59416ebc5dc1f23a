"""``AWS::RDS::DBParameterGroup``: how the engine is set, where its own default is not enough.

Only parameters of the type ``dynamic`` are promised: they apply at once, on a running instance. A static one waits for
a reboot, which is nobody's to do but a person's ("Working with parameter groups",
AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html).
"""

from collections.abc import Iterator
from itertools import batched
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.rds.resource import RdsResource, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBParameterGroupTypeDef, ParameterTypeDef

PARAMETERS_A_CALL = 20
"""What one ModifyDBParameterGroup takes ("ModifyDBParameterGroup", AmazonRDS/latest/APIReference)."""


class DbParameterGroupState(Tagged, frozen=True, kw_only=True):
    """``parameters`` is open: what we do not promise is the engine's own default, or its owner's affair."""

    db_parameter_group_name: str = msgspec.field(name="DBParameterGroupName")
    description: str
    family: str
    parameters: dict[str, str]


class DbParameterGroup(RdsResource[DbParameterGroupState]):
    """One parameter group. It is made with the family's defaults; the parameters follow."""

    kind = "AWS::RDS::DBParameterGroup"
    model = DbParameterGroupState
    immutable = frozenset({"DBParameterGroupName", "Description", "Family"})

    def observe(self) -> Observed[DbParameterGroupState] | None:
        group = self._find()
        if group is None:
            return None
        name, arn = group["DBParameterGroupName"], group["DBParameterGroupArn"]
        tags = self.tags_of(arn)
        self.refuse_strangers(f"the parameter group {name}", tags)
        state = DbParameterGroupState(
            db_parameter_group_name=name,
            description=group["Description"],
            family=group["DBParameterGroupFamily"],
            parameters=dict(self._parameters(name)),
            tags=tags,
        )
        return Observed(state=state, physical={"id": name, "Arn": arn})

    def _find(self) -> "DBParameterGroupTypeDef | None":
        name = self.desired.db_parameter_group_name
        try:
            found = self.clients.rds.describe_db_parameter_groups(DBParameterGroupName=name)["DBParameterGroups"]
        except ClientError as error:
            if code(error) != "DBParameterGroupNotFound":
                raise
            return None
        return found[0] if found else None

    def _parameters(self, name: str) -> Iterator[tuple[str, str]]:
        """What the promised parameters are now, whoever set them: the engine's defaults have a value, too."""
        pages = self.clients.rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=name)
        for parameter in (parameter for page in pages for parameter in page["Parameters"]):
            if parameter["ParameterName"] in self.desired.parameters and "ParameterValue" in parameter:
                yield parameter["ParameterName"], parameter["ParameterValue"]

    def create(self) -> Physical:
        with already_so("DBParameterGroupAlreadyExists"):
            self.clients.rds.create_db_parameter_group(
                DBParameterGroupName=self.desired.db_parameter_group_name,
                DBParameterGroupFamily=self.desired.family,
                Description=self.desired.description,
                Tags=tag_list(self.desired.tags),
            )
        return {}

    def update(self, observed: Observed[DbParameterGroupState], drift: Drift) -> tuple[str, ...]:
        wrong = [name for change in drift if (name := change.path.removeprefix("Parameters.")) != change.path]
        for some in batched(wrong, PARAMETERS_A_CALL, strict=False):
            self.clients.rds.modify_db_parameter_group(
                DBParameterGroupName=self.desired.db_parameter_group_name,
                Parameters=[self._parameter(name) for name in some],
            )
        calls = [f"ModifyDBParameterGroup {name}={self.desired.parameters[name]}" for name in wrong]
        return (*calls, *self.retag(observed, drift))

    def _parameter(self, name: str) -> "ParameterTypeDef":
        value = self.desired.parameters[name]
        return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}

    def delete(self, observed: Observed[DbParameterGroupState]) -> None:
        with already_so("DBParameterGroupNotFound"):
            self.clients.rds.delete_db_parameter_group(DBParameterGroupName=observed.physical["id"])
