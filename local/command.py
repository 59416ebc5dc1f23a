"""Runs one command as a shell would: in a process group of its own, which has the terminal while it runs.

Ctrl-C in the terminal therefore reaches the command alone, once; a signal sent to us is handed on; and the caller gets
the exit code that a shell would report (128 + n for a command that signal n ended), with time left to clean up.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

_HANDED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Return the command's exit code; 127, as in a shell, when there is no such command."""
    try:
        process = subprocess.Popen(command, env=environment, process_group=0)
    except FileNotFoundError:
        print(f"no such command: {command[0]}", file=sys.stderr)
        return 127
    with _signals_to(process.pid), _terminal_to(process.pid):
        code = process.wait()
    return 128 - code if code < 0 else code


@contextmanager
def _signals_to(group: int) -> Generator[None]:
    def hand_on(number: int, _frame: FrameType | None) -> None:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return

    before = {number: signal.signal(number, hand_on) for number in _HANDED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _terminal_to(group: int) -> Generator[None]:
    terminal = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
    if terminal is None or os.tcgetpgrp(terminal) != os.getpgrp():
        yield
        return
    # Whoever gives the terminal away is in the background from then on, and may take it back only if it ignores this.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        os.tcsetpgrp(terminal, group)
        yield
    finally:
        os.tcsetpgrp(terminal, os.getpgrp())
        signal.signal(signal.SIGTTOU, before)
