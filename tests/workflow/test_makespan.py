"""A build takes hardly longer than the slowest path through the table of layers, polling included (modelled)."""

import pytest

from tests.benchmarks.makespan import Sample, Walk

SLACK = 1.05
SAMPLES = 25
HISTORY = 25_000
"""Events that an execution can have ("Quotas", Step Functions developer guide)."""


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_no_branch_waits_for_one_that_it_does_not_need(seed: int) -> None:
    sample = Sample(seed)
    made = Walk(sample).made()
    assert made.seconds <= SLACK * sample.bound(), (
        f"{made.seconds:.0f} s, the table allows {sample.bound():.0f} s: which state of build.asl.yaml waits in vain?"
    )
    assert made.events < HISTORY / 10
