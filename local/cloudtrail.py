"""The CloudTrail record of an API call.

Promises: `record` gives what "CloudTrail record contents for management, data, and network activity events" lists for
version 1.11, with the caller as "CloudTrail userIdentity element" describes it, or None for a caller without valid
credentials, whose calls CloudTrail does not log. `requestID` is the id that the caller's SDK shows it.
Which calls are data events: "Logging data events" and each service's own page on its CloudTrail entries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from botocore.parsers import ResponseParserError, create_parser
from ministack.core.iam_evaluator import CredentialResolutionError, resolve_credential
from ministack.services import iam, sts

from local.calls import Call
from local.spelling import request_parameters, response_elements

type Record = dict[str, Any]

_GLOBAL_REGION: Final = "us-east-1"
_GLOBAL: Final = frozenset({"iam", "route53", "cloudfront", "organizations"})
_SOURCES: Final = {
    "dynamodbstreams": "dynamodb",
    "ecr": "ecr",
    "resourcegroupstaggingapi": "tagging",
    "s3control": "s3",
}

_READS: Final = re.compile(
    r"(Get|List|Describe|Head|Lookup|Search|Query|Scan|BatchGet|TransactGet|Filter|Select|Simulate|Test|Validate"
    r"|Assume|Decrypt|Encrypt|ReEncrypt|GenerateDataKey|Receive|Tail)"
)
_DATA: Final = {
    "dynamodb": re.compile(
        r"(Get|Put|Update|Delete|ConditionCheck)Item|Batch(Get|Write)Item|Transact(Get|Write)Items|Query|Scan"
        r"|(Batch)?ExecuteStatement|ExecuteTransaction|GetRecords|GetShardIterator"
    ),
    "events": re.compile(r"PutEvents"),
    "lambda": re.compile(r"Invoke.*"),
    "logs": re.compile(r"PutLogEvents"),
    "monitoring": re.compile(r"PutMetricData|GetMetricData|GetMetricWidgetImage"),
    "s3": re.compile(
        r"(Get|Put|Delete|Head|Copy|Restore|Select)Object(s|Acl|Tagging|Content|LegalHold|Retention|Attributes|Torrent)?"
        r"|ListObjects(V2)?|ListObjectVersions|HeadBucket|UploadPart(Copy)?|ListParts|ListMultipartUploads"
        r"|(Create|Complete|Abort)MultipartUpload"
    ),
    "sns": re.compile(r"Publish(Batch)?"),
    "sqs": re.compile(
        r"(Send|Delete)Message(Batch)?|ReceiveMessage|ChangeMessageVisibility(Batch)?|GetQueue(Url|Attributes)"
        r"|List(Queues|QueueTags|DeadLetterSourceQueues)"
    ),
}
# "Amazon S3 CloudTrail events" names these calls otherwise than the SDK does.
_S3_NAMES: Final = {
    "PublicAccessBlock": "BucketPublicAccessBlock",
    "BucketLifecycleConfiguration": "BucketLifecycle",
    "BucketNotificationConfiguration": "BucketNotification",
    "ObjectsV2": "Objects",
}
# "Logging AWS Lambda API calls using AWS CloudTrail": a name carries its API's date, some a version besides.
_LAMBDA_V2: Final = re.compile(
    r"GetFunction|GetFunctionConfiguration|UpdateFunction(Code|Configuration)|(Add|Remove)Permission|GetPolicy"
    r"|(Unt|T)agResource|ListTags"
)
_REQUEST_ID: Final = re.compile(rb"<[Rr]equestI[dD]>([^<]+)<")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def failed(self) -> bool:
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a call was made."""

    account: str
    region: str
    address: str
    agent: str
    at: datetime


def record(call: Call, answer: Answer, scene: Scene) -> Record | None:
    identity = user_identity(call.access_key, scene.account)
    if identity is None:
        return None
    prefix = call.model.service_model.endpoint_prefix
    source = _SOURCES.get(call.model.service_model.service_name, prefix)
    reads, data = bool(_READS.match(call.operation)), _is_data(source, call.operation)
    wanted = answer.failed or not (reads or data)
    output = parsed(call, answer) if wanted else {}
    request_id = _request_id(answer, output)
    elements = None if answer.failed or not wanted else response_elements(call, output, request_id)
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": scene.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": _event_name(call),
        "awsRegion": _GLOBAL_REGION if source in _GLOBAL else scene.region,
        "sourceIPAddress": scene.address,
        "userAgent": scene.agent,
        **(_failure(call, output.get("Error", {})) if answer.failed else {}),
        "requestParameters": _of_data(request_parameters(call)) if data else request_parameters(call),
        "responseElements": elements,
        "requestID": request_id,
        "eventID": str(uuid4()),
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": scene.account,
        "eventCategory": "Data" if data else "Management",
    }


