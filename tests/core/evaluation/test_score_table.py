"""Every score against scoringrules, uncertainty_toolbox or a case by hand; and what cannot be scored says why."""

import numpy as np
import pytest
import scoringrules
import uncertainty_toolbox as toolbox

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.distributions.laws import gaussian
from core.distributions.quantiles import QuantilePredictive
from core.evaluation.judged import Judged
from core.evaluation.scores import QUICK, SCORES, estimates
from tests.core.evaluation.samples import drawn, predictions
from tests.pace import at_most

N = 400
KINDS = tuple(predictions(2))
every_kind = pytest.mark.parametrize("kind", KINDS)


def judged(kind: str, n: int = N, seed: int = 0) -> Judged:
    predictive = predictions(n, seed)[kind]
    return Judged(predictive, drawn(predictive, n, seed + 1) + 0.1)


def value(one: Judged, name: str) -> float:
    found = SCORES[name].estimate(one).value
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_gaussian_scores_are_those_of_the_references(seed: int) -> None:
    one = judged("gaussian", seed=seed)
    mean, std, y = one.mean, one.std, one.y
    lower, upper = mean - 1.959963984540054 * std, mean + 1.959963984540054 * std
    expected = {
        "nll": np.mean(scoringrules.logs_normal(y, mean, std)),
        "crps": np.mean(scoringrules.crps_normal(y, mean, std)),
        "rmse": toolbox.metrics_accuracy.prediction_error_metrics(mean, y)["rmse"],
        "mae": toolbox.metrics_accuracy.prediction_error_metrics(mean, y)["mae"],
        "interval_score_95": np.mean(scoringrules.interval_score(y, lower, upper, 0.05)),
        "sharpness": toolbox.sharpness(std),
    }
    for form in ("interval", "quantile"):
        options = {"num_bins": 100, "vectorized": True, "prop_type": form}
        expected[f"mace_{form}"] = toolbox.mean_absolute_calibration_error(mean, std, y, **options)
        expected[f"rmsce_{form}"] = toolbox.root_mean_squared_calibration_error(mean, std, y, **options)
        expected[f"miscalibration_area_{form}"] = toolbox.miscalibration_area(mean, std, y, **options)
    for name, reference in expected.items():
        assert value(one, name) == pytest.approx(reference, abs=1e-9), name
    assert value(one, "nll") == pytest.approx(toolbox.nll_gaussian(mean, std, y), abs=1e-9)


def test_rules_of_the_other_families_are_those_of_scoringrules() -> None:
    kinds = {kind: judged(kind) for kind in ("laplace", "student_t", "mixture")}
    laplace, student, mixture = (one.predictive for one in kinds.values())
    ys = [one.y for one in kinds.values()]
    expected = {
        "laplace": scoringrules.crps_laplace(ys[0], laplace.mean, laplace.scale),
        "student_t": scoringrules.crps_t(ys[1], student.law.df, student.mean, student.scale),
        "mixture": scoringrules.crps_mixnorm(ys[2], mixture.means, mixture.stds, mixture.weights),
    }
    for kind, reference in expected.items():
        assert value(kinds[kind], "crps") == pytest.approx(np.mean(reference), abs=1e-9), kind


@every_kind
def test_intervals_and_quantiles_are_scored_as_scoringrules_does(kind: str) -> None:
    one = judged(kind)
    for level, name in ((0.5, "50"), (0.9, "90"), (0.95, "95")):
        lower, upper = one.predictive.interval(level)
        reference = scoringrules.interval_score(one.y, lower, upper, 1 - level)
        assert value(one, f"interval_score_{name}") == pytest.approx(np.mean(reference), abs=1e-9)
        assert value(one, f"coverage_{name}") == np.mean((one.y >= lower) & (one.y <= upper))
        assert value(one, f"width_{name}") == pytest.approx(np.mean(upper - lower), abs=1e-9)
    for p, name in ((0.05, "05"), (0.5, "50"), (0.95, "95")):
        reference = scoringrules.quantile_score(one.y, one.predictive.quantile(p), p)
        assert value(one, f"quantile_score_{name}") == pytest.approx(np.mean(reference), abs=1e-9)


def test_ence_by_hand() -> None:
    """20 points in 10 bins of two: σ̂ = 1 … 10, and residuals that are k·σ̂ in bin k's pair, k = 0.5 or 1.5."""
    std = np.repeat(np.arange(1.0, 11.0), 2)
    residual = std * np.repeat(np.tile([0.5, 1.5], 5), 2)
    one = Judged(gaussian(np.zeros(20), std), residual)
    assert value(one, "ence") == pytest.approx(0.5, abs=1e-12)
    assert value(one, "mean_z2") == pytest.approx((0.25 + 2.25) / 2, abs=1e-12)


