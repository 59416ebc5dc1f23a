"""What is written down of an environment, read once for all threads that ask within a moment."""

import time
from threading import Lock
from typing import Final

from tests.support.cloud import Json
from tests.support.environments import Environment

_MOMENT: Final = 0.2
"""Seconds. Each of twenty threads that looked for itself would keep the laptop AWS from what they wait for."""


class Ledger:
    """The incidents of ``environment`` that were opened since ``began``."""

    def __init__(self, environment: Environment, began: float) -> None:
        self._environment = environment
        self._began = began
        self._reading = Lock()
        self._read_at = 0.0
        self._incidents: list[Json] = []

    def of(self, path: str, concern: str, since: float) -> list[Json]:
        """Those of one resource and concern, opened ``since`` then; oldest first."""
        found = [one for one in self._newest() if (one["resource"], one["concern"]) == (path, concern)]
        return [one for one in found if one["opened_at"] >= since]

    def _newest(self) -> list[Json]:
        with self._reading:
            if time.monotonic() - self._read_at > _MOMENT:
                self._incidents = self._environment.incidents(self._began)
                self._read_at = time.monotonic()
            return self._incidents
