"""Roles, code and docs/permissions.md say the same; and every right is bounded as far as AWS can bound it."""

import json
import re
from fnmatch import fnmatchcase
from typing import Final

import pytest

from holdfast.core.resource import TAG_ENVIRONMENT
from tests.static import authorization, page
from tests.static.calls import Call, made_anywhere, made_by, nameless
from tests.static.implied import implied_by, implied_by_lambda
from tests.static.stack import HERE, ROOT, Statement, abroad, stack

ROLES: Final = stack().roles
POLICIES: Final = stack().resource_policies
DOCUMENTED: Final = ROLES | POLICIES | abroad().roles
FUNCTIONS: Final = stack().functions
OF_FUNCTIONS: Final = {function: stack().role_of(function) for function in FUNCTIONS}
SCHEDULES: Final = [
    name
    for name, role in stack().of_type("AWS::IAM::Role").items()
    if "scheduler.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
]

IN_THE_CLUSTER: Final = ROOT / "layers" / "holdfast" / "holdfast" / "kubernetes" / "function.py"
"""The function that an environment's layer makes, not the template."""
UNBOUNDED_READS: Final = {
    "cloudtrail:GetEventSelectors": "a trail of the organisation, or of another Region, counts too",
    "cloudwatch:ListMetrics": "only datasets bind it, and the metrics of AWS's services are in none",
    "cloudtrail:GetTrailStatus": "a trail of the organisation, or of another Region, counts too",
    "config:DescribeConfigurationRecorderStatus": "an account has one recorder, by whatever name",
    "ec2:DescribeVpcAttribute": "a VPC that lost its tags must be seen",
}
"""Actions on any resource although AWS could bind them, and why."""
UNBOUNDED_CHANGES: Final = {
    "backup-storage:MountCapsule": "binds a vault to its key, and knows neither resource nor tag",
    "elasticloadbalancing:SetWebAcl": "asked for by AssociateWebACL, whose web ACL must be ours",
    "logs:DeleteLogDelivery": "asked for by DeleteLoggingConfiguration, whose web ACL must be ours",
    "logs:CreateLogDelivery": "asked for by PutLoggingConfiguration, whose web ACL must be ours",
    "logs:PutResourcePolicy": "asked for by PutLoggingConfiguration, whose web ACL must be ours",
}
"""Actions that change something and that AWS can bind to nothing, and what bounds the call that they are for."""
OTHER_ENDS: Final = {
    "ec2:AssociateDhcpOptions": "vpc",
    "ec2:DetachInternetGateway": "internet-gateway",
    "ec2:DisableVgwRoutePropagation": "route-table",
    "ec2:DisassociateRouteTable": "route-table",
    "ec2:ModifyVpcEndpoint": "vpc-endpoint",
}
"""Changes that AWS authorizes on both ends, and the end that must be ours: what hangs on it may be anybody's."""
ADDED_BY_OTHERS: Final = {
    "eks:DeleteAccessEntry": "its ARN bears the cluster's name, which is the environment's: any",
    "eks:DisassociateIdentityProviderConfig": "its ARN bears the cluster's name, which is the environment's: any",
    "eks:DeletePodIdentityAssociation": "its ARN bears the cluster's name, which is the environment's: any",
}
"""Actions that take away what somebody added to what is ours: it bears neither our tag nor a name of ours, and why."""
BINDING: Final = ("aws:ResourceTag/", "aws:RequestTag/", "ec2:CreateAction")
"""Condition keys that take the place of an ARN: the resource's own tag, the new one's, or the call that makes it."""

WRITES: Final = frozenset(
    f"dynamodb:{name}"
    for name in (
        *("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"),
        *("PartiQLDelete", "PartiQLInsert", "PartiQLUpdate"),
    )
)
"""Whatever changes what a table says ("Actions defined by Amazon DynamoDB"; a transaction asks for each of these)."""
READS: Final = ("BatchGet", "Describe", "Get", "List", "Lookup", "Query", "Receive")
ANY_OF_ITS_TYPE: Final = re.compile(r"\*|arn(:[^:]*){4}:[a-z-]+/\*")
"""A resource that is no more than its type in this account."""
TAGS_SOMETHING: Final = re.compile(r"[a-z0-9]+:(Add|Create)Tags\w*|[a-z0-9]+:Tag\w+")
"""The calls by which AWS's services put tags on what stands."""
OUR_TAG: Final = f"aws:ResourceTag/{TAG_ENVIRONMENT}"
WITH_OUR_TAG: Final = f"aws:RequestTag/{TAG_ENVIRONMENT}"

