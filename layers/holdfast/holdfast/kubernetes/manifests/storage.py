"""The shared file system in the cluster: a storage class that gives each claim an access point of its own.

Parameters are those of the EFS CSI driver (github.com/kubernetes-sigs/aws-efs-csi-driver, docs/README.md), which
encrypts in transit unless told not to. What it made outlives the claim (``Retain``): data goes only when somebody says
so. There is no class for volumes of EBS: no workload of ours keeps anything in one zone.
"""

from typing import Final

from holdfast.kubernetes.manifests.pod import USER, Manifest

CLASS: Final = "shared"


def storage_class(file_system: str) -> Manifest:
    """``file_system``: its id. Whoever mounts an access point acts in it as its user."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS},
        "provisioner": "efs.csi.aws.com",
        "parameters": {
            "provisioningMode": "efs-ap",
            "fileSystemId": file_system,
            "directoryPerms": "700",
            "uid": str(USER),
            "gid": str(USER),
            "basePath": "/holdfast",
            "subPathPattern": "${.PVC.namespace}/${.PVC.name}",
            "ensureUniqueDirectory": "false",
        },
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": False,
    }


def claim(space: str, name: str) -> Manifest:
    """A claim on it. EFS knows no size, Kubernetes wants one."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": CLASS,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
