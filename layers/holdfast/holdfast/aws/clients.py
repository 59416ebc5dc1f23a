"""The one place where AWS clients are made, with retries and timeouts that fit a function's own timeout."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session, get_session

from holdfast.aws.invoked_api import InvokedApi
from holdfast.kubernetes.api import Api

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_backup import BackupClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_efs import EFSClient
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_wafv2 import WAFV2Client

CONFIG = Config(connect_timeout=2, read_timeout=8, retries={"mode": "adaptive", "total_max_attempts": 3})
"""Three attempts of at most 10 s each stay inside the 30 s of the shortest timeout that a function of ours has."""
ONCE = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})
"""For create calls that take no token: a retry after a lost answer would make a twin (see ``core.layer.SETTLING``)."""


def small_session() -> Session:
    """A session that knows only the calls of the restore path: 22 MB less, and a third off a cold start.

    botocore reads a model from ``data_path`` before it reads its own ("Loader", botocore reference).
    """
    session = get_session()
    session.set_config_variable("data_path", str(Path(__file__).parent / "models"))
    return session


class Clients:
    """AWS clients, each made when first asked for. botocore, not boto3: half the memory of a cold start.

    ``kubernetes`` gives the way to an environment's Kubernetes API; if nobody says otherwise, its function.
    """

    def __init__(self, session: Session | None = None, kubernetes: Callable[[str], Api] | None = None) -> None:
        self._session = session or get_session()
        self._kubernetes = kubernetes

    def kubernetes(self, environment: str) -> Api:
        """The Kubernetes API of an environment's cluster."""
        return self._kubernetes(environment) if self._kubernetes else InvokedApi(self.functions, environment)

    def _client(self, service: str, config: Config = CONFIG, region: str | None = None) -> Any:
        return self._session.create_client(service, region, config=config)

    @cached_property
    def ec2_once(self) -> "EC2Client":
        client: EC2Client = self._client("ec2", ONCE)
        return client

    @cached_property
    def kms_once(self) -> "KMSClient":
        client: KMSClient = self._client("kms", ONCE)
        return client

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @cached_property
    def cloudtrail(self) -> "CloudTrailClient":
        client: CloudTrailClient = self._client("cloudtrail")
        return client

    @cached_property
    def cloudtrail_abroad(self) -> "CloudTrailClient":
        """In us-east-1, where alone IAM's and Route 53's calls are written down."""
        client: CloudTrailClient = self._client("cloudtrail", region="us-east-1")
        return client

    @cached_property
    def config(self) -> "ConfigServiceClient":
        client: ConfigServiceClient = self._client("config")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def ec2(self) -> "EC2Client":
        client: EC2Client = self._client("ec2")
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        client: EventBridgeClient = self._client("events")
        return client

    @cached_property
    def events_abroad(self) -> "EventBridgeClient":
        """In us-east-1, where rules of ours bring IAM's and Route 53's calls home."""
        client: EventBridgeClient = self._client("events", region="us-east-1")
        return client

    @cached_property
    def iam(self) -> "IAMClient":
        client: IAMClient = self._client("iam")
        return client

    @cached_property
    def kms(self) -> "KMSClient":
        client: KMSClient = self._client("kms")
        return client

    @cached_property
    def functions(self) -> "LambdaClient":
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @cached_property
    def tagging(self) -> "ResourceGroupsTaggingAPIClient":
        client: ResourceGroupsTaggingAPIClient = self._client("resourcegroupstaggingapi")
        return client

    @cached_property
    def sns(self) -> "SNSClient":
        client: SNSClient = self._client("sns")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        client: SFNClient = self._client("stepfunctions")
        return client

    @cached_property
    def acm(self) -> "ACMClient":
        client: ACMClient = self._client("acm")
        return client

    @cached_property
    def autoscaling(self) -> "AutoScalingClient":
        client: AutoScalingClient = self._client("autoscaling")
        return client

    @cached_property
    def backup(self) -> "BackupClient":
        client: BackupClient = self._client("backup")
        return client

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        client: CloudWatchClient = self._client("cloudwatch")
        return client

    @cached_property
    def efs(self) -> "EFSClient":
        client: EFSClient = self._client("efs")
        return client

    @cached_property
    def eks(self) -> "EKSClient":
        client: EKSClient = self._client("eks")
        return client

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        client: ElasticLoadBalancingv2Client = self._client("elbv2")
        return client

    @cached_property
    def quotas(self) -> "ServiceQuotasClient":
        client: ServiceQuotasClient = self._client("service-quotas")
        return client

    @cached_property
    def rds(self) -> "RDSClient":
        client: RDSClient = self._client("rds")
        return client

    @cached_property
    def route53(self) -> "Route53Client":
        client: Route53Client = self._client("route53")
        return client

    @cached_property
    def s3(self) -> "S3Client":
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def s3control(self) -> Any:
        """Only TagResource is called, and of this client there are no types among the ones that we install."""
        return self._client("s3control")

    @cached_property
    def wafv2(self) -> "WAFV2Client":
        client: WAFV2Client = self._client("wafv2")
        return client
