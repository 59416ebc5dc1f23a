"""What is special about EKS: one update at a time, versions that only go up, and clusters that are not ours."""

import time
from typing import Any, Final

import pytest
from moto.eks.models import eks_backends

from holdfast.aws.clients import Clients
from holdfast.aws.eks.cluster import Cluster
from holdfast.core.diff import diff
from holdfast.core.reconcile import Reach, check, enforce
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.moto_eks_updates import end
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.eks import CLUSTER_DEEDS
from tests.unit.aws.subject import Subject


def _stored() -> Any:
    """The cluster as moto keeps it: what AWS does by itself is done to it here."""
    return eks_backends["123456789012"]["eu-west-1"].clusters["atlas"]


@pytest.mark.parametrize(
    ("stands", "asked", "refused"),
    [("1.35", "1.35", 0), ("1.35", "1.36", 0), ("1.35", "1.37", 1), ("1.36", "1.35", 1)],
)
def test_a_cluster_goes_up_one_minor_version_at_a_time(stands: str, asked: str, refused: int) -> None:
    same = {"Name": "atlas", "RoleArn": "role", "EncryptionKeyArn": "key"}
    sentences = list(Cluster.refusals({**same, "Version": stands}, {**same, "Version": asked}))
    assert len(sentences) == refused, sentences


def test_what_encrypts_secrets_is_never_changed() -> None:
    stands = {"Name": "atlas", "RoleArn": "role", "EncryptionKeyArn": "key", "Version": "1.36"}
    assert list(Cluster.refusals(stands, {**stands, "EncryptionKeyArn": "another"}))


