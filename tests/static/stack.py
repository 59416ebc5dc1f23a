"""The template as these tests read it: every reference resolved to what CloudFormation would put there.

Names are as long as AWS lets them be, so that what has a limit is measured at its worst.
"Intrinsic function reference" (AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

ROOT: Final = Path(__file__).parents[2]
PSEUDO: Final = {
    "HomeRegion": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "holdfast",
}
HERE: Final = "eu-west-1:123456789012"
LONGEST_ROLE_NAME: Final = 64

type Json = Any


class Statement(NamedTuple):
    """One statement of a policy, its strings always as sets."""

    sid: str
    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    conditions: Mapping[str, Mapping[str, Json]]
    principal: Json

    @property
    def condition_keys(self) -> frozenset[str]:
        return frozenset(key for keys in self.conditions.values() for key in keys)

    def condition(self, key: str) -> frozenset[str]:
        """All values that ``key`` is compared with."""
        found = [value for keys in self.conditions.values() for name, value in keys.items() if name == key]
        return frozenset(one for value in found for one in _strings(value))


class Stack(NamedTuple):
    """``resources`` by logical id, as in the template, with ``Type`` and ``Properties``."""

    resources: dict[str, Json]

    def of_type(self, *types: str) -> dict[str, Json]:
        """Properties, resolved, of all resources of these types."""
        found = {name: one for name, one in self.resources.items() if one["Type"] in types}
        return {name: self.resolved(one["Properties"]) for name, one in found.items()}

    @property
    def functions(self) -> dict[str, Json]:
        return self.of_type("AWS::Serverless::Function")

    @property
    def roles(self) -> dict[str, list[Statement]]:
        """The statements of each role, those of its managed policies among them.

        A state machine's role bears the state machine's name.
        """
        return {
            name: [
                line
                for document in (*_documents(one["Policies"]), *self._managed(name))
                for line in statements(document)
            ]
            for name, one in self.of_type("AWS::IAM::Role", "AWS::Serverless::StateMachine").items()
        }

    def managed(self, role: str) -> dict[str, Json]:
        """The documents of the managed policies of this template that ``role`` has, by logical id."""
        attached = [one["Ref"] for one in self.resources[role]["Properties"].get("ManagedPolicyArns", [])]
        attached += [
            name for name, one in self.resources.items() if {"Ref": role} in one["Properties"].get("Roles", [])
        ]
        return {name: self.resolved(self.resources[name]["Properties"]["PolicyDocument"]) for name in attached}

    def _managed(self, role: str) -> Iterator[Json]:
        yield from self.managed(role).values()

    @property
    def resource_policies(self) -> dict[str, list[Statement]]:
        """The statements of each policy that a resource, not a role, carries; the boundary among them."""
        found = {
            name: one.get("KeyPolicy")
            or one.get("PolicyDocument")
            or one.get("ResourcePolicy", {}).get("PolicyDocument")
            for name, one in ((name, self.resolved(one.get("Properties", {}))) for name, one in self.resources.items())
        }
        of_roles = {policy for role in self.of_type("AWS::IAM::Role") for policy in self.managed(role)}
        return {name: statements(document) for name, document in found.items() if document and name not in of_roles}

    def role_of(self, function: str) -> str:
        """The logical id of the function's role."""
        match self.resources[function]["Properties"].get("Role"):
            case {"Fn::GetAtt": [str() as role, "Arn"]}:
                return role
            case other:
                raise AssertionError(
                    f"template.yaml: {function} wants a role of its own (Role: !GetAtt …), has {other}"
                )

    def resolved(self, value: Json) -> Json:
        match value:
            case {"Ref": str() as name}:
                return self._reference(name)
            case {"Fn::If": [_, with_it, _]}:  # everything that a parameter can switch on is read as if it were
                return self.resolved(with_it)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": str() as text}:
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: self._substituted(found[1]), text)
            case dict():
                return {key: self.resolved(item) for key, item in value.items()}
            case list():
                return [self.resolved(item) for item in value]
            case _:
                return value

    def _substituted(self, name: str) -> str:
        owner, dot, attribute = name.partition(".")
        return self._attribute(owner, attribute) if dot else self._reference(owner)

    def _reference(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in template()["Parameters"]:
            return str(template()["Parameters"][name]["Default"])
        kind = self.resources[name]["Type"]
        if kind in {"AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "AWS::Serverless::StateMachine"}:
            return self._arn(name)
        return f"holdfast-{name}"

    def _attribute(self, name: str, attribute: str) -> str:
        match attribute:
            case "Arn":
                return self._arn(name)
            case "StreamArn":
                return f"{self._arn(name)}/stream/2026-01-01T00:00:00.000"
            case "QueueName":
                return f"holdfast-{name}"
            case "Name":
                return str(self.resolved(self.resources[name]["Properties"]["Name"]))
            case _:
                raise AssertionError(f"tests/static/stack.py does not know !GetAtt {name}.{attribute}: teach it")

    def _arn(self, name: str) -> str:
        properties, own = self.resources[name]["Properties"], f"holdfast-{name}"
        match self.resources[name]["Type"]:
            case "AWS::IAM::Role":
                return f"arn:aws:iam::123456789012:role/{own.ljust(LONGEST_ROLE_NAME, '-')}"
            case "AWS::IAM::ManagedPolicy":
                return f"arn:aws:iam::123456789012:policy{properties['Path']}{own}"
            case "AWS::DynamoDB::Table":
                return f"arn:aws:dynamodb:{HERE}:table/{self.resolved(properties['TableName'])}"
            case "AWS::Serverless::StateMachine":
                return f"arn:aws:states:{HERE}:stateMachine:{self.resolved(properties['Name'])}"
            case "AWS::Logs::LogGroup":
                return f"arn:aws:logs:{HERE}:log-group:{self.resolved(properties['LogGroupName'])}:*"
            case kind:
                return f"{_ARNS[kind]}{own}"


_ARNS: Final = {
    "AWS::Events::Rule": f"arn:aws:events:{HERE}:rule/",
    "AWS::KMS::Key": f"arn:aws:kms:{HERE}:key/",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:",
    "AWS::SQS::Queue": f"arn:aws:sqs:{HERE}:",
    "AWS::Serverless::Function": f"arn:aws:lambda:{HERE}:function:",
}


def _documents(policies: Json) -> Iterator[Json]:
    for policy in policies:
        yield policy.get("PolicyDocument", policy)


def statements(document: Json) -> list[Statement]:
    return [
        Statement(
            one.get("Sid", ""),
            one["Effect"],
            frozenset(_strings(one["Action"])),
            frozenset(_strings(one.get("Resource", []))),
            one.get("Condition", {}),
            one.get("Principal"),
        )
        for one in document["Statement"]
    ]


def _strings(value: Json) -> Iterator[str]:
    yield from map(str, value if isinstance(value, list) else [value])


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: yaml.CSafeLoader, name: str, node: yaml.Node) -> Json:
    value: Json = (
        loader.construct_sequence(node, deep=True)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)  # type: ignore[arg-type]  # a short form never takes a mapping
    )
    match name:
        case "Ref" | "Condition":
            return {name: value}
        case "GetAtt":
            return {"Fn::GetAtt": value.split(".", 1)}
        case _:
            return {f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template(name: str = "template.yaml") -> Json:
    """A template as written, short forms in their long spelling."""
    return yaml.load((ROOT / name).read_text(), Loader=_Loader)


@cache
def stack() -> Stack:
    return Stack(template()["Resources"])


@cache
def abroad() -> Stack:
    """The small stack in us-east-1."""
    return Stack(template("template-us-east-1.yaml")["Resources"])
