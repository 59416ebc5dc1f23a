"""Lambda: a call is asked about the function it names, with the tags of the request and of the function.

Who creates or configures one is also asked with `lambda:Layer` and the keys of its VPC, where the request says them.
Rests on "Actions, resources, and condition keys for AWS Lambda"
(service-authorization/latest/reference/list_awslambda.html) and "Use attribute-based access control in Lambda"
(lambda/latest/dg/attribute-based-access-control.html): tags in a create call ask for lambda:TagResource, layers have no
tags, and Invoke is asked as InvokeFunction.
"""

from typing import Any, Final

from ministack.services import ec2, lambda_svc

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags, tag_list

_ACTIONS: Final = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"lambda:{_ACTIONS.get(call.operation, call.operation)}", call.parameters
    name = _name(str(given.get("FunctionName") or given.get("Resource") or ""))
    if not name:
        return [Question(action, resource, inherits=True)]
    about = arn("lambda", f"function:{name}")
    asked = request_tags(tag_list(given.get("Tags", {})), given.get("TagKeys", []))
    first = Question(action, about, _standing(name) | _configured(given) | asked, inherits=call.operation in _ACTIONS)
    if call.operation == "CreateFunction" and asked:
        return [first, Question("lambda:TagResource", about, asked)]
    return [first]


def _name(given: str) -> str:
    """A function by its name, with or without a qualifier, or by its ARN; of nothing else."""
    if not given.startswith("arn:"):
        return given.partition(":")[0]
    kind, _, name = ":".join(given.split(":")[5:]).partition(":")
    return name.partition(":")[0] if kind == "function" else ""


def _standing(name: str) -> dict[str, Any]:
    return resource_tags("lambda", tag_list(lambda_svc._functions.get(name, {}).get("tags", {})))


def _configured(given: dict[str, Any]) -> dict[str, Any]:
    network = given.get("VpcConfig", {})
    subnets, groups = network.get("SubnetIds", []), network.get("SecurityGroupIds", [])
    vpcs = {ec2._subnets[one]["VpcId"] for one in subnets if one in ec2._subnets}
    said = {
        "lambda:Layer": given.get("Layers", []),
        "lambda:SecurityGroupIds": groups,
        "lambda:SubnetIds": subnets,
        "lambda:VpcIds": sorted(vpcs),
    }
    return {key: values for key, values in said.items() if values}
