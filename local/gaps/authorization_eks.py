"""EKS, and the issuers of its tokens: what a call is asked about, with the tags of what it makes and of what stands.

Rests on "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service"
(service-authorization/latest/reference/list_amazonelastickubernetesservice.html). Tags in a create call ask for
eks:TagResource too; an encrypted cluster asks for kms:CreateGrant and kms:DescribeKey on the key ("Encrypt Kubernetes
secrets with KMS on existing clusters", eks/latest/userguide/enable-kms.html). What other modules keep beside clusters
and add-ons is found in the emulator's stores by the names in the request.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import eks, iam, kms

from local.calls import Call
from local.gaps.authorization import Question, arn, key_tags, request_tags, resource_tags, tag_list

_TYPES: Final = {
    "CreateAddon": "addon",
    "CreateAccessEntry": "access-entry",
    "CreateCluster": "cluster",
    "CreateNodegroup": "nodegroup",
    "CreatePodIdentityAssociation": "podidentityassociation",
}
_WITHOUT: Final = frozenset({"CreateCluster", "DescribeAddonVersions", "DescribeClusterVersions", "ListClusters"})
"""Actions that know no resource."""
_ISSUER: Final = "OpenIDConnectProviderArn"


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"eks:{call.operation}", call.parameters
    asked = request_tags(tag_list(given.get("tags", {})), given.get("tagKeys", []))
    if call.operation in _WITHOUT:
        return [Question(action, "*", asked), *_tagged(call, asked), *_encrypted(given)]
    about = _named(given, resource) if call.operation not in _TYPES else _cluster(given, resource)
    return [Question(action, about, _keys(about) | asked), *_tagged(call, asked)]


def _named(given: Mapping[str, Any], resource: str) -> str:
    """The ARN of the innermost thing that the request names."""
    if "resourceArn" in given:
        return str(given["resourceArn"])
    cluster = given.get("clusterName") or given.get("name", "")
    if provider := given.get("identityProviderConfig"):
        known = eks._idp_configs.get(f"{cluster}\x00{provider['name']}")
        below = f"identityproviderconfig/{cluster}/oidc/{provider['name']}/*"
        return str(known["arn"]) if known else arn("eks", below)
    for store, member, separator, field in (
        (eks._addons, "addonName", "/", "addonArn"),
        (eks._nodegroups, "nodegroupName", "/", "nodegroupArn"),
        (eks._access_entries, "principalArn", "\x00", "accessEntryArn"),
        (eks._pod_identity_associations, "associationId", "\x00", "associationArn"),
    ):
        if member in given:
            record = store.get(f"{cluster}{separator}{given[member]}")
            kind = field.removesuffix("Arn").replace("accessEntry", "access-entry")
            kind = kind.replace("association", "podidentityassociation")
            return str(record[field]) if record else arn("eks", f"{kind}/{cluster}/{given[member]}/*")
    return _cluster(given, resource)


def _cluster(given: Mapping[str, Any], resource: str) -> str:
    name = given.get("clusterName") or given.get("name")
    return arn("eks", f"cluster/{name}") if name else resource


def _keys(about: str) -> dict[str, Any]:
    return resource_tags("eks", tag_list(eks._tags.get(about, {})))


def _tagged(call: Call, asked: Mapping[str, Any]) -> Iterator[Question]:
    if asked and call.operation in _TYPES:
        cluster = call.parameters.get("clusterName") or call.parameters.get("name")
        below = "" if call.operation == "CreateCluster" else "/*"
        yield Question("eks:TagResource", arn("eks", f"{_TYPES[call.operation]}/{cluster}{below}"), asked)


def _encrypted(given: Mapping[str, Any]) -> Iterator[Question]:
    for one in given.get("encryptionConfig", []):
        key = kms._resolve_key(one.get("provider", {}).get("keyArn", ""))
        if key:
            for action in ("kms:DescribeKey", "kms:CreateGrant"):
                yield Question(action, key["Arn"], resource_tags("kms", key_tags(key)))


def issuer_questions(call: Call) -> list[Question] | None:
    """For calls of IAM that are about an issuer of tokens; None for all others."""
    action, given = f"iam:{call.operation}", call.parameters
    if "OpenIDConnectProvider" not in call.operation or call.operation.startswith("List"):
        return None
    about = given.get(_ISSUER) or _issuer_arn(given.get("Url", ""))
    stands = iam._oidc_providers.get(about, {})
    asked = request_tags(given.get("Tags", []), given.get("TagKeys", []))
    keys = resource_tags("iam", stands.get("Tags", [])) | asked
    made = call.operation == "CreateOpenIDConnectProvider" and asked
    tagged = [Question("iam:TagOpenIDConnectProvider", about, asked)] if made else []
    return [Question(action, about, keys), *tagged]


def _issuer_arn(url: str) -> str:
    return f"arn:aws:iam::{get_account_id()}:oidc-provider/{url.removeprefix('https://')}"