def test_the_next_minor_version_is_reached(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    subject.change_promise(version="1.36")
    subject.bring_back()
    assert clients.eks.describe_cluster(name="atlas")["cluster"]["version"] == "1.36"


def test_a_cluster_that_somebody_took_further_needs_a_human_who_knows_of_it(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    clients.eks.update_cluster_version(name="atlas", version="1.36")
    checked = check(subject.resource)
    assert checked.observed is not None
    with pytest.raises(NeedsHuman, match=r"somebody took it to 1\.36, asked for is 1\.35: no cluster goes down"):
        subject.resource.update(checked.observed, checked.drift)


def test_who_reaches_it_is_mended_before_all_else(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    CLUSTER_DEEDS["does three things at once"](clients, "atlas")
    drift = check(subject.resource).drift
    observed = subject.resource.observe()
    assert observed is not None
    made = subject.resource.update(observed, drift)
    assert made == ("UpdateClusterConfig resourcesVpcConfig",), "EKS takes one kind of change a call"
    assert not clients.eks.describe_cluster(name="atlas")["cluster"]["resourcesVpcConfig"]["endpointPublicAccess"]


def test_an_update_that_runs_is_waited_for(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    CLUSTER_DEEDS["lifts the protection"](clients, "atlas")
    observed = subject.resource.observe()
    assert observed is not None
    _stored().status = "UPDATING"
    with pytest.raises(ComeBackLater):
        subject.resource.update(observed, diff(subject.resource.desired, observed.state))
    seen = subject.resource.observe()
    assert seen is not None
    assert seen.wait, "while EKS works on it nothing is compared"
    assert seen.physical == subject.physical, "what others refer to stays known while it is updated"
    assert not seen.going
    _stored().status = "DELETING"
    seen = subject.resource.observe()
    assert seen is not None
    assert seen.going


def test_until_it_stands_it_has_nothing_to_refer_to_but_its_name(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    _stored().status = "CREATING"
    seen = subject.resource.observe()
    assert seen is not None
    assert seen.physical.keys() == {"id", "Arn"}, "an add-on would be made too early"


def test_a_cluster_that_was_never_made_is_told_with_its_reason(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    stored = _stored()
    stored.status = "FAILED"
    stored.health = {"issues": [{"code": "Ec2SubnetNotFound", "message": "The subnet is gone", "resourceIds": []}]}
    with pytest.raises(NeedsHuman, match="The subnet is gone"):
        check(subject.resource)


def test_somebody_elses_cluster_is_never_touched(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    CLUSTER_DEEDS["strips our tag"](clients, "atlas")
    subject.physical = {}
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.resource.observe()


def test_an_add_on_waits_for_its_clusters_update(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    clients.eks.update_addon(clusterName="atlas", addonName="vpc-cni", addonVersion="v1.20.0-eksbuild.1")
    _stored().status = "UPDATING"
    with pytest.raises(ComeBackLater, match="UPDATING"):
        subject.bring_back()


def test_a_degraded_add_on_says_why_and_is_mended_where_it_differs(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    addon = _stored().addons["vpc-cni"]
    addon["status"] = "DEGRADED"
    addon["health"] = {"issues": [{"code": "InsufficientNumberOfReplicas", "message": "no nodes"}]}
    with pytest.raises(ComeBackLater, match="InsufficientNumberOfReplicas: no nodes"):
        subject.resource.observe()
    addon["configurationValues"] = "{}"
    assert check(subject.resource).drift, "what was misconfigured into it must be undone"


def test_an_add_on_that_was_never_made_is_told_with_its_reason(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    addon = _stored().addons["vpc-cni"]
    addon["status"] = "CREATE_FAILED"
    addon["health"] = {"issues": [{"code": "AdmissionRequestDenied", "message": "a webhook said no"}]}
    with pytest.raises(NeedsHuman, match="a webhook said no"):
        check(subject.resource)


def test_a_configuration_is_compared_by_what_it_says(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    _stored().addons["vpc-cni"]["configurationValues"] = '{ "enableNetworkPolicy":"true" }'
    assert check(subject.resource).holds


def test_no_group_is_made_in_place_of_the_one_that_eks_makes(clients: Clients) -> None:
    promised = SPECIMENS["AWS::EC2::SecurityGroup"].promise(clients)
    subject = Subject(clients, "AWS::EC2::SecurityGroup", promised)
    subject.change_promise(group_name="eks-cluster-sg-atlas-1234567890")
    with pytest.raises(ComeBackLater):
        subject.bring_back()


def test_an_add_on_that_eks_gave_up_on_is_discarded_by_the_next_build(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    _stored().addons["vpc-cni"]["status"] = "CREATE_FAILED"
    step = enforce(subject.resource, Reach(lambda: None, lambda: None, discard=True))
    assert step.did == "discard"
    assert subject.resource.observe() is None


def test_a_cluster_that_eks_gave_up_on_is_left_to_a_human(clients: Clients) -> None:
    """Who builds may delete no cluster: with the right to it, any cluster of ours could go."""
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    _stored().status = "FAILED"
    with pytest.raises(NeedsHuman, match="gave up on it"):
        enforce(subject.resource, Reach(lambda: None, lambda: None, discard=True))


GIVEN_UP: Final = [
    ("AWS::EKS::Cluster", ""),
    ("AWS::EKS::Nodegroup", "atlas-specimen"),
    ("AWS::EKS::Addon", "vpc-cni"),
]
"""Kinds that take a change, and may give up on it later; and what EKS calls the specimen in its cluster."""


@pytest.mark.parametrize(("kind", "called"), GIVEN_UP)
def test_update_that_eks_gave_up_on_is_told_with_its_reason(clients: Clients, kind: str, called: str) -> None:
    subject, asked = Subject.standing(clients, kind), time.time()
    assert subject.resource.gave_up(asked) == ""
    end("Failed", "an earlier build's", of=called, ago=3600)
    assert subject.resource.gave_up(asked) == "", "it was asked for anew"
    end("Failed", "somebody else's", of="another")
    assert subject.resource.gave_up(asked) == ""
    end("Failed", "Not enough free addresses", of=called)
    said = subject.resource.gave_up(asked)
    assert "Not enough free addresses" in said
    assert "i-0123456789abcdef0" in said


@pytest.mark.parametrize(("kind", "called"), GIVEN_UP)
def test_update_that_was_asked_for_again_and_goes_on_is_no_failure(clients: Clients, kind: str, called: str) -> None:
    subject, asked = Subject.standing(clients, kind), time.time()
    end("Failed", "the first one", of=called, ago=2)
    end("InProgress", of=called)
    assert subject.resource.gave_up(asked) == ""


def test_change_that_was_asked_for_and_failed_ends_the_build(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Cluster")
    subject.change_promise(version="1.36")
    end("Failed", "IpNotAvailable")
    with pytest.raises(NeedsHuman, match=r"AWS gave up on the change: VersionUpdate .*IpNotAvailable"):
        enforce(subject.resource, Reach(lambda: None, lambda: None, asked=time.time()))
    assert _stored().version == "1.35", "it is not asked for again"


def test_version_of_an_add_on_whose_update_failed_is_not_in_force(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EKS::Addon")
    _stored().addons["vpc-cni"]["status"] = "UPDATE_FAILED"
    assert [change.path for change in check(subject.resource).drift] == ["AddonVersion"], "it must be asked for anew"
