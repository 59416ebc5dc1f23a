"""An AWS account for a test's own use: the laptop AWS takes twelve digits as the root key of that account."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

REGION: Final = "eu-west-1"
TAG: Final = "holdfast:environment"
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)
SSH_FROM_ANYWHERE: Final[list[Any]] = [
    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
]

type Clients = Callable[..., Any]

_MODELS: Final = Loader(include_default_search_paths=True)  # shared, since a session of its own reads them anew


class Account:
    """`root` makes the clients of the account's root, which no policy binds."""

    def __init__(self) -> None:
        self.id = str(uuid4().int)[:12]
        self.root = clients({"AccessKeyId": self.id, "SecretAccessKey": "test"})
        self.ec2 = self.root("ec2")

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{self.id}:{resource}"

    def user(self, *statements: dict[str, Any], name: str = "") -> Clients:
        """Make a user who may do just this, and return what makes their clients."""
        iam, user = self.root("iam"), name or uuid4().hex
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=allowing(*statements))
        return clients(iam.create_access_key(UserName=user)["AccessKey"])

    def role(self, path: str = "/", **given: Any) -> str:
        name = given.pop("RoleName", uuid4().hex)
        made = self.root("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST, **given)
        return str(made["Role"]["Arn"])

    def vpc(self, environment: str | None = None) -> str:
        made = self.ec2.create_vpc(CidrBlock="10.0.0.0/16", **tags_for("vpc", environment))
        return str(made["Vpc"]["VpcId"])

    def group(self, environment: str | None = None, vpc: str | None = None) -> str:
        name, tags, home = uuid4().hex, tags_for("security-group", environment), vpc or self.vpc()
        made = self.ec2.create_security_group(GroupName=name, Description="-", VpcId=home, **tags)
        return str(made["GroupId"])


def clients(key: Mapping[str, str]) -> Clients:
    """Return what makes the clients of an access key, as IAM and STS hand it out."""
    core = botocore.session.get_session()
    core.register_component("data_loader", _MODELS)
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"), REGION, core)
    made: Clients = session.client
    return made


def allowing(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})


def tags_for(kind: str, environment: str | None) -> dict[str, Any]:
    if environment is None:
        return {}
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": TAG, "Value": environment}]}]}


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    """Give the refusal's words; a call that is not refused fails the test."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    error = refusal.value.response["Error"]
    assert error["Code"] in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}, (
        f"failed, but not for want of permission: {error}"
    )
    return str(error["Message"])
