"""Actions that a role needs although its code never calls them: another call, or Lambda itself, asks for them.

Each with the AWS page that says so.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

_TAGGED: Final = {
    "ec2:CreateTags": 'TagSpecifications: "Grant permission to tag EC2 resources during creation", EC2 guide'
}

_EKS_TAGGED: Final = {"eks:TagResource": "tags: aws/aws-cdk pull request 7302; the EKS pages do not say it"}
_EKS_ROLE: Final = {"iam:PassRole": '"Actions, resources, and condition keys for Amazon EKS": dependent actions'}
_TEMPLATE: Final = _TAGGED | {"ec2:RunInstances": '"Customize managed nodes with launch templates", EKS guide'}
_LAYER: Final = {"lambda:GetLayerVersion": 'Layers: "Adding layers to functions", Lambda guide'}
_PASSWORD: Final = 'ManageMasterUserPassword: "Password management with Amazon RDS and AWS Secrets Manager", RDS guide'
_RDS_TAGS: Final = 'Tags: "Tagging Amazon RDS resources", RDS guide'
_ELB_TAGGED: Final = {
    "elasticloadbalancing:AddTags": 'Tags: "Grant permission to tag resources during creation", ELB user guide'
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
    "cloudwatch:PutMetricAlarm": {"cloudwatch:TagResource": 'Tags: "PutMetricAlarm", CloudWatch API reference'},
    "acm:RequestCertificate": {"acm:AddTagsToCertificate": 'Tags: "RequestCertificate", ACM API reference'},
    "elasticloadbalancing:CreateListener": _ELB_TAGGED,
    "elasticloadbalancing:CreateLoadBalancer": _ELB_TAGGED,
    "elasticloadbalancing:CreateRule": _ELB_TAGGED,
    "elasticloadbalancing:CreateTargetGroup": _ELB_TAGGED,
    "ec2:AllocateAddress": _TAGGED,
    "ec2:CreateLaunchTemplate": _TAGGED,
    "ec2:CreateFlowLogs": _TAGGED
    | {"iam:PassRole": '"IAM role for publishing flow logs to CloudWatch Logs", VPC guide'},
    "ec2:CreateInternetGateway": _TAGGED,
    "ec2:CreateNatGateway": _TAGGED,
    "ec2:CreateRouteTable": _TAGGED,
    "ec2:CreateSecurityGroup": _TAGGED,
    "ec2:CreateSubnet": _TAGGED,
    "ec2:CreateVpc": _TAGGED,
    "ec2:CreateVpcEndpoint": _TAGGED,
    "eks:CreateAddon": _EKS_TAGGED | _EKS_ROLE,
    "eks:CreateCluster": _EKS_TAGGED
    | _EKS_ROLE
    | dict.fromkeys(
        ("kms:CreateGrant", "kms:DescribeKey"),
        'encryptionConfig: "Encrypt Kubernetes secrets with KMS on existing clusters", EKS guide',
    ),
    "eks:CreateAccessEntry": _EKS_TAGGED,
    "eks:CreateNodegroup": _EKS_TAGGED | _EKS_ROLE | _TEMPLATE,
    "eks:UpdateAddon": _EKS_ROLE,
    "eks:UpdateNodegroupVersion": _TEMPLATE,
    "iam:CreateOpenIDConnectProvider": {
        "iam:TagOpenIDConnectProvider": 'Tags: "Tag OpenID Connect (OIDC) identity providers", IAM guide'
    },
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
    "lambda:CreateFunction": _LAYER
    | {
        "iam:PassRole": 'Role: "Actions, resources, and condition keys for AWS Lambda": dependent actions',
        "lambda:TagResource": 'Tags: "Using tags on Lambda functions", Lambda guide',
    },
    "lambda:GetFunction": {"lambda:ListTags": 'Tags: "GetFunction", Lambda API reference'},
    "lambda:UpdateFunctionConfiguration": _LAYER,
    "logs:CreateLogGroup": {"logs:TagResource": 'tags: "CreateLogGroup", CloudWatch Logs API reference'},
    "rds:CreateDBInstance": {
        "kms:CreateGrant": 'a key of ours: "AWS KMS key management", RDS guide',
        "kms:Decrypt": _PASSWORD,
        "kms:GenerateDataKey": _PASSWORD,
        "rds:AddTagsToResource": _RDS_TAGS,
        "secretsmanager:CreateSecret": _PASSWORD,
        "secretsmanager:TagResource": _PASSWORD,
    },
    "rds:CreateDBParameterGroup": {"rds:AddTagsToResource": _RDS_TAGS},
    "rds:CreateDBSubnetGroup": {"rds:AddTagsToResource": _RDS_TAGS},
    "backup:StartBackupJob": {"iam:PassRole": 'IamRoleArn: "StartBackupJob", AWS Backup API reference'},
    "rds:DeleteDBInstance": {
        "rds:CreateDBSnapshot": 'FinalDBSnapshotIdentifier: "DeleteDBInstance", RDS API reference'
    },
    "s3:DeleteObject": {"s3:DeleteObjectVersion": 'VersionId: "DeleteObjects", Amazon S3 API reference'},
    "s3:CreateBucket": {"s3:TagResource": 'Tags: "CreateBucketConfiguration", Amazon S3 API reference'},
    "sns:Publish": {
        "kms:Decrypt": 'the topic is encrypted: "Managing Amazon SNS encryption keys and costs", SNS guide',
        "kms:GenerateDataKey": 'the topic is encrypted: "Managing Amazon SNS encryption keys and costs", SNS guide',
    },
    "wafv2:AssociateWebACL": {
        "elasticloadbalancing:SetWebAcl": '"Permissions for AssociateWebACL" in AssociateWebACL, WAF guide'
    },
    "wafv2:DeleteLoggingConfiguration": {
        "logs:DeleteLogDelivery": '"Sending web ACL traffic logs to a CloudWatch Logs log group", WAF guide'
    },
    "wafv2:DisassociateWebACL": {
        "elasticloadbalancing:SetWebAcl": '"Permissions for DisassociateWebACL" in DisassociateWebACL, WAF guide'
    },
    "wafv2:CreateWebACL": {"wafv2:TagResource": 'Tags: "CreateWebACL", WAF API reference'},
    "wafv2:GetWebACLForResource": {"wafv2:GetWebACL": '"GetWebACLForResource", WAF API reference'},
    "wafv2:PutLoggingConfiguration": dict.fromkeys(
        (
            "logs:CreateLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:PutResourcePolicy",
        ),
        '"Sending web ACL traffic logs to a CloudWatch Logs log group", WAF guide',
    ),
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
