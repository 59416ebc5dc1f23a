"""What moto lacks of WAF: data protection, one web ACL a resource, a code's right name, and that one in use stays.

A default action is one of two. "CreateWebACL", "DefaultAction", "AssociateWebACL", "DeleteWebACL", WAF API reference.
"""

import json
from typing import Any

import pytest
from moto.wafv2 import models
from moto.wafv2.exceptions import WAFv2ClientError
from moto.wafv2.models import FakeWebACL, WAFV2Backend
from moto.wafv2.responses import WAFV2Response

_to_dict = FakeWebACL.to_dict
_create_web_acl = WAFV2Response.create_web_acl
_update_web_acl = WAFV2Response.update_web_acl
_associate_web_acl = WAFV2Backend.associate_web_acl
_delete_web_acl = WAFV2Backend.delete_web_acl


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeWebACL, "to_dict", _with_data_protection)
    monkeypatch.setattr(WAFV2Response, "create_web_acl", _created)
    monkeypatch.setattr(WAFV2Response, "update_web_acl", _updated)
    monkeypatch.setattr(WAFV2Backend, "associate_web_acl", _taking_the_place)
    monkeypatch.setattr(WAFV2Backend, "delete_web_acl", _unless_in_use)
    monkeypatch.setattr(models, "WAFV2DuplicateItemException", _duplicate)


def _with_data_protection(web_acl: Any) -> dict[str, Any]:
    return {**_to_dict(web_acl), "DataProtectionConfig": getattr(web_acl, "data_protection_config", None)}


def _created(response: Any) -> Any:
    _refuse_two_defaults(response)
    answer = _create_web_acl(response)
    _protect(response)
    return answer


def _updated(response: Any) -> Any:
    _refuse_two_defaults(response)
    answer = _update_web_acl(response)
    _protect(response)
    return answer


def _refuse_two_defaults(response: Any) -> None:
    """Allow or Block ("DefaultAction")."""
    if len(json.loads(response.body)["DefaultAction"]) != 1:
        raise WAFv2ClientError("WAFInvalidParameterException", "DEFAULT_ACTION: exactly one value is required.")


def _protect(response: Any) -> None:
    """What a request does not say, an update takes away."""
    asked = json.loads(response.body)
    for web_acl in response.wafv2_backend.wacls.values():
        if web_acl.name == asked["Name"]:
            web_acl.data_protection_config = asked.get("DataProtectionConfig")


def _taking_the_place(backend: Any, web_acl: str, resource: str) -> None:
    if web_acl in backend.wacls:
        backend.disassociate_web_acl(resource)
    _associate_web_acl(backend, web_acl, resource)


def _unless_in_use(backend: Any, name: str, scope: str, identity: str, token: str) -> None:
    if any(one.associated_resources for one in backend.wacls.values() if one.id == identity):
        raise WAFv2ClientError("WAFAssociatedItemException", "It is associated with another resource.")
    _delete_web_acl(backend, name, scope, identity, token)


def _duplicate() -> WAFv2ClientError:
    return WAFv2ClientError("WAFDuplicateItemException", "Some resource in your request is a duplicate.")
