"""A table over seeds that still trains or has nothing to compare: it says so, and claims no more."""

from dataclasses import replace

import pytest

from core.evaluation.seed_statistics import Difference
from core.experiment.experiment import Experiment
from core.studies.over_seeds import Row, finding, seeded, table, variants
from core.training.loop import train
from core.training.run import Run

SHORT = Experiment.from_settings({"data.n": 500, "training.steps": 60})


@pytest.fixture(scope="module")
def runs() -> dict[str, list[Run | None]]:
    compared = variants(SHORT, ["gaussian_nll", "posted"], None)
    return {name: [train(each) for each in seeded(one, 3)] for name, one in compared.items()}


def test_what_still_trains_is_not_taken_for_lost(runs: dict[str, list[Run | None]]) -> None:
    right, posted = runs.values()
    rows = table({"right": right, "posted": [posted[0], None, posted[2]]})
    assert (rows[0].waiting, rows[1].waiting) == (0, 1)
    assert rows[1].ended == "2 of 3: 1 to train"
    found = finding(rows, "rmse")
    assert found.kind == "open"
    assert found.headline.startswith("So far: ")
    assert found.sentence.endswith("1 of 6 runs are not finished yet.")
    assert "have no" not in found.sentence


def test_seeds_are_counted_that_both_have(runs: dict[str, list[Run | None]]) -> None:
    right, _ = runs.values()
    rows = table({"one": right, "again": [right[0], None, right[2]]})
    assert finding(rows, "crps").headline == "So far: No loss differs clearly from one in CRPS over 2 seeds"


def test_a_diverged_seed_is_named_with_its_step(runs: dict[str, list[Run | None]]) -> None:
    right, posted = runs.values()
    assert posted[0] is not None
    lost = [replace(posted[0], status="diverged", steps_done=1200), posted[1], posted[2]]
    never = [Run.without_steps(SHORT, "failed", "The worker died."), *right[1:]]
    rows = table({"never began": never, "died": lost})
    assert rows[0].ended == "2 of 3: seed 0 failed"
    assert rows[1].ended == "2 of 3: seed 0 diverged at step 1,200"
    assert "2 of 6 runs have no CRPS" in finding(rows, "crps").sentence


def test_one_loss_alone_asks_for_another(runs: dict[str, list[Run | None]]) -> None:
    right, posted = runs.values()
    assert "Choose a second loss" in finding(table({"right": right}), "nll").sentence
    apart = table({"right": [right[0], *[without_steps(run) for run in right[1:]]], "posted": posted})
    assert finding(apart, "nll").headline.startswith("Nothing to compare in NLL")


def without_steps(run: Run | None) -> Run:
    """The same run, but ended before it took a step."""
    assert run is not None
    return Run.without_steps(run.experiment, "diverged", "Not finite.")


def test_the_pinned_experiment_is_always_listed() -> None:
    names = ["gaussian_nll", "beta_nll", "faithful", "natural", "gaussian_crps", "squared_error"]
    compared = variants(SHORT, names, SHORT.with_settings({"noise.scale": 0.5}))
    assert len(compared) == 7
    assert list(compared)[-1] == "Pinned"


def test_when_all_differ_it_says_all() -> None:
    first = Row("first", "3 of 3", 0, {}, {"crps": [0.1] * 3}, {})
    apart, same = Difference(0.3, 0.2, 0.4, 3, 0.01), Difference(0.01, -0.2, 0.22, 3, 0.8)
    one, two, three = (replace(first, variant=name, differences={"crps": apart}) for name in ("one", "two", "three"))
    assert finding([first, one, two], "crps").headline == "All 2 others differ clearly from first in CRPS"
    assert finding([first, one], "crps").headline == "one differs clearly from first in CRPS"
    found = finding([first, one, two, replace(three, differences={"crps": same})], "crps")
    assert found.headline == "2 of the 3 others differ clearly from first in CRPS"
    assert found.sentence.endswith("For the rest there is no clear difference.")
