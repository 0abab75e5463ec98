"""Expected losses against closed forms, and the outputs that no net can better."""

import numpy as np
import pytest

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.evaluation.expected_loss import (
    best_outputs,
    expected_loss,
    floors,
    gaps_at_optimum,
    is_identified,
    own_optimum,
)
from core.model.losses import LOSSES, loss_with

X = np.linspace(0, 1, 50)
TRUTH = Truth(np.cos, lambda x: 0.2 + 0.8 * x, NOISES["gaussian"])


def test_the_expected_gaussian_nll_of_any_outputs() -> None:
    outputs = np.column_stack([np.sin(X), X])
    mean, deviation = expected_loss(LOSSES["gaussian_nll"], TRUTH, X, outputs)
    off, var = TRUTH.mean(X) - outputs[:, 0], TRUTH.std(X) ** 2
    assert mean == pytest.approx(0.5 * np.exp(-outputs[:, 1]) * (var + off**2) + 0.5 * outputs[:, 1])
    variance = 0.25 * np.exp(-2 * outputs[:, 1]) * (2 * var**2 + 4 * var * off**2)
    assert deviation == pytest.approx(np.sqrt(variance), rel=1e-6)


@pytest.mark.parametrize(
    "name",
    [name for name, loss in LOSSES.items() if is_identified(loss) and loss.optimum(TRUTH.noise).status == "found"],
)
def test_the_best_outputs_reach_the_floor(name: str) -> None:
    loss = LOSSES[name]
    best = best_outputs(loss, TRUTH, X)
    if loss.fits_constant:
        assert best is None
        return
    floor = loss.floor(TRUTH.noise, TRUTH.std(X))
    assert expected_loss(loss, TRUTH, X, best)[0] == pytest.approx(floor, abs=2e-4 * max(1, np.abs(floor).max()))


@pytest.mark.parametrize("bound", ["clamp", "soft"])
@pytest.mark.parametrize("name", ["gaussian_nll", "natural", "laplace_nll"])
def test_a_bound_cuts_the_best_outputs_off_at_its_ends(name: str, bound: str) -> None:
    """No s within the bound is better, at any x; the mean stays the true one."""
    loss = loss_with(name, {"bound": bound, "least_std": 0.4, "most_std": 0.7})
    best = best_outputs(loss, TRUTH, X)
    floor = floors(loss, TRUTH, X)
    assert expected_loss(loss, TRUTH, X, best)[0] == pytest.approx(floor, abs=1e-3)
    for move in (-0.05, 0.05):
        other = best.copy()
        other[:, 1] = np.clip(other[:, 1] + move, loss.limits.low[1], loss.limits.high[1])
        if name == "natural":
            other[:, 0] = TRUTH.mean(X) * np.exp(other[:, 1] / 2)
        assert (expected_loss(loss, TRUTH, X, other)[0] >= floor - 1e-3).all()


def test_the_gap_at_the_optimum_is_the_price_of_the_reading() -> None:
    """The posted loss read as a log variance: v = E|r|, and ½·[log(v/σ²) + σ²/v − 1] at each σ."""
    std = TRUTH.std(X)
    v = std * np.sqrt(2 / np.pi)
    found = gaps_at_optimum(LOSSES["posted"], TRUTH, X)
    assert found["log_variance"] == pytest.approx(np.mean(0.5 * (np.log(v / std**2) + std**2 / v - 1)), abs=1e-6)
    assert found["mean_absolute"] == pytest.approx(0, abs=1e-5)


@pytest.mark.long
def test_a_bound_on_one_of_many_outputs_leaves_the_std_free() -> None:
    """Evidential: the bound moves β alone, and ν makes up for it."""
    free = gaps_at_optimum(LOSSES["evidential"], TRUTH, X)["evidential"]
    values = {"bound": "clamp", "least_std": 0.01, "most_std": 0.1, "evidence_weight": 0.01}
    bound = gaps_at_optimum(loss_with("evidential", values), TRUTH, X)["evidential"]
    assert bound == pytest.approx(free, abs=0.02)


def test_a_loss_without_a_second_output_takes_one_variance() -> None:
    outputs = own_optimum(LOSSES["squared_error"], TRUTH, X)
    assert outputs[:, 0] == pytest.approx(TRUTH.mean(X))
    assert np.exp(outputs[:, 1]) == pytest.approx(np.full(50, np.mean(TRUTH.std(X) ** 2)))
