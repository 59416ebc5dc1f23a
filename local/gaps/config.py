"""AWS Config: recorder and delivery channel deleted, one of each a region, no recording without a channel.

Rests on "PutConfigurationRecorder", "PutDeliveryChannel", "StartConfigurationRecorder", "DeleteConfigurationRecorder"
and "DeleteDeliveryChannel" (config/latest/APIReference). `put_recorder`, `put_channel`, `delete_recorder` and
`delete_channel` are for those who create these without a request.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import error_response_json, json_response
from ministack.services import config

type Handler = Callable[[Mapping[str, Any]], None]


def close() -> None:
    handle = config.handle_request

    async def handle_request(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        refused = _refusal(operation, json.loads(body or b"{}"))
        if refused is not None:
            return error_response_json(*refused, 400)
        if operation in _ADDED:
            _ADDED[operation](json.loads(body or b"{}"))
            return json_response({})
        return await handle(method, path, headers, body, query)

    config.handle_request = handle_request


def delete_recorder(name: str) -> None:
    config._recorders.pop(name, None)


def delete_channel(name: str) -> None:
    config._delivery_channels.pop(name, None)


def put_recorder(recorder: Mapping[str, Any], *, recording: bool) -> None:
    """Take a recorder by the API's member names (`name`, `roleARN`, `recordingGroup`); start it if it records."""
    config._put_configuration_recorder({"ConfigurationRecorder": recorder})
    if recording:
        config._start_configuration_recorder({"ConfigurationRecorderName": recorder["name"]})


def put_channel(channel: Mapping[str, Any]) -> None:
    """Take a delivery channel by the API's member names (`name`, `s3BucketName`, ...)."""
    config._put_delivery_channel({"DeliveryChannel": channel})


def _refusal(operation: str, given: Mapping[str, Any]) -> tuple[str, str] | None:
    return next((refusal for refusal, refused in _refusals(operation, given) if refused), None)


def _refusals(operation: str, given: Mapping[str, Any]) -> list[tuple[tuple[str, str], bool]]:
    recorders, channels = set(config._recorders.keys()), set(config._delivery_channels.keys())
    match operation:
        case "PutConfigurationRecorder":
            return [(_ONE_RECORDER, bool(recorders - {_named(given, "ConfigurationRecorder")}))]
        case "StartConfigurationRecorder":
            return [(_NO_CHANNEL, not channels)]
        case "DeleteConfigurationRecorder":
            return [(_UNKNOWN_RECORDER, given.get("ConfigurationRecorderName") not in recorders)]
        case "PutDeliveryChannel":
            return [
                (_NO_RECORDER, not recorders),
                (_ONE_CHANNEL, bool(channels - {_named(given, "DeliveryChannel")})),
            ]
        case "DeleteDeliveryChannel":
            records = any(each["recording"] for each in config._recorders.values())
            return [(_UNKNOWN_CHANNEL, given.get("DeliveryChannelName") not in channels), (_LAST_CHANNEL, records)]
        case _:
            return []


_ONE_RECORDER: Final = ("MaxNumberOfConfigurationRecordersExceededException", "A region has one recorder of yours.")
_ONE_CHANNEL: Final = ("MaxNumberOfDeliveryChannelsExceededException", "A region has one delivery channel.")
_NO_RECORDER: Final = ("NoAvailableConfigurationRecorderException", "There is no configuration recorder.")
_NO_CHANNEL: Final = ("NoAvailableDeliveryChannelException", "There is no delivery channel to record to.")
_LAST_CHANNEL: Final = ("LastDeliveryChannelDeleteFailedException", "The configuration recorder is running.")
_UNKNOWN_RECORDER: Final = ("NoSuchConfigurationRecorderException", "There is no recorder of this name.")
_UNKNOWN_CHANNEL: Final = ("NoSuchDeliveryChannelException", "There is no delivery channel of this name.")


def _named(given: Mapping[str, Any], kind: str) -> str:
    return str(given.get(kind, {}).get("name", "default"))


_ADDED: Final[Mapping[str, Handler]] = {
    "DeleteConfigurationRecorder": lambda given: delete_recorder(given["ConfigurationRecorderName"]),
    "DeleteDeliveryChannel": lambda given: delete_channel(given["DeliveryChannelName"]),
}
