"""Of the inputs that would take far too much, those that are small and quick; `make test-host` tries the others."""

import pytest

from benchmarks.bomb_files import BOMBS, burst


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, bomb in BOMBS.items() if bomb.is_light])
def test_a_bomb_stays_within_its_bounds(name: str) -> None:
    found = burst(BOMBS[name])
    assert found.mb < BOMBS[name].most_mb, found
    assert found.seconds < BOMBS[name].most_s, found
    assert "Traceback" not in found.said
