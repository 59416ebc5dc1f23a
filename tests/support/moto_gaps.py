"""What moto lacks of the AWS that unit tests lean on; each names the page it follows. Nothing here is ever shipped."""

import json
from functools import cache
from typing import Any, Final

import pytest
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.iam import models as iam
from moto.logs.responses import LogsResponse

from tests.support import (
    moto_acm,
    moto_autoscaling,
    moto_backup,
    moto_dhcp,
    moto_efs,
    moto_eks,
    moto_eks_nodes,
    moto_eks_updates,
    moto_elbv2,
    moto_lambda,
    moto_logs,
    moto_nat,
    moto_quotas,
    moto_rds,
    moto_s3,
    moto_waf,
)

MANAGED_POLICIES: Final = (
    "AWSXrayWriteOnlyAccess",
    "AWSBackupServiceRolePolicyForBackup",
    "AdministratorAccess",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEFSCSIDriverPolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "CloudWatchAgentServerPolicy",
)
"""Of AWS's managed policies the ones that tests attach: moto reads all of them anew for each test and partition."""

_iterate_security_rules = SecurityGroupBackend._iterate_security_rules


SERVICES: Final = (
    moto_acm,
    moto_autoscaling,
    moto_backup,
    moto_dhcp,
    moto_efs,
    moto_eks,
    moto_eks_nodes,
    moto_eks_updates,
    moto_elbv2,
    moto_lambda,
    moto_logs,
    moto_nat,
    moto_quotas,
    moto_rds,
    moto_s3,
    moto_waf,
)


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam, "aws_managed_policies_data", _managed_policies())
    monkeypatch.setattr(LogsResponse, "associate_kms_key", _associate_kms_key, raising=False)
    monkeypatch.setattr(SecurityGroupBackend, "_iterate_security_rules", _with_ports_left_out)
    # The filter `vpc-endpoint-id` of "DescribeVpcEndpoints", EC2 API reference.
    monkeypatch.setattr(VPCEndPoint, "vpc_endpoint_id", property(lambda endpoint: endpoint.id), raising=False)
    for service in SERVICES:
        service.close(monkeypatch)


@cache
def _managed_policies() -> str:
    everything = json.loads(iam.aws_managed_policies_data)
    return json.dumps({name: everything[name] for name in MANAGED_POLICIES})


def _with_ports_left_out(backend: Any, protocol: str, group: str, low: Any, high: Any, *more: Any, **named: Any) -> Any:
    """A protocol by number has no ports ("IpPermission", EC2 API reference); moto asks for them."""
    ports = (-1 if low is None else low, -1 if high is None else high)
    return _iterate_security_rules(backend, protocol, group, *ports, *more, **named)


def _associate_kms_key(response: Any) -> str:
    """ "AssociateKmsKey", CloudWatch Logs API reference."""
    groups = response.logs_backend.groups
    groups[response._get_param("logGroupName")].kms_key_id = response._get_param("kmsKeyId")
    return "{}"
