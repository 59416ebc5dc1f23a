"""Actions that a role needs although its code never calls them: another call, or Lambda itself, asks for them.

Each with the AWS page that says so.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

_TAGGED: Final = {
    "ec2:CreateTags": 'TagSpecifications: "Grant permission to tag EC2 resources during creation", EC2 guide'
}

_WITH_A_VAULTS_KEY: Final = dict.fromkeys(
    ("backup-storage:MountCapsule", "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant"),
    '"Backup vault creation and deletion", AWS Backup guide',
)

BY_CALLS: Final = {
    "backup:CreateBackupPlan": {"backup:TagResource": 'BackupPlanTags: "CreateBackupPlan", AWS Backup API reference'},
    "backup:CreateBackupSelection": {"iam:PassRole": '"Access control", AWS Backup guide'},
    "backup:CreateBackupVault": _WITH_A_VAULTS_KEY
    | {"backup:TagResource": 'BackupVaultTags: "CreateBackupVault", AWS Backup API reference'},
    "ec2:CreateFlowLogs": _TAGGED
    | {"iam:PassRole": '"IAM role for publishing flow logs to CloudWatch Logs", VPC guide'},
    "ec2:CreateInternetGateway": _TAGGED,
    "ec2:CreateRouteTable": _TAGGED,
    "ec2:CreateSecurityGroup": _TAGGED,
    "ec2:CreateSubnet": _TAGGED,
    "ec2:CreateVpc": _TAGGED,
    "ec2:CreateVpcEndpoint": _TAGGED,
    "elasticfilesystem:CreateFileSystem": {
        "elasticfilesystem:TagResource": 'Tags: "CreateFileSystem", EFS API reference',
        "kms:CreateGrant": '"Encrypting data at rest", EFS guide',
    },
    "elasticfilesystem:CreateMountTarget": {
        "ec2:CreateNetworkInterface": '"CreateMountTarget", EFS API reference',
        "ec2:DescribeNetworkInterfaces": '"CreateMountTarget", EFS API reference',
        "ec2:DescribeSubnets": '"CreateMountTarget", EFS API reference',
    },
    "elasticfilesystem:ModifyMountTargetSecurityGroups": {
        "ec2:ModifyNetworkInterfaceAttribute": '"ModifyMountTargetSecurityGroups", EFS API reference'
    },
    "iam:CreateRole": {"iam:TagRole": 'Tags: "Tag IAM roles", IAM guide'},
    "kms:CreateKey": {"kms:TagResource": 'Tags: "Controlling access to tags", KMS guide'},
    "logs:CreateLogGroup": {"logs:TagResource": 'tags: "CreateLogGroup", CloudWatch Logs API reference'},
    "s3:CreateBucket": {"s3:TagResource": 'Tags: "CreateBucketConfiguration", Amazon S3 API reference'},
    "sns:Publish": {
        "kms:Decrypt": 'the topic is encrypted: "Managing Amazon SNS encryption keys and costs", SNS guide',
        "kms:GenerateDataKey": 'the topic is encrypted: "Managing Amazon SNS encryption keys and costs", SNS guide',
    },
}
"""What a call asks for beside itself, as our code makes it."""

LOGGING: Final = frozenset({"logs:CreateLogStream", "logs:PutLogEvents"})
""""Sending Lambda function logs to CloudWatch Logs", Lambda guide; the group is the template's."""

BY_EVENTS: Final = {
    # "Using Lambda with Amazon SQS: configuring execution role permissions", Lambda guide
    "SQS": frozenset({"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}),
    # "Using AWS Lambda with Amazon DynamoDB: execution role permissions", Lambda guide
    "DynamoDB": frozenset(
        {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
    ),
}
"""What Lambda does by the function's role to bring it events."""

BY_DESTINATIONS: Final = {"SQS": frozenset({"sqs:SendMessage"})}
"""What Lambda does by the function's role with events that it gives up ("Retaining records of discarded batches")."""


def implied_by(calls: Iterable[str]) -> frozenset[str]:
    return frozenset(action for call in calls for action in BY_CALLS.get(call, ()))


def implied_by_lambda(function: dict[str, Any]) -> frozenset[str]:
    """``function``: its properties in the template."""
    return LOGGING | frozenset(action for source in function.get("Events", {}).values() for action in _of(source))


def _of(source: dict[str, Any]) -> Iterator[str]:
    yield from BY_EVENTS.get(source["Type"], ())
    given_up = source["Properties"].get("DestinationConfig", {}).get("OnFailure", {})
    yield from BY_DESTINATIONS.get(given_up.get("Type", ""), ())
