"""A Kubernetes API as our objects ask it: one request, one answer, whoever carries it.

Paths, verbs and statuses are those of "Kubernetes API Concepts" (kubernetes.io/docs/reference/using-api/api-concepts).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

JSON: Final = "application/json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY: Final = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML."""

FIELD_MANAGER: Final = "holdfast"


class Answer(NamedTuple):
    """``body`` is the object, or the ``Status`` that says why not."""

    status: int
    body: dict[str, Any]

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def why(self) -> str:
        """What the API says about a request that it refused."""
        return str(self.body.get("message") or f"status {self.status}")


class Api(Protocol):
    """Never raises for an HTTP status; raises ``ComeBackLater`` when the API cannot be reached."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        """One request to ``path`` (``/apis/apps/v1/namespaces/…``) with ``body`` as JSON, and its answer."""
        ...
