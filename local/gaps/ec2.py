"""EC2: how its gaps are closed, and what holds for all of its resources: tags, filters, client tokens.

Promises: a module of ours checks a request before the emulator answers it (`guard`), adds to what it did (`then`) or
answers instead (`answer`); all three see the request as nested names and lists, and refuse it by `FaultError`. Tags go
with their resource, are put only on what exists, and are deleted by value where a value is given; a filter that the
emulator does not honour is refused rather than ignored; a create call that repeats its client token makes no second
resource. Pages: CreateTags, DeleteTags (AWSEC2/latest/APIReference/API_CreateTags.html), "Error codes for the Amazon
EC2 API" (AWSEC2/latest/APIReference/errors-overview.html), "Ensuring idempotency in Amazon EC2 API requests"
(ec2/latest/devguide/ec2-api-idempotency.html).
"""

from collections.abc import Callable
from typing import Any, Final
from xml.sax.saxutils import escape

from ministack.services import ec2

type Request = dict[str, Any]
type Answer = tuple[int, dict[str, str], bytes]

# Where a resource lives by the prefix of its id, and the error for one that does not exist.
_STORES: Final = {
    "acl": ("_network_acls", "InvalidNetworkAclID.NotFound"),
    "eipalloc": ("_addresses", "InvalidAllocationID.NotFound"),
    "eni": ("_network_interfaces", "InvalidNetworkInterfaceID.NotFound"),
    "fl": ("_flow_logs", "InvalidFlowLogId.NotFound"),
    "igw": ("_internet_gateways", "InvalidInternetGatewayID.NotFound"),
    "nat": ("_nat_gateways", "NatGatewayNotFound"),
    "pl": ("_prefix_lists", "InvalidPrefixListID.NotFound"),
    "rtb": ("_route_tables", "InvalidRouteTableID.NotFound"),
    "sg": ("_security_groups", "InvalidGroup.NotFound"),
    "subnet": ("_subnets", "InvalidSubnetID.NotFound"),
    "vpc": ("_vpcs", "InvalidVpcID.NotFound"),
    "vpce": ("_vpc_endpoints", "InvalidVpcEndpointId.NotFound"),
}
_TAGS: Final = frozenset({"tag-key", "tag-value"})
_HONOURED: Final = {
    "DescribeInternetGateways": {"attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id"},
    "DescribeNetworkAcls": {"default", "vpc-id"},
    "DescribeRouteTables": {
        "association.main",
        "association.route-table-association-id",
        "association.subnet-id",
        "vpc-id",
    },
    "DescribeSecurityGroups": {"group-name", "vpc-id"},
    "DescribeSubnets": {
        "availability-zone",
        "cidr",
        "cidr-block",
        "cidrBlock",
        "default-for-az",
        "subnet-id",
        "vpc-id",
    },
    "DescribeVpcs": {"cidr", "cidr-block-association.cidr-block", "is-default", "owner-id", "state", "vpc-id"},
}
_DELETES: Final = {
    "DeleteInternetGateway": "InternetGatewayId",
    "DeleteNetworkInterface": "NetworkInterfaceId",
    "DeleteRouteTable": "RouteTableId",
    "DeleteSecurityGroup": "GroupId",
    "DeleteSubnet": "SubnetId",
    "DeleteVpc": "VpcId",
}


class FaultError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def close() -> None:
    for action, honoured in _HONOURED.items():
        guard(action, _checking_filters(frozenset(honoured) | _TAGS))
    for action, member in _DELETES.items():
        then(action, _forgetting_tags(member))
    guard("CreateTags", _check_tags)
    answer("DeleteTags", _delete_tags)


def answer(action: str, handler: Callable[[Request], Request]) -> None:
    """Answer an action ourselves: the handler returns the members of the response by their names on the wire."""

    def answered(parameters: dict[str, Any]) -> Answer:
        try:
            members = handler(structured(parameters))
        except FaultError as fault:
            return _refusal(fault)
        response: Answer = ec2._xml(200, f"{action}Response", "".join(xml(*member) for member in members.items()))
        return response

    ec2._ACTION_MAP[action] = answered


def guard(action: str, check: Callable[[Request], None]) -> None:
    """Check a request before the emulator answers it."""
    handler = ec2._ACTION_MAP[action]

    def guarded(parameters: dict[str, Any]) -> Answer:
        try:
            check(structured(parameters))
        except FaultError as fault:
            return _refusal(fault)
        answered: Answer = handler(parameters)
        return answered

    ec2._ACTION_MAP[action] = guarded


