"""Every manifest, for many environments' files: valid at the cluster's minor version, and fit for production."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes_validate import utils

from holdfast.core.spec_parts import AccessSpec, ApplicationSpec, ReplicasSpec
from holdfast.kubernetes.manifests import application, cluster_autoscaler, device_plugin, ingress_controller, storage
from holdfast.kubernetes.manifests.pod import Manifest

ROLE: Final = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-application"
VPC: Final = "10.20.0.0/16"
GIVEN: Final = application.Surroundings(ROLE, "atlas.holdfast.example", VPC, {"BUCKET": "atlas-data"})
VERSIONS: Final = ("1.34", "1.35", "1.36")
POD_KINDS: Final = frozenset({"DaemonSet", "Deployment"})
RUNS_AS_ROOT: Final = frozenset({device_plugin.NAME})
"""It speaks to the kubelet through a socket that belongs to root."""
QUANTITY: Final = re.compile(r"[1-9][0-9]*(m|Mi|Gi)?")


def everything(wanted: ApplicationSpec, version: str = "1.36") -> dict[str, Manifest]:
    parts = {
        "ingress": ingress_controller.objects(application.SPACE, VPC),
        "autoscaler": cluster_autoscaler.objects("atlas", version, "eu-west-1", ROLE),
        "gpu": device_plugin.objects(),
        "storage": {"class": storage.storage_class("fs-0123456789abcdef0")},
        "application": application.objects(wanted, GIVEN),
    }
    return {f"{part}/{name}": one for part, objects in parts.items() for name, one in objects.items()}


@st.composite
def replicas(draw: st.DrawFn) -> ReplicasSpec:
    least = draw(st.integers(2, 1000))
    return ReplicasSpec(min=least, max=draw(st.integers(least, 1000)))


access = st.sampled_from(["none", "read", "write"])
applications = st.builds(
    ApplicationSpec,
    image=st.none() | st.just("public.ecr.aws/team/app@sha256:" + "a" * 64),
    port=st.integers(1024, 65535),
    protocol=st.sampled_from(["HTTPS", "HTTP"]),
    health_path=st.sampled_from(["/", "/healthz", "/a/b.c_d~e-f"]),
    replicas=replicas(),
    cpu=st.from_regex(r"[1-9][0-9]{0,2}m?", fullmatch=True),
    memory=st.from_regex(r"[1-9][0-9]{0,2}(Mi|Gi)", fullmatch=True),
    cpu_target_percent=st.integers(10, 100),
    memory_target_percent=st.integers(10, 100),
    gpus=st.integers(0, 16),
    environment=st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]{0,10}", fullmatch=True), st.text(max_size=20), max_size=3
    ),
    file_system_path=st.sampled_from(["/data", "/mnt/shared"]),
    access=st.builds(AccessSpec, bucket=access, database=st.booleans(), file_system=access),
)
SAMPLES: Final = {
    "default": ApplicationSpec(),
    "http": ApplicationSpec(protocol="HTTP", port=8080),
    "gpu": ApplicationSpec(gpus=1, image="public.ecr.aws/team/model:v1"),
    "all rights": ApplicationSpec(access=AccessSpec(bucket="write", database=True, file_system="write")),
}


@pytest.fixture(scope="module", autouse=True)
def _schemas_are_read_once() -> Iterator[None]:
    """The definitions of a version are megabytes, and read anew for each object."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for read in ("schema_contents", "all_versions"):
            monkeypatch.setattr(utils, read, cache(getattr(utils, read)))
        yield


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_api_of_each_version_knows_every_field(version: str, sample: str) -> None:
    for manifest in everything(SAMPLES[sample], version).values():
        kubernetes_validate.validate(manifest, version, strict=True)


@settings(max_examples=40, deadline=None)
@given(applications)
def test_whatever_is_asked_for_the_manifests_are_valid_and_fit(wanted: ApplicationSpec) -> None:
    objects = everything(wanted)
    for manifest in application.objects(wanted, GIVEN).values():
        kubernetes_validate.validate(manifest, "1.36", strict=True)
    for name, manifest in objects.items():
        for spec in _pods(manifest):
            _is_restricted(name, manifest, spec)
            _is_bounded(name, spec)
    _hangs_together(wanted, objects)


@given(applications)
@settings(max_examples=40, deadline=None)
def test_which_objects_there_are_does_not_depend_on_the_file(wanted: ApplicationSpec) -> None:
    def named(objects: dict[str, Manifest]) -> dict[str, tuple[str, str]]:
        return {name: (one["kind"], one["metadata"]["name"]) for name, one in objects.items()}

    assert named(everything(wanted)) == named(everything(ApplicationSpec()))


