"""What a function is told by its environment variables, read once, typed, and not at import."""

import os
from collections.abc import Mapping
from typing import Self

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """Base of a function's settings: a field ``manifest_table`` is the variable ``MANIFEST_TABLE``."""

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Raises ``msgspec.ValidationError`` that names the variable which is missing."""
        return msgspec.convert(dict(variables), cls, strict=False)
