"""A template's every line arrives: each property is read back by its service's own API.

Pages: "AWS resource and property types reference" (AWSCloudFormation/latest/UserGuide). What fails here is mended in
the step of its type, in local/gaps/cloudformation_*.py.
"""

import json
from typing import Any, Final

import pytest

from tests.local.accounts import Account
from tests.local.stacks import Resources, Stack

LOGS: Final = {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/tests/*"}
TAGS: Final = [{"Key": "a", "Value": "b"}]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def role(*actions: str, **more: Any) -> dict[str, Any]:
    services = ["lambda", "states", "scheduler", "config"]
    trusted = {"Service": [f"{service}.amazonaws.com" for service in services]}
    allowed = document({"Effect": "Allow", "Action": list(actions or ["*"]), "Resource": "*"})
    return resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=document({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}),
        Policies=[{"PolicyName": "p", "PolicyDocument": allowed}],
        **more,
    )


def function(**more: Any) -> dict[str, Any]:
    code = {"ZipFile": "def handler(event, context): return event"}
    return resource(
        "AWS::Lambda::Function",
        **{"Runtime": "python3.13", "Handler": "index.handler", "Role": arn("Role"), "Code": code} | more,
    )


KEY_POLICY: Final = document(
    {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
        "Action": "kms:*",
        "Resource": "*",
    },
    {
        "Effect": "Allow",
        "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": LOGS}},
    },
)
TRAIL_POLICY: Final = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:GetBucketAcl",
        "Resource": arn("Bucket"),
    },
    {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": "${Bucket.Arn}/AWSLogs/${AWS::AccountId}/*"},
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    },
)
NOBODY: Final = {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/nobody"}}
DENY_WRITES: Final = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:PutItem", "Resource": "*"}

RESOURCES: Final[Resources] = {
    "Boundary": resource(
        "AWS::IAM::ManagedPolicy", PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    ),
    "Role": role(PermissionsBoundary={"Ref": "Boundary"}, Path="/holdfast/"),
    "Key": resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY, EnableKeyRotation=True, RotationPeriodInDays=180, Tags=TAGS),
    "Table": resource(
        "AWS::DynamoDB::Table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "owner")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "owners",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
        TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn("Key")},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        ResourcePolicy={"PolicyDocument": document(DENY_WRITES | {"Condition": NOBODY})},
    ),
    "DeadLetters": resource("AWS::SQS::Queue", SqsManagedSseEnabled=True),
    "Queue": resource(
        "AWS::SQS::Queue",
        VisibilityTimeout=60,
        RedrivePolicy={"deadLetterTargetArn": arn("DeadLetters"), "maxReceiveCount": 3},
    ),
    "Topic": resource("AWS::SNS::Topic", KmsMasterKeyId={"Ref": "Key"}, SignatureVersion="2", TracingConfig="Active"),
    "PlainTopic": resource("AWS::SNS::Topic"),
    "Subscription": resource(
        "AWS::SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol="sqs", Endpoint=arn("Queue")
    ),
    "LogGroup": resource("AWS::Logs::LogGroup", LogGroupName="/tests/all", RetentionInDays=30, KmsKeyId=arn("Key")),
    "Vpc": resource("AWS::EC2::VPC", CidrBlock="10.9.0.0/16"),
    "Subnet": resource("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.9.0.0/24"),
    "Function": function(
        Timeout=30,
        ReservedConcurrentExecutions=5,
        LoggingConfig={"LogFormat": "JSON"},
        KmsKeyArn=arn("Key"),
        DeadLetterConfig={"TargetArn": arn("DeadLetters")},
        VpcConfig={"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": []},
    ),
    "QueueMapping": resource(
        "AWS::Lambda::EventSourceMapping",
        FunctionName={"Ref": "Function"},
        EventSourceArn=arn("Queue"),
        BatchSize=50,
        MaximumBatchingWindowInSeconds=1,
        Enabled=False,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 2},
        Tags=TAGS,
    ),
    "StreamMapping": resource(
        "AWS::Lambda::EventSourceMapping",
        FunctionName={"Ref": "Function"},
        EventSourceArn={"Fn::GetAtt": ["Table", "StreamArn"]},
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=3,
        DestinationConfig={"OnFailure": {"Destination": arn("DeadLetters")}},
    ),
    "StateMachine": resource(
        "AWS::StepFunctions::StateMachine",
        RoleArn=arn("Role"),
        Definition={"StartAt": "A", "States": {"A": {"Type": "Succeed"}}},
        TracingConfiguration={"Enabled": True},
        LoggingConfiguration={
            "Level": "ERROR",
            "IncludeExecutionData": True,
            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": arn("LogGroup")}}],
        },
    ),
    "Schedule": resource(
        "AWS::Scheduler::Schedule",
        ScheduleExpression="cron(0 12 * * ? *)",
        ScheduleExpressionTimezone="Europe/Dublin",
        EndDate="2099-01-01T00:00:00Z",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": {"Ref": "StateMachine"}, "RoleArn": arn("Role")},
    ),
    "Bucket": resource(
        "AWS::S3::Bucket",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        LifecycleConfiguration={"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 90}]},
        Tags=TAGS,
    ),
    "BucketPolicy": resource("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=TRAIL_POLICY),
    "Trail": resource("AWS::CloudTrail::Trail", S3BucketName={"Ref": "Bucket"}, IsLogging=True, IsMultiRegionTrail=True)
    | {"DependsOn": "BucketPolicy"},
    "Recorder": resource(
        "AWS::Config::ConfigurationRecorder",
        RoleARN=arn("Role"),
        RecordingGroup={"AllSupported": False, "ResourceTypes": ["AWS::EC2::SecurityGroup"]},
    ),
    "Channel": resource("AWS::Config::DeliveryChannel", S3BucketName={"Ref": "Bucket"}),
}


@pytest.fixture(scope="module")
def account() -> Account:
    return Account()


@pytest.fixture(scope="module")
def ids(account: Account) -> dict[str, str]:
    return Stack(account).deploy(RESOURCES)


def test_a_role_has_its_boundary(account: Account, ids: dict[str, str]) -> None:
    found = account.root("iam").get_role(RoleName=ids["Role"])["Role"]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == ids["Boundary"]


def test_a_key_rotates(account: Account, ids: dict[str, str]) -> None:
    found = account.root("kms").get_key_rotation_status(KeyId=ids["Key"])
    assert (found["KeyRotationEnabled"], found["RotationPeriodInDays"]) == (True, 180)


def test_a_table_is_whole(account: Account, ids: dict[str, str]) -> None:
    tables, name = account.root("dynamodb"), ids["Table"]
    table = tables.describe_table(TableName=name)["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"].endswith(ids["Key"])
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert [index["IndexStatus"] for index in table["GlobalSecondaryIndexes"]] == ["ACTIVE"]
    assert tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "AttributeName": "expires",
        "TimeToLiveStatus": "ENABLED",
    }
    backups = tables.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    policy = json.loads(tables.get_resource_policy(ResourceArn=table["TableArn"])["Policy"])
    assert policy["Statement"][0]["Condition"] == NOBODY


def test_a_topic_is_encrypted_signed_and_traced(account: Account, ids: dict[str, str]) -> None:
    found = account.root("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    assert found["KmsMasterKeyId"] == ids["Key"]
    assert (found["SignatureVersion"], found["TracingConfig"]) == ("2", "Active")


def test_a_topic_without_a_policy_is_open_to_its_account_alone(account: Account, ids: dict[str, str]) -> None:
    found = account.root("sns").get_topic_attributes(TopicArn=ids["PlainTopic"])["Attributes"]["Policy"]
    assert json.loads(found)["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": account.id}}


def test_a_subscription_says_what_it_is(account: Account, ids: dict[str, str]) -> None:
    found = account.root("sns").get_subscription_attributes(SubscriptionArn=ids["Subscription"])["Attributes"]
    assert (found["Protocol"], found["TopicArn"]) == ("sqs", ids["Topic"])


def test_a_function_is_whole(account: Account, ids: dict[str, str]) -> None:
    functions = account.root("lambda")
    found = functions.get_function_configuration(FunctionName=ids["Function"])
    assert found["VpcConfig"]["VpcId"] == ids["Vpc"]
    assert found["KMSKeyArn"].endswith(ids["Key"])
    assert "DeadLetterConfig" in found
    assert found["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{ids['Function']}"}
    concurrency = functions.get_function_concurrency(FunctionName=ids["Function"])
    assert concurrency["ReservedConcurrentExecutions"] == 5


def test_a_queue_s_mapping_is_whole(account: Account, ids: dict[str, str]) -> None:
    found = account.root("lambda").get_event_source_mapping(UUID=ids["QueueMapping"])
    assert found["State"] == "Disabled", "a mapping that its template disables must not run"
    assert found["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_stream_s_mapping_is_whole(account: Account, ids: dict[str, str]) -> None:
    found = account.root("lambda").get_event_source_mapping(UUID=ids["StreamMapping"])
    assert found["BatchSize"] == 100, "AWS's default for a stream"
    assert (found["BisectBatchOnFunctionError"], found["MaximumRetryAttempts"]) == (True, 3)


def test_a_state_machine_logs_and_is_traced(account: Account, ids: dict[str, str]) -> None:
    found = account.root("stepfunctions").describe_state_machine(stateMachineArn=ids["StateMachine"])
    assert found["tracingConfiguration"] == {"enabled": True}
    logging = found["loggingConfiguration"]
    assert (logging["level"], logging["includeExecutionData"]) == ("ERROR", True)
    assert "/tests/all" in logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]


def test_a_schedule_has_its_zone_and_its_end(account: Account, ids: dict[str, str]) -> None:
    found = account.root("scheduler").get_schedule(Name=ids["Schedule"])
    assert (found["ScheduleExpressionTimezone"], found["EndDate"].year) == ("Europe/Dublin", 2099)


def test_a_bucket_is_whole(account: Account, ids: dict[str, str]) -> None:
    buckets, name = account.root("s3"), ids["Bucket"]
    encryption = buckets.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rules = buckets.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert [rule["Expiration"]["Days"] for rule in rules] == [90]
    assert buckets.get_bucket_tagging(Bucket=name)["TagSet"] == TAGS


def test_a_trail_logs(account: Account, ids: dict[str, str]) -> None:
    trails = account.root("cloudtrail")
    assert trails.get_trail(Name=ids["Trail"])["Trail"]["IsMultiRegionTrail"]
    assert trails.get_trail_status(Name=ids["Trail"])["IsLogging"]


def test_a_recorder_records_once_there_is_a_channel(account: Account, ids: dict[str, str]) -> None:
    recorders = account.root("config")
    found = recorders.describe_configuration_recorders()["ConfigurationRecorders"][0]
    assert found["recordingGroup"]["resourceTypes"] == ["AWS::EC2::SecurityGroup"]
    assert recorders.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]
    assert recorders.describe_delivery_channels()["DeliveryChannels"][0]["s3BucketName"] == ids["Bucket"]


def test_what_an_update_drops_is_back_at_its_default() -> None:
    account = Account()
    stack = Stack(account)
    key = resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY)
    before = {
        "Key": key,
        "Role": role(),
        "Topic": resource("AWS::SNS::Topic", KmsMasterKeyId={"Ref": "Key"}),
        "Function": function(ReservedConcurrentExecutions=5),
    }
    stack.deploy(before)
    ids = stack.deploy(
        before | {"Topic": resource("AWS::SNS::Topic", DisplayName="x"), "Function": function(Timeout=9)}
    )
    attributes = account.root("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    assert "KmsMasterKeyId" not in attributes
    assert "ReservedConcurrentExecutions" not in account.root("lambda").get_function_concurrency(
        FunctionName=ids["Function"]
    )


QUEUE: Final = resource("AWS::SQS::Queue", VisibilityTimeout=30)


def mapping(**more: Any) -> dict[str, Any]:
    given = {"FunctionName": {"Ref": "Function"}, "EventSourceArn": arn("Queue")} | more
    return resource("AWS::Lambda::EventSourceMapping", **given)


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        pytest.param({"T": resource("AWS::SNS::Topic", ArchivePolicy={})}, "drop ArchivePolicy", id="lost in a step"),
        pytest.param({"Q": resource("AWS::SQS::Queue", FifoQueue=True)}, "drop FifoQueue", id="lost in a handler"),
        pytest.param(
            {"Role": role(), "Queue": QUEUE, "Function": function(Timeout=31), "M": mapping()},
            "visibility timeout: 30 seconds is less than Function timeout: 31",
            id="queue too short",
        ),
        pytest.param(
            {"Role": role("sqs:DeleteMessage"), "Queue": QUEUE, "Function": function(), "M": mapping()},
            "does not have permissions to call ReceiveMessage",
            id="role may not read the queue",
        ),
        pytest.param(
            {"Role": role(), "Queue": QUEUE, "Function": function(), "M": mapping(BatchSize=11)},
            "batch window",
            id="large batch without a window",
        ),
        pytest.param(
            {"Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument=document()), "Function": function()},
            "cannot be assumed by Lambda",
            id="role does not trust Lambda",
        ),
        pytest.param(
            {"R": resource("AWS::Events::Rule", EventPattern={"source": "not a list"})},
            "InvalidEventPatternException",
            id="pattern",
        ),
        pytest.param(
            {
                "B": resource("AWS::S3::Bucket"),
                "T": resource("AWS::CloudTrail::Trail", S3BucketName={"Ref": "B"}, IsLogging=True),
            },
            "InsufficientS3BucketPolicyException",
            id="trail may not write",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/NoSuchPolicy"])},
            "does not exist or is not attachable",
            id="managed policy",
        ),
        pytest.param(
            {"Role": role(PermissionsBoundary="arn:aws:iam::000000000000:policy/none")},
            "NoSuchEntity",
            id="boundary",
        ),
    ],
)
def test_what_aws_refuses_fails_the_stack(resources: Resources, reason: str) -> None:
    assert reason in Stack(Account()).refusal(resources)


def test_a_protected_table_outlives_its_stack() -> None:
    table = resource(
        "AWS::DynamoDB::Table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        DeletionProtectionEnabled=True,
    )
    stack = Stack(Account())
    stack.deploy({"Table": table})
    assert "protected against deletion" in stack.delete()
