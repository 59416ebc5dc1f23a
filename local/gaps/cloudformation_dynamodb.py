"""What the emulator's CloudFormation handlers drop of a DynamoDB table.

Promises: a table has its time to live, recovery, encryption, class, policy and insights as its template says, and its
indexes are active; one that is protected survives its stack, whose deletion fails. Pages: AWS::DynamoDB::Table
(AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html) and "Using deletion protection to protect your
table" (amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html).
"""

import json
from typing import Final

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from local.gaps.cloudformation import Properties, accept, complete, is_true

_KEPT: Final = (
    "AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled "
    "GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes PointInTimeRecoverySpecification ProvisionedThroughput "
    "ResourcePolicy SSESpecification StreamSpecification TableClass TableName Tags TimeToLiveSpecification"
)
_ON_DEMAND: Final = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def close() -> None:
    provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["delete"] = _delete
    complete("AWS::DynamoDB::Table", _complete, keeps=_KEPT)


def _delete(name: str, _: Properties) -> None:
    if name in dynamodb._tables:
        accept(dynamodb._delete_table({"TableName": name}))


def _complete(name: str, properties: Properties) -> None:
    table = dynamodb._tables[name]
    on_demand = properties.get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand:
        table["ProvisionedThroughput"] = dict(_ON_DEMAND)
    # Copies: the records must not write into the template's own properties.
    table["GlobalSecondaryIndexes"] = [
        {
            "ProvisionedThroughput": dict(_ON_DEMAND) if on_demand else table["ProvisionedThroughput"],
            **index,
            "IndexStatus": "ACTIVE",
            "IndexArn": f"{table['TableArn']}/index/{index['IndexName']}",
            "IndexSizeBytes": 0,
            "ItemCount": 0,
        }
        for index in table.get("GlobalSecondaryIndexes") or []
    ]
    table["DeletionProtectionEnabled"] = is_true(properties.get("DeletionProtectionEnabled", False))
    table["TableClassSummary"] = {"TableClass": properties.get("TableClass", "STANDARD")}
    table["SSEDescription"] = dynamodb._sse_description_from_spec(_encryption(properties.get("SSESpecification")))
    _set_recovery(name, properties.get("PointInTimeRecoverySpecification", {}))
    _set_time_to_live(name, properties.get("TimeToLiveSpecification"))
    _set_policy(table["TableArn"], properties.get("ResourcePolicy"))
    insights = is_true(properties.get("ContributorInsightsSpecification", {}).get("Enabled", False))
    action = "ENABLE" if insights else "DISABLE"
    accept(dynamodb._update_contributor_insights({"TableName": name, "ContributorInsightsAction": action}))


def _encryption(specification: Properties | None) -> Properties | None:
    if not specification or not is_true(specification.get("SSEEnabled")):
        return None
    return {**specification, "Enabled": True}


def _set_recovery(name: str, specification: Properties) -> None:
    enabled = is_true(specification.get("PointInTimeRecoveryEnabled", False))
    wanted = {**specification, "PointInTimeRecoveryEnabled": enabled}
    accept(dynamodb._update_continuous_backups({"TableName": name, "PointInTimeRecoverySpecification": wanted}))


def _set_time_to_live(name: str, specification: Properties | None) -> None:
    if specification is None:
        dynamodb._ttl_settings.pop(name, None)
        return
    wanted = {**specification, "Enabled": is_true(specification.get("Enabled"))}
    accept(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": wanted}))


def _set_policy(arn: str, resource_policy: Properties | None) -> None:
    if resource_policy is None:
        accept(dynamodb._delete_resource_policy({"ResourceArn": arn}))
        return
    document = resource_policy["PolicyDocument"]
    policy = document if isinstance(document, str) else json.dumps(document)
    accept(dynamodb._put_resource_policy({"ResourceArn": arn, "Policy": policy}))
