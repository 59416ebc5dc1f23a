"""What no promise of a kind may lack, field by field.

Encryption at rest, TLS on the way, a network that leads nowhere, shut doors, who may act, and who is told.

A promise is looked at as the manifest keeps it, under CloudFormation's property names: the kinds are not known here.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

type Properties = Mapping[str, Any]


def lacking(kind: str, promised: Properties) -> Iterator[str]:
    """What ``promised`` lacks, a sentence each."""
    for sentence, holds in ESSENTIALS.get(kind, {}).items():
        if not holds(promised):
            yield sentence


def _is(path: str, *, value: object) -> Callable[[Properties], bool]:
    field, _, key = path.partition("/")
    return lambda promised: (promised[field].get(key) if key else promised[field]) == value


def _denies_clear_text(field: str) -> Callable[[Properties], bool]:
    """Whether a document denies everybody what does not come over TLS."""

    def denies(promised: Properties) -> bool:
        return any(
            one.get("Effect") == "Deny"
            and one.get("Principal") in ("*", {"AWS": "*"})
            and one.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            for one in promised[field].get("Statement", [])
        )

    return denies


def _lets_in_nobody_unasked(promised: Properties) -> bool:
    statements = promised["KeyPolicy"].get("Statement", [])
    return not any(one.get("Effect") == "Allow" and one.get("Principal") in ("*", {"AWS": "*"}) for one in statements)


def _opens_no_bucket_unasked(promised: Properties) -> bool:
    """Whether each statement that allows is for certain buckets, or under a condition."""
    statements = promised["PolicyDocument"].get("Statement", [])
    return not any(
        one.get("Effect") == "Allow" and one.get("Resource") == "*" and not one.get("Condition") for one in statements
    )


def _speaks_tls(promised: Properties) -> bool:
    """HTTPS by a policy without TLS 1.0 and 1.1, whose names tell; or HTTP, which only sends users on to HTTPS."""
    if promised["Protocol"] == "HTTPS":
        policy: str = promised["SslPolicy"]
        return policy.startswith(("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-"))
    onward = [action.get("RedirectConfig") or {} for action in promised["DefaultActions"]]
    return bool(onward) and all(one.get("Protocol") == "HTTPS" for one in onward)


def _is_assumed_by_services(promised: Properties) -> bool:
    """Services of AWS and pods of a cluster of ours act by roles of environments, and no account does."""
    trusted = [one.get("Principal") for one in promised["AssumeRolePolicyDocument"].get("Statement", [])]
    return all(isinstance(one, Mapping) and one.keys() <= {"Federated", "Service"} for one in trusted)


def _tells(promised: Properties) -> bool:
    """Properties that are as AWS makes them are left out of an alarm's promise."""
    return bool(promised["AlarmActions"]) and bool(promised.get("ActionsEnabled", True))


def _is_shut(promised: Properties) -> bool:
    doors = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return all(promised["PublicAccessBlockConfiguration"].get(door) is True for door in doors)


def _encrypts_volumes(promised: Properties) -> bool:
    return all(one["Ebs"]["Encrypted"] for one in promised["LaunchTemplateData"]["BlockDeviceMappings"])


def _is_not_reached(promised: Properties) -> bool:
    return not any(one["AssociatePublicIpAddress"] for one in promised["LaunchTemplateData"]["NetworkInterfaces"])


def _stays_in_its_pods(promised: Properties) -> bool:
    """Whether its pods share nothing with their node, and have no more rights there than any process."""
    pod = promised["Manifest"]["spec"]["template"]["spec"]
    containers = [*pod.get("containers", []), *pod.get("initContainers", [])]
    shared = any(pod.get(what) for what in ("hostIPC", "hostNetwork", "hostPID"))
    return not shared and not any(one.get("securityContext", {}).get("privileged") for one in containers)


