"""Quantities in the one spelling in which a server keeps them ("Quantity", Kubernetes API Reference).

The largest suffix that leaves a whole number; no fraction; binary suffixes stay binary.
"""

import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"([+-]?[0-9.]+)([eE][+-]?[0-9]+)?([numkMGTPE]|[KMGTPE]i)?")
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def canonical(written: object) -> object:
    """The server's spelling; what is no quantity is answered as it is, for validation to refuse."""
    match = _NUMBER.fullmatch(str(written))
    if match is None or isinstance(written, bool):
        return written
    number, exponent, suffix = match[1], match[2] or "", match[3] or ""
    value = Decimal(number + exponent)
    if suffix in _BINARY:
        value *= 2 ** _BINARY[suffix]
        return _binary(value)
    return _decimal(value.scaleb(_DECIMAL[suffix]))


def _binary(value: Decimal) -> str:
    for suffix, power in reversed(_BINARY.items()):
        if value and value % 2**power == 0:
            return f"{int(value / 2**power)}{suffix}"
    return _decimal(value)


def _decimal(value: Decimal) -> str:
    if not value:
        return "0"
    for suffix, power in sorted(_DECIMAL.items(), key=lambda item: -item[1]):
        scaled = value.scaleb(-power)
        if scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffix}"
    return f"{int(value.scaleb(9).to_integral_value())}n"
