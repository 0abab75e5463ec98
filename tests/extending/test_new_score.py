"""A new score, by the recipe: the command line, the page and the document have it, and the suite stays green."""

import json
from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, opened, passes, run

pytestmark = pytest.mark.long

CSV = "y,mean,std\n1,0.5,2\n2,1,2\n3,3.5,2\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the score."""
    return carried_out("A score", tmp_path_factory.mktemp("score"))


def test_the_command_line_has_it(house: Path) -> None:
    (house.parent / "predictions.csv").write_text(CSV)
    answer = json.loads(run(house, "-m", "core", "scores", "../predictions.csv", "--json"))
    assert answer["scores"]["mean_z"] == pytest.approx((0.5 + 1 - 0.5) / 3 / 2)
    assert answer["std_errors"]["mean_z"] > 0
    assert "mean_z" in run(house, "-m", "core", "scores", "../predictions.csv")


def test_the_page_draws_it(house: Path) -> None:
    shown = opened(house, "calibration", {"training.steps": "60", "v": "2"})
    assert any("| Mean z |" in text and "Mean residual in predicted" in text for text in shown["markdown"])


def test_the_document_and_the_suite_follow(house: Path) -> None:
    run(house, "-m", "docs.tables")
    assert "| `mean_z` | Mean z | 1 | 0.000 is right | −∞ to ∞ |" in (house / "docs" / "scores.md").read_text()
    names = ("test_documented.py", "test_references.py", "test_score_table.py")
    of_the_table = "document or gaussian or without_a_reference or says_why or its_words"
    passes(house, *(f"tests/core/evaluation/{name}" for name in names), "-k", of_the_table)
