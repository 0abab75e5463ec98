"""Whether a net beats the baselines, in words: on constructed losses and on real runs."""

import numpy as np
import pytest
from scipy import stats

from core import Experiment, train
from core.diagnosis.verdict.against_baselines import NET, beside_baselines, earns_its_keep, lead, rows
from core.evaluation.baselines import BASELINES

RNG = np.random.default_rng(0)
HARD = RNG.normal(size=400)  # how hard a point is, for both models


def test_the_lead_is_paired() -> None:
    net, other = HARD + 0.1 * RNG.normal(size=400) - 0.05, HARD
    found = lead(net, other)
    assert found.value == pytest.approx(float(np.mean(net - other)))
    assert found.std_error == pytest.approx(float(stats.sem(net - other)))
    assert found.std_error < 0.2 * float(stats.sem(net))


@pytest.mark.parametrize(
    ("shift", "kind", "headline", "words"),
    [
        (
            -0.3,
            "good",
            "The network is better than a linear model",
            "lower than that of “two”, the better of 2 linear models, a clear difference",
        ),
        (0.3, "warning", "A linear model is better", "higher than that of “two”, the better of 2"),
        (0.0, "open", "No better than a linear model", "but 400 points are too few to be sure"),
    ],
)
def test_the_sentence_names_the_better_baseline_and_the_margin(shift, kind, headline, words) -> None:
    noise = 0.2 * RNG.normal(size=400)
    found = earns_its_keep(HARD + shift + noise - noise.mean() + 1e-4, {"one": HARD + 2, "two": HARD})
    assert found.kind == kind
    assert found.headline.startswith(headline)
    assert words in found.sentence
    if shift:
        assert "**0.3" in found.sentence


def test_it_is_wrong_one_time_in_twenty() -> None:
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(2000):
        wrong += earns_its_keep(rng.normal(size=12), {"line": np.zeros(12)}).kind != "open"
    assert 0.03 < wrong / 2000 < 0.07


@pytest.mark.parametrize("n", [1, 5])
def test_the_same_losses_are_the_same(n: int) -> None:
    found = earns_its_keep(np.ones(n), {"line": np.ones(n)})
    assert found.kind == "open"
    assert "the same to rounding as that of “line”." in found.sentence


def test_one_point_tells_nothing() -> None:
    assert "but 1 point is too few to be sure" in earns_its_keep([0.0], {"line": [5.0]}).sentence


def test_losses_that_are_not_finite_are_reported() -> None:
    assert "At 2 of 3 held-out points" in earns_its_keep([np.nan, 1, np.inf], {"line": np.ones(3)}).sentence
    assert earns_its_keep(np.ones(3), {"line": [1, np.inf, 1]}).kind == "open"
    beaten = earns_its_keep(-np.arange(9.0), {"broken": np.full(9, np.nan), "line": np.ones(9)})
    assert "“line”" in beaten.sentence
    assert lead([np.inf, 1.0], [1.0, 1.0]).value is None


@pytest.mark.parametrize(("net", "other"), [([1.0, 2], [1.0]), ([], [])])
def test_losses_of_other_points_are_refused(net, other) -> None:
    with pytest.raises(ValueError, match="must be of the same points"):
        lead(net, other)


def test_a_curve_beats_a_line(run_of) -> None:
    found = beside_baselines(run_of("quick"))
    assert found.finding.kind == "good"
    assert [line.label for line in found.lines] == [NET, *(row.label for row in BASELINES.values())]
    head, net, *others = rows(found)
    assert len({len(row) for row in (head, net, *others)}) == 1
    assert net[-1] == ""
    assert all(row[-1].startswith("−") for row in others)


def test_a_net_that_learnt_nothing_does_not() -> None:
    settings = {"data.table": "engel", "training.steps": 1, "network.layers": "4", "training.device": "cpu"}
    assert beside_baselines(train(Experiment.from_settings(settings))).finding.kind == "warning"


def test_a_log_target_is_compared_in_the_unit_of_y() -> None:
    settings = {"data.table": "engel", "data.log_y": True, "training.steps": 20, "training.device": "cpu"}
    run = train(Experiment.from_settings(settings))
    line = beside_baselines(run).lines[1]
    data = run.dataset
    slope, intercept, *_ = stats.linregress(data.x, data.y)
    residual = data.y - intercept - slope * data.x
    std = np.sqrt(np.sum(residual**2) / (len(data.y) - 2))
    density = stats.lognorm(s=std, scale=np.exp(intercept + slope * data.x_held_out))
    assert line.scores["nll"].value == pytest.approx(-float(np.mean(density.logpdf(run.y_held_out))), rel=1e-6)
