"""A new finding, by the recipe: it is the verdict on the page, with its button, and the suite stays green."""

from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, opened, passes

pytestmark = pytest.mark.long

FEW = {"data.table": "engel", "data.held_out": "0.05", "network.layers": "16", "training.steps": "300", "v": "2"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the finding."""
    return carried_out("A finding", tmp_path_factory.mktemp("finding"))


def test_the_page_draws_it(house: Path) -> None:
    shown = opened(house, "fit", FEW)
    assert "Too few held-out points to judge it by" in shown["header"][0]
    assert any("means over **12 points**" in text for text in shown["markdown"])
    assert "Hold out a third" in shown["buttons"]


def test_the_suite_follows(house: Path) -> None:
    passes(house, "tests/core/diagnosis/verdict/test_findings.py", "-k", "too_few_to_judge or every_rule")
