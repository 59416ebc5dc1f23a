"""IAM: each call is asked of its caller's policies as AWS asks it, with the tags of the request and of the resources.

The emulator asks once a call, about the first resource that it finds; tags reach it for a few services only, and a role
may be handed to a service by anybody. `questions` of the modules beside this one say what AWS asks instead. Rests on
"Policy evaluation logic" (IAM/latest/UserGuide/reference_policies_evaluation-logic.html) and "Controlling access to AWS
resources using tags" (IAM/latest/UserGuide/access_tags.html).
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from ministack import app
from ministack.core import iam_actions, iam_evaluator

from local.calls import Call, Request, recognise
from local.gaps import (
    authorization_arns,
    authorization_autoscaling,
    authorization_ec2,
    authorization_edge,
    authorization_eks,
    authorization_events,
    authorization_lambda,
    authorization_queues,
    authorization_rds,
    authorization_roles,
    authorization_storage,
    authorization_watching,
    service_linked,
)
from local.gaps.authorization import Question

_ASKING: Final[Mapping[str, Callable[[Call, str], list[Question]]]] = {
    "autoscaling": authorization_autoscaling.questions,
    "acm": authorization_edge.acm_questions,
    "backup": authorization_storage.backup_questions,
    "ec2": authorization_ec2.questions,
    "eks": authorization_eks.questions,
    "elasticfilesystem": authorization_storage.efs_questions,
    "elasticloadbalancing": authorization_edge.elb_questions,
    "events": authorization_events.questions,
    "iam": authorization_roles.questions,
    "kms": authorization_arns.kms_questions,
    "lambda": authorization_lambda.questions,
    "logs": authorization_arns.logs_questions,
    "monitoring": authorization_watching.cloudwatch_questions,
    "rds": authorization_rds.questions,
    "route53": authorization_edge.route53_questions,
    "s3": authorization_storage.s3_questions,
    "sqs": authorization_queues.questions,
    "servicequotas": authorization_arns.quotas_questions,
    "wafv2": authorization_watching.waf_questions,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    call: Call
    resource: str


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)
_refused: ContextVar[Question | None] = ContextVar("refused", default=None)
_extract_resource_arn = iam_actions.extract_resource_arn
_access_denied_response = iam_actions.access_denied_response
_enforce = iam_evaluator.enforce
_handle_s3_control_request = app._handle_s3_control_request


def close() -> None:
    iam_actions.extract_resource_arn = _resource
    iam_actions.access_denied_response = _refusal
    iam_evaluator.enforce = _judge
    app._handle_s3_control_request = _s3_control
    service_linked.close()


def _resource(service: str, *sent: Any) -> str:
    """Find the resource as the emulator does, and remember the call for the judgement that follows."""
    found = str(_extract_resource_arn(service, *sent))
    call = _call(*sent)
    _asked.set(_Asked(call, found) if call and call.service == service else None)
    return found


async def _s3_control(path: str, method: str, body: bytes, fields: Any, *sent: Any) -> Any:
    """Remember the call here, since the emulator finds the resource of these calls in a way of its own."""
    _, headers = sent
    call = _call(method, path, headers, body, fields)
    if call and "ResourceArn" in call.parameters:
        _asked.set(_Asked(call, call.parameters["ResourceArn"]))
    return await _handle_s3_control_request(path, method, body, fields, *sent)


def _call(*sent: Any) -> Call | None:
    method, path, headers, body, fields, *_ = sent
    return recognise(Request(method, path, urlencode(fields, doseq=True), headers, body))


def _judge(
    access_key: str,
    action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    *,
    service_context: Mapping[str, Any] | None = None,
) -> Any:
    _refused.set(None)
    context = dict(service_context or {})
    for question in _questions(service, action, resource_arn):
        # A role is passed whatever the policy of the resource says, and so it is judged as a call to IAM.
        home = "iam" if question.action == "iam:PassRole" else service
        keys = {**context, **question.keys} if question.inherits else question.keys
        denied = _enforce(access_key, question.action, home, region, question.resource, dict(keys))
        if denied is not None:
            _refused.set(question)
            return denied
    return None


def _questions(service: str, action: str, resource: str) -> list[Question]:
    asked = _asked.get()
    if asked is None or asked.resource != resource or asked.call.service != service:
        return [Question(action, resource, inherits=True)]
    asks = _ASKING.get(service)
    about = authorization_eks.issuer_questions(asked.call) if service == "iam" else None
    if about is None:
        about = (asks(asked.call, resource) if asks else []) or [Question(action, resource, inherits=True)]
    return [*about, *authorization_roles.passed(asked.call)]


def _refusal(service: str, action: str, principal: str, request_id: str, **said: Any) -> Any:
    """Name in the refusal the one question that was answered no, as AWS does."""
    question = _refused.get()
    if question is None or said.get("error_code") or said.get("resource_policy_arn"):
        return _access_denied_response(service, action, principal, request_id, **said)
    explicit = bool(said.get("explicit_deny"))
    message = iam_actions.identity_denial_message(question.action, principal, question.resource, explicit)
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    told = {**said, "message": message, "resource_arn": question.resource}
    return _access_denied_response(service, question.action, principal, request_id, **told)
