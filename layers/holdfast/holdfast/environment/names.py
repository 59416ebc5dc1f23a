"""Names that layers must know of each other before anything stands: policies name them, and AWS's services write there.

Where an environment's name is followed by anything, it is by ``/`` or ``-`` and a word that no environment's name can
swallow: ``atlas`` and ``atlas-2`` never share a name, and no pattern on the one matches the other.
"""

CLUSTER_ROLE, FLOW_LOGS_ROLE, NODES_ROLE = "cluster", "flow_logs", "nodes"
"""The roles of the layer identity."""
VPC_CNI_ROLE, EFS_CSI_ROLE, CLOUDWATCH_AGENT_ROLE = "vpc_cni", "efs_csi", "cloudwatch_agent"
KUBERNETES_ROLE, AUTOSCALER_ROLE, APPLICATION_ROLE, BACKUP_ROLE = (
    "kubernetes",
    "cluster_autoscaler",
    "application",
    "backup",
)
LATER_ROLES = (
    VPC_CNI_ROLE,
    EFS_CSI_ROLE,
    CLOUDWATCH_AGENT_ROLE,
    KUBERNETES_ROLE,
    AUTOSCALER_ROLE,
    APPLICATION_ROLE,
    BACKUP_ROLE,
)
"""Roles that other layers make: their trust names what stands only then."""
DATABASE_NAME, DATABASE_USER = "application", "holdfast"
"""The first database in the instance, and the master user, whose password RDS keeps in Secrets Manager."""
NODE_ADDONS = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""The EKS add-ons without which no node joins: the layer cluster makes them."""
ADDONS = ("amazon-cloudwatch-observability", "aws-efs-csi-driver", "coredns", "metrics-server")
"""Those that want nodes to run on: the layer addons makes them."""
CONTAINER_LOGS = ("application", "dataplane", "host", "performance")
"""What "Amazon EKS and Kubernetes Container Insights" writes: its groups (ContainerInsights, CloudWatch user guide)."""


def role_path(environment: str) -> str:
    return f"/holdfast/{environment}/"


def role(environment: str, name: str) -> str:
    return f"{environment}-{name.replace('_', '-')}"


def node_group(environment: str, name: str) -> str:
    """Of the group and of its launch template: it contains the cluster's, so that it suffices in the whole account."""
    return f"{environment}-{name}"


def kubernetes_function(environment: str) -> str:
    return f"{environment}-kubernetes"


def kubernetes_log_group(environment: str) -> str:
    return f"/holdfast/{environment}/kubernetes"


def key_alias(environment: str, name: str) -> str:
    return f"alias/holdfast/{environment}/{name}"


def log_groups(environment: str) -> dict[str, str]:
    """Each log group by its name in the layer; the cluster and the database bear the environment's name.

    EKS: "Send control plane logs to CloudWatch Logs". WAF: "Sending web ACL traffic logs to a CloudWatch Logs log
    group". RDS: "Publishing PostgreSQL logs to Amazon CloudWatch Logs".
    """
    containers = {f"containers_{kind}": f"/aws/containerinsights/{environment}/{kind}" for kind in CONTAINER_LOGS}
    return {
        "cluster": f"/aws/eks/{environment}/cluster",
        "waf": f"aws-waf-logs-{environment}",
        "database_postgresql": f"/aws/rds/instance/{environment}/postgresql",
        "database_upgrade": f"/aws/rds/instance/{environment}/upgrade",
        **containers,
        "flow_log_group": flow_log_group(environment),
        "kubernetes": kubernetes_log_group(environment),
    }


def flow_log_group(environment: str) -> str:
    return f"/holdfast/{environment}/flow-logs"


def backup_vault(environment: str) -> str:
    return f"{environment}-backups"


def bucket(environment: str, purpose: str, account: str, region: str) -> str:
    """Bucket names are one space over all accounts and Regions of AWS, of 63 characters at the most."""
    return f"{environment}-{purpose}-{account}-{region}"


DATA_BUCKET, ACCESS_LOG_BUCKET = "data", "access-logs"
"""What a bucket is for, in its name."""
LOAD_BALANCER_LOGS, REQUEST_LOGS = "load-balancer", "s3"
"""Beginnings of keys in the access-log bucket: what the load balancer writes, and S3 about the data bucket."""
