"""Lambda: a call is asked about the function it names, with the tags of the request and of the function.

Who creates or configures one is also asked with `lambda:Layer` and the keys of its VPC, where the request says them.
Rests on "Actions, resources, and condition keys for AWS Lambda"
(service-authorization/latest/reference/list_awslambda.html); tags in a create call ask for lambda:TagResource too.
"""

from typing import Any

from ministack.services import ec2, lambda_svc

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"lambda:{call.operation}", call.parameters
    name = str(given.get("FunctionName") or given.get("Resource") or "").rpartition("function:")[2].partition(":")[0]
    if not name or call.operation in {"Invoke", "InvokeAsync"}:
        return [Question(action, resource, inherits=True)]
    about = arn("lambda", f"function:{name}")
    asked = request_tags(_tags(given.get("Tags", {})))
    keys = _standing(name) | _configured(given)
    first = Question(action, about, keys | asked)
    if call.operation == "CreateFunction" and asked:
        return [first, Question("lambda:TagResource", about, asked)]
    return [first]


def _standing(name: str) -> dict[str, Any]:
    return resource_tags("lambda", _tags(lambda_svc._functions.get(name, {}).get("tags", {})))


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


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
