"""The table of wrong families: only finished trainings are measured, and luck is distinguished from the price."""

import re
from dataclasses import replace

import pytest

from core.data.noise import NOISES
from core.evaluation.price import price
from core.evaluation.seed_statistics import summary
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.studies.family_prices import Cell, cells, experiments, measured_words, own_cell, seen, sentence, theory
from core.training.loop import train
from core.training.run import Run

CELLS = len(experiments(1))
ALL = 3 * CELLS  # the trainings of three seeds


@pytest.fixture(scope="module")
def short() -> Run:
    return train(Experiment.from_settings({"data.n": 500, "training.steps": 60}))


@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_an_unfinished_training_has_no_gap_and_is_named(short: Run, status: str) -> None:
    before_it_began = Run.without_steps(Experiment(), status, "It never took a step.")
    found = cells([before_it_began, replace(short, status=status), short, *[short] * (ALL - 3)], 3)
    assert (found[0].measured.n, found[0].lost, found[0].waiting) == (1, (0, 1), 0)
    assert found[0].measured.mean == short.scores["gap"]
    words = "Runs without a gap, not trained again: Gaussian NLL on Gaussian noise, seed 0, 1."
    assert sentence(found).endswith(words)
    gone = cells([before_it_began] * 3 + [short] * (ALL - 3), 3)[0]
    assert measured_words(gone) == "–\n3 lost"


def test_what_still_trains_is_counted(short: Run) -> None:
    words = sentence(cells([None, *[short] * (ALL - 1)], 3))
    assert "Train them" not in words
    assert "Train them" in sentence(cells([None] * ALL, 3))
    assert words.endswith(f"1 of {ALL} runs are not finished yet.")
    with pytest.raises(ValueError, match=f"{CELLS} cells from 3 seeds need {ALL} runs, not 20"):
        cells([None] * 20, 3)


def test_a_stopped_training_waits_and_is_not_lost(short: Run) -> None:
    stopped = Run.without_steps(Experiment(), "stopped", "Stopped before it started.")
    found = cells([stopped, *[short] * (ALL - 1)], 3)
    assert (found[0].measured.n, found[0].lost, found[0].waiting) == (2, (), 1)
    assert sentence(found).endswith(f"1 of {ALL} runs are not finished yet.")


def test_the_cell_with_the_largest_price_is_named_with_both_numbers(short: Run) -> None:
    two = [cell for cell in cells([short] * CELLS, 1) if cell.noise in ("laplace", "outliers")]
    words = sentence(two)
    assert words.startswith(
        "The largest gap: Gaussian NLL on Gaussian with outliers noise, 0.291 nats per point in theory"
    )
    assert "One seed cannot show how far seeds differ." in words


def test_luck_is_distinguished_from_the_price() -> None:
    above = Cell("laplace", "gaussian_nll", 0.0724, summary([0.080, 0.081, 0.082]))
    within = Cell("gaussian", "gaussian_nll", 0.0, summary([0.0, 0.01, 0.001]))
    below = Cell("skewed", "laplace_nll", 0.1021, summary([0.100, 0.101, 0.1005]))
    assert (
        "In 1 of 2 cells the measured gap is clearly above theory, most for Gaussian NLL on Laplace noise (0.0086 nats)"
        in (sentence([above, within]))
    )
    assert "In none is it clearly below" in sentence([above, within])
    words = sentence([above, within, below])
    assert "Below theory: Laplace NLL on Skewed (Gamma) noise. That is sampling error of few seeds" in words
    assert measured_words(above) == "0.081\n± 0.002"


def test_theory_is_what_price_finds_to_four_decimals() -> None:
    for (noise, loss), (first, *_) in experiments(3).items():
        assert theory()[noise, loss] == pytest.approx(price(loss_of(first.loss), NOISES[noise]), abs=5.1e-5)


def test_the_run_of_the_quick_preset_is_one_of_them() -> None:
    assert experiments(5)["gaussian", "gaussian_nll"][0].key == Experiment().key
    assert len({each.key for group in experiments(5).values() for each in group}) == 5 * CELLS


def test_the_own_cell_needs_simulated_points() -> None:
    assert own_cell(Experiment()) == ("gaussian", "gaussian_nll")
    assert own_cell(Experiment().with_settings({"loss.name": "posted"})) is None
    assert own_cell(Experiment().with_settings({"data.table": "cars"})) is None


def test_the_grid_is_told_by_its_smallest_and_largest_gaps() -> None:
    words = seen(cells([None] * ALL, 3))
    for noise in NOISES:
        gaps = {loss: gap for (of, loss), gap in theory().items() if of == noise}
        least, most = f"{min(gaps.values()):.3f}", f"{max(gaps.values()):.3f}"
        label = re.escape(NOISES[noise].label)
        assert re.search(f"{label} noise: smallest gap .* {least}, largest .* {most}\\.", words)
