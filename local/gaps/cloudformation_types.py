"""The types that the emulator's CloudFormation refuses: a trail, a configuration recorder, a delivery channel.

Promises: a trail exists, and logs as `IsLogging` says, only if its bucket's policy lets CloudTrail write there; a
recorder records as soon as there is a delivery channel, in whichever order the two are created. Pages:
AWS::CloudTrail::Trail, AWS::Config::ConfigurationRecorder and AWS::Config::DeliveryChannel
(AWSCloudFormation/latest/UserGuide/aws-resource-cloudtrail-trail.html and its like) and "Amazon S3 bucket policy for
CloudTrail" (awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html).
"""

from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import cloudtrail, config, s3
from ministack.services.cloudformation import provisioners

from local.gaps.cloudformation import Properties, RefusedError, accept, is_true, register
from local.gaps.config import delete_channel, delete_recorder, put_channel, put_recorder
from local.gaps.permissions import service_allowed

type Created = tuple[str, dict[str, str]]

_CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"
_SELECTORS: Final = ("EventSelectors", "AdvancedEventSelectors")
_SETTINGS: Final = {
    "CloudWatchLogsLogGroupArn": "",
    "CloudWatchLogsRoleArn": "",
    "EnableLogFileValidation": False,
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "KMSKeyId": "",
    "S3BucketName": "",
    "S3KeyPrefix": "",
    "SnsTopicName": "",
}


def close() -> None:
    register(
        "AWS::CloudTrail::Trail",
        create=_create_trail,
        update=_update_trail,
        delete=_delete_trail,
        keeps=" ".join(("IsLogging", "Tags", "TrailName", *_SELECTORS, *_SETTINGS)),
    )
    register(
        "AWS::Config::ConfigurationRecorder",
        create=_create_recorder,
        update=_update_recorder,
        delete=lambda name, _: delete_recorder(name),
        keeps="Name RecordingGroup RecordingMode RoleARN",
    )
    register(
        "AWS::Config::DeliveryChannel",
        create=_create_channel,
        update=_update_channel,
        delete=lambda name, _: delete_channel(name),
        keeps="ConfigSnapshotDeliveryProperties Name S3BucketName S3KeyPrefix S3KmsKeyArn SnsTopicARN",
    )


def _create_trail(logical_id: str, properties: Properties, stack: str) -> Created:
    name = properties.get("TrailName") or provisioners._physical_name(stack, logical_id)
    _check_bucket(name, properties)
    accept(cloudtrail._create_trail({"Name": name}))
    try:
        return name, _set_trail(name, properties)
    except RefusedError:
        _delete_trail(name, properties)
        raise


def _update_trail(name: str, _: Properties, properties: Properties, *__: str) -> Created:
    _check_bucket(name, properties)
    return name, _set_trail(name, properties)


def _set_trail(name: str, properties: Properties) -> dict[str, str]:
    settings: Properties = {field: properties.get(field, default) for field, default in _SETTINGS.items()}
    for field in ("EnableLogFileValidation", "IncludeGlobalServiceEvents", "IsMultiRegionTrail"):
        settings[field] = is_true(settings[field])
    accept(cloudtrail._update_trail({"Name": name, "KmsKeyId": settings.pop("KMSKeyId"), **settings}))
    selectors: Properties = {field: properties[field] for field in _SELECTORS if field in properties}
    if selectors:
        accept(cloudtrail._put_event_selectors({"TrailName": name, **selectors}))
    switch = cloudtrail._start_logging if is_true(properties["IsLogging"]) else cloudtrail._stop_logging
    accept(switch({"Name": name}))
    arn = str(cloudtrail._trail_arn(name))
    cloudtrail._trail_tags[arn] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    return {"Arn": arn}


def _delete_trail(name: str, _: Properties) -> None:
    accept(cloudtrail._delete_trail({"Name": name}))


def _check_bucket(trail: str, properties: Properties) -> None:
    bucket = properties["S3BucketName"]
    found = s3.bucket_policy_for_arn(f"arn:aws:s3:::{bucket}")
    if found is None:
        raise RefusedError(f"S3BucketDoesNotExistException: S3 bucket {bucket} does not exist!")
    account = get_account_id()
    prefix = f"{properties['S3KeyPrefix']}/" if properties.get("S3KeyPrefix") else ""
    keys = {
        "aws:SourceArn": cloudtrail._trail_arn(trail),
        "aws:SourceAccount": account,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    needed = (
        ("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"),
        ("s3:PutObject", f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{account}/CloudTrail/log"),
    )
    if not all(service_allowed(found[0], _CLOUDTRAIL, action, resource, keys) for action, resource in needed):
        raise RefusedError(
            f"InsufficientS3BucketPolicyException: Incorrect S3 bucket policy is detected for bucket: {bucket}"
        )


def _create_recorder(_: str, properties: Properties, __: str) -> Created:
    return _put_recorder(properties.get("Name", "default"), properties)


def _update_recorder(name: str, _: Properties, properties: Properties, *__: str) -> Created:
    return _put_recorder(name, properties)


def _put_recorder(name: str, properties: Properties) -> Created:
    others = set(config._recorders.keys()) - {name}
    if others:
        raise RefusedError("MaxNumberOfConfigurationRecordersExceededException: a Region has one recorder of yours")
    recorder = {"name": name, "roleARN": properties["RoleARN"]}
    for field in ("RecordingGroup", "RecordingMode"):
        if field in properties:
            recorder[_lower(field)] = _lower_members(properties[field])
    put_recorder(recorder, recording=bool(config._delivery_channels.keys()))
    return name, {}


def _create_channel(_: str, properties: Properties, __: str) -> Created:
    return _put_channel(properties.get("Name", "default"), properties)


def _update_channel(name: str, _: Properties, properties: Properties, *__: str) -> Created:
    return _put_channel(name, properties)


def _put_channel(name: str, properties: Properties) -> Created:
    others = set(config._delivery_channels.keys()) - {name}
    if others:
        raise RefusedError("MaxNumberOfDeliveryChannelsExceededException: a Region has one delivery channel")
    put_channel({_lower(field): _lower_members(value) for field, value in properties.items()} | {"name": name})
    for recorder in list(config._recorders.values()):
        put_recorder(recorder["recorder"], recording=True)
    return name, {}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _lower_members(value: Any) -> Any:
    """Turn a template's names into the API's, which differ in AWS Config by their first letter."""
    if isinstance(value, dict):
        return {_lower(name): _lower_members(part) for name, part in value.items()}
    return [_lower_members(part) for part in value] if isinstance(value, list) else value
