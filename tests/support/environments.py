"""An environment that a test builds as its user does, and what tests ask about it as root."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.restorer import incident_id
from holdfast.core.breaker import Watch
from holdfast.core.incident import Incident
from holdfast.core.site import Place
from holdfast.environment.catalogue import LAYERS as CATALOGUE
from tests.local.accounts import REGION
from tests.support.cloud import ACCOUNT, Application, Caller, Json, root
from tests.support.diagnosis import diagnosis
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_stepfunctions import SFNClient

DEFAULT: Final = "default"
GROUPS: Final = ("alb", "control_plane", "kubernetes", "nodes", "database", "file_system", "canary", DEFAULT)
EXAMPLE: Final = Path(__file__).parents[2] / "events" / "environment.json"
LAYERS: Final = tuple(CATALOGUE)
QUIET: Final = 1.1
"""Seconds after which a drift is an incident of its own, and a bit."""
LONG_AGO: Final = 1.0
"""Seconds since the epoch."""
SHARED: Final = "_service_role"
"""How the names of AWS's own roles end, of which the account has one each for all environments."""


@dataclass(frozen=True)
class Environment:
    """``builder`` starts its builds. Made by ``prepared``."""

    application: Application
    builder: Caller
    name: str
    cidr: str
    executions: list[str] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)

    def spec(self, **more: Any) -> Json:
        """The example file under this environment's name and range, and with ``more``."""
        return {**json.loads(EXAMPLE.read_text()), "name": self.name, "network": {"cidr": self.cidr}, **more}

    def start(self, **more: Any) -> str:
        """Start a build; the execution's ARN."""
        self.asked.append(more)
        return self._started("BuildStateMachineArn", self.spec(**more))

    def _started(self, output: str, document: Json) -> str:
        """Start the state machine of which the stack's ``output`` is the ARN."""
        states: SFNClient = self.builder.client("stepfunctions")
        machine = self.application.outputs[output]
        arn = states.start_execution(stateMachineArn=machine, input=json.dumps(document))["executionArn"]
        self.executions.append(arn)
        return arn

    def ended(self, execution: str) -> Json:
        """The execution's description once it runs no more."""
        states: SFNClient = self.builder.client("stepfunctions")
        description = until(
            f"the execution {execution} ends",
            lambda: states.describe_execution(executionArn=execution),
            lambda seen: seen["status"] != "RUNNING",
            look=lambda: diagnosis(self.application, self.name),
            seconds=300,
        )
        return dict(description)

    def stop(self, execution: str) -> None:
        """Stop a build, if it still runs."""
        states: SFNClient = self.builder.client("stepfunctions")
        try:
            states.stop_execution(executionArn=execution)
        except ClientError as error:
            if "is not running" not in str(error):
                raise

    def built(self, **more: Any) -> Json:
        """Build, and answer with the execution's output."""
        return self.require_built(self.start(**more))

    def again(self) -> Json:
        """Build once more what was asked for last."""
        return self.built(**self.asked[-1])

    def require_built(self, execution: str) -> Json:
        """The output of an execution that must succeed."""
        return self._require_succeeded(self.ended(execution))

    def _require_succeeded(self, ended: Json) -> Json:
        assert ended["status"] == "SUCCEEDED", (
            f"{ended['executionArn']} is {ended['status']}: {ended.get('error')}: {ended.get('cause')}\n"
            + diagnosis(self.application, self.name)
        )
        output: Json = json.loads(ended["output"])
        return output

    def planned(self, **more: Any) -> Json:
        """A dry run of such a build; the execution's description."""
        return self.ended(self._started("PlanStateMachineArn", self.spec(**more)))

    def foreseen(self, **more: Any) -> dict[str, Json]:
        """By path, what a dry run that must succeed says that a build would do."""
        output = self._require_succeeded(self.planned(**more))
        assert output["environment"] == self.name
        return {one["path"]: one for layer in output["layers"].values() for one in layer}

    def torn_down(self, *, delete_data: bool, confirm: str | None = None) -> Json:
        """Take it down; the execution's description."""
        order = {"name": self.name, "confirm": self.name if confirm is None else confirm, "delete_data": delete_data}
        return self.ended(self._started("TeardownStateMachineArn", order))

    def require_torn_down(self, *, delete_data: bool) -> Json:
        """The output of a teardown that must succeed."""
        return self._require_succeeded(self.torn_down(delete_data=delete_data))

    def require_whole(self) -> None:
        """Build it, unless the last that happened to it is a build of it that succeeded."""
        if not self.executions or self.ended(self.executions[-1])["status"] != "SUCCEEDED":
            self.built()

    def refused(self, **more: Any) -> Json:
        """Start a build that fails, and answer with its description; what it asked for does not count as asked."""
        ended = self.ended(self.start(**more))
        self.asked.pop()
        assert ended["status"] == "FAILED", f"the build of {self.name} is {ended['status']}, and should have failed"
        return ended

    def lease(self) -> Json:
        """Who holds its lease; empty if nobody ever did."""
        dynamodb: DynamoDBClient = root.client("dynamodb")
        item = dynamodb.get_item(
            TableName=self.application.outputs["EnvironmentsTableName"],
            Key={"environment": {"S": self.name}, "part": {"S": "lease"}},
        ).get("Item", {})
        return {name: value for name, typed in item.items() for value in typed.values()}

    def records(self) -> dict[str, Json]:
        """The manifest's items by ``layer/name``, JSON decoded."""
        table = self.application.outputs["ManifestTableName"]
        return {item["path"]["S"]: _plain(item) for item in _items(table, self.name)}

    def record(self, path: str) -> Json:
        """One of ``records``."""
        dynamodb: DynamoDBClient = root.client("dynamodb")
        item = dynamodb.get_item(
            TableName=self.application.outputs["ManifestTableName"],
            Key={"environment": {"S": self.name}, "path": {"S": path}},
            ConsistentRead=True,
        )["Item"]
        return _plain(dict(item))

    def place(self) -> Place:
        """What its first build found in the account."""
        items = _items(self.application.outputs["EnvironmentsTableName"], self.name)
        (lease,) = (item for item in items if item["part"]["S"] == "lease")
        return msgspec.json.decode(lease["place"]["S"], type=Place)

    def promised(self) -> set[str]:
        """The layers of which anything was verified, and is guarded."""
        return {path.partition("/")[0] for path, record in self.records().items() if record["desired"]}

    def incidents(self, since: float = 0.0) -> list[Json]:
        """Every incident of the environment that was opened ``since`` (epoch), oldest first."""
        began = incident_id(self.name, since).rpartition("-")[0]
        items = _items(self.application.outputs["IncidentsTableName"], self.name, id=began)
        return [json.loads(item["incident"]["S"]) for item in items if "incident" in item]

    def forget(self, path: str, concern: str) -> None:
        """As if what happened to the resource were long over: the breaker starts anew, and so does its next incident.

        The version goes on: a look that is under way then starts over, as beside any other that writes.
        """
        dynamodb: DynamoDBClient = root.client("dynamodb")
        table = self.application.outputs["IncidentsTableName"]
        key = {"environment": {"S": self.name}, "id": {"S": f"watch#{path}#{concern}"}}
        _let_root_write(dynamodb, table)
        item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return
        latest = msgspec.json.decode(item["latest"]["S"], type=Incident)
        over = msgspec.structs.replace(latest, state="restored", restored_at=LONG_AGO, last_drift_at=LONG_AGO)
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET watch = :watch, latest = :latest, version = version + :one",
            ExpressionAttributeValues={
                ":watch": {"S": msgspec.json.encode(Watch()).decode()},
                ":latest": {"S": msgspec.json.encode(over).decode()},
                ":one": {"N": "1"},
            },
        )

    @cached_property
    def ids(self) -> dict[str, str]:
        """What AWS calls each resource, by ``layer/name``; of a built environment."""
        return {path: record["physical"]["id"] for path, record in self.records().items()}

    @property
    def words(self) -> tuple[str, ...]:
        """By which a call shows that it is about this environment, and no other: its name and its own ids."""
        own = (identity for path, identity in self.ids.items() if not path.endswith(SHARED))
        return (self.name, *own)

    @cached_property
    def groups(self) -> dict[str, str]:
        """The ids of the security groups by their names in the layer; ``default`` is the VPC's own."""
        ours = {name: self.ids[f"security_groups/{name}"] for name in GROUPS if name != DEFAULT}
        return {**ours, DEFAULT: self.ids["network/default_security_group"]}

    def diagnosis(self) -> str:
        return diagnosis(self.application, self.name)


