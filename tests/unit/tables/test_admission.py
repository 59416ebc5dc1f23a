"""Who may build now: a running build refuses the next one and names itself, a dead one's lease is taken over."""

import json
import time
from typing import TYPE_CHECKING

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Lease
from holdfast.core.site import Addons, Place
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater, NeedsHuman, WrongInput
from holdfast.core.versions import KUBERNETES
from holdfast.environment.admission import admit
from holdfast.environment.build import BuilderSettings
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.consideration import Request
from tests.support.calls import refusing
from tests.support.world import ADDONS, SITE, ZONE, spec
from tests.unit.tables.conftest import ENVIRONMENTS, MANIFEST, Tables

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

SETTINGS = BuilderSettings(
    manifest_table=MANIFEST,
    environments_table=ENVIRONMENTS,
    permissions_boundary="arn:of:the-boundary",
    code="arn:of:the-code",
    alerts_topic="arn:of:the-topic",
    audit_function="arn:of:the-function",
)
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:holdfast-admit"
PLACE = Place(SITE.zones, SITE.hosted_zone)
DEFINITION = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})


class Builds:
    """The executions of a state machine that builds."""

    def __init__(self, clients: Clients, tables: Tables) -> None:
        self.tables = tables
        self._clients = clients
        self._states: SFNClient = clients.stepfunctions
        self._machine = self._states.create_state_machine(
            name="build", definition=DEFINITION, roleArn="arn:aws:iam::123456789012:role/build"
        )["stateMachineArn"]

    def start(self, name: str) -> str:
        return self._states.start_execution(stateMachineArn=self._machine, name=name)["executionArn"]

    def stop(self, execution: str) -> None:
        self._states.stop_execution(executionArn=execution)

    def admit(self, execution: str, wanted: Spec | None = None) -> Lease | int:
        return admit(self._clients, SETTINGS, Request(wanted or spec(), execution, FUNCTION))


@pytest.fixture
def builds(clients: Clients, tables: Tables) -> Builds:
    _zone(clients, "atlas.holdfast.example")
    return Builds(clients, tables)


def _zone(clients: Clients, name: str) -> str:
    made = clients.route53.create_hosted_zone(Name=name, CallerReference=f"{name}-{time.time()}")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def test_first_build_is_admitted_with_the_regions_first_three_zones(builds: Builds) -> None:
    first = builds.start("first")
    assert builds.admit(first) == Lease("atlas", first, 1)
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert Spec.model_validate(held.spec) == spec()


def test_admitted_twice_it_is_the_same_build(builds: Builds) -> None:
    first = builds.start("first")
    assert builds.admit(first) == builds.admit(first)


def test_second_build_is_refused_and_told_which_one_runs(builds: Builds) -> None:
    first, second = builds.start("first"), builds.start("second")
    builds.admit(first)
    with pytest.raises(ComeBackLater) as refused:
        builds.admit(second)
    assert f"atlas is being built by {first}" in refused.value.why
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.execution == first


def test_other_environment_is_nobodys_business(builds: Builds) -> None:
    builds.admit(builds.start("first"))
    second = builds.start("second")
    assert builds.admit(second, spec("atlas-2", "10.30.0.0/16")) == Lease("atlas-2", second, 1)


def test_dead_builds_lease_is_taken_over_at_once(builds: Builds) -> None:
    first, second = builds.start("first"), builds.start("second")
    builds.admit(first)
    builds.stop(first)
    assert builds.admit(second) == Lease("atlas", second, 2)


def test_where_another_was_quicker_it_looks_again(clients: Clients, builds: Builds) -> None:
    """It may have been stopped meanwhile, while its function went on: nobody would build, and the second be refused."""
    with refusing(clients.dynamodb, "PutItem", "ConditionalCheckFailedException", "The conditional request failed"):
        assert builds.admit(builds.start("second")) == 5
    assert builds.tables.environments.held("atlas") is None


