"""EKS clusters for tests: a cluster takes its time also here, and so those that must stand are begun all at once."""

import time
from typing import Any, Final
from uuid import uuid4

from tests.local.accounts import TAG, Account

_PATIENCE: Final = 40.0
_STANDING: Final[dict[str, dict[str, Any]]] = {
    "looked-at": {},
    "updated": {},
    "tagged": {},
    "with-add-ons": {},
    "with-nodes": {},
    "protected": {"deletionProtection": True},
    "spoken-to": {"accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}},
    "logged": {
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]},
    },
    "gone": {"accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}},
}
"""By what a test does to it; so no test meets what another has done."""


class Clusters:
    """The clusters of one account."""

    def __init__(self) -> None:
        self.account = Account()
        self.eks = self.account.root("eks")
        self.vpc = self.account.vpc()
        self.role = self.account.role()
        self.subnets = [
            self.account.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
            for number in (1, 2)
        ]
        self.first_seen: dict[str, Any] = {}

    def create(self, name: str = "", *, eks: Any = None, **more: Any) -> str:
        """Begin a cluster, and keep how it is described at once."""
        name = name or f"c{uuid4().hex[:8]}"
        network = {"subnetIds": self.subnets, "endpointPrivateAccess": True, "endpointPublicAccess": False}
        (eks or self.eks).create_cluster(
            name=name, version="1.35", roleArn=self.role, resourcesVpcConfig=network, tags={TAG: "atlas"}, **more
        )
        self.first_seen[name] = self.look(name)
        return name

    def begin(self) -> None:
        for name, settings in _STANDING.items():
            self.create(name, **settings)

    def standing(self, name: str) -> str:
        """One of those that were begun, once EKS is at work on it no more."""
        self.wait(name)
        return name

    def wait(self, name: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self.look(name)["status"] != "ACTIVE":
            assert time.monotonic() < deadline, "the cluster does not become ACTIVE"
            time.sleep(0.1)

    def look(self, name: str) -> Any:
        return self.eks.describe_cluster(name=name)["cluster"]
