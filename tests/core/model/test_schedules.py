"""Rates over time, and the optimisers torch is asked for."""

import numpy as np
import pytest
import torch

from core.model.schedules import OPTIMIZERS, SCHEDULES

LENGTHS = [1, 2, 3, 7, 10, 15, 25, 99, 350, 1000]


def factors(name, steps):
    found = SCHEDULES[name].factors(steps)
    assert found.shape == (steps,)
    return found


def test_the_tables_hold_what_was_promised():
    assert set(SCHEDULES) == {"constant", "cosine", "one_cycle"}
    assert set(OPTIMIZERS) == {"adam", "adamw", "sgd"}
    for table in (SCHEDULES, OPTIMIZERS):
        assert all(name == row.name and row.label for name, row in table.items())
        with pytest.raises(TypeError):
            table["new"] = None


@pytest.mark.parametrize("steps", LENGTHS)
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_factor_is_above_zero_and_at_most_one(name, steps):
    found = factors(name, steps)
    assert (found > 0).all()
    assert found.max() == 1


def test_constant_stays():
    assert set(factors("constant", 50)) == {1.0}


def test_cosine_falls_to_zero():
    found = factors("cosine", 1000)
    assert found[0] == 1
    assert found[500] == pytest.approx(0.5)
    assert found[-1] < 1e-5
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("steps", LENGTHS[5:])
def test_one_cycle_climbs_for_a_tenth_and_falls(steps):
    found = factors("one_cycle", steps)
    climb = round(0.1 * steps)
    np.testing.assert_allclose(found[:climb], np.arange(1, climb + 1) / climb)
    assert (np.diff(found[climb:]) < 0).all()
    assert found[-1] < 10 / (steps - climb) ** 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_is_torchs_own_with_known_arguments(name):
    row = OPTIMIZERS[name]
    optimizer = getattr(torch.optim, row.torch_name)([torch.nn.Parameter(torch.ones(2))], lr=0.1, **row.arguments)
    for argument, value in row.arguments.items():
        assert optimizer.param_groups[0][argument] == value
