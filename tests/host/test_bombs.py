"""Small inputs that would take far too much: each ends within its bound of memory and time, in one sentence."""

import pytest

from benchmarks.bomb_files import BOMBS, burst


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, bomb in BOMBS.items() if not bomb.is_light])
def test_a_heavy_bomb_stays_within_its_bounds(name: str) -> None:
    found = burst(BOMBS[name])
    assert found.mb < BOMBS[name].most_mb, found
    assert found.seconds < BOMBS[name].most_s, found
    assert "Traceback" not in found.said
