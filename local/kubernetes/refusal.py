"""How a server says no: a `Status` ("Kubernetes API Conventions", Response Status Kind)."""

from collections.abc import Sequence
from typing import Any, Final

_REASONS: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    415: "UnsupportedMediaType",
    422: "Invalid",
    500: "",
}


class Refusal(Exception):
    """Answered with `status`; `causes` are those of `details`."""

    def __init__(
        self, status: int, message: str, *, reason: str = "", causes: Sequence[dict[str, str]] = (), **details: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason or _REASONS[status]
        self.causes = causes
        self.details = {key: value for key, value in details.items() if value}

    @property
    def body(self) -> dict[str, Any]:
        details: dict[str, Any] = {**self.details, **({"causes": list(self.causes)} if self.causes else {})}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({"details": details} if details else {}),
            "code": self.status,
        }


def invalid(kind: str, group: str, name: str, field: str, why: str) -> Refusal:
    full = f"{kind}.{group}" if group else kind
    cause = {"reason": "FieldValueInvalid", "message": why, "field": field}
    return Refusal(
        422, f'{full} "{name}" is invalid: {field}: {why}', causes=[cause], name=name, group=group, kind=kind
    )