@every_kind
def test_every_score_of_every_kind_is_in_its_range(kind: str) -> None:
    one = judged(kind)
    truth = Truth(np.sin, lambda x: 0.5 + 0 * x, NOISES["gaussian"])
    grid = np.linspace(0, 1, N)
    for name, found in estimates(Judged(one.predictive, one.y, one.predictive, grid, truth)).items():
        row = SCORES[name]
        assert found.value is not None, (name, found.reason)
        assert row.low is None or found.value >= row.low, name
        assert row.high is None or found.value <= row.high, name
        assert row.needs_truth or found.std_error is not None, name


@every_kind
def test_a_right_prediction_reaches_the_aims(kind: str) -> None:
    predictive = predictions(4000)[kind]
    one = Judged(predictive, drawn(predictive, 4000))
    for name, found in estimates(one).items():
        row = SCORES[name]
        if row.aim is not None:
            assert found.value is not None
            assert found.std_error is not None
            assert found.value == pytest.approx(row.aim, abs=4.5 * found.std_error), name


@every_kind
def test_the_result_is_deterministic(kind: str) -> None:
    assert estimates(judged(kind)) == estimates(judged(kind))


def test_every_row_has_its_words() -> None:
    for name, row in SCORES.items():
        assert name == row.name
        assert row.unit in {"nats", "unit of y", "share", "1"}
        assert row.help.endswith(".")
        assert row.help.count(". ") <= 1
        assert row.direction
        assert " to " in row.range
    assert set(QUICK) <= set(SCORES)
    assert len({row.label for row in SCORES.values()}) == len(SCORES)


def broken(**changed: object) -> Judged:
    parts = {"mean": np.zeros(9), "std": np.ones(9), "y": np.linspace(-1, 1, 9)} | changed
    return Judged(gaussian(parts["mean"], parts["std"]), parts["y"])  # type: ignore[arg-type]


def at(i: int, value: float, fill: float) -> np.ndarray:
    values = np.full(9, fill)
    values[i] = value
    return values


OF_THE_MEAN = {"rmse", "mae"}


@pytest.mark.parametrize(
    ("case", "with_a_value", "words"),
    [
        (
            broken(mean=at(2, np.nan, 0.0)),
            set(),
            "At 1 of 9 points the predicted mean is not a finite number;",
        ),
        (broken(mean=at(2, np.inf, 0.0)), set(), "predicted mean is not a finite number; the first is point 3."),
        (broken(std=at(4, 0.0, 1.0)), OF_THE_MEAN, "standard deviation is not above 0; the first is point 5."),
        (broken(std=at(4, -1.0, 1.0)), OF_THE_MEAN, "standard deviation is not above 0; the first is point 5."),
        (broken(std=at(4, np.inf, 1.0)), OF_THE_MEAN, "standard deviation is not a finite number"),
        (broken(y=at(8, np.nan, 0.0)), set(), "y is not a finite number; the first is point 9."),
        (broken(mean=np.empty(0), std=np.empty(0), y=np.empty(0)), set(), "There are no points to score."),
        (Judged(QuantilePredictive((0.5,), np.zeros((9, 1))), np.ones(9)), OF_THE_MEAN, "has no standard deviation."),
    ],
    ids=["nan mean", "inf mean", "zero std", "negative std", "inf std", "nan y", "no points", "one quantile"],
)
def test_what_cannot_be_scored_says_why(case: Judged, with_a_value: set[str], words: str) -> None:
    for name, found in estimates(case).items():
        if SCORES[name].needs_truth:
            assert found.reason == "It needs a known truth, which a table does not have."
        elif name in with_a_value:
            assert found.value is not None
        else:
            assert found.value is None
            assert words in found.reason, name


@pytest.mark.parametrize("case", [broken(y=np.zeros(9)), broken(mean=np.zeros(1), std=np.ones(1), y=np.zeros(1))])
def test_equal_targets_and_a_single_point_have_scores(case: Judged) -> None:
    for name, found in estimates(case).items():
        assert (found.value is None) == SCORES[name].needs_truth, name
        assert found.std_error is None or np.isfinite(found.std_error)


def test_a_prediction_too_far_away_has_a_reason() -> None:
    found = SCORES["nll"].estimate(broken(mean=at(2, 1e300, 0.0), std=at(2, 1e-300, 1.0)))
    assert found.reason == "It is not finite here: a prediction is too far from its point."


@every_kind
def test_a_hundred_thousand_points_are_scored_at_once(kind: str) -> None:
    """Within 0.1 s, a mixture 0.4 s (benchmarks.calibration), of CPU time, because other processes may be busy."""
    predictive = predictions(100_000)[kind]
    one = Judged(predictive, predictive.mean + predictive.std)
    with at_most(1.0 if kind == "mixture" else 0.5):
        estimates(one)


def test_an_unbounded_share_is_short_however_large() -> None:
    row = SCORES["ence"]
    assert [row.words(value) for value in (0.5, 12.0, 1.17e74)] == ["50.0 %", "1200.0 %", "1.2e+76 %"]
    assert row.margin(5.9e71) == "5.9e+73 %"