def user_identity(access_key: str, account: str) -> dict[str, Any] | None:
    found = resolve_credential(access_key, account)
    if isinstance(found, CredentialResolutionError):
        return None
    kind = {"User": "IAMUser"}.get(found.principal_type, found.principal_type)
    identity = {
        "type": kind,
        "principalId": found.principal_id,
        "arn": found.principal_arn,
        "accountId": found.account_id,
        "accessKeyId": access_key,
    }
    if kind == "IAMUser":
        identity["userName"] = found.principal_name
    if kind == "AssumedRole":
        identity["sessionContext"] = _session_context(access_key, found)
    return identity


def _session_context(access_key: str, found: Any) -> dict[str, Any]:
    name = found.principal_arn.split("/")[1]
    role = iam._roles.get_scoped(found.account_id, None, name) or {}
    began = datetime.fromtimestamp(sts._sessions.get(access_key, {}).get("IssuedAt", 0), UTC)
    return {
        "sessionIssuer": {
            "type": "Role",
            "principalId": found.principal_id.partition(":")[0],
            "arn": role.get("Arn", f"arn:aws:iam::{found.account_id}:role/{name}"),
            "accountId": found.account_id,
            "userName": name,
        },
        "attributes": {"creationDate": began.strftime("%Y-%m-%dT%H:%M:%SZ"), "mfaAuthenticated": "false"},
    }


def user_name(identity: Mapping[str, Any]) -> str:
    """Name the user as LookupEvents does: a user's name, a session's name, or `root`."""
    if identity["type"] == "Root":
        return "root"
    return str(identity.get("userName") or identity["arn"].rpartition("/")[2])


def parsed(call: Call, answer: Answer) -> dict[str, Any]:
    """Read the answer as botocore would hand it to the caller."""
    kind = answer.headers.get("content-type", "")
    protocol = call.model.service_model.metadata["protocol"]
    if protocol == "smithy-rpc-v2-cbor" and "cbor" not in kind:
        protocol = "json" if "json" in kind else "query"
    shape: Any = call.model.output_shape
    response = {"status_code": answer.status, "headers": answer.headers, "body": answer.body}
    try:
        return dict(create_parser(protocol).parse(response, shape))
    except (ResponseParserError, ValueError, KeyError):
        return {}


def _is_data(source: str, operation: str) -> bool:
    return bool(source in _DATA and _DATA[source].fullmatch(operation))


def _of_data(parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Keep what names the resource; what was written to it or read from it is the caller's."""
    if parameters is None:
        return None
    return {name: value for name, value in parameters.items() if isinstance(value, str) and len(value) < 1024}


def _event_name(call: Call) -> str:
    name = call.operation
    if call.service == "s3":
        verb = re.match(r"Get|Put|Delete|List", name)
        return verb[0] + _S3_NAMES.get(name[verb.end() :], name[verb.end() :]) if verb else name
    if call.service == "lambda" and not name.startswith("Invoke"):
        date = call.model.http["requestUri"].split("/")[1].replace("-", "")
        return f"{name}{date}{'v2' if _LAMBDA_V2.fullmatch(name) else ''}"
    return name


def _failure(call: Call, error: Mapping[str, str]) -> dict[str, str]:
    code = str(error.get("Code", ""))
    shape = next((each for each in call.model.error_shapes if each.metadata.get("error", {}).get("code") == code), None)
    if call.service == "ec2":
        code = f"Client.{code}"
    return {"errorCode": shape.name if shape else code, "errorMessage": str(error.get("Message", ""))}


def _request_id(answer: Answer, output: Mapping[str, Any]) -> str:
    if known := output.get("ResponseMetadata", {}).get("RequestId"):
        return str(known)
    if b"<" in answer.body[:1] and (found := _REQUEST_ID.search(answer.body)):
        return found[1].decode()
    return str(answer.headers.get("x-amzn-requestid", answer.headers.get("x-amz-request-id", "")))
