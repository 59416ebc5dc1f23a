"""The three kinds of trouble that Holdfast names. Everything else is left to fail by its own name.

    Trouble
    ├── WrongInput      the user must change a field; nothing was created
    ├── ComeBackLater   nobody must do anything; the same call will succeed later
    └── NeedsHuman      AWS or the promise forbids what is asked; a person must decide

Step Functions sees the class name as ``Error`` and the sentence as ``Cause``, so each sentence is written for the
person who reads it at 3 a.m.: what is wrong, with what, and what to do.
"""


class Trouble(Exception):
    """One of the three kinds below."""


class WrongInput(Trouble):
    """``field`` (dotted path in the spec) holds what cannot be used; ``fix`` says what would be right."""

    def __init__(self, field: str, fix: str) -> None:
        self.field = field
        self.fix = fix
        super().__init__(f"{field}: {fix}")


class ComeBackLater(Trouble):
    """Not yet: ask again in ``seconds``. ``asked``: whether AWS may have begun it, or something else comes first.

    ``told``: whether all that led here is written down, so that one word is enough to come back by.
    """

    def __init__(self, why: str, seconds: int, *, asked: bool = True, told: bool = False) -> None:
        self.why = why
        self.seconds = seconds
        self.asked = asked
        self.told = told
        super().__init__(why)


class NeedsHuman(Trouble):
    """``what`` (a resource's address, or a layer) cannot be brought to its promise by a machine, and ``why``."""

    def __init__(self, what: str, why: str, do: str) -> None:
        self.what = what
        self.why = why
        self.do = do
        super().__init__(f"{what}: {why}. What to do: {do}")


def taken_over(environment: str, execution: str, by: str = "") -> NeedsHuman:
    """``execution`` may build no more; ``by`` is the one that holds the lease now, empty where it is not known."""
    return NeedsHuman(
        environment,
        f"another build has taken over from {execution}" + (f": {by}" if by else ""),
        "nothing here, this build has stopped: look at the other one",
    )
