"""A cluster's API on the laptop, asked as the environment's function asks it: by who may, and by who may not."""

from typing import Any, Final, NamedTuple

import pytest
from botocore.session import get_session

from holdfast.core.trouble import ComeBackLater
from holdfast.kubernetes.direct import DirectApi
from tests.local.accounts import REGION, Account, allowing
from tests.local.clusters import Clusters

CONFIG_MAPS: Final = "/api/v1/namespaces/default/configmaps"
MAP: Final = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1"}}
POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/"


class Standing(NamedTuple):
    account: Account
    name: str
    eks: Any

    def role(self, policy: str = "") -> str:
        """A role with an access entry, and maybe a policy."""
        role = self.account.role()
        self.eks.create_access_entry(clusterName=self.name, principalArn=role)
        if policy:
            self.eks.associate_access_policy(
                clusterName=self.name, principalArn=role, policyArn=POLICY + policy, accessScope={"type": "cluster"}
            )
        return role

    def api(self, role: str, cluster: str = "") -> DirectApi:
        """The API as a session of ``role`` reaches it, with a token for ``cluster``."""
        self.account.root("iam").put_role_policy(
            RoleName=role.rpartition("/")[2],
            PolicyName="look",
            PolicyDocument=allowing({"Action": "eks:DescribeCluster", "Resource": "*"}),
        )
        given = self.account.root("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
        session = get_session()
        session.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return _Misnamed(session, self.name, REGION, cluster) if cluster else DirectApi(session, self.name, REGION)


class _Misnamed(DirectApi):
    """Signs its tokens for another cluster than it speaks to."""

    def __init__(self, session: Any, cluster: str, region: str, signed_for: str) -> None:
        super().__init__(session, cluster, region)
        self._connected()
        self._cluster = signed_for


def standing(clusters: Clusters, name: str) -> Standing:
    return Standing(clusters.account, clusters.standing(name), clusters.eks)


@pytest.fixture
def cluster(clusters: Clusters) -> Standing:
    return standing(clusters, "spoken-to")


def test_an_administrator_applies_reads_and_deletes(cluster: Standing) -> None:
    api = cluster.api(cluster.role("AmazonEKSClusterAdminPolicy"))
    apply = "application/apply-patch+yaml"
    here = f"{CONFIG_MAPS}/a"
    made = api.request("PATCH", here, query={"fieldManager": "holdfast"}, body=MAP, content_type=apply)
    assert made.status == 201
    assert api.request("GET", here).body["data"] == {"a": "1"}
    assert api.request("DELETE", here).status == 200
    assert api.request("GET", here).status == 404


def test_a_viewer_may_only_look_and_sees_no_secrets(cluster: Standing) -> None:
    api = cluster.api(cluster.role("AmazonEKSViewPolicy"))
    assert api.request("GET", CONFIG_MAPS).status == 200
    assert api.request("POST", CONFIG_MAPS, body=MAP).status == 403
    assert api.request("GET", "/api/v1/namespaces/default/secrets").status == 403
    assert api.request("GET", "/api/v1/nodes").status == 403


def test_an_access_entry_without_a_policy_may_do_nothing(cluster: Standing) -> None:
    assert cluster.api(cluster.role()).request("GET", CONFIG_MAPS).status == 403


def test_without_an_access_entry_nobody_is_known(cluster: Standing) -> None:
    assert cluster.api(cluster.account.role()).request("GET", CONFIG_MAPS).status == 401


def test_a_right_that_is_taken_away_is_gone_at_once(cluster: Standing) -> None:
    role = cluster.role("AmazonEKSClusterAdminPolicy")
    api = cluster.api(role)
    assert api.request("GET", CONFIG_MAPS).status == 200
    cluster.eks.delete_access_entry(clusterName=cluster.name, principalArn=role)
    assert api.request("GET", CONFIG_MAPS).status == 401


def test_a_token_for_another_cluster_is_refused(cluster: Standing) -> None:
    role = cluster.role("AmazonEKSClusterAdminPolicy")
    assert cluster.api(role, "zenith").request("GET", CONFIG_MAPS).status == 401


def test_a_cluster_that_is_gone_answers_no_more(clusters: Clusters) -> None:
    cluster = standing(clusters, "gone")
    api = cluster.api(cluster.role("AmazonEKSClusterAdminPolicy"))
    assert api.request("GET", "/readyz").body == {"message": "ok"}
    cluster.eks.delete_cluster(name=cluster.name)
    with pytest.raises(ComeBackLater, match="does not answer"):
        api.request("GET", "/readyz")
    with pytest.raises(ComeBackLater, match=r"does not stand yet|is DELETING"):
        api.request("GET", "/readyz")
