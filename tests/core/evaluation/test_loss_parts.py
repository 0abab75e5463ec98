"""Parts of a loss, against values worked by hand."""

from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from core.evaluation import loss_parts as anatomy

RNG = np.random.default_rng(0)
# The loss of a residual r and second output s; how s follows the unit; power and shift of the law.
UNIT_LAWS = MappingProxyType(
    {
        "gaussian_nll": (lambda r, s: 0.5 * np.exp(-s) * r**2 + 0.5 * s, 2, 0, 1.0),
        "posted": (lambda r, s: 0.5 * np.exp(-s) * np.abs(r) + 0.5 * s, 1, 0, 0.5),
        "laplace_nll": (lambda r, s: np.exp(-s) * np.abs(r) + s, 1, 0, 1.0),
        "squared_error": (lambda r, s: 0.5 * r**2, 0, 2, 0.0),
        "pinball": (lambda r, s: np.maximum(0.9 * r, -0.1 * r), 0, 1, 0.0),
    }
)
# ∂loss/∂mean, of y and the outputs mean and s.
MEAN_GRADIENTS = MappingProxyType(
    {
        "gaussian_nll": lambda y, outputs: np.exp(-outputs[1]) * (outputs[0] - y),
        "beta_nll": lambda y, outputs: np.exp(-0.5 * outputs[1]) * (outputs[0] - y),
        "squared_error": lambda y, outputs: outputs[0] - y,
    }
)


@pytest.mark.parametrize(
    ("power", "shift", "expected"),
    [(0, 1.0, 2.0 - np.log(10)), (0, 0.5, 2.0 - 0.5 * np.log(10)), (2, 0.0, 0.02), (1, 0.0, 0.2)],
    ids=["nll", "posted", "squared error", "crps"],
)
def test_a_unit_ten_times_larger(power: int, shift: float, expected: float) -> None:
    assert anatomy.in_unit(2.0, power, shift, 10.0) == pytest.approx(expected)


def test_the_unit_as_it_is_and_there_and_back() -> None:
    values = np.array([-1.1, 0.0, 3.0])
    assert anatomy.in_unit(values, 2, 0.5, 1.0) == pytest.approx(values)
    for power, shift in ((0, 1.0), (2, 0.0)):
        there = anatomy.in_unit(values, power, shift, 8.0)
        assert anatomy.in_unit(there, power, shift, 1 / 8) == pytest.approx(values)


@pytest.mark.parametrize("name", UNIT_LAWS)
def test_the_unit_law_is_what_the_formula_does(name: str) -> None:
    """y, mean and log scale in the larger unit give the loss that the law predicts."""
    formula, log_power, power, shift = UNIT_LAWS[name]
    r, s = RNG.normal(size=(2, 50))
    k = 5.0
    after = formula(r / k, s - log_power * np.log(k))
    assert after == pytest.approx(anatomy.in_unit(formula(r, s), power, shift, k))


@pytest.mark.parametrize("k", [0.0, -1.0, np.nan, np.inf])
def test_a_factor_that_is_not_a_unit_is_refused(k: float) -> None:
    with pytest.raises(ValueError, match=r"finite number above 0"):
        anatomy.in_unit(1.0, 0, 1.0, k)


@pytest.mark.parametrize(("power", "shift"), [(0, 1.0), (0, 0.5), (2, 0.0), (1, 0.0)])
def test_terms_in_a_unit_still_add_up_to_the_loss(power: int, shift: float) -> None:
    terms = pd.DataFrame({"step": [1, 2], "residual": [0.5, 0.6], "scale": [-1.0, 0.2], "regulariser": [0.0, 0.1]})
    history = terms.assign(loss=terms["residual"] + terms["scale"] + terms["regulariser"])
    found = anatomy.history_in_unit(history, power, shift, 3.0)
    assert found["loss"].to_numpy() == pytest.approx(found["residual"] + found["scale"] + found["regulariser"])
    assert found["step"].tolist() == [1, 2]
    assert list(found.columns) == list(history.columns)


def test_a_history_without_terms_moves_too() -> None:
    found = anatomy.history_in_unit(pd.DataFrame({"step": [1.0], "loss": [0.0]}), 0, 1.0, np.e)
    assert found.to_dict("list") == {"step": [1.0], "loss": [pytest.approx(-1.0)]}


def test_final_loss_is_the_mean_of_the_last_tenth() -> None:
    assert anatomy.final_loss([9.0] * 18 + [1.0, 3.0, np.nan]) == pytest.approx(2.0)
    assert anatomy.final_loss([4.0]) == 4.0
    assert anatomy.final_loss([np.nan]) is None


def test_the_floors_band() -> None:
    assert anatomy.floor_band(-1.0, 0.7, 100) == pytest.approx((-1.14, -0.86))
    assert anatomy.floor_band(0.02, 0.085, 10, least=0.0) == pytest.approx((0.0, 0.02 + 0.17 / np.sqrt(10)))
    with pytest.raises(ValueError, match="one point"):
        anatomy.floor_band(0.0, 1.0, 0)


def test_nineteen_in_twenty_perfect_models_fall_into_the_band() -> None:
    losses = 0.5 * RNG.standard_normal((4000, 50)) ** 2 + np.log(0.2)  # Gaussian NLL of the truth, σ = 0.2
    low, high = anatomy.floor_band(0.5 + np.log(0.2), np.sqrt(0.5), 50)
    inside = np.mean((losses.mean(axis=1) > low) & (losses.mean(axis=1) < high))
    assert inside == pytest.approx(0.95, abs=0.015)


