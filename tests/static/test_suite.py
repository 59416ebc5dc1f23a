"""The suite's own workers: what the tests of a file share is made once, for they go to one worker together."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import os, pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(8))
def test_with_others(number):
    print(f"worker={os.environ['PYTEST_XDIST_WORKER']}=")
"""


def test_a_group_goes_to_one_worker(tmp_path: Path) -> None:
    """A pytest that pytest-xdist does not know yet may group nothing, and say nothing of it: all is only slower."""
    (tmp_path / "test_groups.py").write_text(TESTS)
    words = ["-n", "2", "--dist", "loadgroup", "-rP", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(tmp_path)], capture_output=True, text=True, check=True
    )
    workers = [word for word in done.stdout.split("=") if word in {"gw0", "gw1"}]
    assert len(workers) == 8
    assert len(set(workers)) == 1, "tests of one group ran on several workers: see `pytest` in requirements/dev.in"
