"""MC dropout: the masks of training, exactly torch's passes with the same masks, and the variance that theory gives."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.experiment.presets import presets
from core.ignorance.dropout_passes import MOST_PASSES, dropout_outputs, masks, tell_by_dropout
from core.ignorance.told import CannotTell
from core.training.loop import train
from core.training.run import Run

X = np.array([45.0, 60.0, 80.0, 100.0])
SHORT = {"training.steps": 60, "network.dropout": 0.2, "network.layers": [16, 12]}


@pytest.fixture(scope="module")
def run() -> Run:
    return train(presets["gap"].with_settings(SHORT))


def with_torch(run: Run, x: np.ndarray, mask: np.ndarray | None, rng: torch.Generator | None = None) -> np.ndarray:
    """Outputs (n, 2) of a pass by torch in float64, in the unit of y: by a mask, or by dropout of its own."""
    hidden = torch.tensor(run.scaling.x_in(x))
    at, place = 0, 0
    flat = torch.tensor(run.weights.astype(np.float64))
    *layers, last = zip(run.architecture.widths[:-1], run.architecture.widths[1:], strict=True)
    for fan_in, fan_out in layers:
        w, b = flat[at : at + fan_in * fan_out].view(fan_in, fan_out), flat[at + fan_in * fan_out :][:fan_out]
        hidden, at = functional.silu(functional.linear(hidden, w.T, b)), at + (fan_in + 1) * fan_out
        if mask is not None:
            hidden = hidden * torch.tensor(mask[place : place + fan_out])
        place += fan_out
    fan_in, fan_out = last
    w, b = flat[at : at + fan_in * fan_out].view(fan_in, fan_out), flat[at + fan_in * fan_out :]
    mean, s = functional.linear(hidden, w.T, b).T.numpy()
    scaling = run.scaling
    return np.stack([scaling.y_shift + scaling.y_scale * mean, s + 2 * np.log(scaling.y_scale)], axis=-1)


def test_passes_are_torchs_with_the_same_masks(run: Run) -> None:
    found, drawn = dropout_outputs(run, X, 30, seed=5), masks(run.architecture, 0.8, 30, 5)
    expected = np.stack([with_torch(run, X, mask) for mask in drawn])
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
    told = tell_by_dropout(run, X, 30, seed=5)
    np.testing.assert_allclose(told.parts.epistemic, expected[..., 0].var(axis=0), rtol=1e-9)
    np.testing.assert_allclose(told.parts.aleatoric, np.exp(expected[..., 1]).mean(axis=0), rtol=1e-9)


def test_a_unit_is_kept_as_often_as_in_training_and_keeps_its_mean(run: Run) -> None:
    drawn = masks(run.architecture, 0.8, 1000, 0)
    assert drawn.shape == (1000, 28)
    assert set(np.unique(drawn)) == {0.0, 1.25}
    assert abs(drawn.mean() - 1) < 4 * 0.5 / np.sqrt(drawn.size)


def test_over_passes_the_variance_is_that_of_theory() -> None:
    """With one hidden layer h: Var(b + Σ w·h·m) = Σ (w·h)²·p/(1 − p) for masks m of 0 or 1/(1 − p)."""
    run = train(presets["gap"].with_settings({**SHORT, "network.layers": [24]}))
    hidden = run.weights.astype(float)
    w, b, last = hidden[:24], hidden[24:48], hidden[48:96].reshape(24, 2)[:, 0]
    z = run.scaling.x_in(X) * w + b
    units = z / (1 + np.exp(-z))
    theory = ((units * last) ** 2).sum(axis=1) * 0.25 * run.scaling.y_scale**2
    outputs = np.concatenate([dropout_outputs(run, X, 1000, seed) for seed in range(20)])
    np.testing.assert_allclose(outputs[..., 0].var(axis=0), theory, rtol=4 * np.sqrt(2 / 20_000))


def test_the_seed_rules_the_masks(run: Run) -> None:
    first, again, other = (dropout_outputs(run, X, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(dropout_outputs(run, X, 5), dropout_outputs(run, X, 5, run.experiment.training.seed))


def test_points_do_not_depend_on_who_stands_beside_them(run: Run) -> None:
    many = np.linspace(50, 110, 2500)
    np.testing.assert_allclose(dropout_outputs(run, many, 3)[:, 2000:2003], dropout_outputs(run, many[2000:2003], 3))


def test_separate_nets_have_masks_of_their_own() -> None:
    run = train(presets["gap"].with_settings({**SHORT, "network.heads": "separate"}))
    assert masks(run.architecture, 0.8, 2, 0).shape == (2, 56)
    assert np.isfinite(tell_by_dropout(run, X, 10).parts.total).all()


def test_what_cannot_be_is_refused_in_a_sentence(run: Run) -> None:
    dry = train(presets["gap"].with_settings({"training.steps": 5}))
    with pytest.raises(CannotTell, match="without dropout: set Dropout above 0"):
        tell_by_dropout(dry, X)
    for passes in (0, MOST_PASSES + 1):
        with pytest.raises(ValueError, match=f"passes is {passes}: it must be a whole number from 1 to 1,000"):
            tell_by_dropout(run, X, passes)
    with pytest.raises(ValueError, match="x has 20,000 points: with 1000 passes it may have 10,000 at once"):
        tell_by_dropout(run, np.zeros(20_000), 1000)