@contextmanager
def prepared(application: Application, builder: Caller, name: str) -> Iterator[Environment]:
    """The environment ``name``, not built yet. A build that still runs at the end is stopped (see ``demolition``)."""
    made = Environment(application, builder, name, _range(name))
    yield made
    for execution in made.executions:
        made.stop(execution)


def _range(name: str) -> str:
    """None of those that tests ask for by themselves, which are below 10.128."""
    return f"10.{128 + crc32(name.encode()) % 128}.0.0/16"


def rules(group: str) -> frozenset[str]:
    """Every rule of a group as a sentence, read one by one."""
    ec2: EC2Client = root.client("ec2")
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    return frozenset(_sentence(rule) for page in pages for rule in page["SecurityGroupRules"])


def tags(resource: str) -> dict[str, str]:
    """Every tag of an EC2 resource."""
    ec2: EC2Client = root.client("ec2")
    found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def _sentence(rule: Any) -> str:
    referenced = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or referenced
    ports = f"{rule.get('FromPort', -1)}-{rule.get('ToPort', -1)}"
    return f"{'to' if rule['IsEgress'] else 'from'} {peer} {rule['IpProtocol']} {ports}"


def _let_root_write(dynamodb: "DynamoDBClient", table: str) -> None:
    """Nobody may delete from it: not even root, until it has changed the table's policy, as whoever may can."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    policy = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    (admitted,) = (one["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] for one in policy["Statement"])
    if root.arn not in admitted:
        admitted.append(root.arn)
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))


def _items(table: str, environment: str, **least: str) -> list[Json]:
    """The items of an environment; of those the ones whose sort key is ``least`` at the least, if that is given."""
    dynamodb: DynamoDBClient = root.client("dynamodb")
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=" AND ".join(["environment = :environment", *(f"{key} >= :{key}" for key in least)]),
        ExpressionAttributeValues={
            f":{key}": {"S": value} for key, value in {"environment": environment, **least}.items()
        },
        ConsistentRead=True,
    )
    return [dict(item) for page in pages for item in page["Items"]]


def _plain(item: Json) -> Json:
    encoded: Json = {name: json.loads(item[name]["S"]) for name in ("desired", "next", "physical") if name in item}
    return {"path": item["path"]["S"], "kind": item["kind"]["S"], "desired": None, "physical": {}, **encoded}
