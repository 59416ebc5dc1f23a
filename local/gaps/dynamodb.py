"""DynamoDB: a table's own policy binds whoever calls, PartiQL too.

Promises: an Allow in a table's policy admits a principal of the account, a Deny in it binds every principal, root too;
only DeleteResourcePolicy stays open to root. A PartiQL statement is asked by the action that it comes to, on the table
that it names; a batch by its first write, or else its first read. A policy goes with its table. Pages: "Authorization
with IAM identity-based policies and DynamoDB resource-based policies"
(amazondynamodb/latest/developerguide/rbac-auth-iam-id-based-policies-DDB.html), DeleteResourcePolicy
(amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html), "IAM security policies with PartiQL for DynamoDB"
(amazondynamodb/latest/developerguide/ql-iam.html).
"""

import json
from typing import Any, Final

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import dynamodb

_BY_STATEMENT: Final = frozenset(
    {"dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement", "dynamodb:ExecuteTransaction"}
)

_WRITES: Final = ("INSERT", "UPDATE", "DELETE")


def close() -> None:
    dynamodb.table_policy_for_arn = _policy_of
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")
    iam_evaluator.enforce = _binding_root(iam_evaluator.enforce)
    iam_actions.extract_iam_action = _naming_statements(iam_actions.extract_iam_action)
    iam_actions.dynamodb_resource_arns = _finding_tables(iam_actions.dynamodb_resource_arns)
    dynamodb._delete_table = _with_its_policy(dynamodb._delete_table)


def _policy_of(arn: str) -> tuple[str, str] | None:
    """Return the policy of the table, or of the table whose index this is, with the account that owns it."""
    if "/stream/" in arn:
        return None
    stored = dynamodb._resource_policies.get(arn.partition("/index/")[0])
    return (stored["Policy"], get_account_id()) if stored else None


def _binding_root(enforce: Any) -> Any:
    def enforced(access_key_id: str, action: str, service: str, region: str, **call: Any) -> Any:
        refused = enforce(access_key_id, action, service, region, **call)
        arn = call.get("resource_arn", "*")
        found = _policy_of(arn) if service == "dynamodb" else None
        if refused is not None or found is None or action == "dynamodb:DeleteResourcePolicy":
            return refused
        if not iam_evaluator.is_root_access_key(access_key_id):
            return None
        root = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:iam::{get_account_id()}:root",
            principal_type="Root",
            principal_account=get_account_id(),
            action=action,
            resource_arn=arn,
            region=region,
        )
        result = iam_evaluator.evaluate_resource_policy(found[0], root)
        if result.decision != "Deny":
            return None
        result.resource_policy_arn = arn
        return result

    return enforced


def _with_its_policy(delete_table: Any) -> Any:
    def deleted(data: dict[str, Any]) -> Any:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
        answer = delete_table(data)
        if table and answer[0] < 400:
            dynamodb._resource_policies.pop(table["TableArn"], None)
        return answer

    return deleted


def _naming_statements(extract: Any) -> Any:
    def named(service: str, *sent: Any) -> str | None:
        action: str | None = extract(service, *sent)
        verbs = [statement["op"] for statement in _statements(sent[3])] if action in _BY_STATEMENT else []
        if not verbs:
            return action
        return f"dynamodb:PartiQL{next((verb for verb in verbs if verb in _WRITES), 'SELECT').capitalize()}"

    return named


def _finding_tables(extract: Any) -> Any:
    def found(body: bytes, region: str, account: str) -> list[str]:
        prefix = f"arn:aws:dynamodb:{region}:{account}:table/"
        arns: list[str] = extract(body, region, account)
        return arns or [
            prefix + statement["table"] + (f"/index/{statement['index']}" if statement.get("index") else "")
            for statement in _statements(body)
        ]

    return found


def _statements(body: bytes) -> list[dict[str, Any]]:
    """Return the statements that a request holds, parsed as they would be run; none if they cannot be run."""
    try:
        request = json.loads(body or b"{}")
        given = [request, *request.get("Statements", []), *request.get("TransactStatements", [])]
        return [
            dynamodb._parse_partiql(each["Statement"], each.get("Parameters")) for each in given if "Statement" in each
        ]
    except ValueError:
        return []