def then(action: str, step: Callable[[Request, str], None]) -> None:
    """Add to what the emulator did: the step sees the request and the emulator's answer."""
    handler = ec2._ACTION_MAP[action]

    def done(parameters: dict[str, Any]) -> Answer:
        answered: Answer = handler(parameters)
        if answered[0] < 400:
            step(structured(parameters), answered[2].decode())
        return answered

    ec2._ACTION_MAP[action] = done


def rewrite(action: str, member: str, form: Callable[[str], str]) -> None:
    """Bring one member of a request to its canonical form before anyone reads it."""
    handler = ec2._ACTION_MAP[action]

    def rewritten(parameters: dict[str, Any]) -> Answer:
        given = structured(parameters).get(member)
        formed = {member: [form(given)]} if isinstance(given, str) else {}
        answered: Answer = handler({**parameters, **formed})
        return answered

    ec2._ACTION_MAP[action] = rewritten


def once_a_token(action: str) -> None:
    """Answer a call that repeats the client token of an earlier one as that was answered, if all else is the same."""
    handler = ec2._ACTION_MAP[action]
    answers: dict[str, tuple[Request, Answer]] = {}

    def repeated(parameters: dict[str, Any]) -> Answer:
        request = structured(parameters)
        token = request.get("ClientToken", "")
        if token in answers:
            asked, earlier = answers[token]
            if asked == request:
                return earlier
            return _refusal(FaultError("IdempotentParameterMismatch", f"The client token {token} is already used"))
        answered: Answer = handler(parameters)
        if token and answered[0] < 400:
            answers[token] = (request, answered)
        return answered

    ec2._ACTION_MAP[action] = repeated


def structured(parameters: dict[str, Any]) -> Request:
    """Nest what EC2's query protocol sends flat: `Filter.1.Value.2` becomes a list in a list."""
    nested: Request = {}
    for name, values in parameters.items():
        *path, last = name.split(".")
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = values[0] if isinstance(values, list) else values
    listed: Request = _with_lists(nested)
    return listed


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(part) for name, part in value.items()}


def xml(name: str, value: Any) -> str:
    """Write one member of a response; a list's members are `item`s, and None is absent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, dict):
        value = "".join(xml(*member) for member in value.items())
    elif isinstance(value, list):
        value = "".join(xml("item", member) for member in value)
    else:
        value = escape(str(value))
    return f"<{name}>{value}</{name}>"


def tags(request: Request, kind: str) -> list[dict[str, str]]:
    """Return the tags that a create call gives to a resource of the kind."""
    given = [each for each in request.get("TagSpecification", []) if each.get("ResourceType") == kind]
    return [{"Key": tag["Key"], "Value": tag.get("Value", "")} for each in given for tag in each.get("Tag", [])]


def tag_set(resource_id: str) -> list[Request]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in ec2._tags.get(resource_id, [])]


def existing(resource_id: str) -> dict[str, Any]:
    """Return the resource's record in the emulator's store."""
    store, code = _STORES[resource_id.partition("-")[0]]
    found: dict[str, Any] | None = getattr(ec2, store).get(resource_id)
    if found is None:
        raise FaultError(code, f"The ID '{resource_id}' does not exist")
    return found


def refuse_filters(request: Request, honoured: frozenset[str]) -> None:
    for each in request.get("Filter", []):
        if each["Name"] not in honoured and not each["Name"].startswith("tag:"):
            raise FaultError("InvalidParameterValue", f"The filter '{each['Name']}' is invalid")


def _checking_filters(honoured: frozenset[str]) -> Callable[[Request], None]:
    return lambda request: refuse_filters(request, honoured)


def _check_tags(request: Request) -> None:
    for tag in request.get("Tag", []):
        if tag["Key"].lower().startswith("aws:"):
            raise FaultError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    for resource_id in request.get("ResourceId", []):
        if resource_id.partition("-")[0] in _STORES:
            existing(resource_id)


def _delete_tags(request: Request) -> Request:
    unwanted = request.get("Tag", [])
    for resource_id in request.get("ResourceId", []):
        kept = [
            tag
            for tag in ec2._tags.get(resource_id, [])
            if not any(
                tag["Key"] == each["Key"] and each.get("Value", tag["Value"]) == tag["Value"] for each in unwanted
            )
        ]
        ec2._tags[resource_id] = kept if unwanted else [tag for tag in kept if tag["Key"].startswith("aws:")]
    return {"return": True}


def _forgetting_tags(member: str) -> Callable[[Request, str], None]:
    return lambda request, _: ec2._tags.pop(request.get(member, ""), None)


def _refusal(fault: FaultError) -> Answer:
    refused: Answer = ec2._error(fault.code, escape(str(fault)), 400)
    return refused
