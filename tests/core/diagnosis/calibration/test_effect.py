"""Recalibration of a run on a table, fitted to the validation rows of its split."""

import numpy as np
import pytest

from core.diagnosis.calibration.recalibration_effect import effect_of
from core.experiment.presets import presets
from core.training.loop import train


def test_validation_rows_of_a_table_are_what_it_is_fitted_to():
    run = train(presets["concrete"].with_settings({"data.validation": 0.2, "training.steps": 100}))
    found = effect_of(run, "scale", 0.95).comparison
    data = run.dataset
    assert (found.validation.size, found.test.size) == (len(data.y_validation), len(data.y_held_out))
    z = (data.y_validation - run.predictive(data.x_validation).mean) / run.predictive(data.x_validation).std
    assert found.fitted.factor == pytest.approx(np.sqrt(np.mean(z**2)), rel=1e-6)
    without = train(presets["concrete"].with_settings({"training.steps": 100}))
    halves = effect_of(without, "scale", 0.95).comparison
    assert halves.validation.size + halves.test.size == len(without.dataset.y_held_out)
