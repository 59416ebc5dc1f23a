"""An HTTP request to the laptop AWS, recognised as the AWS API call that it is.

Promises: `recognise` names the operation of every signed API request by botocore's models, whatever its protocol, and
reads its parameters; anything else (the emulator's own pages, an unsigned visitor, a function's URL) is no call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final
from urllib.parse import parse_qs

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from ministack import app
from ministack.core.router import detect_service, extract_access_key_id

from local import wire

_MODEL_NAMES: Final = {
    "apigateway": "apigateway",
    "dynamodbstreams": "dynamodbstreams",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
# Calls of S3 Control, such as TagResource, come to S3 too: their paths begin with the date of their API.
_CONTROL: Final = "/v20180820/"
_AT_ONCE: Final = 64
"""So many requests are remembered: each is asked after by who judges it and by who writes it down."""
_RPC_PATH: Final = re.compile(r"/service/[^/]+/operation/(\w+)")
_LABEL: Final = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Two that are signed alike are the same: the signature is of the query and the headers too."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def _signed(self) -> tuple[str, ...]:
        return self.method, self.path, self.headers.get("authorization") or self.query

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Request) and (self._signed, self.body) == (other._signed, other.body)

    def __hash__(self) -> int:
        return hash(self._signed)

    @property
    def fields(self) -> dict[str, list[str]]:
        return parse_qs(self.query, keep_blank_values=True)

    @property
    def access_key(self) -> str:
        return str(extract_access_key_id(self.headers, self.fields))


@dataclass(frozen=True, slots=True)
class Call:
    """`service` is the emulator's word for it, `model` botocore's description of the operation."""

    service: str
    model: OperationModel
    parameters: dict[str, Any]
    access_key: str
    host: str

    @property
    def operation(self) -> str:
        return str(self.model.name)


@dataclass(frozen=True, slots=True)
class _Route:
    operation: str
    path: re.Pattern[str]
    markers: Mapping[str, list[str]]
    needed_fields: frozenset[str]
    needed_headers: frozenset[str]
    literals: int

    @property
    def precision(self) -> tuple[int, int]:
        return len(self.markers) + len(self.needed_fields) + len(self.needed_headers), self.literals


@lru_cache(_AT_ONCE)
def recognise(request: Request) -> Call | None:
    if request.path.startswith("/_") or not request.access_key:
        return None
    fields = app._routing_params(request.method, request.path, request.headers, request.body, request.fields)
    service = detect_service(request.method, request.path, request.headers, fields)
    control = service == "s3" and request.path.startswith(_CONTROL)
    model = service_model("s3control" if control else service)
    if model is None:
        return None
    path, labels = _s3_path(request) if service == "s3" and not control else request.path, dict[str, str]()
    operation = _named(request, fields)
    if operation is None:
        operation, labels = _routed(model, request, path)
    if operation not in model.operation_names:
        return None
    description = model.operation_model(operation)
    body = request.body if service == "s3" else app._decompress_request_body(request.body, request.headers)
    given = wire.parameters(description, labels, request.headers, request.query, body)
    return Call(service, description, given, request.access_key, request.headers.get("host", ""))


@cache
def service_model(service: str) -> Any:
    name = _MODEL_NAMES.get(service, service)
    if name not in _loader().list_available_services("service-2"):
        return None
    return ServiceModel(_loader().load_service_model(name, "service-2"), name)


@cache
def _loader() -> Any:
    return Loader()


def _named(request: Request, fields: Mapping[str, list[str]]) -> str | None:
    """Find the operation where the protocol says it by name: in a header, a form field or an RPC path."""
    target = request.headers.get("x-amz-target", "")
    if "." in target:
        return target.rpartition(".")[2]
    if named := _RPC_PATH.search(request.path):
        return named[1]
    return fields["Action"][0] if fields.get("Action") else None


def _s3_path(request: Request) -> str:
    """Path style, also for a request that names its bucket by the host."""
    bucket = app._extract_s3_vhost_bucket(request.headers.get("host", ""))
    return f"/{bucket}{request.path}" if bucket else request.path


def _routed(model: ServiceModel, request: Request, path: str) -> tuple[str | None, dict[str, str]]:
    fields = request.fields
    for route in _routes(model.service_name):
        if any(fields.get(name) != value for name, value in route.markers.items()):
            continue
        if not (route.needed_fields <= fields.keys() and route.needed_headers <= request.headers.keys()):
            continue
        if found := route.path.fullmatch(f"{request.method} {path.rstrip('/') or '/'}"):
            return route.operation, found.groupdict()
    return None, {}


@cache
def _routes(name: str) -> tuple[_Route, ...]:
    """Most precise first: PutObject must not swallow UploadPart, nor ListObjects each bucket setting."""
    model = ServiceModel(_loader().load_service_model(name, "service-2"), name)
    routes = (_route(model.operation_model(each)) for each in model.operation_names)
    return tuple(sorted(routes, key=lambda route: route.precision, reverse=True))


def _route(operation: OperationModel) -> _Route:
    path, _, markers = operation.http["requestUri"].partition("?")
    pattern = "".join(_pattern_parts(path.rstrip("/") or "/"))
    needed = {"querystring": set[str](), "header": set[str]()}
    shape: wire.Shape = operation.input_shape
    for name in shape.required_members if shape else ():
        member = shape.members[name].serialization
        if member.get("location") in needed:
            needed[member["location"]].add(member.get("name", name))
    return _Route(
        operation=operation.name,
        path=re.compile(f"{operation.http['method']} {pattern}"),
        markers=parse_qs(markers, keep_blank_values=True),
        needed_fields=frozenset(needed["querystring"]),
        needed_headers=frozenset(header.lower() for header in needed["header"]),
        literals=len(_LABEL.sub("", path)),
    )


def _pattern_parts(path: str) -> Iterator[str]:
    """Let a label's value hold slashes, since the emulator hands us decoded paths (an ARN, an object key)."""
    end = 0
    for label in _LABEL.finditer(path):
        yield re.escape(path[end : label.start()])
        yield f"(?P<{label[1]}>.+?)"
        end = label.end()
    yield re.escape(path[end:])
