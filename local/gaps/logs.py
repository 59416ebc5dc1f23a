"""CloudWatch Logs: a log group takes only a key that it may use, and AssociateKmsKey is there.

Promises: CreateLogGroup, AssociateKmsKey and a template's log group refuse a key that is absent, disabled, asymmetric,
or whose policy does not let CloudWatch Logs use it for this very group; a template's log group refuses a name that is
taken. Pages: CreateLogGroup and AssociateKmsKey (AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html) and
"Encrypt log data in CloudWatch Logs using AWS KMS" (AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import cloudwatch_logs, kms
from ministack.services.cloudformation import provisioners

from local.gaps.cloudformation import Properties, RefusedError, complete
from local.gaps.permissions import service_allowed

type Fault = tuple[str, str]

# The page's example policy, an action for each of its patterns.
_USES: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")


def close() -> None:
    cloudwatch_logs._create_log_group = _checking_key(cloudwatch_logs._create_log_group)
    cloudwatch_logs.handle_request = _with_keys_changed(cloudwatch_logs.handle_request)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    handlers["create"] = _refusing_a_taken_name(handlers["create"])
    complete(
        "AWS::Logs::LogGroup",
        _check_template,
        keeps="KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags",
    )


def _checking_key(create: Any) -> Any:
    def created(data: Mapping[str, Any]) -> Any:
        fault = _fault(data.get("logGroupName", ""), data["kmsKeyId"]) if data.get("kmsKeyId") else None
        return error_response_json(*fault, 400) if fault else create(data)

    return created


def _with_keys_changed(handle: Any) -> Any:
    async def handled(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in {"AssociateKmsKey", "DisassociateKmsKey"}:
            return await handle(method, path, headers, body, query)
        return _change_key(json.loads(body or b"{}"))

    return handled


def _change_key(data: Mapping[str, Any]) -> Any:
    """Associate the key that the request names, or none."""
    name = data.get("logGroupName") or data.get("resourceIdentifier", "").removesuffix(":*").split(":log-group:")[-1]
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    key = data.get("kmsKeyId")
    if key and (fault := _fault(name, key)):
        return error_response_json(*fault, 400)
    group["kmsKeyId"] = key
    return json_response({})


def _refusing_a_taken_name(create: Any) -> Any:
    def created(logical_id: str, properties: Properties, stack: str) -> Any:
        name = properties.get("LogGroupName")
        if name in cloudwatch_logs._log_groups:
            raise RefusedError(f"Resource of type 'AWS::Logs::LogGroup' with identifier '{name}' already exists.")
        return create(logical_id, properties, stack)

    return created


def _check_template(name: str, properties: Properties) -> None:
    if (key := properties.get("KmsKeyId")) and (fault := _fault(name, key)):
        raise RefusedError(": ".join(fault))


def _fault(log_group: str, key: str) -> Fault | None:
    record = kms._resolve_key(key)
    if record is None or record["KeyState"] != "Enabled" or record["KeySpec"] != "SYMMETRIC_DEFAULT":
        return "InvalidParameterException", "The specified KMS Key Id could not be found."
    region = get_region()
    arn = f"arn:aws:logs:{region}:{get_account_id()}:log-group:{log_group}"
    keys = {
        "kms:EncryptionContext:aws:logs:arn": arn,
        "kms:EncryptionContextKeys": ["aws:logs:arn"],
        "aws:SourceArn": arn,
        "aws:SourceAccount": get_account_id(),
    }
    service = f"logs.{region}.amazonaws.com"
    if all(service_allowed(record["Policy"], service, use, record["Arn"], keys) for use in _USES):
        return None
    return (
        "AccessDeniedException",
        f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{arn}'",
    )
