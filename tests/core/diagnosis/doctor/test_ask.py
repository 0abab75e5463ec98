"""Ask about your own run: σ from a loss by hand, each rule triggered and not, and what cannot be asked."""

import math

import numpy as np
import pytest

from core.data.noise import NOISES, PROFILES
from core.diagnosis.doctor.ask import RULES, Answer, answer
from core.diagnosis.doctor.implied import implied_std
from core.diagnosis.doctor.question import EXAMPLES, FIELDS, PARAMETERS, parameters_of, question
from core.experiment.settings import InvalidExperiment
from core.model.losses import LOSSES, loss_with
from core.words import quantity


def asked(loss: str, value: float, **more: object) -> Answer:
    """The answer on a target of std 0.83, with no predicted variance unless one is given."""
    values = {"ask.loss": loss, "ask.value": value, "ask.variance": None}
    return answer(question(values | {f"ask.{name}": v for name, v in more.items()}))


def said(found: Answer) -> str:
    return " ".join([found.headline, *found.sentences])


@pytest.mark.parametrize(
    ("loss", "value"),
    [("posted", -0.4176), ("gaussian_nll", -1.1094), ("squared_error", 0.02), ("laplace_nll", -0.8353)],
)
def test_the_std_behind_a_loss_by_hand(loss: str, value: float) -> None:
    assert asked(loss, value).implied_std == pytest.approx(0.2, rel=1e-3)


def test_the_constant_is_taken_off() -> None:
    assert asked("gaussian_nll", -0.1905, constant=True).implied_std == pytest.approx(0.2, rel=1e-3)
    assert asked("gaussian_nll", -0.1905).implied_std == pytest.approx(math.exp(-0.6905), rel=1e-3)


@pytest.mark.parametrize("std", [0.004, 0.2, 30.0])
@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("no_log_term", "wrong_sign", "clamped")])
def test_the_floor_is_turned_round(name: str, std: float) -> None:
    loss = LOSSES[name]
    floor = float(loss.floor(NOISES["gaussian"], std))
    assert implied_std(loss, floor) == pytest.approx(std, rel=1e-3)


@pytest.mark.parametrize(
    ("formula", "floor"),
    [
        ("0.5*exp(-s)*abs(r) + 0.5*s", lambda std: 0.5 + 0.5 * math.log(std * math.sqrt(2 / math.pi))),
        ("r**2", lambda std: std**2),
        ("exp(-s)*r**2 + exp(s)", lambda std: 2 * std),
        ("exp(-s)*r**2 + s + 0.1*exp(s)", None),
    ],
)
def test_a_typed_formula_is_turned_round_too(formula: str, floor: object) -> None:
    loss = loss_with("typed", {"formula": formula})
    at = float(loss.floor(NOISES["gaussian"], 0.3)) if floor is None else floor(0.3)
    assert implied_std(loss, at) == pytest.approx(0.3, rel=1e-3)


def test_the_examples_say_what_their_buttons_say() -> None:
    posted, fine, good = (answer(question(example.values)) for example in EXAMPLES)
    assert (posted.kind, posted.headline) == ("mistake", "The loss is fine; what you call a variance is not a variance")
    assert posted.implied_std == pytest.approx(math.exp(2 * (-0.38 - 0.5)) * math.sqrt(math.pi / 2))
    assert [row.reading for row in posted.readings if row.agrees] == ["the mean of |r|, E|r|"]
    assert (fine.kind, fine.headline) == ("good", "Negative, and fine")
    assert (good.kind, good.headline) == ("warning", "Too good to be true")


def test_no_rule_speaks_where_all_is_well() -> None:
    found = asked("gaussian_nll", -1.1, variance=0.04, noise=0.2)
    assert (found.kind, found.headline) == ("good", "Negative, and fine")
    assert asked("gaussian_nll", 0.2).headline == "Nothing wrong with these numbers"