INLINE_POLICIES: Final = 10_240
"""Characters that all inline policies of a role may have ("IAM and AWS STS quotas")."""
MANAGED_POLICY: Final = 6_144
MANAGED_POLICIES: Final = 10
"""Characters of one managed policy, and how many a role may have unless a quota is raised (same page)."""


def _calls(function: str) -> frozenset[Call]:
    return made_by(ROOT / FUNCTIONS[function]["CodeUri"] / "app.py")


def _granted(role: str) -> frozenset[str]:
    return frozenset(action for one in ROLES[role] if one.effect == "Allow" for action in one.actions)


def _written(role: str, one: Statement) -> str:
    return f"template.yaml, {role}, statement {one.sid}"


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("owner", DOCUMENTED)
def test_the_page_says_what_the_template_says(owner: str) -> None:
    template = {one.sid: one.actions for one in DOCUMENTED[owner]}
    documented = page.documented().get(owner, {})
    assert documented == template, (
        f"docs/permissions.md under `{owner}` is not what template.yaml says. Only in the template: "
        f"{_difference(template, documented)}. Only on the page: {_difference(documented, template)}"
    )


def _difference(mine: dict[str, frozenset[str]], yours: dict[str, frozenset[str]]) -> dict[str, list[str]]:
    return {
        sid: sorted(actions - yours.get(sid, frozenset())) for sid, actions in mine.items() if yours.get(sid) != actions
    }


def test_the_page_speaks_of_nothing_else() -> None:
    gone = page.documented().keys() - DOCUMENTED.keys()
    assert not gone, f"docs/permissions.md: template.yaml has no {', '.join(sorted(gone))}"


def test_every_row_of_the_page_is_read() -> None:
    assert not page.unreadable(), (
        f"docs/permissions.md: rows are `| Sid | actions | what for | bound |`: {page.unreadable()}"
    )


# ── the code ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("function", "role"), OF_FUNCTIONS.items())
def test_a_role_allows_every_call_that_its_function_makes(function: str, role: str) -> None:
    made = _calls(function)
    implied = implied_by(call.action for call in made) | implied_by_lambda(FUNCTIONS[function])
    wanted = {call.action: call.where for call in made} | dict.fromkeys(implied, "tests/static/implied.py")
    lacking = {action: where for action, where in sorted(wanted.items()) if action not in _granted(role)}
    assert not lacking, f"template.yaml: {role} lacks what {function} calls: {lacking}"


@pytest.mark.parametrize(("function", "role"), OF_FUNCTIONS.items())
def test_a_role_allows_nothing_that_its_function_never_calls(function: str, role: str) -> None:
    called = {call.action for call in _calls(function)}
    idle = _granted(role) - called - implied_by(called) - implied_by_lambda(FUNCTIONS[function])
    assert not idle, f"template.yaml: nothing that {function} reaches calls {sorted(idle)}: take it out of {role}"


def test_every_call_in_the_code_is_reached_or_is_teardowns() -> None:
    """Otherwise the two tests above have overlooked a way to it (see ``calls``)."""
    reached = {call for function in FUNCTIONS for call in _calls(function)} | made_by(IN_THE_CLUSTER)
    overlooked = sorted(call for call in made_anywhere() - reached if call.within != "delete")
    assert not overlooked, f"dead code, or reached in a way that tests/static/modules.py does not follow: {overlooked}"


def test_every_client_bears_its_services_name() -> None:
    assert not nameless(), f"call the client as Clients does, so that the role can be checked: {nameless()}"


# ── the bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ROLES)
def test_every_action_is_one_that_aws_knows(role: str) -> None:
    unknown = {action for one in ROLES[role] for action in one.actions if not authorization.is_known(action)}
    assert not unknown, f"template.yaml, {role}: no such action, or a pattern instead of one: {sorted(unknown)}"


@pytest.mark.parametrize("role", ROLES)
def test_whatever_aws_can_bind_to_a_resource_is_bound(role: str) -> None:
    for one in ROLES[role]:
        bound = any(key.startswith(BINDING) for key in one.condition_keys)
        if one.effect == "Allow" and "*" in one.resources and not bound:
            loose = {action for action in one.actions if authorization.resource_types(action)} - UNBOUNDED_READS.keys()
            types = {action: sorted(authorization.resource_types(action)) for action in sorted(loose)}
            assert not loose, f"{_written(role, one)}: bind these by tag, ARN or key, AWS knows how: {types}"


