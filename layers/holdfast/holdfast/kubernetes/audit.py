"""A cluster's audit log: which of its events reach us, and to which object of ours each leads.

An event is an ``audit.k8s.io/v1`` Event ("Auditing", kubernetes.io/docs/tasks/debug/debug-cluster/audit; its fields:
docs/reference/config-api/apiserver-audit.v1). EKS writes them into ``/aws/eks/<cluster>/cluster``, with whoever IAM
says that it was in ``user.extra`` ("Send control plane logs to CloudWatch Logs", EKS user guide; the keys:
github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token). It is told, never believed: it says where to look.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from holdfast.core.incident import Actor
from holdfast.core.reading import epoch, part, text
from holdfast.kubernetes.kinds import KINDS, Kind, identity

AUDITED: Final = {(kind.group, kind.plural): kind for kind in KINDS.values() if kind.audited}
"""What is listened to, by API group and resource."""
LONGEST_PATTERN: Final = 1024
"""Characters ("PutSubscriptionFilter", CloudWatch Logs API reference)."""


def pattern(*ours: str) -> str:
    """The filter pattern of what we want to hear: who wrote an object, with success, and was none of ``ours`` (ARNs).

    "Filter pattern syntax for metric filters, subscription filters, …" (CloudWatch Logs user guide): at most two
    regular expressions, without parentheses. Controllers write ``status`` all the time; of all subresources only
    ``scale`` changes what is promised. Who is no IAM principal has no ARN: a controller, a service account.
    """
    resources = "|".join(sorted(f"^{plural}$" for _, plural in AUDITED))
    arn = "$.user.extra.canonicalArn[0]"
    others = " && ".join(f'{arn} != "{one}"' for one in ours)
    return (
        "{ $.stage = ResponseComplete && $.responseStatus.code < 300 && $.verb = %^create|^delete|^patch|^update%"
        f" && $.objectRef.resource = %{resources}%"
        " && ($.objectRef.subresource NOT EXISTS || $.objectRef.subresource = scale)"
        f" && ({arn} NOT EXISTS || ({others})) }}"
    )


class Heard(NamedTuple):
    """``identity`` is what the manifest calls the object; its namespace, if all of the ``kind`` in it were deleted."""

    kind: Kind
    identity: str
    actor: Actor


def heard(cluster: str, event: object) -> Iterator[Heard]:
    """What an event of ``cluster`` leads to; nothing, if it is about nothing that could be ours.

    What is made under a name that the API makes up is none of ours. In a namespace of ours it may be one too many.
    """
    about, verb = part(event, "objectRef"), text(event, "verb")
    kind = AUDITED.get((text(about, "apiGroup"), text(about, "resource")))
    if kind is None:
        return
    namespace, name = text(about, "namespace"), text(about, "name")
    around = identity(cluster, "Namespace", "", namespace)
    if name:
        yield Heard(kind, identity(cluster, kind.kind, namespace if kind.namespaced else "", name), _actor(event))
    elif namespace and verb == "deletecollection":
        yield Heard(kind, around, _actor(event))
    if kind.additive and namespace and not verb.startswith("delete"):
        yield Heard(KINDS["Namespace"], around, _actor(event))


def _actor(event: object) -> Actor:
    """Under the ARN by which IAM knows them, if it does: Kubernetes' name for them may be any."""
    user, about = part(event, "user"), part(event, "objectRef")
    where = "/".join(filter(None, (text(about, "resource"), text(about, "subresource"))))
    return Actor(
        arn=_first(part(user, "extra"), "arn") or text(user, "username") or "unknown",
        source_address=_first(event, "sourceIPs"),
        user_agent=text(event, "userAgent"),
        event_id=text(event, "auditID"),
        event_name=f"{text(event, 'verb')} {where}",
        at=epoch(text(event, "requestReceivedTimestamp")),
    )


def _first(value: object, key: str) -> str:
    several = value.get(key) if isinstance(value, Mapping) else None
    return next((one for one in several if isinstance(one, str)), "") if isinstance(several, list) else ""
