"""The table of wrong families: only trainings that came to their end measure anything."""

from dataclasses import replace

import pytest

from core.diagnosis import wrong_families
from core.experiment import Experiment
from core.training.loop import train
from core.training.run import Run


@pytest.fixture(scope="module")
def short() -> Run:
    return train(Experiment.from_settings({"data.n": 500, "training.steps": 60}))


@pytest.mark.parametrize("status", ["stopped", "diverged", "failed"])
def test_what_did_not_end_measures_nothing(short: Run, status: str) -> None:
    before_it_began = Run.without_steps(Experiment(), status, "It never took a step.")
    runs = [before_it_began, replace(short, status=status), None, *[short] * 17]
    cells = wrong_families.cells(runs)
    assert [cell.measured for cell in cells[:3]] == [None] * 3
    assert {cell.measured for cell in cells[3:]} == {short.scores["gap"]}
    assert "train them" in wrong_families.sentence(cells)


def test_the_dearest_is_named_with_both_numbers(short: Run) -> None:
    cells = wrong_families.cells([short] * 20)
    words = wrong_families.sentence(cells)
    assert words.startswith("The dearest: Gaussian NLL on Gaussian with outliers noise, 0.291 nats a point by theory")