@pytest.mark.parametrize("role", ROLES)
def test_a_condition_on_our_tag_can_be_true(role: str) -> None:
    for one in ROLES[role]:
        if any(key.startswith(authorization.TAG) for key in one.condition_keys):
            deaf = sorted(action for action in one.actions if not authorization.heeds_ownership(action))
            assert not deaf, f"{_written(role, one)}: AWS knows no aws:ResourceTag for {deaf}, it is never allowed"


@pytest.mark.parametrize("role", ROLES)
def test_only_what_is_ours_can_be_changed(role: str) -> None:
    """By its tag, by the tag it is made with, or by a name; a name that fits everything of a type is none.

    Or nothing by the role itself: what a service of AWS does on its behalf follows from calls that are bound.
    """
    for one in ROLES[role]:
        absent = one.conditions.get("Null", {})
        ours = "false" in {absent.get(OUR_TAG), absent.get(WITH_OUR_TAG)} or one.condition("ec2:CreateAction")
        changes = {action for action in one.actions if not action.partition(":")[2].startswith(READS)}
        changes -= UNBOUNDED_CHANGES.keys() | ADDED_BY_OTHERS.keys() | _at_the_other_end(one)
        named = not any(ANY_OF_ITS_TYPE.fullmatch(resource) for resource in one.resources)
        by_a_service = one.condition("aws:ViaAWSService") == {"true"}
        bound = ours or named or by_a_service or _claims(one) or _names_records(one) or _takes_aliases_back(one)
        assert one.effect == "Deny" or not changes or bound, (
            f"{_written(role, one)}: {sorted(changes)} reach what is not ours: "
            f'Condition: {{"Null": {{"{OUR_TAG}": "false"}}}}, or an ARN with a name in it'
        )


def _at_the_other_end(one: Statement) -> set[str]:
    """The actions that the statement allows only beside something of ours, which another one must allow."""
    arns = {action: f"arn:aws:ec2:{HERE}:{kind}/one" for action, kind in OTHER_ENDS.items()}
    return {action for action, arn in arns.items() if not any(fnmatchcase(arn, which) for which in one.resources)}


@pytest.mark.parametrize(("action", "kind"), OTHER_ENDS.items())
def test_the_end_that_must_be_ours_can_be_bound(action: str, kind: str) -> None:
    assert kind in authorization.resource_types(action), f"OTHER_ENDS: AWS does not ask for {kind} when {action}"


def _claims(one: Statement) -> bool:
    """Whether it puts our tags on what has none, and does nothing else."""
    without_ours = one.conditions.get("Null", {}).get(OUR_TAG) == "true"
    only_ours = one.conditions.get("ForAllValues:StringLike", {}).get("aws:TagKeys") == "holdfast:*"
    return without_ours and only_ours and all(map(TAGS_SOMETHING.fullmatch, one.actions))


def _takes_aliases_back(one: Statement) -> bool:
    """Whether it does nothing to a key but take away an alias under the path that only we use."""
    aliases = one.condition("kms:ResourceAliases")
    return one.actions == {"kms:UpdateAlias"} and aliases == {"alias/holdfast/*"}


def _names_records(one: Statement) -> bool:
    """Whether it reaches only DNS records, of one type, by a pattern, to do what it names: they have no tags."""
    types = one.condition("route53:ChangeResourceRecordSetsRecordTypes")
    patterns = one.condition("route53:ChangeResourceRecordSetsNormalizedRecordNames")
    acts = one.condition("route53:ChangeResourceRecordSetsActions")
    return (
        one.actions == {"route53:ChangeResourceRecordSets"}
        and len(types) == 1
        and bool(patterns and acts)
        and "*" not in patterns
    )


def test_no_role_can_both_claim_a_resource_and_change_it() -> None:
    claiming = {role for role in ROLES if any(map(_claims, ROLES[role]))}
    changing = {role for role in ROLES for one in ROLES[role] if one.conditions.get("Null", {}).get(OUR_TAG) == "false"}
    assert claiming == {"ReclaimRole"}, f"template.yaml: {sorted(claiming)} can put our tag on what has none"
    assert not claiming & changing, f"template.yaml: {sorted(claiming & changing)} can also change what has it"


@pytest.mark.parametrize("action", UNBOUNDED_CHANGES)
def test_a_change_is_unbounded_only_where_aws_cannot_bind_it(action: str) -> None:
    assert not authorization.resource_types(action), f"UNBOUNDED_CHANGES: AWS can bind {action} by now"


