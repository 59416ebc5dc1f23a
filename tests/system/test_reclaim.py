"""Whoever strips all our tags gains nothing by it: they are put back by the one role that can, whatever the service.

Strips them by calls of an administrator, from one resource of each kind that carries them.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pytest

from holdfast.aws.kinds import KINDS
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME, Tagged
from tests.static.declared import LINES
from tests.support.cloud import Caller, root
from tests.support.drifting import promised
from tests.support.environments import Environment
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

OURS: Final = [TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME]
PAIRS: Final = [{"Key": key} for key in OURS]
STRIPPED: Final[Mapping[str, Callable[[Caller, Mapping[str, str]], object]]] = {
    "AWS::Backup": lambda who, one: who.client("backup").untag_resource(ResourceArn=one["Arn"], TagKeyList=OURS),
    "AWS::CertificateManager": lambda who, one: who.client("acm").remove_tags_from_certificate(
        CertificateArn=one["Arn"], Tags=PAIRS
    ),
    "AWS::CloudWatch": lambda who, one: who.client("cloudwatch").untag_resource(ResourceARN=one["Arn"], TagKeys=OURS),
    "AWS::EC2": lambda who, one: who.client("ec2").delete_tags(Resources=[one["id"]], Tags=PAIRS),
    "AWS::EFS": lambda who, one: who.client("efs").untag_resource(ResourceId=one["id"], TagKeys=OURS),
    "AWS::EKS": lambda who, one: who.client("eks").untag_resource(resourceArn=one["Arn"], tagKeys=OURS),
    "AWS::ElasticLoadBalancingV2": lambda who, one: who.client("elbv2").remove_tags(
        ResourceArns=[one["Arn"]], TagKeys=OURS
    ),
    "AWS::IAM::OIDCProvider": lambda who, one: who.client("iam").untag_open_id_connect_provider(
        OpenIDConnectProviderArn=one["Arn"], TagKeys=OURS
    ),
    "AWS::IAM::Role": lambda who, one: who.client("iam").untag_role(RoleName=one["id"], TagKeys=OURS),
    "AWS::KMS": lambda who, one: who.client("kms").untag_resource(KeyId=one["id"], TagKeys=OURS),
    "AWS::Lambda": lambda who, one: who.client("lambda").untag_resource(Resource=one["Arn"], TagKeys=OURS),
    "AWS::Logs": lambda who, one: who.client("logs").untag_resource(
        resourceArn=one["Arn"].removesuffix(":*"), tagKeys=OURS
    ),
    "AWS::RDS": lambda who, one: who.client("rds").remove_tags_from_resource(ResourceName=one["Arn"], TagKeys=OURS),
    "AWS::WAFv2": lambda who, one: who.client("wafv2").untag_resource(ResourceARN=one["Arn"], TagKeys=OURS),
}
"""By service, or by kind: how all our tags are taken off. Those of a bucket only a function can, on the laptop."""
PATHS: Final = {line.kind: path for path, line in sorted(LINES.items()) if issubclass(KINDS[line.kind].model, Tagged)}
"""One resource of each kind."""


def _reclaim(environment: Environment, path: str) -> None:
    """As a restorer does. If one was quicker, our tags are there, and reclaim is refused."""
    functions: LambdaClient = root.client("lambda")
    order = json.dumps({"environment": environment.name, "path": path})
    functions.invoke(FunctionName=environment.application.parts["ReclaimFunction"], Payload=order)


def _tags(environment: Environment, path: str) -> dict[str, str]:
    observed = promised(environment, path).observe()
    tags: dict[str, str] = observed.state.tags if observed else {}
    return tags


@pytest.mark.parametrize("kind", sorted(PATHS.keys() - {"AWS::S3::Bucket"}))
def test_stripped_tags_are_put_back(kind: str, standing: Environment, vandal: Caller) -> None:
    path = PATHS[kind]
    before = _tags(standing, path)
    physical: dict[str, Any] = standing.records()[path]["physical"]
    strip = STRIPPED.get(kind) or STRIPPED[kind.rpartition("::")[0]]
    strip(vandal, physical)
    _reclaim(standing, path)
    until(
        f"the tags of {path} are as they were",
        lambda: _tags(standing, path),
        lambda seen: seen == before,
        look=standing.diagnosis,
    )
