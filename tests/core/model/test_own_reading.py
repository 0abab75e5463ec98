"""The std that a typed formula has by itself: named where no other reading says it, and nowhere else."""

import numpy as np
import pytest

from core.experiment.experiment import DEFAULT, Experiment
from core.experiment.link import read_link, write_link
from core.experiment.settings import InvalidExperiment
from core.model.formulas import FormulaError
from core.model.losses.typed import std_formula
from core.model.own_reading import own_std
from core.training.loop import train

SOFTPLUS = "0.5*r**2/softplus(s)**2 + log(softplus(s))"
TYPED = DEFAULT.with_settings({"loss.name": "typed", "loss.formula": SOFTPLUS})

# Worked by hand: the std at which the derivative by s is zero on the average of Gaussian noise.
FOUND = {
    SOFTPLUS: "softplus(s)",
    "0.5*r**2/(softplus(s) + 0.001)**2 + log(softplus(s) + 0.001)": "softplus(s) + 0.001",
    "0.5*r**2/softplus(s) + 0.5*log(softplus(s))": "sqrt(softplus(s))",
    "abs(r)/softplus(s) + log(softplus(s))": "1.2533141373155001*softplus(s)",
    "0.5*log(s**2) + r**2/s**2/2": "abs(s)",
    "0.5*r**2/s + 0.5*log(s)": "sqrt(s)",
    "0.5*r**2/(relu(s) + 1e-6) + 0.5*log(relu(s) + 1e-6)": "sqrt(relu(s) + 1e-06)",
    "exp(-max(s, 0))*r**2 + max(s, 0)": "exp(max(s, 0)/2)",  # below 0 the variance is 1, whatever s
    "log(cosh(r/exp(s))) + s": "1.46083*exp(s)",
}
# A reading in the list says it, s has no best value, the first output is no mean, or the std is no simple formula.
SILENT = (
    "0.5*exp(-s)*r**2 + 0.5*s",
    "exp(-s)*r**2 + 0.5*s",
    "0.5*exp(-2*s)*r**2 + s",
    "exp(-s)*abs(r) + s",
    "0.5*exp(s)*r**2 - 0.5*s",
    "r**2/softplus(s)**2",
    "0.5*exp(s)*r**2 + 0.5*s",
    "max(0.9*r, -0.1*r)*exp(-s) + s",
    "0.5*r**2/s**2 + log(1 + s**2)",
    "r**2",
    "r**2 + 0*s",
    "log(r) + s",
)


@pytest.mark.parametrize("formula", FOUND)
def test_the_std_is_the_one_worked_by_hand(formula):
    assert own_std(formula) == FOUND[formula]
    assert std_formula(FOUND[formula]) == FOUND[formula]


@pytest.mark.parametrize("formula", SILENT)
def test_silent_where_another_reading_says_it_or_none_can(formula):
    assert own_std(formula) == ""


@pytest.mark.parametrize("std", [0.2, 5.0])
def test_a_typed_loss_is_read_as_its_formula_says(std):
    run = train(TYPED.with_settings({"noise.scale": std}))
    assert run.experiment.loss.reading == "own"
    found = run.predictive(run.dataset.x_evaluation).std
    assert np.median(found) == pytest.approx(std, rel=0.05)
    # The std is softplus of the output, in the unit of y.
    np.testing.assert_allclose(found, np.logaddexp(0, run.outputs(run.dataset.x_evaluation)[:, 1]), rtol=1e-12)
    assert run.with_reading("log_variance").predictive(run.dataset.x_evaluation).std.max() > 2 * found.max() or std > 1


def test_it_is_brought_along_by_a_formula_and_changes_no_key():
    assert TYPED.loss.reading_formula == "softplus(s)"
    other = TYPED.with_settings({"loss.reading": "log_variance"})
    assert other.key == TYPED.key
    assert other.with_settings({"loss.reading": "own"}) == TYPED
    assert TYPED.with_settings({"noise.scale": 0.5}).loss.reading == "own"
    plain = TYPED.with_settings({"loss.formula": "exp(-s)*abs(r) + s"})
    assert (plain.loss.reading, plain.loss.reading_formula) == ("log_variance", "")
    assert TYPED.with_settings({"loss.name": "gaussian_nll"}).loss.reading == "log_variance"
    said = {"loss.name": "typed", "loss.formula": SOFTPLUS, "loss.reading": "log_std"}
    assert DEFAULT.with_settings(said).loss.reading_formula == ""
    by_hand = plain.with_settings({"loss.reading_formula": "2 * exp( s )"})
    assert (by_hand.loss.reading, by_hand.loss.reading_formula) == ("own", "2*exp(s)")


def test_links_from_before_open_what_they_did():
    old = {"loss.name": "typed", "loss.formula": SOFTPLUS, "v": "2"}
    assert read_link(old).experiment.loss.reading == "log_variance"
    for experiment in (TYPED, TYPED.with_settings({"loss.reading": "log_variance"}), read_link(old).experiment):
        assert read_link(write_link(experiment)).experiment == experiment
        assert Experiment.from_json(experiment.to_json()) == experiment


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("softplus(r)", "character 10"),
        ("__import__('os')", "cannot be read"),
        ("2", "does not depend on s"),
        ("s" + "+s" * 200, "at most 300 characters"),
        ("(" * 100 + "s" + ")" * 100, "cannot be read"),
    ],
)
def test_what_is_no_std_is_one_sentence(text, said):
    with pytest.raises(FormulaError, match=said) as refused:
        std_formula(text)
    assert len(str(refused.value).splitlines()) == 1


def test_the_reading_needs_its_formula():
    with pytest.raises(InvalidExperiment, match="it must be log_variance"):
        TYPED.with_settings({"loss.reading": "own", "loss.reading_formula": ""})
