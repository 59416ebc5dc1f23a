"""What a break is: someone changes the world under a built layer by hand, and one question must then be answered no."""

from collections.abc import Callable
from typing import NamedTuple

from tests.support.world import World


class Break(NamedTuple):
    """Someone does ``deed`` to a built ``layer``; then the answer to ``question`` is not the promised one."""

    layer: str
    question: str
    deed: Callable[[World], object]
