"""A new head, by the recipe: it trains, the document has it, and the suite stays green."""

import json
from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, passes, run

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the head."""
    return carried_out("A head", tmp_path_factory.mktemp("head"))


def test_it_trains_and_is_listed(house: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run(house, "-m", "core", "losses", "--json"))}
    assert "squareplus" in rows["gaussian_nll"]["heads"]
    assert rows["squared_error"]["heads"] == ["exp"]
    answer = json.loads(run(house, "-m", "core", "train", "--set", "loss.head=squareplus", "--json"))
    assert answer["scores"]["gap"] < 0.01


def test_the_document_and_the_suite_follow(house: Path) -> None:
    run(house, "-m", "docs.tables")
    assert "| `squareplus` | `0.5*(s + sqrt(s**2 + 4))` | a scale: σ, b or τ |" in (
        house / "docs" / "losses.md"
    ).read_text(encoding="utf-8")
    passes(house, "tests/core/model/test_heads.py", "-k", "squareplus or forgotten or texts")
