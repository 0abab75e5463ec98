"""Every way: its row, its answer on points with a gap, and that its two parts are the variance of what it predicts."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from core.experiment.presets import presets
from core.ignorance.evidence import tell_by_evidence
from core.ignorance.measured import Measured, all_experiments, answers
from core.ignorance.places import GAP, INSIDE, OUTSIDE, Places, has_gap, with_gap
from core.ignorance.shown import bands_seen, covered_words, parts_seen
from core.ignorance.told import CannotTell
from core.ignorance.ways import WAYS
from core.training.loop import train
from core.training.run import Run
from core.words import quantity

GAP_PRESET = presets["gap"]
DOCUMENT = (Path(__file__).parents[3] / "docs" / "ignorance.md").read_text(encoding="utf-8")
HEURISTIC = {"evidential"}


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {each.key: train(each) for each in all_experiments(GAP_PRESET)}


@pytest.fixture(scope="module")
def found(runs: dict[str, Run]) -> dict[str, Measured]:
    told = answers(GAP_PRESET, runs)
    assert list(told) == list(WAYS)
    assert all(isinstance(each, Measured) for each in told.values())
    return told


@pytest.mark.parametrize("name", WAYS)
def test_a_row_says_what_it_costs_where_it_is_from_and_what_its_split_is(name: str) -> None:
    way = WAYS[name]
    assert way.name == name
    assert all((way.label, way.help, way.keeps, way.split, way.reference))
    assert way.trainings == way.experiment(GAP_PRESET).training.members
    assert way.exact == (name not in HEURISTIC)
    assert ("heuristic" in way.split) == ("heuristic" in way.help) == (name in HEURISTIC)


@pytest.mark.parametrize("name", WAYS)
def test_the_parts_are_the_variance_of_what_it_predicts(found: dict[str, Measured], name: str) -> None:
    parts, std = found[name].told.parts, np.asarray(found[name].told.predictive.std)
    np.testing.assert_allclose(parts.aleatoric + parts.epistemic, parts.total, rtol=1e-12)
    where = Places.of(GAP_PRESET).where
    for place in (INSIDE, GAP):  # outside the log-normal spread of the Laplace approximation has too heavy a tail
        np.testing.assert_allclose(parts.total[where[place]], std[where[place]] ** 2, rtol=1e-4)


def test_one_net_has_no_doubt_and_the_same_noise_as_its_laplace_approximation(found: dict[str, Measured]) -> None:
    one, laplace = found["one_net"], found["last_layer"]
    assert (one.told.parts.epistemic == 0).all()
    np.testing.assert_allclose(one.told.predictive.mean, laplace.told.predictive.mean, rtol=1e-12)
    assert (laplace.told.parts.aleatoric >= one.told.parts.aleatoric).all()


def test_members_and_laplace_grow_in_the_gap_and_cover_more_there(found: dict[str, Measured]) -> None:
    for name in ("members", "last_layer"):
        parts = found[name].parts
        assert parts[GAP].ignorance > 2 * parts[INSIDE].ignorance, name
        assert parts[OUTSIDE].ignorance > 2 * parts[INSIDE].ignorance, name
        assert parts[GAP].coverage > found["one_net"].parts[GAP].coverage, name
        assert 0.7 < parts[INSIDE].noise / parts[INSIDE].true_noise < 1.3, name


def test_evidence_is_split_as_the_moments_of_its_prior() -> None:
    """E σ² and Var μ of a normal-inverse-Gamma, from scipy's inverse Gamma."""
    run = train(GAP_PRESET.with_settings({"loss.name": "evidential", "training.steps": 40}))
    x = np.array([50.0, 80.0, 110.0])
    _, nu, excess, beta = np.moveaxis(np.exp(run.outputs(x)), -1, 0)
    parts, noise = tell_by_evidence(run, x).parts, stats.invgamma(1 + excess, scale=beta).mean()
    np.testing.assert_allclose(parts.aleatoric, noise, rtol=1e-9)
    np.testing.assert_allclose(parts.epistemic, noise / nu, rtol=1e-9)
    np.testing.assert_allclose(parts.total, run.predictive(x).std ** 2, rtol=1e-9)
    with pytest.raises(CannotTell, match="not trained with the evidential loss"):
        tell_by_evidence(train(GAP_PRESET.with_settings({"training.steps": 1})), x)


