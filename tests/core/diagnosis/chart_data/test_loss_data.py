"""The anatomy of a run in numbers and words."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core import Experiment, train
from core.diagnosis.chart_data import loss_data as anatomy
from core.evaluation.loss_parts import points_behind
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES
from core.training.run import Run

OFFSET = 17.2


def of(**settings: object) -> Experiment:
    return Experiment.from_settings({name.replace("__", "."): value for name, value in settings.items()})


def numbers(sentence: str) -> list[float]:
    return [float(text.replace("−", "-")) for text in re.findall(r"−?\d+\.\d+", sentence)]


def test_constants_have_their_names() -> None:
    assert anatomy.constant_of(LOSSES["gaussian_nll"]) == ("½ log 2π", pytest.approx(0.9189, abs=1e-4))
    assert anatomy.constant_of(LOSSES["laplace_nll"]) == ("log 2", pytest.approx(0.6931, abs=1e-4))
    assert anatomy.constant_of(LOSSES["absolute_log_variance"]) == ("½ log 2", pytest.approx(0.3466, abs=1e-4))
    for name in ("student_t", "posted", "squared_error", "mixture"):
        assert anatomy.constant_of(LOSSES[name]) is None, name


def test_every_constant_of_the_library_has_a_name() -> None:
    found = [anatomy.constant_of(loss) for loss in LOSSES.values() if loss.constant]
    assert {name for name, _ in filter(None, found)} <= set(anatomy.CONSTANT_NAMES)


def test_a_constant_moves_loss_and_scale_term_alike() -> None:
    history = pd.DataFrame({"step": [1], "loss": [-1.0], "residual": [0.5], "scale": [-1.5], "regulariser": [0.0]})
    found = anatomy.with_constant(history, 0.9)
    assert found[["loss", "residual", "scale"]].to_numpy()[0] == pytest.approx([-0.1, 0.5, -0.6])
    assert history["loss"][0] == -1.0


def test_terms_have_the_names_of_their_loss() -> None:
    assert anatomy.term_names(LOSSES["gaussian_nll"])["scale"] == "scale term"
    assert anatomy.term_names(LOSSES["gaussian_crps"])["residual"] == "distance to y"
    assert anatomy.term_names(LOSSES["evidential"])["regulariser"] == "evidence penalty"
    assert anatomy.term_names(LOSSES["posted"].with_parameters({"offset": 1.0}))["regulariser"] == "constant"


def test_points_behind_a_drawn_value() -> None:
    assert points_behind(500, 128, 20_000) == 2560
    assert points_behind(100_000, 10, 20_000) == 20_000
    assert points_behind(1, 1, 10) == 1


def test_the_band_of_the_default() -> None:
    low, high = anatomy.band(Experiment()) or (0.0, 0.0)
    assert (low + high) / 2 == pytest.approx(0.5 + np.log(0.2))
    assert (high - low) / 2 == pytest.approx(2 * np.sqrt(0.5) / np.sqrt(2560), rel=1e-3)


@pytest.mark.parametrize("settings", [{"data__table": "engel"}, {"loss__name": "wrong_sign"}])
def test_no_band_without_a_floor(settings: dict[str, str]) -> None:
    assert anatomy.band(of(**settings)) is None


def test_the_floor_of_the_default_crosses_zero_twice() -> None:
    found = anatomy.floor_curve(Experiment())
    assert found is not None
    assert found.crossings == (pytest.approx(0.6065, abs=1e-3), pytest.approx(0.2420, abs=1e-3))
    assert found.floor == pytest.approx(0.5 + np.log(found.sigma))
    assert found.loss_range[0] <= found.floor.min()
    assert found.loss_range[1] >= found.floor.max() + 0.9189


# The optimum of evidence is searched for: seconds of an older processor.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name == "evidential" else name for name in sorted(LOSSES)]
)
def test_every_loss_has_a_curve_of_floors_or_says_that_it_has_none(name: str) -> None:
    experiment = of(loss__name=name)
    found, words = anatomy.floor_curve(experiment), anatomy.floor_sentence(experiment)
    if found is None:
        assert "no floor" in words
    else:
        assert np.isfinite(found.floor).all()
        assert found.sigma_domain[0] < 0.2 < found.sigma_domain[1]
    assert "nan" not in words.lower()


@pytest.mark.parametrize(("scale", "kept", "limit", "sign"), [
    (0.2, False, "0.607", "negative"), (0.2, True, "0.242", "negative"), (0.3, True, "0.242", "positive"),
])  # fmt: skip
def test_the_floors_sentence(scale: float, kept: bool, limit: str, sign: str) -> None:
    words = anatomy.floor_sentence(of(noise__scale=scale), with_constant=kept)
    assert f"**{limit}**" in words
    assert f"**{sign}**" in words


def test_without_a_law_of_units_the_zero_is_read_off_the_curve() -> None:
    found = anatomy.floor_curve(of(loss__name="gaussian_nll", loss__bound="clamp", loss__least_std=0.001))
    assert found.crossings == (pytest.approx(0.6065, abs=1e-3), pytest.approx(0.2420, abs=1e-3))


def test_of_a_table_it_is_the_predicted_spread_that_counts(run_of: Callable[[str], Run]) -> None:
    run = run_of("engel")
    std = np.exp(np.log(run.predictive(run.dataset.x).std).mean())
    assert anatomy.typical_std(run.experiment, run) == pytest.approx(std)
    assert f"**{std:.3g}**" in anatomy.floor_sentence(run.experiment, run)
    assert anatomy.typical_std(run.experiment) == pytest.approx(run.dataset.y.std())


def test_the_terms_of_a_run_add_up_in_words(run_of: Callable[[str], Run]) -> None:
    for name, constant in (("quick", 0.0), ("quick", 0.9189), ("posted", 0.0), ("mixture", 0.0)):
        loss, residual, scale = numbers(anatomy.terms_sentence(run_of(name), constant))[:3]
        assert residual + scale == pytest.approx(loss, abs=0.0021), name


def test_terms_of_runs_that_did_not_end_well(run_of: Callable[[str], Run]) -> None:
    assert anatomy.terms_sentence(run_of("failed")) == anatomy.NO_STEP
    assert anatomy.unit_sentence(run_of("failed"), 10.0) == anatomy.NO_STEP
    for name in ("stopped", "diverged", "wrong sign", "engel", "squared"):
        for words in (anatomy.terms_sentence(run_of(name)), anatomy.unit_sentence(run_of(name), 10.0)):
            assert words.endswith(".")
            assert "nan" not in words


@pytest.mark.parametrize(
    ("name", "law", "moved"),
    [
        ("quick", "−log k = −2.303", lambda value: value - np.log(10)),
        ("posted", "−½ log k = −1.151", lambda value: value - 0.5 * np.log(10)),
        ("squared", "divided by k² = 100", lambda value: value / 100),
    ],
)
def test_another_unit_moves_the_loss_by_its_law(
    run_of: Callable[[str], Run], name: str, law: str, moved: Callable[[float], float]
) -> None:
    run = run_of(name)
    now, then = (numbers(anatomy.unit_sentence(run, k))[-2:] for k in (1.0, 10.0))
    assert law in anatomy.unit_sentence(run, 10.0)
    assert "Nothing was retrained" in anatomy.unit_sentence(run, 10.0)
    assert then == pytest.approx([moved(value) for value in now], abs=0.0011)


@pytest.mark.parametrize("settings", [{"loss__name": "typed"}, {"loss__name": "evidential"}, {"loss__bound": "clamp"}])
def test_a_loss_without_a_law_of_units(settings: dict[str, str]) -> None:
    assert not anatomy.follows_unit(loss_of(of(**settings).loss))


def test_a_log_target_is_judged_in_the_unit_of_its_log() -> None:
    experiment = of(data__table="concrete", data__log_y=True, training__steps=100, training__batch_size=64)
    run = train(experiment)
    std = anatomy.typical_std(experiment, run)
    assert std < run.dataset.y.std(), "not in MPa, of which the std is some 7"
    assert np.log(std) + 0.5 == pytest.approx(run.history["loss"].iloc[-1], abs=0.5)
    assert "fitted to log y" in anatomy.why_no_unit(experiment)
    assert not anatomy.why_no_unit(of(data__table="concrete"))
    assert anatomy.why_no_unit(of(loss__name="typed")) == anatomy.NO_LAW


@pytest.mark.parametrize("name", ["gaussian_nll", "posted", "squared_error", "gaussian_crps"])
def test_a_subtracted_constant_has_no_unit(name: str) -> None:
    """y, outputs and loss in a unit five times larger; the same constant is subtracted in both."""
    loss = loss_of(of(loss__name=name, loss__offset=3.0).loss)
    y, k = np.array([0.4, -1.0]), 5.0
    outputs = [np.zeros(2), np.full(2, 0.3)][: len(loss.outputs)]
    moved = [out - output.log_power * np.log(k) for out, output in zip(outputs, loss.outputs, strict=True)]
    expected = loss.value(y / k, moved)
    assert anatomy.loss_in_unit(loss, loss.value(y, outputs), k) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["gaussian_nll", "posted_abs", "squared_error"])
def test_a_constant_changes_the_value_and_no_parameter(name: str) -> None:
    experiment = of(data__n=500, network__layers="8,8", training__steps=80, loss__name=name)
    run, twin = train(experiment), train(experiment.with_settings({"loss.offset": OFFSET}))
    words = anatomy.offset_sentence(run, twin)
    assert f"{run.weights.size:,} parameters, all identical to the bit" in words
    before, after = numbers(words)
    assert before - after == pytest.approx(OFFSET, abs=0.0011)


def test_parameters_that_differ_are_counted(run_of: Callable[[str], Run]) -> None:
    run = run_of("quick")
    words = anatomy.offset_sentence(run, run_of("Laplace noise"))
    assert "different" in words
    assert "did not take the same steps" in anatomy.offset_sentence(run, run_of("short"))
    assert "did not take the same steps" in anatomy.offset_sentence(run, run_of("failed"))
