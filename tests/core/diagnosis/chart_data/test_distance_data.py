"""Whether ignorance grows with the distance: said where it does, and not by chance."""

import numpy as np
import pytest

from core import Experiment, train
from core.diagnosis.chart_data.distance_data import Distances, distance_finding, distances_of

GROWS = "Far from the training rows the networks know less"


def drawn(n, slope, seed):
    rng = np.random.default_rng(seed)
    distance = rng.gamma(2.0, 0.2, n)
    return Distances(distance, np.ones(n), np.exp(slope * distance + rng.normal(size=n) * 0.5))


def test_a_growing_ignorance_is_said_with_both_ends():
    found = drawn(200, 2.0, 0)
    finding = distance_finding(found)
    assert finding.headline == GROWS
    order = np.argsort(found.distance)
    ends = [np.sqrt(np.mean(found.ignorance[part] ** 2)) for part in (order[:40], order[-40:])]
    assert {c.name: c.value for c in finding.claims} == pytest.approx(
        {"rows": 200, "ignorance_near": ends[0], "ignorance_far": ends[1]}
    )


def test_it_is_silent_where_there_is_nothing_to_see():
    said = [distance_finding(drawn(100, 0.0, seed)).headline == GROWS for seed in range(300)]
    assert np.mean(said) <= 0.03
    assert distance_finding(drawn(19, 3.0, 0)).headline == "Too few rows"
    flat = Distances(np.linspace(0, 1, 50), np.ones(50), np.ones(50))
    assert distance_finding(flat).headline != GROWS


def test_the_distances_are_those_of_the_held_out_rows_of_members():
    table = {"data.table": "concrete", "network.layers": [16], "training.steps": 100}
    run = train(Experiment.from_settings({**table, "training.members": 3}))
    found = distances_of(run)
    assert found is not None
    rows = run.dataset.x_held_out
    unit = run.dataset.x.std(axis=0)
    by_hand = [np.sqrt((((run.dataset.x - row) / unit) ** 2).sum(axis=1)).min() for row in rows[:20]]
    assert run.neighbours is not None
    # The unit is that of the distinct rows, which are nearly all.
    np.testing.assert_allclose(found.distance[:20] * run.neighbours.far, by_hand, rtol=0.05, atol=1e-9)
    np.testing.assert_allclose(found.ignorance**2 + found.noise**2, run.parts(rows).total)
    assert distances_of(run.alone) is None
