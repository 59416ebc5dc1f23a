"""How our tags are put on what has lost them: each service of AWS has a call of its own for it.

The Resource Groups Tagging API has one call for all of them, but asks for the right to each service's own call as well
("Services that support the Resource Groups Tagging API", resourcegroupstagging/latest/APIReference), and would be one
more service that must be well while something stands open.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.instance import Instance, InstanceState
from holdfast.aws.ec2.node_interfaces import differing, is_claimed, one_by_one
from holdfast.core.manifest import Record, Records, resolved
from holdfast.core.trouble import WrongInput


def reclaim(clients: Clients, record: Record, records: Records) -> None:
    """Put on ``record``'s resource the tags that say whose it is.

    ``records`` of the environment, that of the nodes' security group at least: which of their interfaces differ is seen
    by it. Raises ``WrongInput`` if the kind carries no tags.
    """
    if record.kind == Instance.kind:
        promised = msgspec.convert(resolved(record.target, records), InstanceState)
        _claim_interfaces(clients, record, promised.security_group_ids)
        return
    calls = _calls(clients, record.physical["id"], record.physical.get("Arn", ""), record.address.tags)
    call = calls.get(record.kind) or calls.get(record.kind.rpartition("::")[0])
    if call is None:
        raise WrongInput(
            "path", f"{record.environment} {record.path} is of {record.kind}, which carries no tag of ours"
        )
    call()


def _calls(clients: Clients, identity: str, arn: str, tags: Mapping[str, str]) -> Mapping[str, Callable[[], object]]:
    """The tag call of each service; of each kind, where a service has several."""
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {
        "AWS::Backup": lambda: clients.backup.tag_resource(ResourceArn=arn, Tags=tags),
        "AWS::CertificateManager": lambda: clients.acm.add_tags_to_certificate(CertificateArn=arn, Tags=pairs),
        "AWS::CloudWatch": lambda: clients.cloudwatch.tag_resource(ResourceARN=arn, Tags=pairs),
        "AWS::EC2": lambda: clients.ec2.create_tags(Resources=[identity], Tags=pairs),
        "AWS::EFS": lambda: clients.efs.tag_resource(ResourceId=identity, Tags=pairs),
        "AWS::EKS": lambda: clients.eks.tag_resource(resourceArn=arn, tags=tags),
        "AWS::ElasticLoadBalancingV2": lambda: clients.elbv2.add_tags(ResourceArns=[arn], Tags=pairs),
        "AWS::IAM::OIDCProvider": lambda: clients.iam.tag_open_id_connect_provider(
            OpenIDConnectProviderArn=arn, Tags=pairs
        ),
        "AWS::IAM::Role": lambda: clients.iam.tag_role(RoleName=identity, Tags=pairs),
        "AWS::KMS": lambda: clients.kms.tag_resource(
            KeyId=identity, Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()]
        ),
        "AWS::Lambda": lambda: clients.functions.tag_resource(Resource=arn, Tags=tags),
        "AWS::Logs": lambda: clients.logs.tag_resource(resourceArn=arn.removesuffix(":*"), tags=tags),
        "AWS::RDS": lambda: clients.rds.add_tags_to_resource(ResourceName=arn, Tags=pairs),
        "AWS::S3": lambda: clients.s3control.tag_resource(AccountId=_account(identity), ResourceArn=arn, Tags=pairs),
        "AWS::WAFv2": lambda: clients.wafv2.tag_resource(ResourceARN=arn, Tags=pairs),
    }


def _claim_interfaces(clients: Clients, record: Record, own: frozenset[str]) -> None:
    """Of a node group's instances those on which others hang than their ``own`` groups: no record names any."""
    tags: Any = [{"Key": key, "Value": value} for key, value in record.address.tags.items()]
    others = differing(clients, record.physical["id"], own)
    bare = sorted(one["NetworkInterfaceId"] for one in others if not is_claimed(one))
    one_by_one(bare, lambda interface: clients.ec2.create_tags(Resources=[interface], Tags=tags))


def _account(bucket: str) -> str:
    """The owner of a bucket, whose name ends in ``-<account>-<Region>``."""
    return next((part for part in bucket.split("-") if part.isdecimal() and len(part) == 12), "")
