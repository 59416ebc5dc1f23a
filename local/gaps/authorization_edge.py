"""ACM, Route 53 and Elastic Load Balancing: what AWS asks its policies about certificates, records and load balancers.

Rests on the three services' pages in the Service Authorization Reference (service-authorization/latest/reference:
list_awscertificatemanager.html, list_amazonroute53.html, list_awselasticloadbalancingv2.html), "Using IAM policy
conditions for fine-grained access control" (Route53/latest/DeveloperGuide/specifying-conditions-route53.html) and
"Grant permission to tag resources during creation" (elasticloadbalancing/latest/userguide).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.services import acm, alb

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags

# What is created, the ARN that it will have, and the member that names what it is created in.
_CREATES: Final[Mapping[str, tuple[str, str]]] = {
    "CreateListener": ("listener/app", "LoadBalancerArn"),
    "CreateLoadBalancer": ("loadbalancer/app", ""),
    "CreateRule": ("listener-rule/app", "ListenerArn"),
    "CreateTargetGroup": ("targetgroup", ""),
}
_NAMED: Final = ("RuleArn", "ListenerArn", "TargetGroupArn", "LoadBalancerArn")


def acm_questions(call: Call, resource: str) -> list[Question]:  # noqa: ARG001  (every service is asked alike)
    action, given = f"acm:{call.operation}", call.parameters
    tags = request_tags(given.get("Tags", []))
    if call.operation == "RequestCertificate":
        keys = {**tags, "acm:ValidationMethod": given.get("ValidationMethod", "")}
        keys["acm:DomainNames"] = [given.get("DomainName", ""), *given.get("SubjectAlternativeNames", [])]
        tagging = [Question("acm:AddTagsToCertificate", arn("acm", "certificate/*"), tags)] if tags else []
        return [Question(action, "*", keys), *tagging]
    which = given.get("CertificateArn", "")
    if not which:
        return [Question(action, "*")]
    held = acm._certificates.get(which, {}).get("Tags", [])
    return [Question(action, which, {**tags, **resource_tags("acm", held)})]


def route53_questions(call: Call, resource: str) -> list[Question]:
    action, given = f"route53:{call.operation}", call.parameters
    zone = str(given.get("HostedZoneId", given.get("Id", ""))).rpartition("/")[2]
    where = f"arn:aws:route53:::hostedzone/{zone}" if zone else resource
    if call.operation != "ChangeResourceRecordSets":
        return [Question(action, where, inherits=True)]
    changes = given.get("ChangeBatch", {}).get("Changes", [])
    names = [change["ResourceRecordSet"]["Name"].lower().rstrip(".") for change in changes]
    keys = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
        "route53:ChangeResourceRecordSetsRecordTypes": [change["ResourceRecordSet"]["Type"] for change in changes],
        "route53:ChangeResourceRecordSetsActions": [change["Action"] for change in changes],
    }
    return [Question(action, where, keys)]


def elb_questions(call: Call, resource: str) -> list[Question]:
    if call.operation.startswith("Describe"):
        return [Question(f"elasticloadbalancing:{call.operation}")]
    return list(_elb(call)) or [Question(f"elasticloadbalancing:{call.operation}", resource)]


def _elb(call: Call) -> Iterator[Question]:
    action, given = f"elasticloadbalancing:{call.operation}", call.parameters
    tags = request_tags(given.get("Tags", []), given.get("TagKeys", []))
    if call.operation in _CREATES:
        kind, inside = _CREATES[call.operation]
        home = given.get(inside, "")
        made = _inside(kind, home) if inside else arn("elasticloadbalancing", f"{kind}/{given.get('Name', '')}/*")
        yield Question(action, home or made, {**tags, **(_held(home) if home else {})})
        if tags:
            keys = {**tags, "elasticloadbalancing:CreateAction": call.operation}
            yield Question("elasticloadbalancing:AddTags", made, keys)
        return
    several = [*given.get("ResourceArns", []), *(one.get("RuleArn", "") for one in given.get("RulePriorities", []))]
    named = next((given[member] for member in _NAMED if member in given), None)
    for which in several or ([named] if named else []):
        yield Question(action, which, {**tags, **_held(which)})


def _inside(kind: str, home: str) -> str:
    """The ARN of what is made in ``home``, as far as it is known before."""
    prefix, _, rest = home.partition(":listener/" if ":listener/" in home else ":loadbalancer/")
    return f"{prefix}:{kind.partition('/')[0]}/{rest}/*"


def _held(which: str) -> dict[str, Any]:
    return resource_tags("elasticloadbalancing", alb._tags.get(which, []))