def _pods(manifest: Manifest) -> Iterator[Manifest]:
    if manifest["kind"] in POD_KINDS:
        yield manifest["spec"]["template"]["spec"]


def _containers(spec: Manifest) -> list[Manifest]:
    return [*spec["containers"], *spec.get("initContainers", [])]


def _is_restricted(name: str, manifest: Manifest, spec: Manifest) -> None:
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
    for container in _containers(spec):
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert context["readOnlyRootFilesystem"], name
        assert not context["allowPrivilegeEscalation"], name
        if manifest["metadata"]["name"] not in RUNS_AS_ROOT:
            assert context["runAsNonRoot"], name
            assert spec["securityContext"]["runAsUser"] > 0, name
            assert not any("hostPath" in volume for volume in spec.get("volumes", [])), name


def _is_bounded(name: str, spec: Manifest) -> None:
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for container in _containers(spec):
        asked = container["resources"]
        assert asked["limits"]["memory"] == asked["requests"]["memory"], f"{name}: memory is not to be overcommitted"
        quantities = [*asked["requests"].values(), *asked["limits"].values()]
        assert all(QUANTITY.fullmatch(one) for one in quantities), f"{name}: {quantities}"
        image = container["image"]
        assert "@sha256:" in image or re.search(r":v?[0-9]", image), f"{name}: {image} may be another one tomorrow"
        assert ":latest" not in image, name
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes, name


def _hangs_together(wanted: ApplicationSpec, objects: dict[str, Manifest]) -> None:
    deployment, service = objects["application/deployment"], objects["application/service"]
    autoscaler, ingress = objects["application/autoscaler"], objects["application/ingress"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert "replicas" not in deployment["spec"], "the HorizontalPodAutoscaler's affair"
    for one in objects.values():
        if one["kind"] in POD_KINDS:
            selected = one["spec"]["selector"]["matchLabels"].items()
            assert selected <= one["spec"]["template"]["metadata"]["labels"].items(), one["metadata"]["name"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert objects["application/disruption_budget"]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert autoscaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert autoscaler["spec"]["maxReplicas"] >= autoscaler["spec"]["minReplicas"] >= 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {service["spec"]["ports"][0]["targetPort"]: wanted.port}
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"]["name"] == service["spec"]["ports"][0]["name"]
    probes = [container[each]["httpGet"] for each in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert {probe["scheme"] for probe in probes} == {wanted.protocol}


@pytest.mark.parametrize("space", [application.SPACE, ingress_controller.SPACE, cluster_autoscaler.SPACE])
def test_what_is_not_allowed_is_denied(space: str) -> None:
    policies = [one for one in everything(ApplicationSpec()).values() if one["kind"] == "NetworkPolicy"]
    denied = {one["metadata"]["namespace"] for one in policies if _denies_all(one["spec"])}
    assert space in denied


def _denies_all(spec: dict[str, Any]) -> bool:
    return spec["podSelector"] == {} and not spec["ingress"] and not spec["egress"] and len(spec["policyTypes"]) == 2


@pytest.mark.parametrize(("granted", "mounted"), [("none", []), ("read", [True]), ("write", [False])])
def test_the_file_system_is_mounted_as_far_as_was_granted(granted: Any, mounted: list[bool]) -> None:
    wanted = ApplicationSpec(access=AccessSpec(file_system=granted), file_system_path="/shared")
    spec = application.objects(wanted, GIVEN)["deployment"]["spec"]["template"]["spec"]
    mounts = [one for one in spec["containers"][0]["volumeMounts"] if one["mountPath"] == "/shared"]
    volumes = [one for one in spec["volumes"] if "persistentVolumeClaim" in one]
    assert [one["readOnly"] for one in mounts] == mounted
    assert [one["persistentVolumeClaim"]["readOnly"] for one in volumes] == mounted


def test_the_database_is_reached_only_if_it_was_granted() -> None:
    def ports(*, database: bool) -> set[int]:
        wanted = ApplicationSpec(access=AccessSpec(database=database))
        rules = application.objects(wanted, GIVEN)["network_policy"]["spec"]["egress"]
        return {port["port"] for rule in rules for port in rule["ports"]}

    assert ports(database=True) - ports(database=False) == {5432}


def test_a_minor_version_that_nobody_looked_up_has_its_own_autoscaler() -> None:
    deployment = cluster_autoscaler.objects("atlas", "1.38", "eu-west-1", ROLE)["deployment"]
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":v1.38.0")
