"""What runs together in a state machine and stops together: an execution, a Parallel's branches, a Map's items.

Each wait is one of a scope's. A scope that is stopped ends all waits in it and in the scopes inside it at once: what a
wait waited for runs on, as a Lambda function on AWS does, and nobody hears of its result. The pages that ask for it are
named in `local.gaps.stepfunctions_executions`.
"""

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self


class Stopped(BaseException):
    """Ends what runs in a scope that has stopped. Not an Exception: no state may take it for an error and catch it."""


class Scope(AbstractContextManager["Scope"]):
    """Entered by the thread that runs in it; threads that this one starts are in it too."""

    def __init__(self, parent: "Scope | None" = None, on_stop: Callable[[], None] = lambda: None) -> None:
        self._parent = parent
        self._on_stop = on_stop
        self._inside: set[Scope] = set()
        self._lock = Lock()
        self._stopped: Future[None] = Future()
        if parent is not None:
            parent._adopt(self)

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        if self._parent is not None:
            self._parent._release(self)

    def stop(self) -> None:
        with self._lock:
            if self._stopped.done():
                return
            self._stopped.set_exception(Stopped())
            inside = list(self._inside)
        self._on_stop()
        for scope in inside:
            scope.stop()

    def check(self) -> None:
        """Raise Stopped if this scope is."""
        if self._stopped.done():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        wait([self._stopped], timeout=seconds)
        self.check()

    def until[T](self, result: Future[T]) -> T:
        either: list[Future[Any]] = [result, self._stopped]
        wait(either, return_when=FIRST_COMPLETED)
        self.check()
        return result.result()

    def run[T](self, work: Callable[[], T]) -> T:
        """Do the work in a thread that is left behind if this scope stops before it is done."""
        return self.until(_start(work))

    def together[T](self, works: Sequence[Callable[[], T]]) -> list[T]:
        """Do all work side by side; the first failure stops the rest of it and is raised."""
        with Scope(self) as inner:
            running = [_start(work) for work in works]
            wait(running, return_when=FIRST_EXCEPTION)
            inner.stop()
            failures = [error for one in running if one.done() and (error := one.exception())]
            for error in failures:
                if not isinstance(error, Stopped):
                    raise error
            self.check()
            return [one.result() for one in running]

    def _adopt(self, scope: "Scope") -> None:
        with self._lock:
            self._inside.add(scope)
            stopped = self._stopped.done()
        if stopped:
            scope.stop()

    def _release(self, scope: "Scope") -> None:
        with self._lock:
            self._inside.discard(scope)


# What is in no execution is never stopped.
_OUTSIDE: Final = Scope()
_current: contextvars.ContextVar[Scope] = contextvars.ContextVar("scope", default=_OUTSIDE)


def current() -> Scope:
    return _current.get()


def _start[T](work: Callable[[], T]) -> Future[T]:
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(contextvars.copy_context().run, work)
    finally:
        pool.shutdown(wait=False)