# For each rule what makes it speak, and a neighbour that does not.
SPEAKS = {
    "_no_floor": (("no_log_term", 0.1, {}), ("gaussian_nll", 0.1, {})),
    "_passed_on_the_way": (
        ("typed", 0.001, {"formula": "r**2/softplus(s)**2"}),
        ("typed", 0.001, {"formula": "r**2/softplus(s)**2 + 0.001*softplus(s)"}),
    ),
    "_out_of_reach": (("squared_error", -0.1, {}), ("squared_error", 0.1, {})),
    "_has_constant": (("gaussian_nll", -0.1905, {"variance": 0.04}), ("gaussian_nll", -1.1, {"variance": 0.04})),
    "_is_sum": (("gaussian_nll", -4.436, {"variance": 0.04}), ("gaussian_nll", -4.436, {})),
    "_below_equal_noise": (("gaussian_nll", -3.5, {"noise": 0.2}), ("gaussian_nll", -1.15, {"noise": 0.2})),
    "_too_good": (("gaussian_nll", -4.5, {}), ("gaussian_nll", -4.2, {})),
    "_overconfident": (
        ("gaussian_nll", 2.0, {"variance": 0.04}),
        ("gaussian_nll", -0.9, {"variance": 0.04}),
    ),
    "_hardly_learnt": (("gaussian_nll", 0.32, {}), ("gaussian_nll", 0.25, {})),
    "_too_low_for_its_variance": (
        ("gaussian_nll", -1.1, {"variance": 0.5}),
        ("gaussian_nll", -1.1, {"variance": 0.1}),
    ),
    "_variance_is_something_else": (
        ("laplace_nll", -0.835, {"variance": 0.16}),
        ("laplace_nll", -0.835, {"variance": 0.04}),
    ),
    "_mistake": (("no_half_log", -2.9, {}), ("gaussian_nll", -1.1, {})),
    "_misread": (("gaussian_nll", -1.1, {"variance": 0.2}), ("gaussian_nll", -1.1, {"variance": 0.041})),
    "_above_floor": (("gaussian_nll", -0.9, {"noise": 0.2}), ("gaussian_nll", -1.05, {"noise": 0.2})),
}
WORDS = {
    "_no_floor": "has no floor",
    "_passed_on_the_way": "On the way there it passes every value above",
    "_out_of_reach": "No model gives this loss",
    "_has_constant": "seems to include the constant of a full likelihood",
    "_is_sum": "This looks like a sum",
    "_below_equal_noise": "no model gets below",
    "_too_good": "real noise is rarely",
    "_overconfident": "times** the predicted std",
    "_hardly_learnt": "at every x gives a loss of",
    "_too_low_for_its_variance": "even if every residual were zero",
    "_variance_is_something_else": "what you call a variance is not a variance",
    "_mistake": "not what you meant",
    "_misread": "Used as a variance",
    "_above_floor": "a perfect model gets",
}


def test_every_rule_is_tried() -> None:
    assert set(SPEAKS) == set(WORDS) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("rule", SPEAKS)
def test_a_rule_speaks_and_is_silent(rule: str) -> None:
    (loss, value, more), (near, near_value, near_more) = SPEAKS[rule]
    assert WORDS[rule] in said(asked(loss, value, **more))
    assert WORDS[rule] not in said(asked(near, near_value, **near_more))


def test_a_std_in_the_place_of_a_variance_is_named() -> None:
    assert "As a std, σ, it would mean **0.200**, which fits." in said(asked("gaussian_nll", -1.1, variance=0.2))


def test_what_the_second_output_means() -> None:
    assert "exp(s) learns **σ²**: the std is exp(s/2)." in said(asked("gaussian_nll", -1.1))
    typed = said(asked("typed", -0.4, formula="0.5*exp(-s)*abs(r) + 0.5*s"))
    assert "exp(s) learns **E|r|**: the std is √(π/2)·exp(s) on Gaussian noise." in typed
    assert "no second output" in said(asked("squared_error", 0.02))
    assert "unbounded" in said(asked("typed", -3, formula="exp(s)*r**2 + s"))


