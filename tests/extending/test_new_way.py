"""A new way to know ignorance, by the recipe: the page has it, and what holds of every way holds of it."""

from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, opened, passes

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the way."""
    return carried_out("A way to know ignorance", tmp_path_factory.mktemp("way"))


def test_the_page_draws_it(house: Path) -> None:
    shown = opened(house, "unknown", {"training.seed": "1", "v": "2"})
    assert any("| Two members | 2 | 2 | two nets |" in text for text in shown["markdown"])


def test_the_suite_follows(house: Path) -> None:
    passes(house, "tests/core/ignorance/test_ways.py", "-k", "two_members or documented")
