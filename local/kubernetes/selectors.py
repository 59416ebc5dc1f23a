"""Label and field selectors of a list ("Labels and Selectors", "Field Selectors", kubernetes.io/docs/concepts)."""

import re
from typing import Any, Final

from local.kubernetes.refusal import Refusal

_SET: Final = re.compile(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)")
_EQUAL: Final = re.compile(r"([^=!\s]+)\s*(==|=|!=)\s*(\S*)")
_TERMS: Final = re.compile(r",(?![^(]*\))")


def selected(obj: dict[str, Any], labels: str, fields: str) -> bool:
    metadata = obj["metadata"]
    known = {"metadata.name": metadata["name"], "metadata.namespace": metadata.get("namespace", "")}
    carried = metadata.get("labels", {})
    terms = [(term.strip(), carried) for term in _TERMS.split(labels) if term.strip()]
    terms += [(term.strip(), known) for term in fields.split(",") if term.strip()]
    return all(_holds(term, values) for term, values in terms)


def _holds(term: str, values: dict[str, str]) -> bool:
    if match := _SET.fullmatch(term):
        among = values.get(match[1]) in {one.strip() for one in match[3].split(",")}
        return among if match[2] == "in" else not among
    if match := _EQUAL.fullmatch(term):
        return (values.get(match[1]) == match[3]) != (match[2] == "!=")
    if re.fullmatch(r"!?[A-Za-z0-9./_-]+", term):
        return (term.lstrip("!") in values) != term.startswith("!")
    raise Refusal(400, f"unable to parse requirement: {term}")
