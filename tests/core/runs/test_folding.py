"""Runs of one experiment over seeds stand under one line, and nothing is lost."""

from dataclasses import replace

import pytest

from core.experiment.experiment import Experiment
from core.runs.entry import Entry
from core.runs.folding import Fold, folded, runs_of
from core.studies.over_seeds import seeded

SHORT = Experiment.from_settings({"data.n": 500, "training.steps": 60})


def entry(number: int, experiment: Experiment, **others) -> Entry:
    values = dict.fromkeys(("steps", "nll", "crps", "rmse", "coverage_95", "gap"))
    values |= dict.fromkeys(("name", "notes", "changes", "target", "created"), "")
    values |= {"seconds": 0.1, "size": 1, "starred": False, "status": "done", "table": "none"}
    values |= {"key": experiment.key, "loss": experiment.loss.name, "experiment_json": experiment.to_json()}
    return Entry(id=number, space="shared", owner="", **values | others)


@pytest.fixture(scope="module")
def over_seeds() -> list[Entry]:
    """Two losses over five seeds."""
    both = [SHORT, SHORT.with_settings({"loss.name": "squared_error"})]  # which has no warm-up to set
    return [entry(1 + i, each) for i, each in enumerate(each for one in both for each in seeded(one, 5))]


def test_an_experiment_over_seeds_is_one_line(over_seeds):
    alone = entry(99, SHORT.with_settings({"noise.scale": 0.4}))
    (first, second) = folded([alone, *over_seeds])
    assert first is alone
    assert isinstance(second, Fold)
    assert (second.words, second.losses) == ("10 runs: 2 losses, 5 seeds", ("gaussian_nll", "squared_error"))
    assert second.status == "done"
    assert second.id < 0
    assert runs_of([first, second, over_seeds[0]]) == [alone, *over_seeds], "each run once"
    opened = folded([alone, *over_seeds], [second.id])
    assert opened == [alone, second, *over_seeds]


def test_what_somebody_marked_stands_by_itself(over_seeds):
    for marked in ({"starred": True}, {"name": "best"}, {"notes": "see page 3"}):
        mine = replace(over_seeds[2], **marked)
        lines = folded([mine, *over_seeds[:2], *over_seeds[3:]])
        assert lines[0] is mine
        assert [line.words for line in lines if isinstance(line, Fold)] == ["9 runs: 2 losses, 5 seeds"]


def test_few_seeds_and_other_experiments_are_not_folded(over_seeds):
    two = over_seeds[:2]
    assert folded(two) == two
    unlike = [entry(i, SHORT.with_settings({"data.seed": 0, "training.seed": i})) for i in range(5)]
    assert folded(unlike) == unlike, "other first weights on the same points are another question"
    scales = [entry(i, SHORT.with_settings({"noise.scale": 0.1 + i / 10, "data.seed": i})) for i in range(4)]
    assert folded(scales) == scales
    strange = [entry(i, SHORT, experiment_json=text) for i, text in enumerate(("", "[]", "{}", '{"data": 3}', "nul"))]
    assert folded(strange) == strange


def test_a_fold_says_how_its_runs_ended(over_seeds):
    lost = [replace(over_seeds[0], status="diverged"), *over_seeds[1:5]]
    (fold,) = folded(lost)
    assert fold.words == "5 runs: 5 seeds"
    assert fold.status == "1 diverged, 4 done"
