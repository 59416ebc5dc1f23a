"""A cluster's API over HTTPS, as it is asked from the environment's private subnets.

A bearer token is the address of a GetCallerIdentity call, presigned with the cluster's name in the header
``x-k8s-aws-id``; the cluster takes it for 15 minutes, whatever its own expiry says, and calls STS with it to learn who
signed ("API Authorization from Outside a Cluster", github.com/kubernetes-sigs/aws-iam-authenticator, README). The
certificate authority is DescribeCluster's ("DescribeCluster", eks/latest/APIReference/API_DescribeCluster.html).
"""

import base64
import json
import os
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlencode

import urllib3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.session import Session, get_session
from urllib3.exceptions import HTTPError

from holdfast.core.trouble import ComeBackLater
from holdfast.kubernetes.api import JSON, Answer

TOKEN_SECONDS: Final = 600
"""Five minutes before a cluster would refuse it."""
TIMEOUT: Final = urllib3.Timeout(connect=3, read=15)
"""One attempt inside the 20 s that the function has: whether a lost answer had an effect, the next look says."""
ONCE: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


class Connection(NamedTuple):
    """Where a cluster answers, and over which verified connections."""

    endpoint: str
    pool: urllib3.PoolManager


class DirectApi:
    """``kubernetes.api.Api`` of one EKS cluster, as whoever the session's credentials are."""

    def __init__(self, session: Session, cluster: str, region: str) -> None:
        self._session = session
        self._cluster = cluster
        self._region = region
        self._connection: Connection | None = None
        self._token = ""
        self._token_made = 0.0

    @classmethod
    def from_environment(cls) -> Self:
        """Of the cluster that the variable ``CLUSTER`` names."""
        return cls(get_session(), os.environ["CLUSTER"], os.environ["AWS_REGION"])

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        endpoint, pool = self._connected()
        headers = {"Accept": JSON, "Authorization": f"Bearer {self._bearer()}"}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            answer = pool.request(
                method,
                f"{endpoint}{path}" + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
            )
        except HTTPError as error:
            self._connection = None  # the cluster may be another one by now
            raise ComeBackLater(f"the API of the cluster {self._cluster} does not answer: {error}", 10) from error
        return Answer(answer.status, _read(answer.data))

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        eks: Any = self._session.create_client("eks", region_name=self._region, config=ONCE)
        try:
            cluster = eks.describe_cluster(name=self._cluster)["cluster"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise ComeBackLater(f"the cluster {self._cluster} does not stand yet", 30) from error
        if cluster["status"] not in {"ACTIVE", "UPDATING"}:
            raise ComeBackLater(f"the cluster {self._cluster} is {cluster['status']}", 30)
        authority = base64.b64decode(cluster["certificateAuthority"]["data"]).decode()
        pool = urllib3.PoolManager(ssl_context=trusting(authority), timeout=TIMEOUT, retries=False, maxsize=1)
        return Connection(cluster["endpoint"], pool)

    def _bearer(self) -> str:
        now = time.time()
        if not self._token or now - self._token_made > TOKEN_SECONDS:
            self._token, self._token_made = bearer(self._session, self._cluster, self._region), now
        return self._token


def trusting(authority: str) -> ssl.SSLContext:
    """Who is signed by ``authority`` (PEM) for the name that was asked for, and nobody else.

    Without what RFC 5280 would have beyond that: EKS's authorities carry no key identifiers, which Python asks for
    since 3.13 (github.com/kubernetes-client/python/issues/2394, github.com/awslabs/mcp/issues/3791).
    """
    context = ssl.create_default_context(cadata=authority)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def bearer(session: Session, cluster: str, region: str) -> str:
    """A fresh token for ``cluster``."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    call = AWSRequest(
        method="GET",
        url=f"https://sts.{region}.{suffix}/?Action=GetCallerIdentity&Version=2011-06-15",
        headers={"x-k8s-aws-id": cluster},
    )
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    SigV4QueryAuth(credentials, "sts", region, expires=60).add_auth(call)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(str(call.url).encode()).decode().rstrip("=")


def _read(data: bytes) -> dict[str, object]:
    """An object; whatever else the API says (``/readyz`` answers ``ok``), as the message of one."""
    try:
        told = json.loads(data)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"message": data.decode(errors="replace")}
