"""Three minutes of three windows: memory, threads and open files of a server are level."""

import pytest

from benchmarks.soak import main


@pytest.mark.slow
def test_a_server_does_not_grow() -> None:
    assert main(["--minutes", "3", "--windows", "3", "--warm", "1"]) == 0
