"""Which points pull at the mean of a run."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.chart_data.pull_data import mean_error, pull, pull_sentence, trap_sentence, why_no_pull
from core.model.losses import LOSSES
from core.training.run import Run


def with_spread(run: Run, std: np.ndarray) -> Run:
    """The run with this predicted std on the grid in every frame."""
    outputs = run.frame_outputs.copy()
    outputs[..., 1] = 2 * np.log(std)
    return replace(run, frame_outputs=outputs)


@pytest.mark.long
def test_every_loss_with_a_mean_has_one(run_of: Callable[[str], Run]) -> None:
    for name in ("quick", "posted", "squared", "learned ν", "broadcast", "engel", "stopped"):
        found = pull(run_of(name))
        if found is not None:
            assert found.weights.shape == (len(found.steps), len(found.edges) - 1), name
            assert 1 <= len(found.moments) <= 4
            assert found.moments[-1] == len(found.steps) - 1
    assert pull(run_of("quick")) is not None


def test_under_a_squared_error_all_pull_alike(run_of: Callable[[str], Run]) -> None:
    assert pull(run_of("squared")).contrast == pytest.approx(1.0)
    assert "all x drive the mean alike" in pull_sentence(run_of("squared"))


def test_a_plain_nll_pulls_least_where_the_spread_is_large(run_of: Callable[[str], Run]) -> None:
    run = run_of("quick")
    left = run.dataset.x_grid < np.median(run.dataset.x_grid)
    found = pull(with_spread(run, np.where(left, 0.2, 2.0)))
    assert found.contrast == pytest.approx(100, rel=0.02)
    words = pull_sentence(with_spread(run, np.where(left, 0.2, 2.0)))
    assert "**100 times**" in words
    assert found.weights[-1][: len(found.middles) // 3].min() > 1 > found.weights[-1][-1]


@pytest.mark.parametrize("name", ["natural", "pinball", "mixture"])
def test_losses_without_a_mean(name: str) -> None:
    assert why_no_pull(LOSSES[name]).endswith(".")


def test_runs_without_a_curve_or_a_mean(run_of: Callable[[str], Run]) -> None:
    for name in ("failed", "mixture"):
        assert pull(run_of(name)) is None
        assert pull_sentence(run_of(name)).endswith(".")
    assert mean_error(run_of("failed")) is None
    assert mean_error(run_of("engel")) is None
    assert trap_sentence(run_of("failed")) == "It has no curve to judge."


def test_how_far_the_mean_is_off(run_of: Callable[[str], Run]) -> None:
    run = run_of("quick")
    error = mean_error(run)
    assert error == pytest.approx(np.sqrt(run.scores["rmse"] ** 2 - 0.04), abs=0.03)
    assert f"**{error:.3f}**" in trap_sentence(run)