# The optimum of evidence is searched for: seconds of an older processor.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name == "evidential" else name for name in LOSSES]
)
def test_every_row_gets_an_answer(name: str) -> None:
    for value in (-1e6, -0.4, 0.0, 1e6):
        found = asked(name, value, variance=1e-12, noise=1e-6, std=1e-6)
        assert found.headline
        assert "torch" in found.code
        assert "nan" not in said(found)
        assert "not a number" not in said(found)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ask.loss", "mse", 'Loss cannot be "mse": it must be one of'),
        ("ask.value", "nan", "between −1,000,000"),
        ("ask.value", True, "it must be between"),
        ("ask.value", [1], "it must be between"),
        ("ask.value", "1" * 5000, "it must be between"),
        ("ask.std", 0, "Std of y cannot be 0: it must be between 0.000001"),
        ("ask.std", None, "between 0.000001"),
        ("ask.variance", -1, "or empty"),
        (
            "ask.noise",
            2,
            "Known σ of the noise cannot be 2: the noise is part of y, so it is at most the std of y, 0.83.",
        ),
        ("ask.constant", "perhaps", "true or false"),
        ("ask.constant", True, "this loss has no such constant"),
        ("ask.std.x", 1, "there is no setting of this name; the nearest is ask.std"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(name: str, value: object, words: str) -> None:
    with pytest.raises(InvalidExperiment) as error:
        question({name: value})
    assert len(error.value.problems) == 1
    assert words in str(error.value)


@pytest.mark.parametrize("formula", ["__import__('os')", "(1).__class__", "9**9**9", "(" * 500, "", "z + 1", "1/0"])
def test_a_formula_that_is_none_is_one_sentence(formula: str) -> None:
    with pytest.raises(InvalidExperiment) as error:
        question({"ask.loss": "typed", "ask.formula": formula})
    (problem,) = error.value.problems
    assert problem.field == "ask.formula"


def test_numbers_come_as_text_too() -> None:
    read = question({"ask.value": "−0.38", "ask.variance": "", "ask.noise": "0.2", "ask.constant": "false"})
    assert (read.value, read.predicted_variance, read.noise_std, read.with_constant) == (-0.38, None, 0.2, False)
    assert question({}).value == FIELDS["ask.value"].default


@pytest.mark.parametrize("name", ["laplace_nll", "posted", "absolute_log_variance", "student_t", "gaussian_crps"])
@pytest.mark.parametrize("family", ["laplace", "outliers", "student_t"])
def test_a_perfect_run_on_noise_of_another_shape_is_not_accused(name: str, family: str) -> None:
    """The implied σ is that of Gaussian noise; what is possible is judged by the kindest of all shapes."""
    floor = float(LOSSES[name].floor(NOISES[family], 0.2))
    assert WORDS["_below_equal_noise"] not in said(asked(name, floor, noise=0.2))


# Unequal noise: the floor is the mean of the floors, and lies below the floor of any mean σ.
U = (np.arange(2000) + 0.5) / 2000
UNEQUAL = [name for name in PROFILES if name != "constant"]


def typical(stds: np.ndarray, how: str) -> float:
    return {"mean": np.mean(stds), "rms": np.sqrt(np.mean(stds**2)), "median": np.median(stds)}[how]


@pytest.mark.parametrize("how", ["mean", "rms"])
@pytest.mark.parametrize("name", ["gaussian_nll", "laplace_nll", "posted", "student_t", "gaussian_crps"])
@pytest.mark.parametrize("profile", UNEQUAL)
def test_a_perfect_run_on_unequal_noise_is_not_accused(profile: str, name: str, how: str) -> None:
    stds = PROFILES[profile].shape(U)
    floor = float(np.mean(LOSSES[name].floor(NOISES["gaussian"], stds)))
    found = asked(name, floor, std=3, noise=typical(stds, how))
    assert found.kind == "good" or LOSSES[name].mistake
    assert "possible" not in found.headline
    # Nor is a run on points whose noise has another shape besides.
    heavy = float(np.mean(LOSSES[name].floor(NOISES["student_t"], stds)))
    assert "possible" not in asked(name, heavy, std=3, noise=typical(stds, how)).headline


@pytest.mark.parametrize(
    ("profile", "value", "noise"),
    [("steep", 0.2524, 1.0), ("linear", 0.3624, 1.0), ("sine", 0.3145, 1.0), ("step", 0.3562, 1.118)],
)
def test_the_geometric_mean_that_unequal_noise_would_need(profile: str, value: float, noise: float) -> None:
    found = asked("gaussian_nll", value, std=3, noise=noise)
    assert (found.kind, found.headline) == ("good", "Fine, if the noise varies with x")
    claims = {claim.name: claim.value for claim in found.findings[0].claims}
    geometric = np.exp(np.mean(np.log(PROFILES[profile].shape(U))))
    assert claims["geometric_mean"] == pytest.approx(geometric, rel=2e-3)
    assert claims["below_known"] == pytest.approx(noise / geometric, rel=2e-3)
    assert found.findings[0].causes[0].name == "unequal_noise"


def test_noise_that_would_have_to_vary_a_hundredfold_is_accused() -> None:
    assert asked("gaussian_nll", -0.5, std=3, noise=1.0).headline == "Only very unequal noise allows this"
    assert asked("gaussian_nll", -1.0, std=3, noise=1.0).headline == "Lower than is possible"
    assert asked("squared_error", 0.015, noise=0.2).headline == "Lower than is possible"  # σ² has one mean


def test_little_to_learn_is_not_called_nothing_learnt() -> None:
    found = asked("gaussian_nll", 0.4695, std=1, noise=0.97)
    assert (found.kind, found.headline) == ("good", "At the floor, with little to learn")
    assert asked("gaussian_nll", 0.4695, std=1).headline == "Hardly better than a constant"
    assert asked("gaussian_nll", 0.4998, std=1, noise=0.97).headline == "It has learned nothing yet"
    assert asked("gaussian_nll", 0.495, std=1, noise=0.6).headline == "Hardly better than a constant"
    assert asked("gaussian_nll", 0.7, std=1).headline == "It has learned nothing yet"


@pytest.mark.parametrize(("narrow", "std"), [(0.05, 1.3), (0.1, 1.3), (0.02, 2.0)])
def test_a_mixture_on_two_values_is_not_accused(narrow: float, std: float) -> None:
    """y = ±1: a mixture's floor is log 2 more than that of either value, and far below what σ = 1 allows."""
    floor = math.log(2) + 0.5 * math.log(2 * math.pi) + 0.5 + math.log(narrow)
    found = asked("mixture", floor, std=std, noise=1.0)
    assert (found.kind, found.headline) == ("good", "Fine, if y takes several values")
    assert f"each has a std of **{quantity(narrow)}**" in said(found)
    assert asked("mixture", floor, std=std, noise=1.0, components=1).headline != found.headline


# Beside a variance, these are losses that a mean may well have: the variance may be what is wrong.
PLAUSIBLE = {(2, 0.35), (3, 0.35)}


@pytest.mark.parametrize("count", [2, 3, 4, 10, 28, 128, 784, 1000])
@pytest.mark.parametrize("std", [0.05, 0.2, 0.35])
@pytest.mark.parametrize("stated", ["noise", "variance"])
def test_a_sum_is_told_with_its_count(count: int, std: float, stated: str) -> None:
    floor = float(LOSSES["gaussian_nll"].floor(NOISES["gaussian"], std))
    found = asked("gaussian_nll", count * floor, **{stated: std if stated == "noise" else std**2})
    if stated == "variance" and (count, std) in PLAUSIBLE:
        assert "sum" not in found.headline
        return
    assert found.headline == "This looks like a sum, not a mean"
    claims = {claim.name: claim.value for claim in found.findings[0].claims}
    assert claims["count"] == pytest.approx(count, rel=0.02)
    assert claims["each"] == pytest.approx(floor, abs=0.06)
    assert found.findings[0].causes[0].name == "sum"


def test_a_sum_of_a_loss_that_is_positive_is_told_where_it_is_worse_than_a_constants() -> None:
    assert (
        asked("gaussian_nll", 100 * (0.5 + math.log(2)), std=8, noise=2).headline == "This looks like a sum, not a mean"
    )
    assert asked("squared_error", 64 * 0.02, noise=0.2).headline == "This looks like a sum, not a mean"
    assert "sum" not in asked("squared_error", 4 * 0.02, noise=0.2).headline  # not learnt yet, as it may well be


@pytest.mark.parametrize(
    ("value", "more", "count", "each"),
    [(-4.436, {"variance": 0.04}, 4, "−1.109"), (-141.95, {}, 128, "−1.109"), (-141.95, {"noise": 0.2}, 128, "−1.109")],
)
def test_the_sums_that_were_asked_about(value: float, more: dict, count: int, each: str) -> None:
    found = asked("gaussian_nll", value, **more)
    assert found.headline == "This looks like a sum, not a mean"
    assert f"**{count}**" in said(found)
    assert f"**{each}**" in said(found)
    assert "000000" not in said(found)


def test_a_sum_with_its_constant() -> None:
    one = 0.5 + math.log(0.2) + 0.5 * math.log(2 * math.pi)
    claims = asked("gaussian_nll", 100 * one, constant=True, noise=0.2).findings[0].claims
    assert {claim.name: claim.value for claim in claims}["count"] == 100


def test_where_no_sum_is_suspected() -> None:
    for value, more in ((-1.1, {"variance": 0.04}), (-1.1, {"variance": 0.16}), (-1.05, {"noise": 0.2}), (0.2, {})):
        assert "sum" not in asked("gaussian_nll", value, **more).headline
    # A count that the next would do for as well, and a toggle for the constant that is wrong.
    assert "sum" not in asked("gaussian_nll", -1.1, variance=0.04, constant=True).headline
    assert asked("gaussian_nll", -4.436).headline == "Too good to be true"
    assert "Or it is a sum" in said(asked("gaussian_nll", -4.436))


@pytest.mark.parametrize(("variance", "words"), [(0.16, "E|r|"), (0.02, "½σ²"), (0.08, "2σ²"), (0.2, "a std, σ")])
@pytest.mark.parametrize(("name", "value"), [("gaussian_nll", -1.109), ("student_t_learned", -0.19)])
def test_a_variance_that_is_something_else_is_named(name: str, value: float, variance: float, words: str) -> None:
    found = said(asked(name, value, variance=variance))
    assert words in found
    assert "no other reading" not in found


@pytest.mark.parametrize("rms", [0.45, 0.54, 0.7])
@pytest.mark.parametrize("name", ["gaussian_nll", "no_half_residual", "no_half_log"])
def test_a_variance_that_is_too_small_on_new_points(name: str, rms: float) -> None:
    """With exp(s) = 0.04 everywhere, residuals of this root mean square give the loss: the mean has learnt much."""
    y = np.array([-rms, rms])
    value = float(LOSSES[name].value(y, np.array([[0.0, 0.0], [math.log(0.04)] * 2])).mean())
    found = asked(name, value, variance=0.04)
    claims = {claim.name: claim.value for finding in found.findings for claim in finding.claims}
    assert "Overconfident" in said(found) or "times** the predicted std" in said(found)
    assert claims["residual_rms"] == pytest.approx(rms)
    assert "learned nothing" not in said(found)
    assert "fits" not in said(found)


def test_a_variance_above_the_geometric_mean_fits_unequal_noise() -> None:
    found = asked("gaussian_nll", -1.109, variance=0.057)
    assert found.headline == "The predicted variance fits unequal noise"


def test_a_loss_that_is_lowest_at_infinity_is_passed_on_the_way() -> None:
    for value in (0.001, 3.0, 1e-6):
        found = asked("typed", value, formula="r**2/softplus(s)**2")
        assert (found.kind, found.headline) == ("mistake", "This loss is lowest at infinity")
        assert "nothing about the noise" in said(found)
    below = asked("typed", -1.0, formula="r**2/softplus(s)**2")
    assert below.headline == "No model gives this loss"
    assert "never below **0.000**" in said(below)


def test_a_typed_laplace_nll_is_sound() -> None:
    found = asked("typed", -0.8353, formula="exp(-s)*abs(r)+s")
    assert found.kind == "good"
    assert "the loss “Laplace NLL”, and it is correct: std = √2·exp(s)" in said(found)
    assert "math.sqrt(2)" in found.code
    assert not found.was_meant


def test_a_head_without_exp_is_said_in_ask_too() -> None:
    found = asked("typed", -1.1, formula="0.5*r**2/softplus(s)**2 + log(softplus(s))")
    assert "By this formula the std is **softplus(s)**." in said(found)


# Parameters of losses.


def test_every_parameter_of_a_loss_can_be_asked_about() -> None:
    """A setting that a loss takes is a field here, with nothing to add."""
    taken = {name for row in LOSSES.values() for name in row.settings} | {"bound", "least_std", "most_std"}
    assert {f"ask.{name}" for name in taken} == {"ask.formula", *PARAMETERS}


@pytest.mark.parametrize(
    ("name", "parameters", "row"),
    [
        ("student_t", {"nu": 3}, {"nu": 3.0}),
        ("mixture", {"components": 2}, {"components": 2}),
        ("pinball", {"levels": "0.1,0.5"}, {"levels": (0.1, 0.5)}),
        ("beta_nll", {"beta": 1}, {"beta": 1.0}),
        ("gaussian_nll", {"bound": "epsilon", "least_std": 0.1}, {"bound": "epsilon", "least_std": 0.1}),
    ],
)
def test_the_parameters_are_those_of_the_row(name: str, parameters: dict, row: dict) -> None:
    given = {f"ask.{key}": value for key, value in parameters.items()}
    loss = question({"ask.loss": name, **given}).loss
    floor = float(loss_with(name, row).floor(NOISES["gaussian"], 0.3))
    assert float(loss.floor(NOISES["gaussian"], 0.3)) == pytest.approx(floor, rel=1e-6)
    assert asked(name, floor, **parameters).implied_std == pytest.approx(0.3, rel=2e-3)


def test_a_parameter_that_another_loss_takes_has_no_effect() -> None:
    assert question({"ask.nu": 3}) == question({})
    assert parameters_of({"ask.loss": "student_t", "ask.bound": "none"}) == ("ask.nu", "ask.bound")
    assert parameters_of({"ask.loss": "squared_error", "ask.bound": "clamp"}) == ()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ask.nu": 1}, "ν cannot be 1: it must be between 2.1 and 100."),
        ({"ask.levels": "0.9,0.1"}, "2 to 15 increasing numbers"),
        ({"ask.components": 2.5}, "a whole number"),
        ({"ask.bound": "box"}, "one of none"),
        (
            {"ask.loss": "gaussian_nll", "ask.bound": "clamp", "ask.least_std": 9, "ask.most_std": 1},
            "above “Smallest std”",
        ),
    ],
)
def test_a_parameter_that_cannot_be_used_is_one_sentence(values: dict, words: str) -> None:
    with pytest.raises(InvalidExperiment) as error:
        question(values)
    assert len(error.value.problems) == 1
    assert words in str(error.value)


def test_a_posted_run_that_ended_a_little_high_is_still_understood() -> None:
    """Runs of the posted recipe end between −0.42 and −0.30: 0.1 nats too high make the implied σ a fifth too large."""
    for value in (-0.41, -0.38, -0.34):
        assert (
            asked("posted", value, variance=0.16).headline
            == "The loss is fine; what you call a variance is not a variance"
        )


def test_a_std_that_is_printed_for_the_variance_is_called_one() -> None:
    found = asked("gaussian_nll", -1.1, variance=0.2)
    assert found.headline == "The predicted variance looks like something else"
    assert "As a std, σ, it would mean **0.200**, which fits." in said(found)


def test_losses_with_an_objective_of_their_own_are_asked_for_the_plain_nll() -> None:
    assert "This is for the plain NLL" in said(asked("faithful", -1.1))
    assert "This is for the plain NLL" not in said(asked("gaussian_nll", -1.1))
