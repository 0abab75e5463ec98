"""The cluster of two worker processes that the tests of runs have, for sweeps."""

from tests.core.runs.conftest import cluster, no_script

__all__ = ["cluster", "no_script"]
