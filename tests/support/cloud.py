"""The account as tests meet it: who calls, the deployed application and its parts, and what CloudTrail saw of calls."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.session import Session, get_session

from tests.local.accounts import REGION, allowing, clients

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudtrail.type_defs import LookupAttributeTypeDef
    from mypy_boto3_iam import IAMClient

STACK: Final = "holdfast"
ACCOUNT: Final = "000000000000"

type Json = dict[str, Any]


class Caller:
    """Somebody with credentials. ``client`` makes a boto3 client, once; ``cli`` runs the AWS CLI."""

    def __init__(self, arn: str, key: Mapping[str, str]) -> None:
        self.arn = arn
        self._key = key
        self._make = clients(key)
        self._made: dict[tuple[str, str], Any] = {}
        self._making = Lock()  # a session makes clients for one thread at a time; clients may be shared

    def client(self, service: str, region: str = REGION) -> Any:
        with self._making:
            if (service, region) not in self._made:
                self._made[service, region] = self._make(service, region_name=region)
            return self._made[service, region]

    def session(self) -> Session:
        """botocore's, for what boto3 does not speak."""
        session = get_session()
        session.set_credentials(self._key["AccessKeyId"], self._key["SecretAccessKey"])
        return session

    def cli(self, *words: str) -> Json:
        """What `aws` answers. A command that fails, fails the test with what it said."""
        credentials = {
            "AWS_ACCESS_KEY_ID": self._key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": REGION,
        }
        done = subprocess.run(
            ["aws", *words], env=os.environ | credentials, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"`aws {' '.join(words)}` failed: {done.stderr}"
        answer: Json = json.loads(done.stdout or "{}")
        return answer


root: Final = Caller(f"arn:aws:iam::{ACCOUNT}:root", {"AccessKeyId": "test", "SecretAccessKey": "test"})


@contextmanager
def user(name: str, *statements: Mapping[str, Any]) -> Iterator[Caller]:
    """An IAM user who may do just what the statements allow."""
    iam: IAMClient = root.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=allowing(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield Caller(arn, {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]})
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="may")
    iam.delete_user(UserName=name)


@dataclass(frozen=True)
class Application:
    """The deployed stack: its outputs, and the physical id of each part by its logical id."""

    outputs: Mapping[str, str]
    parts: Mapping[str, str]

    @classmethod
    def deployed(cls) -> Self:
        formation: CloudFormationClient = root.client("cloudformation")
        outputs = formation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        parts = formation.describe_stack_resources(StackName=STACK)["StackResources"]
        return cls(
            {output["OutputKey"]: output["OutputValue"] for output in outputs},
            {part["LogicalResourceId"]: part["PhysicalResourceId"] for part in parts},
        )

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions' names, which are also the names of their roles' sessions in CloudTrail."""
        return frozenset(name for part, name in self.parts.items() if part.endswith("Function"))

    def restorer(self, concern: str) -> str:
        """The name of a concern's restore function."""
        return self.parts[f"Restore{concern.title().replace('_', '')}Function"]


class Calls:
    """The calls of ``users`` (CloudTrail's word for users and sessions alike) from now on, oldest first.

    Here and in us-east-1, where IAM's and Route 53's are. LookupEvents knows whole seconds only, so that what was there
    before is remembered and left out.
    """

    def __init__(self, *users: str) -> None:
        self._users = users
        self._began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
        self._before = frozenset(record["eventID"] for record in self._all())

    def mentioning(self, *words: str) -> list[Json]:
        """The records whose parameters name any of ``words``: not what is called so and goes on with a hyphen."""
        named = re.compile("|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in words))
        return [record for record in self.all() if named.search(json.dumps(record["requestParameters"]))]

    def all(self) -> list[Json]:
        return [record for record in self._all() if record["eventID"] not in self._before]

    def _all(self) -> list[Json]:
        found = [record for user in self._users for record in self._of(user)]
        return sorted(found, key=lambda record: str(record["eventTime"]))

    def _of(self, user: str) -> list[Json]:
        trails: list[CloudTrailClient] = [root.client("cloudtrail"), root.client("cloudtrail", "us-east-1")]
        asked: list[LookupAttributeTypeDef] = [{"AttributeKey": "Username", "AttributeValue": user}]
        pages = (
            page
            for trail in trails
            for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=asked, StartTime=self._began)
        )
        return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]][::-1]


def names(found: list[Json]) -> list[str]:
    return [record["eventName"] for record in found]


def writes(found: list[Json]) -> list[Json]:
    """Those that change something: to invoke a function is a data event, and changes nothing by itself."""
    return [record for record in found if not record["readOnly"] and record["managementEvent"]]
