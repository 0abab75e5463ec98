"""Levels: the floor of a dataset, the loss of constants, and distances that do not depend on the unit of y."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from core.data.dataset import Dataset, Truth, synthetic
from core.data.noise import NOISES, PROFILES
from core.data.tables.choice import Choice
from core.data.tables.shipped import TABLES
from core.data.tables.split import from_columns
from core.data.targets import TARGETS
from core.evaluation.levels import converged_std, levels, lowest_in_view, nats_between
from core.model.losses import LOSSES, loss_with

MAD = NOISES["gaussian"].mad
every_loss = pytest.mark.parametrize("name", LOSSES)
every_profile = pytest.mark.parametrize("profile", PROFILES)


def dataset(profile: str = "constant", family: str = "gaussian", scale: float = 0.2) -> Dataset:
    target = TARGETS["two_sines"]
    return synthetic(target, 2000, 50, 150, "grid", NOISES[family], PROFILES[profile], scale, 0)


# What the second output is at the truth of Gaussian noise of standard deviation σ.
SECOND = {
    "gaussian_nll": lambda std: 2 * np.log(std),
    "beta_nll": lambda std: 2 * np.log(std),
    "faithful": lambda std: 2 * np.log(std),
    "gaussian_crps": lambda std: 2 * np.log(std),
    "typed": lambda std: 2 * np.log(std),
    "std_as_variance": lambda std: 2 * np.log(std),
    "clamped": lambda std: 2 * np.log(std),
    "posted": lambda std: np.log(MAD * std),
    "posted_abs": lambda std: np.log(MAD * std),
    "laplace_nll": lambda std: np.log(MAD * std),
    "absolute_log_variance": lambda std: 2 * np.log(np.sqrt(2) * MAD * std),
    "student_t": lambda std: np.log(0.857 * std),  # its KL projection on Gaussian noise, for ν = 5
    "no_half_residual": lambda std: np.log(2 * std**2),
    "no_half_log": lambda std: np.log(0.5 * std**2),
    "relu_variance": lambda std: std**2,
}


def at_the_truth(name: str, mean: np.ndarray, std: np.ndarray) -> list[np.ndarray]:
    """Outputs of a model that knows the truth of Gaussian noise."""
    if name == "squared_error":
        return [mean]
    if name == "pinball":
        return [mean + special.ndtri(level) * std for level in LOSSES[name].values]
    if name == "natural":
        return [mean / std, -2 * np.log(std)]
    if name == "mixture":
        return [np.zeros_like(mean)] * 3 + [mean] * 3 + [np.log(std)] * 3
    if name in SECOND:
        return [mean, SECOND[name](std)]
    around_0 = np.stack([LOSSES[name].optimum(NOISES["gaussian"], each).outputs for each in std])
    return list(LOSSES[name].in_unit_of_y(around_0, mean, 1.0).T)


# Losses whose optimum is the truth. For the others ν is not finite there, the evidence is a compromise, one has
# the floor of the whole sample, and two no finite optimum.
OTHERS = {"student_t_learned", "evidential", "broadcast", "no_log_term", "wrong_sign", "mixture"}
OF_TRUTH = [name for name in LOSSES if name not in OTHERS]


@pytest.mark.parametrize("name", OF_TRUTH)
@every_profile
def test_an_oracle_stands_on_the_floor(name: str, profile: str) -> None:
    """Its mean loss lies within the band `deviation`/√n of the floor, on the same points."""
    loss, data = LOSSES[name], dataset(profile)
    found = levels(loss, data)
    truth = at_the_truth(name, data.truth.mean(data.x_held_out), data.truth.std(data.x_held_out))
    values = loss.value(data.y_held_out, truth)
    n = len(values)
    assert found.floor == pytest.approx(values.mean(), abs=5 * found.deviation / np.sqrt(n))
    if profile == "constant":
        assert found.deviation == pytest.approx(values.std(), rel=0.1)
    if not loss.has_scale:
        assert found.scale_at_floor is None
        return
    scale = loss.evaluate(np, data.y_held_out, truth)[1]
    if loss.has_unit_law or profile == "constant":  # else it is that of the geometric mean of σ
        assert found.scale_at_floor == pytest.approx(scale.mean(), abs=0.02)
    if not loss.unit_power and loss.has_unit_law:
        # With σ(x) the floor follows the geometric mean of σ.
        log_std = np.mean(np.log(data.truth.std(data.x)))
        assert found.floor == pytest.approx(float(loss.floor(NOISES["gaussian"], np.exp(log_std))), abs=1e-9)


@pytest.mark.parametrize("name", ["gaussian_nll", "posted", "laplace_nll", "squared_error", "gaussian_crps"])
@pytest.mark.parametrize("family", NOISES)
def test_the_deviation_is_that_of_draws(name: str, family: str) -> None:
    noise, loss = NOISES[family], LOSSES[name]
    found = levels(loss, dataset("constant", family))
    y = 0.2 * noise.sample(np.random.default_rng(5), 400_000)
    mean, second = np.array(loss.optimum(noise, 0.2).outputs)[[0, -1]]
    outputs = [np.full_like(y, mean), np.full_like(y, second)][: len(loss.outputs)]
    tolerance = 0.01 * np.mean((y / 0.2) ** 4)  # long tails make the mean of r⁴ a rough one
    assert found.deviation == pytest.approx(loss.value(y, outputs).std(), rel=tolerance)


@pytest.mark.parametrize(("name", "deviation"), [("gaussian_nll", 0.707), ("posted", 0.378), ("laplace_nll", 0.755)])
def test_the_band_of_the_published_widths(name: str, deviation: float) -> None:
    for scale in (0.05, 0.2, 5.0):
        assert levels(LOSSES[name], dataset(scale=scale)).deviation == pytest.approx(deviation, abs=1e-3)


@pytest.mark.parametrize("name", ["gaussian_nll", "squared_error", "gaussian_crps", "broadcast"])
@every_profile
def test_an_offset_moves_the_levels_and_not_the_band(name: str, profile: str) -> None:
    plain, moved = (levels(loss_with(name, {"offset": offset}), dataset(profile)) for offset in (0.0, 17.2))
    assert moved.floor == pytest.approx(plain.floor - 17.2, abs=1e-9)
    assert moved.constant == pytest.approx(plain.constant - 17.2, abs=1e-9)
    assert moved.deviation == pytest.approx(plain.deviation, rel=1e-9)
    if plain.scale_at_floor is None:
        assert moved.scale_at_floor is None
    else:
        assert moved.scale_at_floor == pytest.approx(plain.scale_at_floor, abs=1e-9)


def test_broadcasting_ends_at_the_variance_of_all_targets() -> None:
    data = dataset()
    found = levels(LOSSES["broadcast"], data)
    assert found.floor == pytest.approx(0.5 + np.log(data.y.std()), abs=1e-9)
    assert found.floor == pytest.approx(found.constant)
    assert converged_std(LOSSES["broadcast"], "log_variance", data) == pytest.approx(data.y.std(), rel=1e-3)


def test_without_an_optimum_there_is_no_floor() -> None:
    found = levels(LOSSES["wrong_sign"], dataset())
    assert (found.floor, found.deviation, found.scale_at_floor) == (None, None, None)


def test_the_std_that_a_net_at_the_floor_predicts() -> None:
    data = dataset()
    assert converged_std(LOSSES["posted"], "log_variance", data) == pytest.approx(0.399, abs=1e-3)
    assert converged_std(LOSSES["posted"], "mean_absolute", data) == pytest.approx(0.2, rel=1e-3)
    assert converged_std(LOSSES["gaussian_nll"], "log_variance", dataset("linear")) == pytest.approx(0.36, rel=1e-2)
    assert converged_std(LOSSES["squared_error"], "constant_variance", data) is None


@every_loss
def test_without_a_truth_there_is_no_floor(name: str) -> None:
    data = from_columns(TABLES["engel"].columns(), Choice("foodexp", ("income",)))
    found = levels(LOSSES[name], data)
    assert (found.floor, found.deviation, found.scale_at_floor) == (None, None, None)
    assert found.constant is None if name == "wrong_sign" else np.isfinite(found.constant)


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("wrong_sign", "no_log_term", "broadcast")])
def test_constant_is_the_loss_of_the_best_constants(name: str) -> None:
    """y is Gaussian without a curve: the best constants are the truth, so that constant and floor agree."""
    y = np.random.default_rng(0).normal(3, 0.5, 50_000)
    x = np.linspace(0, 1, 50_000)
    flat = Truth(lambda x: np.full_like(x, 3.0), lambda x: np.full_like(x, 0.5), NOISES["gaussian"])
    found = levels(LOSSES[name], Dataset(x, y, x, y, x[:200], x[:1000], flat, "x", "y"))
    assert found.constant == pytest.approx(found.floor, abs=0.01)
    assert levels(LOSSES[name], dataset()).constant > levels(LOSSES[name], dataset()).floor


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("wrong_sign", "evidential", "typed")])
def test_a_part_without_spread_has_finite_levels(name: str) -> None:
    data = replace(dataset(), y=np.full(2000, 7.0))
    assert np.isfinite(levels(LOSSES[name], data).constant)


@every_loss
def test_nats_between_does_not_depend_on_the_unit(name: str) -> None:
    row = LOSSES[name]
    low, high = 0.02, 0.05

    def in_unit(value: float) -> float:
        return value * 40**row.unit_power + abs(row.unit_shift) * np.log(40)

    found = nats_between(row, low, high)
    assert found > 0
    moved = replace(row, offset=17.2)
    assert nats_between(moved, low - 17.2, high - 17.2) == pytest.approx(found, abs=1e-12)
    assert nats_between(row, in_unit(low), in_unit(high)) == pytest.approx(found, abs=1e-12)
    assert nats_between(row, high, low) == pytest.approx(-found, abs=1e-12)
    assert nats_between(row, low, low) == 0


def test_nats_between_by_hand() -> None:
    assert nats_between(LOSSES["gaussian_nll"], -1.1, -0.8) == pytest.approx(0.3)
    assert nats_between(LOSSES["posted"], -0.4, -0.3) == pytest.approx(0.2)  # half an NLL
    assert nats_between(LOSSES["squared_error"], 0.02, 0.04) == pytest.approx(0.5 * np.log(2))
    assert np.isfinite(nats_between(LOSSES["squared_error"], 0.02, 0.0))


def test_the_axis_of_a_table_has_room_for_a_good_fit() -> None:
    """The log of a table's target may have a loss of constants near 0: the fit goes far below it."""
    columns = TABLES["concrete"].columns()
    data = from_columns(columns, Choice("strength", TABLES["concrete"].features, log_target=True))
    loss = LOSSES["gaussian_nll"]
    found, (low, scale) = levels(loss, data), lowest_in_view(loss, data)
    assert found.floor is None
    assert low == pytest.approx(found.constant + np.log(0.2))
    drawn = dataset()
    assert scale == pytest.approx(low - 0.5), "so that the residual term is in view"
    assert lowest_in_view(loss, drawn) == (levels(loss, drawn).floor, levels(loss, drawn).scale_at_floor)
    large = from_columns(columns, Choice("strength", TABLES["concrete"].features))
    assert lowest_in_view(loss, large) == (pytest.approx(levels(loss, large).constant + np.log(0.2)), None)