def test_the_mean_floor_is_the_floor_at_the_geometric_mean() -> None:
    std = np.array([0.1, 0.4, 0.4])
    assert anatomy.geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert 0.5 + np.log(anatomy.geometric_mean(std)) == pytest.approx(np.mean(0.5 + np.log(std)))


def test_the_lowest_place_lies_between_the_points_of_the_grid() -> None:
    s = np.linspace(-8, 4, 241)
    at, value = anatomy.lowest(s, 0.5 * np.exp(-s) * 0.2**2 + 0.5 * s) or (0.0, 0.0)
    assert at == pytest.approx(np.log(0.04), abs=1e-3)
    assert value == pytest.approx(0.5 + np.log(0.2), abs=1e-4)


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [np.inf, 1.0, np.nan], [1.0, 1.0, 1.0], [np.nan, np.nan, np.nan]]
)
def test_no_minimum_inside_the_grid(values: list[float]) -> None:
    assert anatomy.lowest([0.0, 1.0, 2.0], values) is None


def test_a_squared_error_is_pulled_alike_everywhere() -> None:
    x, y = np.linspace(0, 1, 100), RNG.normal(size=100)
    found = anatomy.effective_weights(x, y, np.zeros(100), -y, np.linspace(0, 1, 6))
    assert found == pytest.approx(np.ones(5))


def test_a_gaussian_nll_pulls_with_one_over_the_variance() -> None:
    """σ̂ = 1 on the left and 2 on the right: weights 1 and ¼ with a mean of ⅝."""
    x, y = np.array([0.1, 0.3, 0.6, 1.0]), np.array([1.0, -3.0, 2.0, 1.0])
    std = np.array([1.0, 1.0, 2.0, 2.0])
    found = anatomy.effective_weights(x, y, np.zeros(4), -y / std**2, [0.0, 0.5, 1.0])
    assert found == pytest.approx([1.6, 0.4])


def test_the_mean_is_over_the_points() -> None:
    """Three points of weight 1 and one of 5 have a mean of 2."""
    found = anatomy.effective_weights([0.1, 0.2, 0.3, 0.9], np.ones(4), np.zeros(4), [1, 1, 1, 5], [0.0, 0.5, 1.0])
    assert found == pytest.approx([0.5, 2.5])


def test_empty_bins_and_points_that_are_left_out() -> None:
    x = [0.5, 1.5, 1.6, 2.5, 9.0, 3.0]
    slope = [2.0, np.nan, 2.0, 0.0, 1e9, 2.0]
    y = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    found = anatomy.effective_weights(x, y, np.zeros(6), slope, [0.0, 1.0, 2.0, 2.9, 3.0, 3.0])
    assert found[:2] == pytest.approx([1.0, 1.0])
    assert np.isnan(found[2])
    assert np.isnan(anatomy.effective_weights([0.5], [0.0], [0.0], [0.0], [0.0, 1.0])).all()
    assert np.isnan(anatomy.effective_weights([], [], [], [], [0.0, 1.0])).all()


def test_outputs_between_the_points_of_the_grid() -> None:
    grid, outputs = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 1.0], [1.0, 1.0], [5.0, 0.0]])
    found = anatomy.outputs_at([0.5, 2.0, 3.0, -1.0, 9.0], grid, outputs)
    assert found == pytest.approx(np.array([[0.5, 1.0], [3.0, 0.5], [5.0, 0.0], [0.0, 1.0], [5.0, 0.0]]))
    assert anatomy.outputs_at([0.5], grid, np.stack([outputs, 2 * outputs]))[:, 0, 0] == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize(("name", "contrast"), [("gaussian_nll", 16.0), ("beta_nll", 4.0), ("squared_error", 1.0)])
def test_the_badly_fitted_pull_least_under_a_plain_nll(name: str, contrast: float) -> None:
    """σ̂ four times larger on the right: 16 times less pull, with β = ½ four times, with squared errors the same."""
    x, grid = np.linspace(0, 1, 200), np.linspace(0, 1, 50)
    y = np.where(x < 0.5, 0.1, 0.4) * np.sign(np.sin(40 * x))
    frames = np.stack([np.zeros(50), 2 * np.log(np.where(grid < 0.5, 0.1, 0.4))], axis=-1)[None]

    found = anatomy.weights_by_frame(x, y, grid, frames, MEAN_GRADIENTS[name], np.array([0.0, 0.4, 0.6, 1.0]))
    assert found.shape == (1, 3)
    assert found[0, 0] / found[0, 2] == pytest.approx(contrast)


@pytest.mark.parametrize("std", [0.05, 3.0])
def test_the_scatter_is_found_without_the_mean(std: float) -> None:
    x = RNG.uniform(0, 10, 20_000)
    y = np.sin(x) + RNG.normal(0, std, x.size)
    assert anatomy.scatter(x, y) == pytest.approx(std, rel=0.03)
    assert anatomy.scatter(x, 10 * y) == pytest.approx(10 * anatomy.scatter(x, y))


def test_a_varying_scatter_gives_its_geometric_mean() -> None:
    x = np.linspace(0, 1, 20_000)
    y = RNG.normal(0, np.where(x < 0.5, 0.1, 0.4))
    assert anatomy.scatter(x, y) == pytest.approx(0.2, rel=0.03)


def test_the_scatter_by_hand_and_where_there_is_none() -> None:
    assert anatomy.scatter([2.0, 1.0], [5.0, 1.0]) == pytest.approx(np.sqrt(0.5 * 16))
    assert anatomy.scatter([1.0, 2.0, 3.0], [7.0, 7.0, 7.0]) == 0
    with pytest.raises(ValueError, match="1 points"):
        anatomy.scatter([1.0], [1.0])
