"""``AWS::WAFv2::WebACL``: the rules that a request must pass, in the order of their priorities.

A web ACL's name is unique in account, Region and scope, so that no twin can arise. UpdateWebACL replaces all of it, and
takes only the newest lock token: whoever was quicker makes it come back ("UpdateWebACL",
waf/latest/APIReference/API_UpdateWebACL.html). Its rules are a closed set: any other one is drift.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.aws.resource import AwsResource, already_so, lost_tags
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_wafv2.literals import ScopeType
    from mypy_boto3_wafv2.type_defs import TagTypeDef, WebACLSummaryTypeDef, WebACLTypeDef

type Json = dict[str, Any]
"""A part in AWS's own words: a statement can be any of some twenty."""

MOST_A_PAGE = 100
GONE = "WAFNonexistentItemException"


class VisibilityConfig(Desired, frozen=True, kw_only=True, order=True):
    """What is counted under which name, and whether AWS keeps whole requests to look at."""

    sampled_requests_enabled: bool
    cloud_watch_metrics_enabled: bool
    metric_name: str


class Rule(Desired, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """One rule: a group of AWS's has an ``override_action``, any other an ``action``."""

    name: str
    priority: int
    statement: Json
    action: Json | None = None
    override_action: Json | None = None
    rule_labels: tuple[Json, ...] = ()
    visibility_config: VisibilityConfig

    def __hash__(self) -> int:
        return hash(self.name)


class DefaultAction(Desired, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of a request that no rule stops. One of the two: WAF refuses both, so it is compared as a whole."""

    allow: Json | None = None
    block: Json | None = None


class WebAclState(Tagged, frozen=True, kw_only=True):
    """``data_protection_config`` says what of a request is kept out of logs and samples alike."""

    name: str
    scope: str
    description: str
    default_action: DefaultAction
    rules: frozenset[Rule]
    visibility_config: VisibilityConfig
    data_protection_config: Json = {}


class WebAcl(AwsResource[WebAclState]):
    """One web ACL."""

    kind = "AWS::WAFv2::WebACL"
    model = WebAclState
    claimed_apart = True
    immutable = frozenset({"Name", "Scope"})
    comes_back = True

    def observe(self) -> Observed[WebAclState] | None:
        summary = self._find()
        if summary is None:
            return None
        arn, identity = summary["ARN"], summary["Id"]
        tags = self._tags(arn)
        self.refuse_strangers(f"the web ACL {self.desired.name}", tags)
        found = self.clients.wafv2.get_web_acl(Name=self.desired.name, Scope=self._scope, Id=identity)["WebACL"]
        return Observed(state=self._read(found, tags), physical={"id": identity, "Arn": arn})

    def _find(self) -> "WebACLSummaryTypeDef | None":
        """By its name, which is all that a list answers with beside its ids."""
        answer = self.clients.wafv2.list_web_acls(Scope=self._scope, Limit=MOST_A_PAGE)
        while True:
            for summary in answer["WebACLs"]:
                if summary["Name"] == self.desired.name:
                    return summary
            marker = answer.get("NextMarker")
            if not marker:
                return None
            answer = self.clients.wafv2.list_web_acls(Scope=self._scope, Limit=MOST_A_PAGE, NextMarker=marker)

    def _tags(self, arn: str) -> dict[str, str]:
        answer = self.clients.wafv2.list_tags_for_resource(ResourceARN=arn)
        return {tag["Key"]: tag["Value"] for tag in answer["TagInfoForResource"]["TagList"]}

    def _read(self, found: "WebACLTypeDef", tags: dict[str, str]) -> WebAclState:
        rules = [_known(rule, Rule) for rule in found.get("Rules", [])]
        return WebAclState(
            name=found["Name"],
            scope=self.desired.scope,
            description=found.get("Description", ""),
            default_action=msgspec.convert(found["DefaultAction"], DefaultAction),
            rules=msgspec.convert(rules, frozenset[Rule]),
            visibility_config=msgspec.convert(found["VisibilityConfig"], VisibilityConfig),
            data_protection_config=dict(found.get("DataProtectionConfig") or {}),
            tags=tags,
        )

    def create(self) -> Physical:
        with already_so("WAFDuplicateItemException"):
            self.clients.wafv2.create_web_acl(**self._specification, Tags=_tag_list(self.desired.tags))
        return {}

    def update(self, observed: Observed[WebAclState], drift: Drift) -> tuple[str, ...]:
        calls, identity, lost = [], observed.physical["id"], lost_tags(drift)
        if paths := sorted({change.path.partition(".")[0] for change in drift} - {"Tags"}):
            self.clients.wafv2.update_web_acl(**self._specification, Id=identity, LockToken=self._lock_token(identity))
            calls.append(f"UpdateWebACL {', '.join(paths)}")
        if lost:
            self.clients.wafv2.tag_resource(ResourceARN=observed.physical["Arn"], Tags=_tag_list(lost))
            calls.append(f"TagResource {', '.join(lost)}")
        return tuple(calls)

    def delete(self, observed: Observed[WebAclState]) -> None:
        """AWS refuses while it still stands before a load balancer: that association goes first."""
        identity = observed.physical["id"]
        with already_so(GONE):
            self.clients.wafv2.delete_web_acl(
                Name=self.desired.name, Scope=self._scope, Id=identity, LockToken=self._lock_token(identity)
            )

    @property
    def _scope(self) -> "ScopeType":
        return "CLOUDFRONT" if self.desired.scope == "CLOUDFRONT" else "REGIONAL"

    @property
    def _specification(self) -> dict[str, Any]:
        """All of it but its tags, in the words of the API, which are CloudFormation's."""
        written = msgspec.to_builtins(self.desired)
        return {field: value for field, value in written.items() if field != "Tags" and value}

    def _lock_token(self, identity: str) -> str:
        """The newest: what somebody changed in between is drift as well, and goes with the rest."""
        return self.clients.wafv2.get_web_acl(Name=self.desired.name, Scope=self._scope, Id=identity)["LockToken"]


def _known(answered: Mapping[str, Any], model: type[Desired]) -> dict[str, Any]:
    """What ``model`` has a field for."""
    fields = {field.encode_name for field in msgspec.structs.fields(model)}
    return {name: value for name, value in answered.items() if name in fields and value is not None}


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
