"""What every test stands on: a store of its own, no settings from outside, one thread for arithmetic; and how they run.

docs/testing.md says which tests run where, and how two processes share them.
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.e2e.find_browser import NOT_RUN, in_ci

LONG_S = 12.0  # of a processor, on any machine: what is not marked takes less than two on an idle one
not_run = pytest.StashKey[str]()
COMPILE = "from core import Experiment, train; train(Experiment.from_settings({'data.n': 100, 'training.steps': 1}))"


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module is imported, for some of it is read at import."""
    for name in [name for name in os.environ if name.startswith(("HETEROSCOPE_", "STREAMLIT_"))]:
        del os.environ[name]
    folder = tempfile.TemporaryDirectory(prefix="heteroscope-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["HETEROSCOPE_STORE"] = f"sqlite:///{(Path(folder.name) / 'runs.sqlite3').as_posix()}"
    # On nets of this size two threads spend their time waiting for each other.
    os.environ["OMP_NUM_THREADS"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what CI alone runs."""
    if not in_ci():
        left_out = [item for item in items if item.get_closest_marker("ci")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Keep what all tests share out of the garbage collector's rounds: there are a million objects by now."""
    gc.collect()
    gc.freeze()


def pytest_xdist_setupnodes() -> None:
    """Before the processes start: compile the fast stepper, if it is not, so that only one of them does."""
    subprocess.run([sys.executable, "-c", COMPILE], cwd=Path(__file__).parents[1], check=True)


class Scheduling(LoadScopeScheduling):
    """A file is one process's, for its tests share what takes long to make; a browser test is anyone's."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Files with many tests come first, browser tests one by one and last: so all processes end together."""
    return Scheduling(config, log)


def pytest_testnodedown(node: Any) -> None:
    """Take from a process that ends what it says of browser tests that it left out."""
    node.config.stash[not_run] = getattr(node, "workeroutput", {}).get(NOT_RUN, "")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if line := config.stash.get(not_run, ""):
        terminalreporter.write_line(line, yellow=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    return (yield from _is_short(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    return (yield from _is_short(item))


def _is_short(item: pytest.Item) -> Iterator[None]:
    """Fail a test of the fast half that is none; by the processor's time, for others may run beside it."""
    begun = sum(os.times()[:4])
    result = yield
    taken = sum(os.times()[:4]) - begun
    is_fast = not any(item.get_closest_marker(name) for name in ("long", "slow", "e2e", "ci"))
    if is_fast and taken > LONG_S and hasattr(item.config, "workerinput"):
        pytest.fail(f"took {taken:.1f} s of a processor: mark it long, and make check leaves it out")
    return result
