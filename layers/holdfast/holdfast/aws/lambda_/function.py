"""``AWS::Lambda::Function``: a function of one file, whose text is promised, inside the environment's subnets.

Lambda keeps a digest of the package it was given (``CodeSha256``): any other is other code ("FunctionConfiguration",
Lambda API reference). A name is unique in account and Region. Lambda changes one thing at a time: while ``State`` is
Pending or ``LastUpdateStatus`` InProgress it refuses ("Lambda function states", Lambda developer guide), so that code
and configuration are steps of their own.

Who else may invoke it, the statements of its policy say, and the URLs under which the internet reaches it ("Function
URLs", same guide): both are closed sets. One for which no execution is reserved at all never runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from holdfast.aws.lambda_.package import digest, package
from holdfast.aws.policy import document, read, sentences
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater

GONE = "ResourceNotFoundException"
NONE_RESERVED: Final = -1
"""How ``reserved_concurrent_executions`` reads where the function shares the account's."""
APART: Final = frozenset({"Permissions", "ReservedConcurrentExecutions", "Tags", "Urls"})
"""What UpdateFunctionConfiguration knows nothing of."""
UNSEEN_ROLE: Final = ("cannot be assumed by Lambda", "does not have permissions to call")
"""How Lambda says that it does not see a new role, or its policies, yet."""


class Variable(Desired, frozen=True, kw_only=True, order=True):
    """A variable of ``Environment``."""

    name: str
    value: str


class VpcConfig(Desired, frozen=True, kw_only=True):
    subnet_ids: frozenset[str]
    security_group_ids: frozenset[str]


class LoggingConfig(Desired, frozen=True, kw_only=True):
    log_format: str
    log_group: str


class Permission(Desired, frozen=True, kw_only=True, order=True):
    """A statement of the function's own policy, and what it says."""

    statement_id: str
    says: str


class FunctionState(Tagged, frozen=True, kw_only=True):
    """``code`` is the text of its file (or, of code that is not ours, its digest).

    ``environment``, ``permissions`` and ``urls`` (each the ARN of what it invokes) are closed.
    """

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
    reserved_concurrent_executions: int = NONE_RESERVED
    permissions: frozenset[Permission] = frozenset()
    urls: frozenset[str] = frozenset()


class Function(AwsResource[FunctionState]):
    """One function. Its network interfaces may take minutes ("Giving Lambda functions access to a VPC")."""

    kind = "AWS::Lambda::Function"
    model = FunctionState
    claimed_apart = True
    immutable = frozenset({"FunctionName"})
    duration = Duration(usual=60, least=5, most=180)
    disposable = True
    comes_back = True

    def observe(self) -> Observed[FunctionState] | None:
        try:
            found = self.clients.functions.get_function(FunctionName=self.desired.function_name)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        tags = found.get("Tags", {})
        self.refuse_strangers(f"the function {self.desired.function_name}", tags)
        configuration: Mapping[str, Any] = found["Configuration"]
        busy = configuration.get("State") == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"
        return Observed(
            state=self._state(configuration, found.get("Concurrency", {}), tags),
            physical={"id": configuration["FunctionName"], "Arn": configuration["FunctionArn"]},
            wait=2 if busy else 0,
            failed=_given_up(configuration),
        )

    def _state(self, found: Mapping[str, Any], reserved: Mapping[str, Any], tags: dict[str, str]) -> FunctionState:
        network, logging = found.get("VpcConfig") or {}, found.get("LoggingConfig", {})
        ours = found["CodeSha256"] == digest(self.desired.code)
        return FunctionState(
            function_name=found["FunctionName"],
            code=self.desired.code if ours else f"CodeSha256 {found['CodeSha256']}",
            handler=found.get("Handler", ""),  # a container's image has neither
            runtime=found.get("Runtime", ""),
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
            reserved_concurrent_executions=reserved.get("ReservedConcurrentExecutions", NONE_RESERVED),
            permissions=self._permissions(),
            urls=self._urls(),
            tags=tags,
        )

    def _permissions(self) -> frozenset[Permission]:
        try:
            policy = self.clients.functions.get_policy(FunctionName=self.desired.function_name)["Policy"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return frozenset()
        statements: Any = read(policy)["Statement"]
        return frozenset(
            Permission(statement_id=one.get("Sid", ""), says="; ".join(sentences(document(one)))) for one in statements
        )

    def _urls(self) -> frozenset[str]:
        pages = self.clients.functions.get_paginator("list_function_url_configs").paginate(
            FunctionName=self.desired.function_name
        )
        return frozenset(one["FunctionArn"] for page in pages for one in page["FunctionUrlConfigs"])

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
        """Who else may invoke it first, then foreign code. One change a step of these two: Lambda refuses the second
        until the first is done.
        """
        paths = {change.path.partition(".")[0] for change in drift}
        calls = [*self._shut(drift), *self._unreserve(paths), *self._retag(observed, drift)]
        if "Code" in paths:
            self.clients.functions.update_function_code(
                FunctionName=self.desired.function_name, ZipFile=package(self.desired.code)
            )
            calls.append("UpdateFunctionCode")
        elif configured := sorted(paths - APART):
            self.clients.functions.update_function_configuration(**self._configuration)
            calls.append(f"UpdateFunctionConfiguration {', '.join(configured)}")
        return tuple(calls)

    def _shut(self, drift: Drift) -> Iterator[str]:
        functions, name = self.clients.functions, self.desired.function_name
        for change in drift:
            if change.path == "Urls" and isinstance(change.found, str):
                alias = change.found.partition(f":{name}:")[2]
                with already_so(GONE):
                    functions.delete_function_url_config(FunctionName=name, **({"Qualifier": alias} if alias else {}))
                yield f"DeleteFunctionUrlConfig {change.found}"
            if isinstance(change.found, Permission):
                with already_so(GONE):
                    functions.remove_permission(FunctionName=name, StatementId=change.found.statement_id)
                yield f"RemovePermission {change.found.statement_id}"

    def _unreserve(self, paths: set[str]) -> Iterator[str]:
        if "ReservedConcurrentExecutions" in paths:
            self.clients.functions.delete_function_concurrency(FunctionName=self.desired.function_name)
            yield "DeleteFunctionConcurrency"

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


def _given_up(found: Mapping[str, Any]) -> str:
    """Why Lambda could not make the function, or not give it what it was last asked for."""
    if found.get("State") == "Failed":
        return f"{found.get('StateReasonCode', '')}: {found.get('StateReason', '')}"
    return ""
