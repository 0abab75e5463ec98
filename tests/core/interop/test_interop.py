"""Distributions to and from scipy and torch keep every density and cdf; uncertainty-toolbox gives the same scores."""

from typing import Any

import numpy as np
import pytest
import torch
import uncertainty_toolbox as uct
from scipy import stats

from core import presets, train
from core.distributions.blend import equal_mixture
from core.distributions.laws import Gamma, LocationScale, gaussian, laplace, scaled, student_t
from core.distributions.quantiles import QuantilePredictive
from core.distributions.transformed import ExpPredictive
from core.evaluation.judged import Judged
from core.evaluation.scores import estimates
from core.interop import from_scipy, from_torch, to_scipy, to_torch, toolbox_arrays

MEAN, STD = np.array([-1.0, 0.5, 2.0]), np.array([0.5, 1.0, 0.25])
Y = np.array([0.3, 1.1, 2.5])

EVERYWHERE = {
    "gaussian": gaussian(MEAN, STD),
    "laplace": laplace(MEAN, STD),
    "student_t": student_t(MEAN, STD, 4.0),
    "log_normal": ExpPredictive(gaussian(MEAN / 4, STD)),
    "gamma": LocationScale(Gamma(3.0), 0.0, STD),
    "recalibrated": scaled(scaled(gaussian(MEAN, STD), 2.0), 0.7),
}
IN_TORCH = EVERYWHERE | {
    "ensemble": equal_mixture([gaussian(MEAN, STD), gaussian(MEAN + 1, STD)]),
    "laplace ensemble": equal_mixture([laplace(MEAN, STD), laplace(MEAN + 1, 2 * STD)]),
    "log ensemble": ExpPredictive(equal_mixture([gaussian(MEAN / 4, STD), gaussian(MEAN / 4 + 0.2, STD)])),
}
NOT_BACK = {"laplace ensemble", "log ensemble"}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_scipy_there_and_back(name: str) -> None:
    law = EVERYWHERE[name]
    frozen = to_scipy(law)
    np.testing.assert_allclose(frozen.logpdf(Y), law.log_prob(Y), rtol=1e-10)
    np.testing.assert_allclose(frozen.ppf(0.9), law.quantile(0.9), rtol=1e-9)
    np.testing.assert_allclose(from_scipy(frozen).crps(Y), law.crps(Y), rtol=1e-9)


def test_scipy_by_place_and_by_name() -> None:
    for frozen in (stats.t(4.0, MEAN, STD), stats.t(df=4.0, loc=MEAN, scale=STD), stats.t(4.0, MEAN, scale=STD)):
        np.testing.assert_allclose(from_scipy(frozen).cdf(Y), frozen.cdf(Y))
    np.testing.assert_allclose(from_scipy(stats.norm()).cdf(Y), stats.norm.cdf(Y))


@pytest.mark.parametrize("name", IN_TORCH)
def test_torch_there_and_back(name: str) -> None:
    law = IN_TORCH[name]
    there = to_torch(law)
    np.testing.assert_allclose(there.log_prob(torch.as_tensor(Y)).numpy(), law.log_prob(Y), rtol=1e-9)
    assert there.batch_shape == (3,)
    if name not in NOT_BACK:
        np.testing.assert_allclose(from_torch(there).log_prob(Y), law.log_prob(Y), rtol=1e-9)


def test_torch_without_gradients_and_in_single_precision() -> None:
    learnt = torch.distributions.Normal(torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(0.5))
    law = from_torch(learnt)
    np.testing.assert_allclose(law.std, [0.5, 0.5])
    assert to_torch(law, dtype=torch.float32).loc.dtype == torch.float32


@pytest.mark.parametrize(
    ("convert", "given", "error", "words"),
    [
        (to_scipy, IN_TORCH["ensemble"], ValueError, "scipy has no distribution"),
        (to_scipy, QuantilePredictive((0.1, 0.9), np.ones((3, 2))), ValueError, "scipy has no distribution"),
        (to_torch, QuantilePredictive((0.1, 0.9), np.ones((3, 2))), ValueError, "torch has no distribution"),
        (to_torch, equal_mixture([gaussian(MEAN, STD), laplace(MEAN, STD)]), ValueError, "torch has no"),
        (from_scipy, stats.norm, TypeError, "frozen distribution"),
        (from_scipy, "norm", TypeError, "frozen distribution"),
        (from_scipy, stats.cauchy(0, 1), ValueError, "cauchy cannot be used"),
        (from_scipy, stats.norm(MEAN, np.array([1.0, np.nan, 1.0])), ValueError, "scale must be finite"),
        (from_scipy, stats.norm(0, -1), ValueError, "above 0"),
        (from_scipy, stats.lognorm(1.0, loc=2.0), ValueError, "loc must be 0"),
        (from_torch, stats.norm(0, 1), TypeError, "distribution of torch"),
        (from_torch, torch.distributions.Cauchy(0.0, 1.0), ValueError, "Cauchy cannot be used"),
        (
            from_torch,
            torch.distributions.Independent(torch.distributions.Normal(torch.zeros(2), 1.0), 1),
            ValueError,
            "Use its base_dist",
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(convert: Any, given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        convert(given)


def test_uncertainty_toolbox_gives_the_same_scores() -> None:
    run = train(presets["quick"].with_settings({"training.steps": 60}))
    arrays = toolbox_arrays(run)
    assert all(part.shape == arrays.y.shape and part.dtype == np.float64 for part in arrays)
    theirs = {
        "nll": uct.metrics_scoring_rule.nll_gaussian(*arrays[:3]),
        "crps": uct.metrics_scoring_rule.crps_gaussian(*arrays[:3]),
        "rmse": np.sqrt(np.mean((arrays.predictions - arrays.y) ** 2)),
    }
    ours = estimates(Judged(gaussian(arrays.predictions, arrays.predictions_std), arrays.y), tuple(theirs))
    for name in ours:
        assert ours[name].value == pytest.approx(theirs[name], rel=1e-6), name
    assert run.scores["nll"] == pytest.approx(theirs["nll"], rel=1e-6)
    again = toolbox_arrays(run, arrays.x, arrays.y)
    assert all(np.array_equal(one, other) for one, other in zip(again, arrays, strict=True))
    for x, y in ((arrays.x, None), (arrays.x, arrays.y[1:])):
        with pytest.raises(ValueError, match=r"together|one y for each"):
            toolbox_arrays(run, x, y)