def test_build_that_step_functions_has_forgotten_is_dead(builds: Builds) -> None:
    """Executions are kept for 90 days ("Quotas", Step Functions developer guide)."""
    forgotten = builds.start("first").replace("first", "forgotten")
    builds.tables.environments.take("atlas", forgotten, None, PLACE, spec().model_dump(mode="json"))
    second = builds.start("second")
    assert builds.admit(second) == Lease("atlas", second, 2)


def test_function_that_is_still_at_work_is_waited_for(builds: Builds) -> None:
    first, second = builds.start("first"), builds.start("second")
    lease = builds.admit(first)
    assert isinstance(lease, Lease)
    builds.tables.environments.at_work(lease, "network", time.time() + 30)
    builds.tables.environments.at_work(lease, "keys", time.time() - 30)
    builds.stop(first)
    wait = builds.admit(second)
    assert isinstance(wait, int), "two builders at once: the stopped build's function still makes calls"
    assert 25 < wait <= 31
    builds.tables.environments.done(lease, "network")
    assert builds.admit(second) == Lease("atlas", second, 2)


def test_zones_stay_what_they_were_at_the_first_build(builds: Builds) -> None:
    zones = ("eu-west-1c", "eu-west-1b", "eu-west-1a")
    builds.tables.environments.take("atlas", builds.start("dead").replace("dead", "x"), None, Place(zones, "Z1"), {})
    builds.admit(builds.start("second"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.zones == zones, "a zone that is added to the Region must not move a subnet"


def test_what_cannot_be_changed_in_place_is_refused_before_the_lease_changes_hands(builds: Builds) -> None:
    first, second = builds.start("first"), builds.start("second")
    lease = builds.admit(first)
    assert isinstance(lease, Lease)
    manifest = builds.tables.manifest
    for record in manifest.propose(lease, "network", LAYERS["network"].declared(spec(), SITE)).values():
        manifest.learn(record, {"id": f"id-of-{record.name}"})
    builds.stop(first)
    with pytest.raises(NeedsHuman) as refused:
        builds.admit(second, spec(cidr="10.30.0.0/16"))
    assert "network/vpc CidrBlock is 10.20.0.0/16, asked for 10.30.0.0/16" in refused.value.why
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.execution == first, "nothing was touched"


def test_what_the_file_asks_for_no_more_is_refused_and_nothing_is_touched(builds: Builds) -> None:
    first, second = builds.start("first"), builds.start("second")
    whole = spec(nodes={"gpu": {}})
    lease = builds.admit(first, whole)
    assert isinstance(lease, Lease)
    manifest = builds.tables.manifest
    for layer in ("nodes", "ingress"):
        for record in manifest.propose(lease, layer, LAYERS[layer].declared(whole, SITE)).values():
            manifest.learn(record, {"id": f"id-of-{record.name}"})
        manifest.promise(lease, layer)
    builds.stop(first)
    with pytest.raises(NeedsHuman) as refused:
        builds.admit(second)
    assert (
        "asks no more for ingress/gpu_scaling, nodes/gpu, nodes/gpu_instances, nodes/gpu_template" in refused.value.why
    )
    assert "`nodes.gpu` with `min` 0" in refused.value.do
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.execution == first
    assert builds.admit(second, spec(nodes={"gpu": {"min": 0}})) == Lease("atlas", second, 2)


def test_more_nodes_than_the_range_of_what_stands_can_hold_are_refused(builds: Builds) -> None:
    """Also once nothing that a quota counts is made any more."""
    first, second = builds.start("first"), builds.start("second")
    lease = builds.admit(first, spec(cidr="10.20.0.0/20"))
    assert isinstance(lease, Lease)
    for layer in ("network", "egress"):
        builds.tables.manifest.propose(lease, layer, LAYERS[layer].declared(spec(cidr="10.20.0.0/20"), SITE))
        builds.tables.manifest.promise(lease, layer)
    builds.stop(first)
    with pytest.raises(WrongInput, match=r"nodes\.general\.max: 450 nodes"):
        builds.admit(second, spec(cidr="10.20.0.0/20", nodes={"general": {"max": 450}}))


def test_hosted_zone_is_looked_for_anew_after_a_teardown(clients: Clients, builds: Builds) -> None:
    """The lease outlives the environment, and in the meantime its zone may be another one, or gone."""
    old = builds.start("dead").replace("dead", "x")
    builds.tables.environments.take("atlas", old, None, PLACE._replace(hosted_zone="ZGONE"), {})
    builds.admit(builds.start("second"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert clients.route53.get_hosted_zone(Id=held.place.hosted_zone)["HostedZone"]["Name"] == f"{ZONE}."
    with pytest.raises(WrongInput, match="no public hosted zone nowhere"):
        builds.admit(builds.start("second"), spec(dns={"zone": "nowhere.example"}))


def test_hosted_zone_is_found_by_its_whole_name(clients: Clients, builds: Builds) -> None:
    builds.admit(builds.start("first"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    zone = clients.route53.get_hosted_zone(Id=held.place.hosted_zone)["HostedZone"]
    assert zone["Name"] == f"{ZONE}."


@pytest.mark.parametrize(("zone", "said"), [("nowhere.example", "no public hosted zone"), (ZONE, "2 public hosted")])
def test_zone_that_is_not_there_or_there_twice_is_wrong_input(
    clients: Clients, builds: Builds, zone: str, said: str
) -> None:
    _zone(clients, ZONE)
    with pytest.raises(WrongInput, match=rf"dns\.zone: .*{said}"):
        builds.admit(builds.start("first"), spec(dns={"zone": zone}))
    assert builds.tables.environments.held("atlas") is None, "nothing was touched"


def test_addons_are_those_that_eks_names_for_the_kubernetes_asked_for(builds: Builds) -> None:
    builds.admit(builds.start("first"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.addons == Addons(KUBERNETES, ADDONS), "the default versions, not the newest ones"


def test_addons_stay_while_kubernetes_stays(builds: Builds) -> None:
    kept = PLACE._replace(addons=Addons(KUBERNETES, {**ADDONS, "vpc-cni": "v0.0.1-eksbuild.1"}))
    builds.tables.environments.take("atlas", builds.start("dead").replace("dead", "x"), None, kept, {})
    builds.admit(builds.start("second"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.addons == kept.addons, "a second build must change nothing, whatever EKS has released since"


def test_an_addon_that_is_new_to_us_is_asked_for_beside_those_that_are_kept(builds: Builds) -> None:
    kept = PLACE._replace(addons=Addons(KUBERNETES, {"vpc-cni": "v0.0.1-eksbuild.1"}))
    builds.tables.environments.take("atlas", builds.start("dead").replace("dead", "x"), None, kept, {})
    builds.admit(builds.start("second"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.addons.versions == {**ADDONS, "vpc-cni": "v0.0.1-eksbuild.1"}


def test_addons_are_asked_for_again_with_another_kubernetes(builds: Builds) -> None:
    kept = PLACE._replace(addons=Addons("1.35", {"vpc-cni": "v0.0.1-eksbuild.1"}))
    builds.tables.environments.take("atlas", builds.start("dead").replace("dead", "x"), None, kept, {})
    builds.admit(builds.start("second"))
    held = builds.tables.environments.held("atlas")
    assert held is not None
    assert held.place.addons == Addons(KUBERNETES, ADDONS)


def test_kubernetes_that_eks_has_no_addons_for_is_refused(builds: Builds) -> None:
    with pytest.raises(WrongInput, match="1\\.20") as refused:
        builds.admit(builds.start("first"), spec(cluster={"version": "1.20"}))
    assert refused.value.field == "cluster.version"
