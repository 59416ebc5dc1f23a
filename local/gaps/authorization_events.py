"""EventBridge: who may put an event is asked for each entry, with the source and the detail type that it claims.

Rests on "Actions, resources, and condition keys for Amazon EventBridge"
(service-authorization/latest/reference/list_amazoneventbridge.html): PutEvents on the event bus, condition keys
`events:source` and `events:detail-type`; ListTargetsByRule on the rule, of the default bus without the bus's name.
"""

from local.calls import Call
from local.gaps.authorization import Question, arn


def questions(call: Call, resource: str) -> list[Question]:
    action = f"events:{call.operation}"
    if call.operation == "ListTargetsByRule":
        return [Question(action, arn("events", f"rule/{call.parameters['Rule']}"))]
    if call.operation != "PutEvents":
        return [Question(action, resource, inherits=True)]
    return [
        Question(
            action,
            _bus(entry.get("EventBusName", "default")),
            {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")},
        )
        for entry in call.parameters.get("Entries", [])
    ]


def _bus(name: str) -> str:
    return name if name.startswith("arn:") else arn("events", f"event-bus/{name}")
