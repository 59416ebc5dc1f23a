"""Functions in place of ours. The environment's file tells them what to do: ``{"script": {"keys": "refuse"}}``."""

from typing import Final

_TROUBLE: Final = """
class WrongInput(Exception): pass
class ComeBackLater(Exception): pass
class NeedsHuman(Exception): pass
"""

ADMIT: Final = f"""{_TROUBLE}
def handler(event, context):
    given = event["input"]
    if "refused" in given: raise WrongInput(given["refused"])
    lease = {{"environment": given["name"], "execution": event["execution"], "fence": 7}}
    return {{"wait": 0, "script": given.get("script", {{}}), **lease}}
"""

CONVERGE: Final = f"""{_TROUBLE}
def handler(event, context):
    match event.get("script", {{}}).get(event["layer"]):
        case "refuse": raise NeedsHuman(event["layer"] + "/one: AWS refused: no. What to do: ask")
        case "wait": return {{"wait": 100_000, "pending": {{"one": "AWS is at work on it"}}}}
        case _: return {{"wait": None, "pending": {{}}}}
"""

VERIFY: Final = f"""{_TROUBLE}
def handler(event, context):
    if event.get("script", {{}}).get(event["layer"]) == "disagree":
        raise NeedsHuman(event["layer"] + ": built, but its probe disagrees: who?")
    return {{**event, "wait": None}}
"""

CONCLUDE: Final = f"""{_TROUBLE}
import json
def handler(event, context):
    if event.get("script", {{}}).get("conclude") == "refuse": raise NeedsHuman("CloudTrail: none of 0 trails logs")
    told, summary = json.dumps(event["layers"]), {{"layers": ["network"]}}
    failed = {{"error": "NeedsHuman", "cause": told, "summary": summary}}
    return failed if '"error"' in told else {{"told": event, "summary": summary}}
"""

ANNOUNCE: Final = f"""{_TROUBLE}
def handler(event, context):
    if event.get("script", {{}}).get("announce") == "refuse": raise NeedsHuman("nobody can be told")
    return {{"announced": event}}
"""

_COUNTED: Final = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
"""

WAITS: Final = (
    _COUNTED + "    return {'wait': [5, 3, 0][calls - 1] if calls < 4 else None, 'pending': {'calls': calls}}"
)
"""Converges at the fourth call."""

SHOWN_LATER: Final = (
    _COUNTED
    + """
    since = event.get("since", 1700000000.5)
    return {"wait": [15, 5][calls - 1] if calls < 3 else None, "since": since, "event": event}
"""
)
"""Shown at the third call."""

LEASE_LATER: Final = (
    _COUNTED
    + """
    lease = {"environment": event["input"]["name"], "execution": event["execution"], "fence": 7}
    return {"wait": 30} if calls < 3 else {"wait": 0, **lease}
"""
)
"""The lease is free at the third call."""

BUSY: Final = (
    _TROUBLE
    + _COUNTED
    + """
    if calls < 3: raise ComeBackLater("AWS is busy")
    return {"wait": None, "pending": {}}
"""
)
"""AWS is busy at its first two calls."""

KILLED: Final = """
import os, pathlib, tempfile
lived = pathlib.Path(tempfile.gettempdir(), os.environ["AWS_LAMBDA_FUNCTION_NAME"])
def handler(event, context):
    if not lived.exists():
        lived.touch()
        os._exit(1)
    return {"wait": None, "pending": {}}
"""
"""Killed in its first life."""
