"""What is true of simulated noise, in words: against the σ of the experiment, and against the test's own answer."""

import numpy as np
import pytest

from core.charts.of_points import points_look
from core.data.noise import PROFILES
from core.diagnosis.chart_data.scatter_words import is_unequal
from core.diagnosis.chart_data.sigma_words import agreement_words, sigma_words, varies
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment


def experiment(**settings) -> Experiment:
    return Experiment.from_settings({"data.n": 2000} | {path.replace("_", ".", 1): v for path, v in settings.items()})


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("constant", "The true σ is 0.2 at every x."),
        ("linear", "The true σ grows from 0.04 at x = 50 to 0.36 at x = 150: 9.0 times as much."),
    ],
)
def test_the_words_are_those_of_the_noise(profile, words):
    assert sigma_words(dataset_of(experiment(noise_profile=profile))) == words


@pytest.mark.parametrize("profile", PROFILES)
def test_the_ends_that_are_named_are_those_of_the_profile(profile):
    """Each number of the sentence is a σ or an x of the grid, and the test's answer is compared with what is true."""
    case = experiment(noise_profile=profile)
    data, found = dataset_of(case), points_look(case)
    sigma = data.truth.std(data.x_grid)
    assert varies(data) == (np.ptp(sigma) > 1e-9) == (profile != "constant")
    assert f"{sigma.max():.3g}" in sigma_words(data)
    agrees = is_unequal(found.scatter.test) == varies(data)
    assert agreement_words(data, found.scatter.test).startswith("The test sees") == agrees
    assert agrees  # 2,000 points show each of the profiles


def test_the_drawn_line_is_the_std_of_the_noise_not_of_the_curve():
    """About the true mean, so that a steep curve does not count as noise."""
    found = points_look(experiment(data_target="seitzer_sine", noise_profile="constant"))
    drawn = found.sigma[found.sigma["layer"] == "drawn"]["y"]
    true = found.sigma[found.sigma["layer"] == "sigma"]["y"]
    np.testing.assert_allclose(drawn, float(true.iloc[0]), rtol=0.25)


def test_few_points_have_a_chart_too():
    found = points_look(experiment(data_n=10))
    assert (found.sigma["layer"] == "sigma").any()


def test_a_table_has_no_true_sigma():
    with pytest.raises(ValueError, match="not known"):
        points_look(Experiment.from_settings({"data.table": "engel"}))
