"""Make the canary's drift in one environment, if it is guarded there. Its role can open a port on that group alone."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.ip_permissions import to_permissions
from holdfast.aws.resource import already_so
from holdfast.aws.settings import Settings
from holdfast.aws.tables.guard import GuardTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core.canary import CONCERN, PATH, RULE

logger = Logger(service="canary")
clients = Clients()


class SingSettings(Settings, frozen=True, kw_only=True):
    """Where it is written what is guarded, and what people said of that."""

    manifest_table: str
    guard_table: str


def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, str]:
    """``event``: ``environment``. Answers with it and the opened ``group``, empty where nothing is enforced."""
    environment = event["environment"]
    with telling(environment):
        group = _guarded(environment)
        if group:
            with already_so("InvalidPermission.Duplicate"):
                clients.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=to_permissions([RULE]))
    logger.info("sang", extra={"environment": environment, "group": group})
    return {"environment": environment, "group": group}


def _guarded(environment: str) -> str:
    """The id of the canary's group; empty if it is not built, taken down, or if people had the concern paused."""
    settings = SingSettings.read()
    record = ManifestTable(clients.dynamodb, settings.manifest_table).some(environment, [PATH]).get(PATH)
    if record is None or record.desired is None:
        return ""
    guard = GuardTable(clients.dynamodb, settings.guard_table).over(environment, PATH, CONCERN)
    return record.physical.get("id", "") if guard.mode == "enforce" else ""
