"""The AWS calls that a function of ours can make, read from its code and from all that it imports.

What is reached is found by name: a function whose name a reached body mentions is reached, whoever owns the name; an
``app.py`` is reached as a whole. Only a method of ``self``, or of a parameter annotated with a class of ours, is looked
for in that class, its bases and its heirs alone. That errs towards more, except where a function is called by another
name than its own (a table whose field is called otherwise than the function in it): ``test_permissions`` sees that
nothing is left over.

A call is known by its client, and a client by its name: what ``Clients`` calls ``ec2`` is called ``ec2`` wherever it is
handed to, with an underscore before it or without.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from botocore import xform_name
from botocore.session import get_session

from tests.static import concerns
from tests.static.classes import parsed
from tests.static.modules import Body, functions_under, reached_from
from tests.static.stack import ROOT

CLIENTS: Final = ROOT / "layers" / "holdfast" / "holdfast" / "aws" / "clients.py"
IAM_PREFIX: Final = {
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
}
"""Services whose actions IAM knows by another word than botocore's."""
ACTIONS: Final = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
"""Operations whose action has another name (Service Authorization Reference, the service's page)."""
TRANSACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
"""What TransactWriteItems needs, by its items ("Using IAM with DynamoDB transactions", DynamoDB developer guide)."""


class Call(NamedTuple):
    """``action`` as IAM calls it, ``operation`` as botocore; ``where`` it is made, and ``within`` which function."""

    action: str
    operation: str
    where: str
    within: str


@cache
def made_by(app: Path) -> frozenset[Call]:
    """All calls that are reached from an ``app.py``."""
    concern = concerns.of_app(app)
    if concern is None:
        return frozenset(call for body in reached_from(app) for call in _calls(body))
    reached = reached_from(app, is_entered=lambda body: concerns.is_entered(body, concern))
    listed = {call for body in reached_from(app) for call in _calls(body) if call.action in concerns.writes(concern)}
    made = {call for body in reached for call in _calls(body)}
    return frozenset({call for call in made if call.action not in concerns.of_others(concern)} | listed)


def made_anywhere() -> frozenset[Call]:
    """All calls in the layer, reached or not."""
    return frozenset(call for body in functions_under(CLIENTS.parents[1]) for call in _calls(body))


def nameless() -> list[str]:
    """Calls of something that no client of ours is called, by a name that only an AWS operation has: ``file:line``."""
    known = {method for service in clients().values() for method in operations(service)}
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}"
        for path in (*CLIENTS.parents[1].rglob("*.py"), *ROOT.glob("functions/*/app.py"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in known and not _service(node.func)
    ]


@cache
def _calls(body: Body) -> tuple[Call, ...]:
    return tuple(_found(body))


def _found(body: Body) -> Iterator[Call]:
    for node in ast.walk(body.node):
        match node:
            case ast.Call(func=ast.Attribute(attr="get_paginator") as method, args=[ast.Constant(value=str() as name)]):
                called = name
            case ast.Attribute(attr=called) as method:
                pass
            case _:
                continue
        service = _service(method)
        if service and (operation := operations(service).get(called)):
            where = f"{body.path.relative_to(ROOT)}:{method.lineno}"
            for action in _actions(service, operation, body.path):
                yield Call(action, f"{service}.{operation}", where, body.name)


def _service(method: ast.Attribute) -> str:
    """The service whose client ``method`` is an attribute of; empty if it is no client of ours."""
    match method.value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return clients().get(name.lstrip("_"), "")
        case _:
            return ""


def _actions(service: str, operation: str, path: Path) -> Iterator[str]:
    if operation == "TransactWriteItems":
        written = {one.value for one in ast.walk(parsed(path)) if isinstance(one, ast.Constant)}
        yield from (f"dynamodb:{action}" for item, action in TRANSACTIONS.items() if item in written)
    else:
        action = f"{IAM_PREFIX.get(service, service)}:{operation}"
        yield ACTIONS.get(action, action)


@cache
def clients() -> Mapping[str, str]:
    """The service of each client, by its name in ``Clients``."""
    return {
        function.name: service
        for function in ast.walk(parsed(CLIENTS))
        if isinstance(function, ast.FunctionDef)
        for service in _made_in(function)
    }


def _made_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="_client"), args=[ast.Constant(value=str() as service), *_]):
                yield service


@cache
def operations(service: str) -> Mapping[str, str]:
    """The service's operations by the names of botocore's methods."""
    model = get_session().get_service_model(service)
    return {xform_name(operation): operation for operation in model.operation_names}
