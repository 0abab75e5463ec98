"""The offer of a Student-t: its gain against the truth, and the cases where it must stay silent."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core import table_experiment, train
from core.diagnosis.verdict.longer_tails import longer_tails

FAST = {"training.members": 2, "training.steps": 400, "training.patience": 400, "network.layers": [16]}
GAUSSIAN = {**FAST, "loss.name": "gaussian_nll", "data.validation": 0.3}


def run_on(noise, settings=GAUSSIAN):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x[:, 0] + np.exp(0.5 * x[:, 1]) * noise(rng)})
    return train(table_experiment(frame, target="y", settings=settings))


@pytest.fixture(autouse=True)
def own_tables(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))


def test_long_tails_are_offered_a_student_t_with_what_it_gains():
    found = longer_tails(run_on(lambda rng: rng.standard_t(4, 1500)))
    assert found.fixes[0].settings == {"loss.name": "student_t_learned"}
    gain = float(found.sentence.split("**")[1])
    z = np.random.default_rng(1).standard_t(4, 10**6)
    right = np.mean(stats.t.logpdf(z, 4) - stats.norm.logpdf(z, scale=np.sqrt(2)))
    assert gain == pytest.approx(right, abs=0.05)


@pytest.mark.parametrize(
    ("noise", "settings"),
    [
        (lambda rng: rng.normal(size=1500), GAUSSIAN),
        (lambda rng: rng.uniform(-1, 1, 1500), GAUSSIAN),
        (lambda rng: rng.standard_t(4, 1500), {**GAUSSIAN, "loss.name": "student_t_learned"}),
        (lambda rng: rng.standard_t(4, 1500), {**GAUSSIAN, "training.patience": 0, "data.validation": 0.0}),
    ],
    ids=["Gaussian noise", "short tails", "a Student-t already", "no validation rows"],
)
def test_nothing_is_offered_where_nothing_is_gained_or_known(noise, settings):
    assert longer_tails(run_on(noise, settings)) is None


def test_drawn_points_have_no_offer(run_of):
    assert longer_tails(run_of("quick")) is None
