"""Lambda: a call on a function is asked about that function with its tags, the one that makes it with the new ones.

"Actions, resources, and condition keys for AWS Lambda" (service-authorization/latest/reference/list_awslambda.html) and
"Use attribute-based access control in Lambda" (lambda/latest/dg/attribute-based-access-control.html): layers know no
tags. Invoke is asked as InvokeFunction.
"""

from typing import Final

from ministack.services import lambda_svc

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags

_ACTIONS: Final = {"Invoke": "InvokeFunction"}


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"lambda:{_ACTIONS.get(call.operation, call.operation)}", call.parameters
    new = request_tags([{"Key": key, "Value": value} for key, value in given.get("Tags", {}).items()])
    name = _name(given.get("FunctionName") or given.get("Resource") or "")
    if not name:
        return [Question(action, resource, new, inherits=True)]
    record = lambda_svc._functions.get(name, {})
    old = resource_tags("aws", [{"Key": key, "Value": value} for key, value in record.get("tags", {}).items()])
    return [Question(action, arn("lambda", f"function:{name}"), {**old, **new}, inherits=True)]


def _name(given: str) -> str:
    """A function by its name, with or without a qualifier, or by its ARN; of nothing else."""
    if not given.startswith("arn:"):
        return given.partition(":")[0]
    kind, _, name = ":".join(given.split(":")[5:]).partition(":")
    return name.partition(":")[0] if kind == "function" else ""
