"""Which of two score values is better, and that no raw loss is compared."""

import pytest

from core.evaluation.comparison import COMPARED, better
from core.evaluation.scores import QUICK


def test_only_scores_that_every_run_has_are_compared() -> None:
    assert set(COMPARED) <= set(QUICK)
    assert "loss" not in COMPARED


@pytest.mark.parametrize(
    ("name", "one", "other", "winner"),
    [
        ("nll", -1.2, -0.9, -1),
        ("crps", 0.2, 0.1, 1),
        ("rmse", 0.2012, 0.2009, 0),
        ("gap", 0.0012, 0.0018, -1),
        ("coverage_95", 1.0, 0.93, 1),
        ("coverage_95", 0.951, 0.93, -1),
        ("coverage_95", 0.94, 0.96, 0),
        ("gap", None, 0.1, 0),
        ("nll", 0.1, None, 0),
    ],
)
def test_better(name: str, one: float | None, other: float | None, winner: int) -> None:
    assert better(name, one, other) == winner
    assert better(name, other, one) == -winner


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("nll", -1.0984, "−1.098"), ("gap", 0.00241, "0.0024"), ("coverage_95", 0.9478, "94.8 %"), ("crps", None, "–")],
)
def test_words(name: str, value: float | None, words: str) -> None:
    assert COMPARED[name].words(value) == words
