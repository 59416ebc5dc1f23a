"""Kubernetes objects among the AWS resources: each kind of ``kubernetes.kinds`` as a class of its own."""

from typing import Final

from holdfast.aws.resource import AwsResource
from holdfast.core.concern import HOME
from holdfast.core.resource import Duration
from holdfast.kubernetes.api import Api
from holdfast.kubernetes.kinds import KINDS, Kind
from holdfast.kubernetes.namespaces import Namespace, NamespaceState
from holdfast.kubernetes.objects import KubernetesObject
from holdfast.kubernetes.state import ObjectState


class ClusterObject(KubernetesObject, AwsResource[ObjectState]):
    """An object in the cluster of its environment, reached through ``clients.kubernetes``."""

    model = ObjectState
    duration = Duration(usual=1, least=0, most=5)

    @property
    def api(self) -> Api:
        return self.clients.kubernetes(self.address.environment)


def _class_of(kind: Kind) -> type[ClusterObject]:
    own: dict[str, object] = {
        "__doc__": f"One {kind.kind}.",
        "kind": kind.type_name,
        "description": kind,
        "comes_back": not kind.holds,
    }
    if kind is KINDS["Namespace"]:
        return type(kind.kind, (Namespace, ClusterObject), own | {"model": NamespaceState})
    return type(kind.kind, (ClusterObject,), own)


CLUSTER_OBJECTS: Final = tuple(map(_class_of, KINDS.values()))


def at_home_in(concern: str) -> tuple[type[ClusterObject], ...]:
    """The kinds of objects that a concern restores."""
    return tuple(one for one in CLUSTER_OBJECTS if HOME[one.kind] == concern)
