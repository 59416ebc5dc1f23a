"""The application's pod: one container as the environment's file asks for it, and the certificate that it serves.

The certificate is made anew in each pod before it starts, and lies in memory only. Nobody checks it: it encrypts what
passes between the ingress controller and the pod (see ``ingress_controller``), and so its years do not matter.
"""

from typing import Final

from holdfast.core.spec_parts import CERTIFICATE_PATH, SCRATCH_PATH, ApplicationSpec
from holdfast.core.versions import OPENSSL, WHOAMI
from holdfast.kubernetes.manifests import device_plugin, pod
from holdfast.kubernetes.manifests.pod import Manifest

CERTIFICATE, KEY = f"{CERTIFICATE_PATH}/tls.crt", f"{CERTIFICATE_PATH}/tls.key"
DRAIN: Final = 15
"""Seconds in which those who still come are served: as long as Traefik takes to hear that the pod goes."""


NAME: Final = "application"
LABELS: Final = {"app.kubernetes.io/name": NAME}
PORT: Final = "web"
CLAIM: Final = "shared"
"""What it calls its port, and its claim on the file system."""


def pod_spec(wanted: ApplicationSpec, variables: dict[str, str]) -> Manifest:
    """The ``spec`` of its pods; ``variables`` are what the environment gives it, its own come on top."""
    shared = [{"name": "shared", "persistentVolumeClaim": {"claimName": CLAIM, "readOnly": _only_read(wanted)}}]
    return {
        "serviceAccountName": NAME,
        # The token for AWS comes by another volume; the application has no business with the Kubernetes API.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 60,
        "securityContext": pod.security(),
        "nodeSelector": {"holdfast/group": "gpu" if wanted.gpus else "general"},
        "tolerations": [device_plugin.toleration()] if wanted.gpus else [],
        "topologySpreadConstraints": pod.spread(LABELS),
        "initContainers": [_certificate()],
        "containers": [_container(wanted, variables)],
        "volumes": [
            {"name": "tls", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            *(shared if _mounts(wanted) else []),
        ],
    }


def _mounts(wanted: ApplicationSpec) -> bool:
    return wanted.access.file_system != "none"


def _only_read(wanted: ApplicationSpec) -> bool:
    return wanted.access.file_system == "read"


def _certificate() -> Manifest:
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    return {
        "name": "certificate",
        "image": OPENSSL,
        "command": ["openssl"],
        "args": [*new, "-days", "3650", "-subj", f"/CN={NAME}", "-out", CERTIFICATE, "-keyout", KEY],
        "resources": pod.resources("10m", "32Mi"),
        "securityContext": pod.container_security(),
        "volumeMounts": [{"name": "tls", "mountPath": CERTIFICATE_PATH}],
    }


def _container(wanted: ApplicationSpec, variables: dict[str, str]) -> Manifest:
    asked = pod.resources(wanted.cpu, wanted.memory)
    if wanted.gpus:
        asked["limits"][device_plugin.RESOURCE] = str(wanted.gpus)
    health: Manifest = {
        "httpGet": {"path": wanted.health_path, "port": PORT, "scheme": wanted.protocol},
        "timeoutSeconds": 3,
    }
    environment = {**variables, **wanted.environment}
    return {
        "name": NAME,
        **_program(wanted),
        "env": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "ports": [{"name": PORT, "containerPort": wanted.port, "protocol": "TCP"}],
        # Models take their time to load: ten minutes until it must answer for the first time.
        "startupProbe": {**health, "periodSeconds": 5, "failureThreshold": 120},
        "readinessProbe": {**health, "periodSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**health, "periodSeconds": 15, "failureThreshold": 4},
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN}}},
        "resources": asked,
        "securityContext": pod.container_security(),
        "volumeMounts": _volume_mounts(wanted),
    }


def _program(wanted: ApplicationSpec) -> Manifest:
    """Its image, or a small public server that shows the request it was sent."""
    if wanted.image is not None:
        return {"image": wanted.image}
    certificate = [f"--cert={CERTIFICATE}", f"--key={KEY}"] if wanted.protocol == "HTTPS" else []
    return {"image": WHOAMI, "args": [f"--port={wanted.port}", *certificate]}


def _volume_mounts(wanted: ApplicationSpec) -> list[Manifest]:
    shared = {"name": "shared", "mountPath": wanted.file_system_path, "readOnly": _only_read(wanted)}
    return [
        {"name": "tls", "mountPath": CERTIFICATE_PATH, "readOnly": True},
        {"name": "tmp", "mountPath": SCRATCH_PATH},
        *([shared] if _mounts(wanted) else []),
    ]
