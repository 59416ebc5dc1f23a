"""What on-call is told that is no incident: that somebody changed how an environment is guarded."""

from collections.abc import Iterable

from holdfast.core.alert import Alert, attributes, chatbot, subject
from holdfast.core.guard import ExceptionSaid, ModeSaid
from holdfast.core.incident import time
from holdfast.core.wording import Words, clean, cut, in_chat

A_DAY = 24 * 3600
PAGE = "docs/runbooks/guard.md"


def guard(environment: str, words: Iterable[ModeSaid | ExceptionSaid], what: str) -> Alert:
    """``what`` happened to the guard ("was changed"); one line for each of ``words``."""
    said = list(words)
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    title = subject(f"[{environment}] the guard {what}: {_title(said[0])}{more}")
    ending = f"What to do now: {PAGE}"
    text, chat = ("\n\n".join([*(_line(word, style) for word in said), ending]) for style in (str, in_chat))
    concern = said[0].concern if isinstance(said[0], ModeSaid) else "all"
    return Alert(title, text, chatbot(title, chat), attributes(environment, concern, "guard"))


def _title(word: ModeSaid | ExceptionSaid) -> str:
    if isinstance(word, ModeSaid):
        return f"{word.concern}, {word.mode}"
    return f"{'undone' if word.put_back else 'exception'}, {word.resource} {word.path}"


def _line(word: ModeSaid | ExceptionSaid, style: Words) -> str:
    until = "from now on" if word.until <= word.said_at else f"until {time(word.until)}"
    who = (
        f"Asked for by {style(word.by)}: CloudTrail says who that was, where a trail logs this function's data events."
    )
    if isinstance(word, ModeSaid):
        what = f"{word.concern}: {word.mode} {until}."
    else:
        values = f"{style(cut(str(word.found)))} instead of {style(cut(str(word.promised)))}"
        ends = word.until <= word.said_at
        answers = "It is drift again." if ends else f"{style(word.owner)} answers for it."
        what = f"{word.resource}, {word.path}: {values} is allowed {'no more' if ends else until}. {answers}"
    return "\n".join(map(clean, (what, f"Why: {style(word.reason)}", who)))
