"""IAM: the audiences and the tags of an OpenID Connect provider can be changed, and its URL is shown as IAM shows it.

Pages: AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider, TagOpenIDConnectProvider,
UntagOpenIDConnectProvider, GetOpenIDConnectProvider (IAM/latest/APIReference/API_TagOpenIDConnectProvider.html and its
like).
"""

from collections.abc import Callable
from typing import Any

from ministack.services import iam

type Parameters = dict[str, Any]


def close() -> None:
    for action, change in (
        ("AddClientIDToOpenIDConnectProvider", _add),
        ("RemoveClientIDFromOpenIDConnectProvider", _remove),
        ("TagOpenIDConnectProvider", _tag),
        ("UntagOpenIDConnectProvider", _untag),
    ):
        iam._IAM_HANDLERS[action] = _of_existing(action, change)
    iam._IAM_HANDLERS["CreateOpenIDConnectProvider"] = _without_scheme(iam._IAM_HANDLERS["CreateOpenIDConnectProvider"])


def _of_existing(action: str, change: Callable[[Any, Parameters], None]) -> Callable[[Parameters], Any]:
    def changed(parameters: Parameters) -> Any:
        arn = iam._p(parameters, "OpenIDConnectProviderArn")
        provider = iam._oidc_providers.get(arn)
        if provider is None:
            return iam._error(404, "NoSuchEntity", f"OIDC provider {arn} not found.", ns="iam")
        change(provider, parameters)
        return iam._xml(200, f"{action}Response", "", ns="iam")

    return changed


def _without_scheme(create: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    def created(parameters: Parameters) -> Any:
        answer = create(parameters)
        for provider in iam._oidc_providers.values():
            provider["Url"] = provider["Url"].removeprefix("https://")
        return answer

    return created


def _add(provider: Any, parameters: Parameters) -> None:
    audience = iam._p(parameters, "ClientID")
    if audience not in provider["ClientIDList"]:
        provider["ClientIDList"].append(audience)


def _remove(provider: Any, parameters: Parameters) -> None:
    provider["ClientIDList"] = [one for one in provider["ClientIDList"] if one != iam._p(parameters, "ClientID")]


def _tag(provider: Any, parameters: Parameters) -> None:
    given = iam._extract_tags(parameters)
    keys = {tag["Key"] for tag in given}
    provider["Tags"] = [*(tag for tag in provider["Tags"] if tag["Key"] not in keys), *given]


def _untag(provider: Any, parameters: Parameters) -> None:
    gone: set[str] = set()
    while key := iam._p(parameters, f"TagKeys.member.{len(gone) + 1}"):
        gone.add(key)
    provider["Tags"] = [tag for tag in provider["Tags"] if tag["Key"] not in gone]