def test_coverage_is_the_share_of_drawn_points(found: dict[str, Measured]) -> None:
    places, told = Places.of(GAP_PRESET), found["members"].told
    lower, upper = told.predictive.interval(0.95)
    truth, rng = train(GAP_PRESET.with_settings({"training.steps": 1})).dataset.truth, np.random.default_rng(1)
    y = truth.mean(places.x) + truth.std(places.x) * rng.standard_normal((4000, len(places.x)))
    covered = ((y >= lower) & (y <= upper)).mean(axis=0)
    for place, where in places.where.items():
        assert found["members"].parts[place].coverage == pytest.approx(covered[where].mean(), abs=0.005)


def test_a_way_that_does_not_apply_says_why_and_one_without_runs_waits(runs: dict[str, Run]) -> None:
    absolute = GAP_PRESET.with_settings({"loss.name": "laplace_nll"})
    assert "Gaussian NLL" in answers(absolute, {})["last_layer"]
    assert answers(GAP_PRESET, {}) == {}
    some = dict(list(runs.items())[:1])
    assert list(answers(GAP_PRESET, some)) == ["one_net", "last_layer"]


def test_members_that_diverged_are_counted_and_left_out_and_none_left_is_said(runs: dict[str, Run]) -> None:
    key, places = WAYS["members"].experiment(GAP_PRESET).key, Places.of(GAP_PRESET)
    run = runs[key]
    broken = replace(run, others=(replace(run.others[0], status="diverged"), *run.others[1:]))
    some = answers(GAP_PRESET, {**runs, key: broken})["members"]
    assert isinstance(some, Measured)
    assert some.lost == 1
    assert "1 of its 5 networks diverged, the others are used" in covered_words(some)
    others = [each.predictive(places.x).mean for i, each in enumerate(run.each) if i != 1]
    np.testing.assert_allclose(some.told.parts.epistemic, np.var(others, axis=0), rtol=1e-9)
    none = replace(run, status="diverged", message="The loss is NaN.")
    told = answers(GAP_PRESET, {**runs, key: none})["members"]
    assert told == "Its training did not finish. The loss is NaN."


def test_places_part_the_axis_at_the_gap() -> None:
    places = Places.of(GAP_PRESET)
    assert places.gap == (71.0, 89.0)
    assert (places.x[0], places.x[-1]) == (38.0, 122.0)
    assert (sum(at.astype(int) for at in places.where.values()) == 1).all()
    assert {name: int(at.sum()) for name, at in places.where.items()} == {INSIDE: 142, GAP: 59, OUTSIDE: 80}


def test_points_without_a_gap_give_way_to_the_preset_with_their_seeds() -> None:
    other = presets["quick"].with_settings({"data.seed": 3, "training.seed": 4})
    shown = with_gap(other)
    assert not has_gap(other)
    assert has_gap(shown)
    assert shown == GAP_PRESET.with_settings({"data.seed": 3, "training.seed": 4})
    assert with_gap(GAP_PRESET) is GAP_PRESET
    assert not has_gap(presets["engel"].with_settings({"data.design": "gap"}))
    with pytest.raises(ValueError, match="leave no gap"):
        Places.of(other)


@pytest.mark.parametrize("name", WAYS)
def test_a_way_is_documented_with_its_source(name: str) -> None:
    sources = re.findall(r"arXiv:[\d.]+|doi:\S+", WAYS[name].reference)
    assert sources
    assert all(source in DOCUMENT for source in sources)


def test_the_example_of_the_document_runs() -> None:
    names: dict[str, Any] = {}
    exec(DOCUMENT.split("```python\n")[1].split("```")[0], names)  # noqa: S102 - a document of ours
    among, gap = names["told"].parts.epistemic
    assert gap > 2 * among > 0


@pytest.mark.parametrize("name", WAYS)
def test_the_charts_of_a_way_are_told_by_what_was_measured(name: str, found: dict[str, Measured]) -> None:
    measured = found[name]
    gap = measured.parts[GAP]
    assert f"In the gap it covers {100 * gap.coverage:.0f} % of new points" in bands_seen(measured)
    assert f"In the gap noise is {quantity(gap.noise)} and ignorance {quantity(gap.ignorance)} (std)" in parts_seen(
        measured
    )
