"""``AWS::KMS::Alias``: the name by which people and services find a key.

It carries no tags, its name says whose it is, and it is found by its name among all of the Region ("ListAliases",
kms/latest/APIReference/API_ListAliases.html).
"""

from holdfast.aws.kms.key import settling_in
from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical


class AliasState(Desired, frozen=True, kw_only=True):
    """``alias_name`` starts with ``alias/``; ``target_key_id`` is the key's id."""

    alias_name: str
    target_key_id: str


class Alias(AwsResource[AliasState]):
    """One alias."""

    kind = "AWS::KMS::Alias"
    model = AliasState
    immutable = frozenset({"AliasName"})
    comes_back = True

    def observe(self) -> Observed[AliasState] | None:
        """ListAliases: of an alias that does not exist, DescribeKey tells only those who may describe every key."""
        name = self.desired.alias_name
        pages = self.clients.kms.get_paginator("list_aliases").paginate()
        for alias in (alias for page in pages for alias in page["Aliases"]):
            if alias["AliasName"] == name:
                return Observed(
                    state=AliasState(alias_name=name, target_key_id=alias.get("TargetKeyId", "")), physical={"id": name}
                )
        return None

    def create(self) -> Physical:
        with settling_in(self.clients.kms, self.desired.target_key_id), already_so("AlreadyExistsException"):
            self.clients.kms.create_alias(AliasName=self.desired.alias_name, TargetKeyId=self.desired.target_key_id)
        return {"id": self.desired.alias_name}

    def update(self, observed: Observed[AliasState], drift: Drift) -> tuple[str, ...]:
        with settling_in(self.clients.kms, self.desired.target_key_id):
            self.clients.kms.update_alias(AliasName=self.desired.alias_name, TargetKeyId=self.desired.target_key_id)
        return (f"UpdateAlias {self.desired.alias_name}",)

    def delete(self, observed: Observed[AliasState]) -> None:
        with already_so("NotFoundException"):
            self.clients.kms.delete_alias(AliasName=observed.state.alias_name)
