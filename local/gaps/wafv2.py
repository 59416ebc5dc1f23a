"""WAF: logging configurations, data protection, and a web ACL in use that is not deleted.

Promises: Put, Get, List and DeleteLoggingConfiguration are there, to destinations whose name starts `aws-waf-logs-`;
CreateWebACL and UpdateWebACL keep data protection, and an update takes away what it does not say; both refuse a
default action that is not one of its two; GetWebACLForResource answers without a web ACL where none stands;
DeleteWebACL refuses one that stands before something. Pages: PutLoggingConfiguration, CreateWebACL, UpdateWebACL,
DefaultAction, GetWebACLForResource and DeleteWebACL (waf/latest/APIReference/API_PutLoggingConfiguration.html and its
like).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import AccountRegionScopedDict, json_response
from ministack.services import waf

type Json = dict[str, Any]

_KEPT: Final = ("Description", "DefaultAction", "Rules", "VisibilityConfig", "DataProtectionConfig")
_WELL_NAMED: Final = re.compile(r"[:/]aws-waf-logs-")
_logging: Final = AccountRegionScopedDict()


def close() -> None:
    waf._get_web_acl_for_resource = _without_one_it_is_empty(waf._get_web_acl_for_resource)
    waf._delete_web_acl = _unless_in_use(waf._delete_web_acl)
    waf._create_web_acl = _kept(waf._create_web_acl)
    waf._update_web_acl = _kept(waf._update_web_acl)
    waf.handle_request = _with_logging(waf.handle_request)


def _with_logging(handle: Any) -> Any:
    async def handled(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
        verb = _LOGGING.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if verb is None:
            return await handle(method, path, headers, body, query)
        return verb(json.loads(body or b"{}"))

    return handled


def _put(data: Json) -> Any:
    wanted = data["LoggingConfiguration"]
    _, missing = waf._resolve_local_web_acl(wanted["ResourceArn"])
    if missing:
        return missing
    if not all(_WELL_NAMED.search(arn) for arn in wanted["LogDestinationConfigs"]):
        return waf._waf_err("WAFInvalidParameterException", "The log destination's name must start aws-waf-logs-.")
    _logging[wanted["ResourceArn"]] = wanted
    return json_response({"LoggingConfiguration": wanted})


def _get(data: Json) -> Any:
    if data["ResourceArn"] not in _logging:
        return waf._waf_not_found(data["ResourceArn"])
    return json_response({"LoggingConfiguration": _logging[data["ResourceArn"]]})


def _list(_: Json) -> Any:
    return json_response({"LoggingConfigurations": list(_logging.values())})


def _delete(data: Json) -> Any:
    if data["ResourceArn"] not in _logging:
        return waf._waf_not_found(data["ResourceArn"])
    del _logging[data["ResourceArn"]]
    return json_response({})


_LOGGING: Final[Mapping[str, Callable[[Json], Any]]] = {
    "PutLoggingConfiguration": _put,
    "GetLoggingConfiguration": _get,
    "ListLoggingConfigurations": _list,
    "DeleteLoggingConfiguration": _delete,
}


def _kept(write: Any) -> Any:
    def written(data: Json) -> Any:
        if len(data["DefaultAction"]) != 1:
            return waf._waf_err("WAFInvalidParameterException", "DEFAULT_ACTION: exactly one value is required.")
        answer = write(data)
        if answer[0] == 200:
            for web_acl in waf._values_for_scope(waf._web_acls, data.get("Scope", "REGIONAL")):
                if web_acl["Name"] == data["Name"]:
                    web_acl.pop("DataProtectionConfig", None)
                    web_acl.update(
                        {"Description": "", "Rules": []}, **{name: data[name] for name in _KEPT if name in data}
                    )
        return answer

    return written


def _unless_in_use(delete: Any) -> Any:
    def deleted(data: Json) -> Any:
        web_acl = waf._resource_from_scope(waf._web_acls, data.get("Id", ""), data.get("Scope", "REGIONAL"))
        if web_acl and web_acl["ARN"] in waf._associations.values():
            return waf._waf_err("WAFAssociatedItemException", "The web ACL is associated with another resource.")
        if web_acl and data.get("LockToken") == web_acl["LockToken"]:
            _logging.pop(web_acl["ARN"], None)
        return delete(data)

    return deleted


def _without_one_it_is_empty(get: Any) -> Any:
    def got(data: Json) -> Any:
        return get(data) if data.get("ResourceArn") in waf._associations else json_response({})

    return got
