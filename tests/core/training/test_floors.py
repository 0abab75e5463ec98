"""Training reaches the floor: each loss beside the oracle, the true mean and the best outputs, on the same points."""

from functools import cache

import numpy as np
import pytest

from benchmarks.floors import STDS, WITHOUT_FLOOR, Comparison, compare, trained
from core.data.noise import NOISES
from core.model.losses import LOSSES

GAUSSIAN = NOISES["gaussian"]
WITH_FLOOR = [name for name in LOSSES if name not in WITHOUT_FLOOR]
# The narrowest noise is the hardest: the mean must be right to a fraction of 0.05.
ALWAYS = (0.05,)
every_std = pytest.mark.parametrize(
    "std", [pytest.param(std, marks=() if std in ALWAYS else pytest.mark.slow) for std in STDS]
)


@cache
def compared(loss: str, std: float) -> Comparison:
    return compare(trained(loss, std))


def test_only_losses_without_a_floor_are_left_out():
    floors = {name: float(row.floor(GAUSSIAN, 0.2)) for name, row in LOSSES.items()}
    assert floors["wrong_sign"] == -np.inf
    assert floors["no_log_term"] == 0  # at an infinite variance, which no run reaches
    assert all(np.isfinite(floors[name]) for name in WITH_FLOOR)
    assert LOSSES["relu_variance"].failure is not None


@pytest.mark.long
@pytest.mark.parametrize("loss", WITH_FLOOR)
@every_std
def test_a_trained_run_comes_to_the_oracles_loss(loss, std):
    found = compared(loss, std)
    assert found.run.status == "done"
    assert found.above == pytest.approx(0, abs=0.01)  # nats; or a hundredth, where the loss has a unit
    assert found.std == pytest.approx(found.std_of_oracle, rel=0.03)


@pytest.mark.parametrize("loss", WITH_FLOOR)
def test_the_oracle_is_at_the_floor(loss):
    """On other points the loss of the oracle is the floor, up to the luck of 5,000 points: it is a fair reference."""
    found = compared(loss, 0.05)
    row, data = found.loss, found.run.dataset
    std = float(np.hypot(0.05, data.truth.mean(data.x).std())) if row.fits_constant else 0.05
    luck = row.optimum(GAUSSIAN, std).deviation / np.sqrt(len(data.y_held_out))
    assert found.oracle == pytest.approx(float(row.floor(GAUSSIAN, std)), abs=4 * luck)


@every_std
def test_the_posted_loss_learns_the_mean_absolute_residual(std):
    run = compared("posted", std).run
    said = np.exp(run.on_held_out[:, 1]) / (std * np.sqrt(2 / np.pi))
    assert np.median(said) == pytest.approx(1, abs=0.03)
    assert np.sqrt(np.mean(np.log(said) ** 2)) < 0.03
