"""Ask about your own run: σ from a loss by hand, each rule triggered and not, and what cannot be asked."""

import math

import pytest

from core.data.noise import NOISES
from core.diagnosis.doctor.ask import RULES, Answer, answer
from core.diagnosis.doctor.implied import implied_std
from core.diagnosis.doctor.question import EXAMPLES, FIELDS, question
from core.experiment.settings import InvalidExperiment
from core.model.losses import LOSSES, loss_with


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
    assert (posted.kind, posted.headline) == ("mistake", "The loss is fine; what you call a variance is not one")
    assert posted.implied_std == pytest.approx(math.exp(2 * (-0.38 - 0.5)) * math.sqrt(math.pi / 2))
    assert [row.reading for row in posted.readings if row.agrees] == ["the mean of |r|, E|r|"]
    assert (fine.kind, fine.headline) == ("good", "Negative and fine")
    assert (good.kind, good.headline) == ("warning", "Too good to be true")


def test_no_rule_speaks_where_all_is_well() -> None:
    found = asked("gaussian_nll", -1.1, variance=0.04, noise=0.2)
    assert (found.kind, found.headline) == ("good", "Negative and fine")
    assert asked("gaussian_nll", 0.2).headline == "Nothing wrong with these numbers"


# For each rule what makes it speak, and a neighbour that does not.
SPEAKS = {
    "_no_floor": (("no_log_term", 0.1, {}), ("gaussian_nll", 0.1, {})),
    "_out_of_reach": (("squared_error", -0.1, {}), ("squared_error", 0.1, {})),
    "_below_possible": (("gaussian_nll", -1.3, {"noise": 0.2}), ("gaussian_nll", -1.15, {"noise": 0.2})),
    "_too_good": (("gaussian_nll", -4.5, {}), ("gaussian_nll", -4.2, {})),
    "_nothing_learnt": (("gaussian_nll", 0.3, {}), ("gaussian_nll", 0.25, {})),
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
    "_out_of_reach": "No model gives this loss",
    "_below_possible": "of any other common shape. So these",
    "_too_good": "real noise is rarely",
    "_nothing_learnt": "the same at every x",
    "_too_low_for_its_variance": "even if every residual were zero",
    "_variance_is_something_else": "what you call a variance is not one",
    "_mistake": "not what was meant",
    "_misread": "Taken for a variance",
    "_above_floor": "a perfect model comes to",
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


@pytest.mark.parametrize("name", LOSSES)
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
        ("ask.loss", "mse", 'ask.loss cannot be "mse": it takes one of'),
        ("ask.value", "nan", "a number from −1,000,000"),
        ("ask.value", True, "a number from"),
        ("ask.value", [1], "a number from"),
        ("ask.value", "1" * 5000, "a number from"),
        ("ask.std", 0, "ask.std cannot be 0: it takes a number from 0.000001"),
        ("ask.std", None, "a number from 0.000001"),
        ("ask.variance", -1, "or nothing"),
        ("ask.noise", 2, "ask.noise cannot be 2: y has its noise in it: at most the std of y, 0.83."),
        ("ask.constant", "perhaps", "true or false"),
        ("ask.constant", True, "this loss has no such constant"),
        ("ask.std.x", 1, "there is no such setting; the nearest is ask.std"),
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
    assert WORDS["_below_possible"] not in said(asked(name, floor, noise=0.2))


def test_a_posted_run_that_ended_a_little_high_is_still_understood() -> None:
    """Runs of the posted recipe end between −0.42 and −0.30: 0.1 nats too high make the implied σ a fifth too large."""
    for value in (-0.41, -0.38, -0.34):
        assert asked("posted", value, variance=0.16).headline == "The loss is fine; what you call a variance is not one"


def test_a_std_that_is_printed_for_the_variance_is_called_one() -> None:
    found = asked("gaussian_nll", -1.1, variance=0.2)
    assert found.headline == "The predicted variance reads like something else"
    assert "As a std, σ, it would mean **0.200**, which fits." in said(found)


def test_losses_with_an_objective_of_their_own_are_asked_for_the_plain_nll() -> None:
    assert "This is for the plain NLL" in said(asked("faithful", -1.1))
    assert "This is for the plain NLL" not in said(asked("gaussian_nll", -1.1))
