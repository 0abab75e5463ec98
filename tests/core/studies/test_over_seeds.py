"""Losses over seeds, and wrong families: what is trained, what is counted, and the sentences."""

from dataclasses import replace

import pytest

from core.data.noise import NOISES
from core.evaluation.scores import COMPARED
from core.experiment.experiment import Experiment
from core.studies import family_prices as wrong_families
from core.studies.over_seeds import (
    against_words,
    finding,
    losses_beside,
    per_seed,
    seeded,
    seeds_words,
    summary_words,
    table,
    variants,
)
from core.training.loop import train
from core.training.run import Run

SHORT = Experiment.from_settings({"data.n": 500, "training.steps": 60})


@pytest.fixture(scope="module")
def runs() -> dict[str, list[Run | None]]:
    compared = variants(SHORT, ["gaussian_nll", "posted", "gaussian_nll"], None)
    return {name: [train(each) for each in seeded(one, 3)] for name, one in compared.items()}


def test_variants_share_the_points_of_each_seed() -> None:
    compared = variants(SHORT, losses_beside(SHORT), SHORT.with_settings({"noise.scale": 0.5}))
    assert len(compared) == 5
    assert list(compared)[-1] == "Pinned"
    for one in compared.values():
        assert [each.data.seed for each in seeded(one, 3)] == [0, 1, 2]
        assert [each.training.seed for each in seeded(one, 3)] == [0, 1, 2]
    own = SHORT.with_settings({"loss.name": "laplace_nll"})
    assert losses_beside(own)[0] == "laplace_nll"
    assert variants(own, losses_beside(own), None)["Laplace NLL"] == own


def test_a_pinned_experiment_that_is_compared_already_is_listed_once() -> None:
    other_seed = SHORT.with_settings({"loss.name": "laplace_nll", "training.seed": 4})
    assert list(variants(SHORT, ["gaussian_nll", "laplace_nll"], other_seed)) == ["Gaussian NLL", "Laplace NLL"]
    assert list(variants(SHORT, ["gaussian_nll"], other_seed)) == ["Gaussian NLL", "Pinned"]


def test_the_posted_loss_is_significantly_worse(runs: dict[str, list[Run | None]]) -> None:
    right, posted = table(runs)
    assert (right.ended, posted.ended) == ("3 of 3", "3 of 3")
    assert posted.differences["coverage_95"].real
    found = finding([right, posted], "coverage_95")
    assert found.headline.endswith("differs clearly from Gaussian NLL in 95 % covers")
    assert "worse" in found.sentence
    assert summary_words(COMPARED["nll"], right.scores["nll"]).count("±") == 1


def test_a_diverged_seed_is_named_and_has_no_score(runs: dict[str, list[Run | None]]) -> None:
    right, posted = (list(each) for each in runs.values())
    assert posted[1] is not None
    posted[1] = replace(posted[1], status="diverged", message="The loss was not finite at step 9.")
    rows = table({"right": right, "posted": posted})
    assert rows[1].ended == "2 of 3: seed 1 diverged at step 60"
    assert rows[1].scores["nll"].missing == (1,)
    assert rows[1].differences["nll"].n == 2
    assert "1 of 6 runs have no NLL" in finding(rows, "nll").sentence


def test_before_there_are_runs_there_is_no_answer(runs: dict[str, list[Run | None]]) -> None:
    rows = table({name: [None] * 3 for name in runs})
    assert rows[0].ended == "0 of 3: 3 to train"
    assert finding(rows, "nll").kind == "open"


def test_waiting_seeds_are_not_called_lost(runs: dict[str, list[Run | None]]) -> None:
    (trained, *_) = runs.values()
    first, other = table({"one": trained, "other": [None] * 3})
    assert against_words(other, first, "nll") == "not enough seeds trained yet"


def test_a_loss_against_itself_is_the_same(runs: dict[str, list[Run | None]]) -> None:
    (first, *_) = runs.values()
    found = finding(table({"one": first, "again": first}), "crps")
    assert found.headline == "No loss differs clearly from one in CRPS over 3 seeds"


def test_families_are_every_noise_under_every_loss_fitted() -> None:
    cells = wrong_families.cells([None] * 3 * len(wrong_families.experiments(3)), 3)
    assert len(cells) == len(NOISES) * len(wrong_families.FITTED)
    theory = {(cell.noise, cell.loss): cell.theory for cell in cells}
    assert theory["gaussian", "gaussian_nll"] == 0
    assert theory["laplace", "laplace_nll"] == 0
    assert theory["laplace", "gaussian_nll"] == pytest.approx(0.0724, abs=1e-4)
    assert "Train them" in wrong_families.sentence(cells)
    assert {cell.measured.mean for cell in cells} == {None}


def test_theory_predicts_what_is_measured() -> None:
    """The quick preset, Gaussian and Laplace families on Laplace noise."""
    grid = wrong_families.experiments(1)
    for loss in ("gaussian_nll", "laplace_nll"):
        gap = train(grid["laplace", loss][0]).scores["gap"]
        assert gap is not None
        assert -0.001 < gap - wrong_families.theory()["laplace", loss] < 0.015


def test_one_row_for_each_training(runs: dict[str, list[Run | None]]) -> None:
    right, posted = (list(each) for each in runs.values())
    assert posted[1] is not None
    lost = replace(posted[1], status="diverged", steps_done=9)
    found = per_seed({"right": right, "posted": [posted[0], lost, None]})
    assert found["seed"].tolist() == [0, 1, 2] * 2
    assert found["status"].tolist() == ["done"] * 4 + ["diverged", "to train"]
    assert found["nll"].tolist()[:4] == [run.scores["nll"] for run in (*right, posted[0]) if run is not None]
    assert found["nll"].isna().tolist() == [False] * 4 + [True] * 2
    assert found["key"][0] == seeded(SHORT, 3)[0].key
    assert table({"right": right, "posted": [posted[0], lost, replace(lost, status="stopped")]})[1].waiting == 1


def test_what_a_seed_changes_for_points_and_for_rows() -> None:
    assert "new points" in seeds_words(SHORT)
    table_words = seeds_words(SHORT.with_settings({"data.table": "cars"}))
    assert "a new split of the rows" in table_words
    assert "points" not in table_words
    for split in ("order", "column"):
        assert "the split is the same" in seeds_words(SHORT.with_settings({"data.table": "cars", "data.split": split}))
