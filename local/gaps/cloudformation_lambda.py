"""What the emulator's CloudFormation handlers drop of Lambda: a function's settings and an event source's options.

Promises: each property named below is read back by Lambda's own API as the template has it, and what
CreateEventSourceMapping and CreateFunction refuse fails the stack: a queue seen again before its function is done, a
role that may not read the source or does not trust Lambda. Pages: "Using Lambda with Amazon SQS"
(lambda/latest/dg/with-sqs.html; its parts on queue configuration and execution role permissions), "Using AWS Lambda
with Amazon DynamoDB" (lambda/latest/dg/with-ddb.html) and CreateEventSourceMapping
(lambda/latest/api/API_CreateEventSourceMapping.html).
"""

from typing import Any, Final

from ministack.services import lambda_svc, sqs

from local.gaps.cloudformation import Properties, RefusedError, accept, complete, is_true
from local.gaps.permissions import role_allows, service_may_assume

_MAPPING_OPTIONS: Final = (
    "BisectBatchOnFunctionError DestinationConfig FilterCriteria FunctionResponseTypes "
    "MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor ScalingConfig"
)
_SMALL_BATCH: Final = 10
_BATCH_OF_A_STREAM: Final = 100
_READS_A_QUEUE: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_READS_A_STREAM: Final = ("GetRecords", "GetShardIterator", "DescribeStream")


def close() -> None:
    complete(
        "AWS::Lambda::Function",
        _function,
        keeps="Architectures Code DeadLetterConfig Description Environment EphemeralStorage FileSystemConfigs "
        "FunctionName Handler KmsKeyArn Layers LoggingConfig MemorySize PackageType RecursiveLoop "
        "ReservedConcurrentExecutions Role Runtime SnapStart Tags Timeout TracingConfig VpcConfig",
    )
    complete(
        "AWS::Lambda::EventSourceMapping",
        _mapping,
        keeps=f"BatchSize Enabled EventSourceArn FunctionName StartingPosition Tags {_MAPPING_OPTIONS}",
    )


def _function(name: str, properties: Properties) -> None:
    if not service_may_assume("lambda.amazonaws.com", properties["Role"]):
        raise RefusedError("The role defined for the function cannot be assumed by Lambda.")
    accept(lambda_svc._validate_dead_letter_config(properties.get("DeadLetterConfig")) or (200, {}, b""))
    config = lambda_svc._functions[name]["config"]
    config |= {
        "VpcConfig": lambda_svc._vpc_config_with_id(properties.get("VpcConfig")),
        "KMSKeyArn": properties.get("KmsKeyArn", ""),
        "FileSystemConfigs": properties.get("FileSystemConfigs", []),
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"} | properties.get("LoggingConfig", {}),
    }
    config.pop("DeadLetterConfig", None)
    if target := properties.get("DeadLetterConfig"):
        config["DeadLetterConfig"] = target
    if (reserved := properties.get("ReservedConcurrentExecutions")) is not None:
        accept(lambda_svc._put_function_concurrency(name, {"ReservedConcurrentExecutions": int(reserved)}))
    else:
        accept(lambda_svc._delete_function_concurrency(name))
    recursion = {"RecursiveLoop": properties.get("RecursiveLoop", "Terminate")}
    accept(lambda_svc._put_function_recursion_config(name, recursion))


def _mapping(mapping_id: str, properties: Properties) -> None:
    mapping = lambda_svc._esms[mapping_id]
    source = properties["EventSourceArn"]
    function = lambda_svc._functions.get(mapping["FunctionName"])
    if function is None:
        raise RefusedError(f"ResourceNotFoundException: Function not found: {properties['FunctionName']}")
    accept(lambda_svc._validate_scaling_config(properties, source) or (200, {}, b""))
    if ":sqs:" in source:
        _check_queue(source, function["config"], properties)
        mapping.pop("StartingPosition", None)
    elif ":dynamodb:" in source:
        _check_stream(source, function["config"])
        mapping["BatchSize"] = int(properties.get("BatchSize", _BATCH_OF_A_STREAM))
    for option in _MAPPING_OPTIONS.split():
        if option in properties:
            mapping[option] = properties[option]
        else:
            mapping.pop(option, None)
    enabled = is_true(properties.get("Enabled", True))
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    mapping |= {"Enabled": enabled, "State": "Enabled" if enabled else "Disabled", "Tags": tags}


def _check_queue(arn: str, config: dict[str, Any], properties: Properties) -> None:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        raise RefusedError(f"InvalidParameterValueException: the queue {arn} does not exist")
    if not all(role_allows(config["Role"], f"sqs:{action}", arn) for action in _READS_A_QUEUE):
        raise RefusedError(
            "InvalidParameterValueException: The provided execution role does not have permissions to call "
            f"{' or '.join(_READS_A_QUEUE)} on SQS"
        )
    visibility = int(queue["attributes"]["VisibilityTimeout"])
    if visibility < config["Timeout"]:
        raise RefusedError(
            f"InvalidParameterValueException: Queue visibility timeout: {visibility} seconds is less than "
            f"Function timeout: {config['Timeout']} seconds"
        )
    window = int(properties.get("MaximumBatchingWindowInSeconds", 0))
    if int(properties.get("BatchSize", _SMALL_BATCH)) > _SMALL_BATCH and window < 1:
        raise RefusedError(
            "InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch "
            f"size is greater than {_SMALL_BATCH}"
        )


def _check_stream(arn: str, config: dict[str, Any]) -> None:
    if not all(role_allows(config["Role"], f"dynamodb:{action}", arn) for action in _READS_A_STREAM):
        raise RefusedError(
            f"InvalidParameterValueException: Cannot access stream {arn}. Please ensure the role can perform the "
            f"{', '.join(_READS_A_STREAM)}, and ListStreams Actions on your stream in IAM."
        )