ESSENTIALS: Final[Mapping[str, Mapping[str, Callable[[Properties], bool]]]] = {
    "AWS::AutoScaling::AutoScalingGroup": {
        "nothing may keep a node group from scaling": _is("SuspendedProcesses", value=[]),
        "no schedule may scale a node group": _is("ScheduledActions", value=[]),
        "no policy may scale a node group": _is("ScalingPolicies", value=[]),
        "no instance may wait beside a node group": _is("WarmPools", value=[]),
    },
    "AWS::CloudWatch::Alarm": {"an alarm must tell somebody": _tells},
    "AWS::EC2::FlowLog": {"a flow log must take all traffic down": _is("TrafficType", value="ALL")},
    "AWS::EC2::Instance": {
        "other groups must hang on no interface of a node": _is("DifferingInterfaces", value=[]),
    },
    "AWS::EC2::LaunchTemplate": {
        "nodes must answer to IMDSv2 alone": lambda promised: (
            (promised["LaunchTemplateData"]["MetadataOptions"] or {}).get("HttpTokens") == "required"
        ),
        "nodes must encrypt their volumes": _encrypts_volumes,
        "nodes must have no public address": _is_not_reached,
        "nodes must run nothing at boot but what is theirs": lambda promised: (
            not promised["LaunchTemplateData"]["Others"]
        ),
    },
    "AWS::EC2::RouteTable": {
        "a route table must have no routes but those of gateways of ours": _is("Routes", value=[]),
        "a route table must route nothing that comes in": _is("Gateways", value=[]),
        "no VPN gateway may write into a route table": _is("PropagatingVgws", value=[]),
    },
    "AWS::EC2::Subnet": {"a subnet must give nobody a public address": _is("MapPublicIpOnLaunch", value=False)},
    "AWS::EC2::VPC": {
        "a VPC's names must be answered by Amazon": _is("DomainNameServers", value=["AmazonProvidedDNS"])
    },
    "AWS::EC2::VPCEndpoint": {"an endpoint must not lead to every bucket": _opens_no_bucket_unasked},
    "AWS::EKS::AccessEntry": {
        "a cluster must have no pod identities": lambda promised: not promised["PodIdentityAssociations"],
        "a cluster must believe no issuer but AWS": lambda promised: not promised["IdentityProviderConfigs"],
    },
    "AWS::EFS::FileSystem": {
        "a file system must be encrypted": _is("Encrypted", value=True),
        "a file system must refuse clear text": _denies_clear_text("FileSystemPolicy"),
    },
    "AWS::EKS::Cluster": {
        "a cluster must be reached from inside": _is("EndpointPrivateAccess", value=True),
        "a cluster must tell callers apart by access entries alone": _is("AuthenticationMode", value="API"),
        "a cluster must be protected from deletion": _is("DeletionProtection", value=True),
        "a cluster must write its audit log": lambda promised: "audit" in promised["EnabledLogTypes"],
    },
    "AWS::ElasticLoadBalancingV2::Listener": {
        "a listener must speak TLS 1.2 or newer, or send users on to HTTPS": _speaks_tls,
    },
    "AWS::ElasticLoadBalancingV2::ListenerRule": {
        "no rule may stand beside the one that forwards": _is("Others", value=[]),
    },
    "AWS::IAM::Role": {
        "a role must be bounded": lambda promised: bool(promised["PermissionsBoundary"]),
        "a role must be assumed by services and pods alone": _is_assumed_by_services,
    },
    "AWS::KMS::Key": {
        "a key must be on": _is("Enabled", value=True),
        "a key must rotate": _is("EnableKeyRotation", value=True),
        "a key must be granted to nobody": _is("Grants", value=[]),
        "a key's policy must not allow everybody": _lets_in_nobody_unasked,
    },
    "AWS::Lambda::Function": {
        "a function must be invoked through IAM alone": lambda promised: (
            not promised["Permissions"] and not promised["Urls"]
        ),
    },
    "AWS::RDS::DBInstance": {
        "a database must be encrypted": _is("StorageEncrypted", value=True),
        "a database must not be public": _is("PubliclyAccessible", value=False),
        "a database must have a standby": _is("MultiAZ", value=True),
        "a database must be protected from deletion": _is("DeletionProtection", value=True),
        "a database must not be copied": _is("ReadReplicaDBInstanceIdentifiers", value=[]),
    },
    "AWS::RDS::DBParameterGroup": {"a database must refuse clear text": _is("Parameters/rds.force_ssl", value="1")},
    "AWS::RDS::DBSnapshot": {"a database's snapshots must be shared with nobody": _is("SharedWith", value=[])},
    "AWS::S3::Bucket": {
        "a bucket must encrypt": lambda promised: bool(promised["BucketEncryption"].get("SSEAlgorithm")),
        "a bucket must be shut to the public": _is_shut,
        "a bucket must heed no access lists": _is("OwnershipControls", value="BucketOwnerEnforced"),
        "a bucket must keep versions": _is("VersioningConfiguration", value="Enabled"),
        "a bucket must be copied nowhere": _is("ReplicationConfiguration", value=[]),
        "a bucket must not be a website": _is("WebsiteConfiguration", value=[]),
    },
    "Kubernetes::DaemonSet": {"pods must share nothing with their node": _stays_in_its_pods},
    "Kubernetes::Deployment": {"pods must share nothing with their node": _stays_in_its_pods},
    "AWS::S3::BucketPolicy": {"a bucket must refuse clear text": _denies_clear_text("PolicyDocument")},
}
"""By kind, what must hold of a promise."""
