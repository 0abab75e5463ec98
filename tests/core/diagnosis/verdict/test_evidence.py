"""Evidence: averages, and what sampling error explains."""

import numpy as np
import pytest

from core import Experiment, train
from core.diagnosis.verdict.evidence import Average, Evidence


def test_without_a_truth_an_exploding_average_is_never_luck(run_of) -> None:
    """One extreme point of 5,000 makes mean and standard error equal: a loss of a thousand is still not luck."""
    values = np.full(5000, -1.1)
    values[0] = 5e6
    evidence = Evidence(run_of("engel"))
    evidence.__dict__["on_new"] = Average.of(values)
    assert evidence.above_trained > 900
    evidence = Evidence(run_of("engel"))
    evidence.__dict__["on_new"] = Average.of(np.append(values, np.inf))
    assert evidence.above_trained == np.inf


def test_an_expected_loss_does_not_depend_on_the_points_drawn(run_of) -> None:
    """The mean loss of many fresh points, drawn here, comes to the expected one, and that of the truth to the floor."""
    run = run_of("posted, linear")
    evidence, truth = Evidence(run), run.dataset.truth
    x = np.repeat(evidence.x_judged, 500)
    y = truth.mean(x) + truth.std(x) * np.random.default_rng(7).standard_normal(x.size)
    outputs = run.outputs(x).T
    mine = 0.5 * np.exp(-outputs[1]) * np.abs(y - outputs[0]) + 0.5 * outputs[1]
    best = np.log(truth.std(x) * np.sqrt(2 / np.pi))
    least = 0.5 * np.exp(-best) * np.abs(y - truth.mean(x)) + 0.5 * best
    difference = mine - least
    assert evidence.above_floor == pytest.approx(2 * difference.mean(), abs=8 * difference.std() / np.sqrt(x.size))
    assert evidence.floor == pytest.approx(least.mean(), abs=4 * least.std() / np.sqrt(x.size) + 1e-3)


@pytest.mark.parametrize("design", ["uniform", "stratified"])
def test_the_floor_is_that_of_the_points_judged(design: str) -> None:
    """Ten training x say little of the x of new points: the floor of new points is that of theirs."""
    settings = {"data.n": 10, "data.design": design, "noise.profile": "steep", "training.steps": 5}
    run = train(Experiment.from_settings(settings))
    evidence, truth = Evidence(run), run.dataset.truth
    of_new = 0.5 + np.mean(np.log(truth.std(run.dataset.x_held_out)))
    of_trained = 0.5 + np.mean(np.log(truth.std(run.dataset.x)))
    assert evidence.floor == pytest.approx(of_new, abs=1e-9)
    assert np.mean(evidence.band) == pytest.approx(of_trained, abs=1e-9)
    assert abs(of_new - of_trained) > 0.05


def test_average() -> None:
    found = Average.of(np.array([1.0, 2.0, 3.0, 6.0]))
    assert (found.mean, found.n) == (3.0, 4)
    assert found.error == pytest.approx(np.sqrt(3.5) / 2)


def test_costs_are_the_gap_or_the_nll(run_of) -> None:
    quick, engel = run_of("posted"), run_of("engel, posted")
    for name, costs in Evidence(quick).costs.items():
        assert costs.mean() == pytest.approx(quick.with_reading(name).scores["gap"], abs=1e-12)
    for name, costs in Evidence(engel).costs.items():
        assert costs.mean() == pytest.approx(engel.with_reading(name).scores["nll"], abs=1e-9)
    assert Evidence(quick).best_reading == "mean_absolute"


def test_on_new_is_the_last_weights_loss(run_of) -> None:
    """The same weights as in the last frame of the film, which uses the first 200 held-out points."""
    run = run_of("quick")
    assert Evidence(run).on_new.mean == pytest.approx(run.frame_held_out_loss[-1], abs=0.2)
    full_nll = Evidence(run).on_new.mean + 0.5 * np.log(2 * np.pi)
    assert full_nll == pytest.approx(run.scores["nll"], abs=1e-6)


def test_many_points_are_thinned(run_of) -> None:
    assert Evidence(run_of("quick")).on_trained.n == 4000
    assert Evidence(run_of("quick")).on_new.n == 5000


def test_with_infinite_outputs_no_reading_is_better() -> None:
    raw = {"training.standardise": False, "training.optimizer": "sgd", "training.learning_rate": 1.0, "data.n": 500}
    evidence = Evidence(train(Experiment.from_settings(raw)))
    assert all(not np.isfinite(costs).all() for costs in evidence.costs.values())
    assert not evidence.saves(evidence.best_reading) > 0
