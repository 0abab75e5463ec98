"""What a person tells of a run that was trained elsewhere, and how values from outside become a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from core.diagnosis.doctor.implied import SIGMAS
from core.experiment.settings import LONGEST, InvalidExperiment, Problem, listed, one_line, unknown
from core.model.losses import LOSSES, Loss, loss_with


@dataclass(frozen=True)
class Question:
    """What a person knows of a run. Made by `question`, which checks it; its fields are those of FIELDS in their order.

    `value` is the mean loss per point, `with_constant` says whether it has the constant that the row leaves out;
    std are in the unit of y, `predicted_variance` is what the code calls its variance, typically.
    """

    loss_name: str
    formula: str
    value: float
    with_constant: bool
    target_std: float
    predicted_variance: float | None
    noise_std: float | None

    @property
    def loss(self) -> Loss:
        """The row of the loss, with the formula if it is typed."""
        return loss_with(self.loss_name, {"formula": self.formula} if self.loss_name == "typed" else {})


@dataclass(frozen=True)
class Field:
    """One thing to fill in: its label and help, and how a value from outside becomes one."""

    label: str
    help: str
    allowed: str
    read: Callable[[Any], Any]
    default: Any


def _within(low: float, high: float, *, optional: bool = False) -> Callable[[Any], float | None]:
    def read(value: Any) -> float | None:
        if optional and (value is None or value == ""):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | np.number):
            raise ValueError
        found = float(value.replace("−", "-") if isinstance(value, str) and len(value) < LONGEST else value)
        if not low <= found <= high:
            raise ValueError
        return found

    return read


def _text(is_allowed: Callable[[str], bool]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not is_allowed(value):
            raise ValueError
        return value

    return read


def _switch(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "ask.loss": Field(
            "Loss", "What your code makes small.", "one of " + listed(LOSSES), _text(LOSSES.__contains__), "posted"
        ),
        "ask.formula": Field(
            "Formula",
            "Per point, in the residual r and the second output s, or in y, mu and s.",
            f"a formula of at most {LONGEST:,} characters",
            _text(lambda value: len(value) <= LONGEST),
            "0.5*exp(-s)*abs(r) + 0.5*s",
        ),
        "ask.value": Field(
            "Loss value",
            "The mean per point that your code prints; on points that it was not trained on, if you can.",
            "a number from −1,000,000 to 1,000,000",
            _within(-1e6, 1e6),
            -0.38,
        ),
        "ask.constant": Field(
            "My loss includes the constant",
            "The constant of a full negative log likelihood, which most code leaves out.",
            "true or false",
            _switch,
            False,
        ),
        "ask.std": Field(
            "Std of y",
            "Standard deviation of the target, in the unit in which the loss is computed: 1 if you standardise y.",
            "a number from 0.000001 to 1,000,000",
            _within(*SIGMAS),
            0.83,
        ),
        "ask.variance": Field(
            "Predicted variance, if you have it",
            "A typical value of what your code calls the variance, as a rule exp(s).",
            "a number from 1e-12 to 1e12, or nothing; of a log variance its exp",
            _within(1e-12, 1e12, optional=True),
            None,
        ),
        "ask.noise": Field(
            "Known σ of the noise, if you know it",
            "From repeated measurements, or because you made the data.",
            "a number from 0.000001 to 1,000,000, or nothing",
            _within(*SIGMAS, optional=True),
            None,
        ),
    }
)


def question(values: Mapping[str, Any]) -> Question:
    """What is asked, from values by the names of FIELDS; those left out have their defaults.

    Raises InvalidExperiment with one sentence for each value that cannot be used.
    """
    problems = [unknown(name, value, FIELDS) for name, value in values.items() if name not in FIELDS]
    checked: dict[str, Any] = {}
    for name, field in FIELDS.items():
        try:
            checked[name] = field.read(values.get(name, field.default))
        except (ValueError, KeyError, OverflowError):
            problems.append(Problem(name, values[name], field.allowed))
    problems += _together(checked) if len(checked) == len(FIELDS) else []
    if problems:
        raise InvalidExperiment(problems)
    return Question(*checked.values())


def _together(checked: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with values that are each well by themselves."""
    problems = []
    if checked["ask.loss"] == "typed":
        try:
            loss_with("typed", {"formula": checked["ask.formula"]})
        except ValueError as error:
            words = one_line(error, 300).rstrip(".")
            problems.append(Problem("ask.formula", checked["ask.formula"], words[0].lower() + words[1:], ""))
    if checked["ask.constant"] and LOSSES[checked["ask.loss"]].constant is None:
        problems.append(Problem("ask.constant", True, "", "this loss has no such constant"))
    noise, std = checked["ask.noise"], checked["ask.std"]
    if noise is not None and noise > std:
        problems.append(Problem("ask.noise", noise, f"the std of y, {std:g}", "y has its noise in it: at most"))
    return problems


@dataclass(frozen=True)
class Example:
    """A button: its words, and what it fills in."""

    label: str
    values: Mapping[str, Any]


def _example(label: str, loss: str, value: float, variance: float) -> Example:
    filled = {name: field.default for name, field in FIELDS.items()}
    return Example(label, filled | {"ask.loss": loss, "ask.value": value, "ask.std": 0.83, "ask.variance": variance})


EXAMPLES: tuple[Example, ...] = (
    _example("The question's run", "posted", -0.38, 0.16),
    _example("Negative and fine", "gaussian_nll", -1.1, 0.04),
    _example("Too good", "gaussian_nll", -5.0, 1e-5),
)
