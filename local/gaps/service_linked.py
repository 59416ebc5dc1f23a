"""Service-linked roles bear the names that their services give them, and a taken name is an invalid input.

The emulator makes names up from the service's (AWSServiceRoleForEks). Rests on "CreateServiceLinkedRole"
(IAM/latest/APIReference/API_CreateServiceLinkedRole.html) and each service's page on its service-linked roles, which
"AWS services that work with IAM" lists.
"""

from typing import Any, Final

from ministack.services import iam

_NAMES: Final = {
    "autoscaling.amazonaws.com": "AutoScaling",
    "backup.amazonaws.com": "Backup",
    "config.amazonaws.com": "Config",
    "eks.amazonaws.com": "AmazonEKS",
    "eks-nodegroup.amazonaws.com": "AmazonEKSNodegroup",
    "elasticfilesystem.amazonaws.com": "AmazonElasticFileSystem",
    "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
    "rds.amazonaws.com": "RDS",
    "spot.amazonaws.com": "EC2Spot",
    "wafv2.amazonaws.com": "WAFV2Logging",
}


def close() -> None:
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = _create


def name_of(service: str, suffix: str = "") -> str:
    stem = _NAMES.get(service, service.partition(".")[0].capitalize())
    return f"AWSServiceRoleFor{stem}{'_' if suffix else ''}{suffix}"


_emulated = iam._create_service_linked_role


def _create(parameters: Any) -> Any:
    service = iam._p(parameters, "AWSServiceName")
    name = name_of(service, iam._p(parameters, "CustomSuffix"))
    if name in iam._roles:
        taken = f"Service role name {name} has been taken in this account, please try a different suffix."
        return iam._error(400, "InvalidInput", taken, ns="iam")
    answer = _emulated(parameters)
    made_up = f"AWSServiceRoleFor{service.partition('.')[0].capitalize()}"
    if answer[0] != 200 or made_up == name:
        return answer
    role = iam._roles.pop(made_up)
    role["RoleName"] = name
    role["Arn"] = role["Arn"].removesuffix(made_up) + name
    iam._roles[name] = role
    result = f"<CreateServiceLinkedRoleResult><Role>{iam._role_xml(name)}</Role></CreateServiceLinkedRoleResult>"
    return iam._xml(200, "CreateServiceLinkedRoleResponse", result, ns="iam")
