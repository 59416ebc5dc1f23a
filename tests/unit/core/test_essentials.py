"""Every promise that a layer makes has what its kind may not lack, and one that somebody weakened has not."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pytest

from holdfast.core.essentials import ESSENTIALS, lacking
from holdfast.core.guarantees import refuse_broken_promise
from holdfast.core.manifest import Record
from holdfast.core.trouble import NeedsHuman
from holdfast.environment.catalogue import LAYERS
from tests.support.world import SITE, spec

LINES: Final = {f"{layer.name}/{line.name}": line for layer in LAYERS.values() for line in layer.declared(spec(), SITE)}
LINES_OF: Final = [path for path, line in LINES.items() if line.kind in ESSENTIALS]
PEER: Final = {"Destination": "172.31.0.0/16", "Target": "pcx-1", "Origin": "CreateRoute"}
OPEN: Final = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]}
FIXED: Final = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]


def _launched(**otherwise: Any) -> dict[str, Any]:
    promised: Any = LINES["nodes/general_template"].properties["LaunchTemplateData"]
    return {"LaunchTemplateData": {**promised, **otherwise}}


def _run(**pod: Any) -> dict[str, Any]:
    return {"Manifest": {"kind": "Deployment", "spec": {"template": {"spec": pod}}}}


WEAKENED: Final[Mapping[str, tuple[str, dict[str, Any], str]]] = {
    "only what was refused is taken down": ("logs/flow_log", {"TrafficType": "REJECT"}, "must take all traffic down"),
    "nothing is launched": ("ingress/general_scaling", {"SuspendedProcesses": ["Launch"]}, "keep a node group from"),
    "nothing at night": ("ingress/general_scaling", {"ScheduledActions": ["night"]}, "no schedule"),
    "nodes in waiting": ("ingress/general_scaling", {"WarmPools": ["Running"]}, "no instance may wait"),
    "scaled by CPU": ("ingress/general_scaling", {"ScalingPolicies": ["cpu"]}, "no policy"),
    "a group more on a node": (
        "nodes/general_instances",
        {"DifferingInterfaces": [{"NetworkInterfaceId": "eni-1", "SecurityGroupIds": ["sg-1"]}]},
        "other groups must hang on no interface",
    ),
    "nodes that answer to IMDSv1": ("nodes/general_template", _launched(MetadataOptions=None), "IMDSv2 alone"),
    "volumes in the clear": (
        "nodes/general_template",
        _launched(BlockDeviceMappings=[{"Ebs": {"Encrypted": False}}]),
        "must encrypt their volumes",
    ),
    "nodes on the internet": (
        "nodes/general_template",
        _launched(NetworkInterfaces=[{"AssociatePublicIpAddress": True}]),
        "no public address",
    ),
    "something at boot": ("nodes/general_template", _launched(Others=["UserData"]), "run nothing at boot"),
    "pods in their node's network": ("workloads/application_deployment", _run(hostNetwork=True), "share nothing"),
    "pods that are privileged": (
        "ingress/ingress_controller_daemon_set",
        _run(containers=[{"securityContext": {"privileged": True}}]),
        "share nothing",
    ),
    "a route to a peer": ("network/private_route_table_1", {"Routes": [PEER]}, "must have no routes but"),
    "what comes in is led away": ("network/public_route_table", {"Gateways": ["igw-1"]}, "nothing that comes in"),
    "a VPN's routes": ("network/private_route_table_1", {"PropagatingVgws": ["vgw-1"]}, "no VPN gateway"),
    "names of somebody's": ("network/vpc", {"DomainNameServers": ["203.0.113.53"]}, "must be answered by Amazon"),
    "every bucket through the endpoint": ("network/s3_endpoint", {"PolicyDocument": OPEN}, "not lead to every bucket"),
    "a file system in the clear": ("file_storage/file_system", {"Encrypted": False}, "must be encrypted"),
    "mounted in the clear": ("file_storage/file_system", {"FileSystemPolicy": OPEN}, "must refuse clear text"),
    "old TLS": (
        "load_balancer/https_listener",
        {"SslPolicy": "ELBSecurityPolicy-2016-08"},
        "must speak TLS 1.2 or newer",
    ),
    "TLS 1.0 beside TLS 1.3": (
        "load_balancer/https_listener",
        {"SslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        "must speak TLS 1.2 or newer",
    ),
    "no redirect": ("load_balancer/http_listener", {"DefaultActions": FIXED}, "send users on to HTTPS"),
    "a key that is off": ("keys/data", {"Enabled": False}, "must be on"),
    "a key that stays": ("keys/data", {"EnableKeyRotation": False}, "must rotate"),
    "a key of everybody": ("keys/data", {"KeyPolicy": OPEN}, "must not allow everybody"),
    "a key of somebody": ("keys/data", {"Grants": [{"GrantId": "1"}]}, "must be granted to nobody"),
    "a database in the clear": ("database/instance", {"StorageEncrypted": False}, "must be encrypted"),
    "connections in the clear": (
        "database/parameter_group",
        {"Parameters": {"rds.force_ssl": "0"}},
        "must refuse clear text",
    ),
    "a bucket that does not encrypt": (
        "object_storage/data_bucket",
        {"BucketEncryption": {"SSEAlgorithm": ""}},
        "must encrypt",
    ),
    "an alarm that tells nobody": ("observability/latency", {"AlarmActions": []}, "must tell somebody"),
    "an alarm that is silenced": ("observability/latency", {"ActionsEnabled": False}, "must tell somebody"),
    "pods of somebody": (
        "kubernetes_access/access_entry",
        {"PodIdentityAssociations": [{"AssociationId": "a", "ServiceAccount": "b/c"}]},
        "must have no pod identities",
    ),
    "users of somebody's": (
        "kubernetes_access/access_entry",
        {"IdentityProviderConfigs": ["theirs"]},
        "must believe no issuer but AWS",
    ),
    "a cluster that nobody can look into": (
        "cluster/cluster",
        {"EnabledLogTypes": ["api"]},
        "must write its audit log",
    ),
    "a role that may do all that it is allowed": ("identity/nodes", {"PermissionsBoundary": ""}, "must be bounded"),
    "a role of everybody": ("identity/nodes", {"AssumeRolePolicyDocument": OPEN}, "by services and pods alone"),
    "a function of somebody": (
        "kubernetes_access/function",
        {"Permissions": [{"StatementId": "a", "Says": "b"}]},
        "through IAM alone",
    ),
    "a function on the internet": ("kubernetes_access/function", {"Urls": ["arn"]}, "through IAM alone"),
    "a public database": ("database/instance", {"PubliclyAccessible": True}, "must not be public"),
    "a database alone": ("database/instance", {"MultiAZ": False}, "must have a standby"),
    "a database that may go": ("database/instance", {"DeletionProtection": False}, "must be protected from deletion"),
    "a replica": ("database/instance", {"ReadReplicaDBInstanceIdentifiers": ["theirs"]}, "must not be copied"),
    "a snapshot given away": (
        "database/snapshots",
        {"SharedWith": [{"DBSnapshotIdentifier": "taken", "Account": "111122223333"}]},
        "must be shared with nobody",
    ),
    "a bucket half shut": (
        "object_storage/data_bucket",
        {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        "must be shut to the public",
    ),
    "access lists": ("object_storage/data_bucket", {"OwnershipControls": "ObjectWriter"}, "must heed no access lists"),
    "no versions": ("object_storage/data_bucket", {"VersioningConfiguration": "Suspended"}, "must keep versions"),
    "a copy of objects": ("object_storage/data_bucket", {"ReplicationConfiguration": ["arn:x"]}, "copied nowhere"),
    "a website": ("object_storage/data_bucket", {"WebsiteConfiguration": ["index.html"]}, "must not be a website"),
    "public addresses": ("network/private_subnet_1", {"MapPublicIpOnLaunch": True}, "nobody a public address"),
    "a cluster from outside only": ("cluster/cluster", {"EndpointPrivateAccess": False}, "be reached from inside"),
    "the old way in": ("cluster/cluster", {"AuthenticationMode": "CONFIG_MAP"}, "by access entries alone"),
    "a cluster that may go": ("cluster/cluster", {"DeletionProtection": False}, "must be protected from deletion"),
    "a second rule": ("ingress/forward", {"Others": ["arn:x"]}, "no rule may stand beside"),
    "objects in the clear": ("object_storage/data_bucket_policy", {"PolicyDocument": OPEN}, "must refuse clear text"),
}


@pytest.mark.parametrize("path", LINES_OF)
def test_what_layers_promise_lacks_nothing(path: str) -> None:
    assert list(lacking(LINES[path].kind, LINES[path].properties)) == []


@pytest.mark.parametrize(("path", "weaker", "said"), WEAKENED.values(), ids=WEAKENED)
def test_what_somebody_weakened_is_told(path: str, weaker: dict[str, Any], said: str) -> None:
    [sentence] = lacking(LINES[path].kind, {**LINES[path].properties, **weaker})
    assert said in sentence


def test_such_a_promise_is_refused() -> None:
    line = LINES["keys/data"]
    record = Record(environment="atlas", layer="keys", name="data", kind=line.kind)
    with pytest.raises(NeedsHuman, match="breaks a guarantee: a key must be on"):
        refuse_broken_promise(record, msgspec.structs.replace(line.desired, enabled=False), {})
