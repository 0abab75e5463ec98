"""Levels: the floor of a dataset, the loss of constants, and distances that no unit of y changes."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.dataset import Dataset, Truth, from_table, synthetic
from core.data.noise import NOISES, PROFILES
from core.data.tables import TABLES
from core.data.targets import TARGETS
from core.evaluation.levels import levels, nats_between
from core.model.losses import LOSSES

every_loss = pytest.mark.parametrize("name", LOSSES)
every_profile = pytest.mark.parametrize("profile", PROFILES)


def dataset(profile: str = "constant", family: str = "gaussian", scale: float = 0.2) -> Dataset:
    target = TARGETS["two_sines"]
    return synthetic(target, 2000, 50, 150, "grid", NOISES[family], PROFILES[profile], scale, 0)


def oracle_loss(name: str, data: Dataset) -> float:
    """The loss, on held-out points, of a model that knows the truth of Gaussian noise."""
    std = data.truth.std(data.x_held_out)
    s = {2: 2 * np.log(std), 1: np.log(data.truth.noise.mad * std)}.get(LOSSES[name].outputs[-1].log_power, std)
    return float(np.mean(sum(LOSSES[name].terms(np, data.y_held_out, data.truth.mean(data.x_held_out), s))))


@every_loss
@every_profile
def test_an_oracle_stands_on_the_floor(name: str, profile: str) -> None:
    data = dataset(profile)
    found = levels(LOSSES[name], data)
    assert found.floor == pytest.approx(oracle_loss(name, data), abs=5 * 0.755 / np.sqrt(len(data.y_held_out)))
    if LOSSES[name].has_scale:
        assert found.floor == pytest.approx(found.scale_at_floor + LOSSES[name].residual_at_floor, abs=1e-12)
        log_std = np.mean(np.log(data.truth.std(data.x)))
        # With σ(x) the floor follows the geometric mean of σ.
        assert found.floor == pytest.approx(LOSSES[name].floor(NOISES["gaussian"], np.exp(log_std)), abs=1e-12)
    else:
        assert found.scale_at_floor is None


@every_loss
def test_without_a_truth_there_is_no_floor(name: str) -> None:
    data = from_table(TABLES["engel"], 0.2, 0)
    found = levels(LOSSES[name], data)
    assert found.floor is None
    assert found.scale_at_floor is None
    assert np.isfinite(found.constant)


@every_loss
def test_constant_is_the_loss_of_the_best_constants(name: str) -> None:
    """y itself Gaussian, no curve: the best constants are the truth, and constant and floor are one."""
    y = np.random.default_rng(0).normal(3, 0.5, 50_000)
    x = np.linspace(0, 1, 50_000)
    flat = Truth(lambda x: np.full_like(x, 3.0), lambda x: np.full_like(x, 0.5), NOISES["gaussian"])
    found = levels(LOSSES[name], Dataset(x, y, x, y, x[:200], x[:1000], flat, "x", "y"))
    assert found.constant == pytest.approx(found.floor, abs=0.01)
    assert levels(LOSSES[name], dataset()).constant > levels(LOSSES[name], dataset()).floor


@every_loss
def test_a_part_without_spread_has_finite_levels(name: str) -> None:
    data = replace(dataset(), y=np.full(2000, 7.0))
    assert np.isfinite(levels(LOSSES[name], data).constant)


@every_loss
def test_nats_between_knows_no_unit(name: str) -> None:
    row = LOSSES[name]
    low, high = 0.02, 0.05

    def in_unit(value: float) -> float:
        return value * 40**row.unit_power + row.unit_shift * np.log(40)

    found = nats_between(row, low, high)
    assert found > 0
    assert nats_between(row, in_unit(low), in_unit(high)) == pytest.approx(found, abs=1e-12)
    assert nats_between(row, high, low) == pytest.approx(-found, abs=1e-12)
    assert nats_between(row, low, low) == 0


def test_nats_between_by_hand() -> None:
    assert nats_between(LOSSES["gaussian_nll"], -1.1, -0.8) == pytest.approx(0.3)
    assert nats_between(LOSSES["posted"], -0.4, -0.3) == pytest.approx(0.2)  # half an NLL
    assert nats_between(LOSSES["squared_error"], 0.02, 0.04) == pytest.approx(0.5 * np.log(2))
    assert np.isfinite(nats_between(LOSSES["squared_error"], 0.02, 0.0))