def test_what_is_unbounded_is_still_granted() -> None:
    granted = {action for role in ROLES for action in _granted(role)}
    unbounded = UNBOUNDED_READS.keys() | UNBOUNDED_CHANGES.keys() | ADDED_BY_OTHERS.keys()
    assert unbounded <= granted, f"UNBOUNDED_…: nobody has {unbounded - granted} any more"


@pytest.mark.parametrize("role", [name for name in ROLES if name.endswith("Role")])
def test_a_roles_policies_fit_into_iam(role: str) -> None:
    inline = stack().of_type("AWS::IAM::Role")[role]["Policies"]
    length = sum(_length(one["PolicyDocument"]) for one in inline)
    assert length <= INLINE_POLICIES, (
        f"template.yaml: {role} has {length} characters of policies, IAM takes {INLINE_POLICIES}"
    )
    managed = stack().managed(role)
    long = {name: _length(one) for name, one in managed.items() if _length(one) > MANAGED_POLICY}
    assert not long, f"template.yaml: {long} characters, IAM takes {MANAGED_POLICY} a managed policy: split it"
    assert len(managed) <= MANAGED_POLICIES, f"template.yaml: {role} has {len(managed)}, IAM takes {MANAGED_POLICIES}"


def _length(document: object) -> int:
    """Without white space, as IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))


@pytest.mark.parametrize("owner", POLICIES)
def test_a_service_is_admitted_only_for_this_account(owner: str) -> None:
    for one in POLICIES[owner]:
        service = one.principal.get("Service", "") if isinstance(one.principal, dict) else ""
        if one.effect == "Allow" and service:
            encrypts_logs = service.startswith("logs.")
            keys = {"kms:EncryptionContext:aws:logs:arn"} if encrypts_logs else {"aws:SourceArn", "aws:SourceAccount"}
            assert keys & one.condition_keys, f"{_written(owner, one)}: {service} needs one of {sorted(keys)}"


@pytest.mark.parametrize("table", stack().of_type("AWS::DynamoDB::Table"))
def test_a_table_is_written_only_by_the_roles_that_write_it(table: str) -> None:
    """Its policy denies every way to write to all roles but those whose own policies let them."""
    denials = [one for one in POLICIES.get(table, []) if one.effect == "Deny" and one.principal == "*"]
    denied = {action for one in denials for action in one.actions}
    assert denied == WRITES, f"template.yaml, {table}: its ResourcePolicy denies to nobody {sorted(WRITES - denied)}"
    admitted = {arn for one in denials for arn in one.conditions["ArnNotEquals"]["aws:PrincipalArn"]}
    arn = f"arn:aws:dynamodb:{HERE}:table/{stack().of_type('AWS::DynamoDB::Table')[table]['TableName']}"
    writers = {
        stack().resolved({"Fn::GetAtt": [role, "Arn"]})
        for role in ROLES
        for one in ROLES[role]
        if one.effect == "Allow" and one.actions & WRITES and arn in one.resources
    }
    assert admitted == writers, f"template.yaml, {table}: its ResourcePolicy admits others than those who may write"


# ── one role each ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_role_is_shared() -> None:
    assert len(set(OF_FUNCTIONS.values())) == len(OF_FUNCTIONS), (
        f"template.yaml: functions share a role: {OF_FUNCTIONS}"
    )


def test_no_role_is_left_over() -> None:
    idle = stack().of_type("AWS::IAM::Role").keys() - OF_FUNCTIONS.values() - set(SCHEDULES)
    assert not idle, f"template.yaml: no function has {sorted(idle)}"


@pytest.mark.parametrize("role", SCHEDULES)
def test_a_schedules_role_invokes_what_is_scheduled_and_nothing_else(role: str) -> None:
    """Only Scheduler assumes it, and only for this account ("Confused deputy prevention", Scheduler user guide)."""
    (trust,) = stack().of_type("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}, f"template.yaml, {role}: {trust}"
    assert "aws:SourceAccount" in trust["Condition"]["StringEquals"], f"template.yaml, {role}: for any account"
    assert len(ROLES[role]) == 1, f"template.yaml, {role}: one thing is scheduled, and one thing allowed"


@pytest.mark.parametrize("role", OF_FUNCTIONS.values())
def test_only_lambda_assumes_a_functions_role(role: str) -> None:
    trust = stack().of_type("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert [one["Principal"] for one in trust] == [{"Service": "lambda.amazonaws.com"}], (
        f"template.yaml, {role}: {trust}"
    )
