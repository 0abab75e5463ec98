"""What every test stands on: a store of its own, no settings from outside, one thread for arithmetic."""

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module is imported, for some of it is read at import."""
    for name in [name for name in os.environ if name.startswith(("HETEROSCOPE_", "STREAMLIT_"))]:
        del os.environ[name]
    folder = tempfile.TemporaryDirectory(prefix="heteroscope-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["HETEROSCOPE_STORE"] = f"sqlite:///{(Path(folder.name) / 'runs.sqlite3').as_posix()}"
    # On nets of this size two threads spend their time waiting for each other.
    os.environ["OMP_NUM_THREADS"] = "1"
