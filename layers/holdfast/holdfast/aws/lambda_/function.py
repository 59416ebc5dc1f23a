"""``AWS::Lambda::Function``: a function of one file, whose text is promised, inside the environment's subnets.

Lambda keeps a digest of the package it was given (``CodeSha256``). Ours is packed the same to the byte every time, so
that any other digest is other code ("FunctionConfiguration", Lambda API reference). A name is unique in account and
Region. Lambda changes one thing at a time: while ``State`` is Pending or ``LastUpdateStatus`` InProgress it refuses
("Lambda function states", Lambda developer guide), so that code and configuration are steps of their own.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater

GONE = "ResourceNotFoundException"
FILE = "app.py"
SINCE_THE_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a ZIP archive can bear: ours has no other, or each would have a digest of its own."""
UNIX: Final = 3
UNSEEN_ROLE: Final = ("cannot be assumed by Lambda", "does not have permissions to call")
"""How Lambda says that it does not see a new role, or its policies, yet."""


class Variable(Desired, frozen=True, kw_only=True):
    """A variable of ``Environment``."""

    name: str
    value: str


class VpcConfig(Desired, frozen=True, kw_only=True):
    subnet_ids: frozenset[str]
    security_group_ids: frozenset[str]


class LoggingConfig(Desired, frozen=True, kw_only=True):
    log_format: str
    log_group: str


class FunctionState(Tagged, frozen=True, kw_only=True):
    """``code`` is the text of its file (or, of code that is not ours, its digest); ``environment`` is closed."""

    function_name: str
    code: str
    handler: str
    runtime: str
    role: str
    layers: tuple[str, ...]
    environment: frozenset[Variable]
    vpc_config: VpcConfig
    logging_config: LoggingConfig
    description: str
    memory_size: int
    timeout: int


class Function(AwsResource[FunctionState]):
    """One function. Its network interfaces may take minutes ("Giving Lambda functions access to a VPC")."""

    kind = "AWS::Lambda::Function"
    model = FunctionState
    claimed_apart = True
    immutable = frozenset({"FunctionName"})
    duration = Duration(usual=60, least=5, most=180)
    disposable = True

    def observe(self) -> Observed[FunctionState] | None:
        try:
            found = self.clients.functions.get_function(FunctionName=self.desired.function_name)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        configuration: Mapping[str, Any] = found["Configuration"]
        busy = configuration.get("State") == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"
        return Observed(
            state=self._state(configuration, found.get("Tags", {})),
            physical={"id": configuration["FunctionName"], "Arn": configuration["FunctionArn"]},
            wait=5 if busy else 0,
            failed=_given_up(configuration),
        )

    def _state(self, found: Mapping[str, Any], tags: dict[str, str]) -> FunctionState:
        network, logging = found.get("VpcConfig") or {}, found.get("LoggingConfig", {})
        ours = found["CodeSha256"] == digest(self.desired.code)
        return FunctionState(
            function_name=found["FunctionName"],
            code=self.desired.code if ours else f"CodeSha256 {found['CodeSha256']}",
            handler=found["Handler"],
            runtime=found["Runtime"],
            role=found["Role"],
            layers=tuple(layer["Arn"] for layer in found.get("Layers", [])),
            environment=frozenset(
                Variable(name=name, value=value)
                for name, value in found.get("Environment", {}).get("Variables", {}).items()
            ),
            vpc_config=VpcConfig(
                subnet_ids=frozenset(network.get("SubnetIds", [])),
                security_group_ids=frozenset(network.get("SecurityGroupIds", [])),
            ),
            logging_config=LoggingConfig(
                log_format=logging.get("LogFormat", "Text"), log_group=logging.get("LogGroup", "")
            ),
            description=found.get("Description", ""),
            memory_size=found["MemorySize"],
            timeout=found["Timeout"],
            tags=tags,
        )

    def create(self) -> Physical:
        try:
            with already_so("ResourceConflictException"):
                self.clients.functions.create_function(
                    **self._configuration, Code={"ZipFile": package(self.desired.code)}, Tags=self.desired.tags
                )
        except ClientError as error:
            unseen = any(words in str(error) for words in UNSEEN_ROLE)
            if code(error) != "InvalidParameterValueException" or not unseen:
                raise
            raise ComeBackLater(f"Lambda does not see what {self.desired.role} may do yet", 5) from error
        return {}

    @property
    def _configuration(self) -> dict[str, Any]:
        """What CreateFunction and UpdateFunctionConfiguration take alike."""
        return {
            "FunctionName": self.desired.function_name,
            "Handler": self.desired.handler,
            "Runtime": cast("Any", self.desired.runtime),
            "Role": self.desired.role,
            "Layers": list(self.desired.layers),
            "Environment": {"Variables": {one.name: one.value for one in self.desired.environment}},
            "VpcConfig": {
                "SubnetIds": sorted(self.desired.vpc_config.subnet_ids),
                "SecurityGroupIds": sorted(self.desired.vpc_config.security_group_ids),
            },
            "LoggingConfig": {
                "LogFormat": self.desired.logging_config.log_format,
                "LogGroup": self.desired.logging_config.log_group,
            },
            "Description": self.desired.description,
            "MemorySize": self.desired.memory_size,
            "Timeout": self.desired.timeout,
        }

    def update(self, observed: Observed[FunctionState], drift: Drift) -> tuple[str, ...]:
        """Foreign code is gone first. One change a step: Lambda refuses the second until the first is done."""
        paths = {change.path.partition(".")[0] for change in drift}
        calls = self._retag(observed, drift)
        if "Code" in paths:
            self.clients.functions.update_function_code(
                FunctionName=self.desired.function_name, ZipFile=package(self.desired.code)
            )
            calls.append("UpdateFunctionCode")
        elif paths - {"Tags"}:
            self.clients.functions.update_function_configuration(**self._configuration)
            calls.append(f"UpdateFunctionConfiguration {', '.join(sorted(paths - {'Tags'}))}")
        return tuple(calls)

    def _retag(self, observed: Observed[FunctionState], drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.functions.tag_resource(Resource=observed.physical["Arn"], Tags=lost)
        return [f"TagResource {', '.join(lost)}"]

    def discard(self, observed: Observed[FunctionState]) -> None:
        with already_so(GONE):
            self.clients.functions.delete_function(FunctionName=observed.state.function_name)

    def delete(self, observed: Observed[FunctionState]) -> None:
        """Its network interfaces linger after it: what they lie in can be deleted only when Lambda has taken them."""
        self.discard(observed)


def package(text: str) -> bytes:
    """A ZIP archive with ``text`` as its only file, the same to the byte wherever it is packed: not compressed, since
    what compression makes of it is each zlib's own affair.
    """
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(FILE, date_time=SINCE_THE_FIRST_DAY)
    entry.create_system = UNIX
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry, text)
    return packed.getvalue()


def digest(text: str) -> str:
    """``CodeSha256`` of the package of ``text``."""
    return base64.b64encode(hashlib.sha256(package(text)).digest()).decode()


def _given_up(found: Mapping[str, Any]) -> str:
    """Why Lambda could not make the function, or not give it what it was last asked for."""
    if found.get("State") == "Failed":
        return f"{found.get('StateReasonCode', '')}: {found.get('StateReason', '')}"
    return ""
