"""What a person tells of a run that was trained elsewhere, and how values from outside become a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic.fields import FieldInfo

from ...experiment.loss_settings import LossSettings, loss_of
from ...experiment.settings import (
    LABELS,
    LONGEST,
    InvalidExperiment,
    Problem,
    allowed_in,
    check_all,
    listed,
    one_line,
    setting_in,
    to_text,
    unknown,
)
from ...model.losses import LOSSES, Loss
from .field import Field, text, within
from .implied import SIGMAS


@dataclass(frozen=True)
class Printed:
    """A quantity of somebody's code: its name there, what it learns, such as "σ²", and the std that a value means.

    The std is factor·value**power, on Gaussian noise.
    """

    name: str
    learns: str
    factor: float
    power: float

    def std(self, value: float) -> float:
        """The std that a value of it means, unit of y."""
        return float(self.factor * value**self.power)


@dataclass(frozen=True)
class Question:
    """What a person knows of a run. Made by `question`, which checks it, or from code that was read.

    `value` is the mean loss per point, `with_constant` says whether it has the constant that the row leaves out; std
    are in the unit of y, `predicted_variance` is what the code calls its variance, typically: a value of `printed`,
    where the code says what that is. None: not told.
    """

    loss: Loss
    value: float
    with_constant: bool
    target_std: float | None
    predicted_variance: float | None
    noise_std: float | None
    printed: Printed | None = None


_AT_MOST = "the noise is part of y, so it is at most"


def _switch(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


def _parameter(name: str, info: FieldInfo) -> Field:
    """The field of a loss's parameter, as its setting declares it. A list is text here, as in a link."""
    setting = setting_in(info)

    def read(value: Any) -> Any:
        try:
            found = check_all({name: value}, {name: info})[name]
        except InvalidExperiment as error:
            raise ValueError(str(error)) from error
        return to_text(found) if isinstance(found, tuple) else found

    choices = None if setting.choices is None else {choice: setting.choice_label(choice) for choice in setting.choices}
    label = f"{setting.label}, {setting.unit}" if setting.unit else setting.label
    return Field(label, setting.help, allowed_in(info), read, read(info.default), choices)


_OF_A_NET = ("head", "reading_formula")  # they move no value of a loss
# The parameters of losses, as the settings of an experiment have them: a new one stands there alone.
PARAMETERS: Mapping[str, Field] = MappingProxyType(
    {
        f"ask.{name}": _parameter(name, info)
        for name, info in LossSettings.model_fields.items()
        if setting_in(info).loss_parameter not in ("", "formula", *_OF_A_NET)
    }
)

FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "ask.loss": Field(
            "Loss", "What your code minimises.", "one of " + listed(LOSSES), text(LOSSES.__contains__), "posted"
        ),
        "ask.formula": Field(
            "Formula",
            "Per point, in the residual r and the second output s, or in y, mu and s.",
            f"a formula of at most {LONGEST:,} characters",
            text(lambda value: len(value) <= LONGEST),
            "0.5*exp(-s)*abs(r) + 0.5*s",
        ),
        **PARAMETERS,
        "ask.value": Field(
            "Loss value",
            "The mean per point that your code prints, on points it was not trained on if possible.",
            "between −1,000,000 and 1,000,000",
            within(-1e6, 1e6),
            -0.38,
        ),
        "ask.constant": Field(
            "My loss includes the constant",
            "The constant of the full negative log likelihood. Most code leaves it out.",
            "true or false",
            _switch,
            False,
        ),
        "ask.std": Field(
            "Std of y",
            "The target's standard deviation, in the unit of the loss: 1 if you standardise y.",
            "between 0.000001 and 1,000,000",
            within(*SIGMAS),
            0.83,
        ),
        "ask.variance": Field(
            "Predicted variance, if you have it",
            "A typical value of what your code calls the variance, usually exp(s).",
            "between 1e-12 and 1e12, or empty; for a log variance, its exp",
            within(1e-12, 1e12, optional=True),
            None,
        ),
        "ask.noise": Field(
            "Known σ of the noise, if you know it",
            "From repeated measurements, or because you simulated the data. If it varies with x, a typical value.",
            "between 0.000001 and 1,000,000, or empty",
            within(*SIGMAS, optional=True),
            None,
        ),
    }
)


def parameters_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of PARAMETERS that have an effect with this loss and bound."""
    name, bound = values["ask.loss"], values["ask.bound"]
    row = LOSSES[name]
    settings = LossSettings(name=name, reading=row.readings[0], bound=bound if bound in row.bounds else "none")
    return tuple(f"ask.{each}" for each in settings.parameters if f"ask.{each}" in PARAMETERS)


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
            problems.append(Problem(name, values[name], field.allowed, label=_asked_for(field)))
    problems += _together(checked) if len(checked) == len(FIELDS) else []
    if problems:
        raise InvalidExperiment(problems)
    asked = (checked[f"ask.{name}"] for name in ("value", "constant", "std", "variance", "noise"))
    return Question(loss_of(_settings(checked)), *asked)


def _settings(checked: Mapping[str, Any]) -> LossSettings:
    """The loss with those of its parameters that have an effect. Raises InvalidExperiment."""
    applying = {name.removeprefix("ask."): checked[name] for name in parameters_of(checked)}
    if checked["ask.loss"] == "typed":
        applying["formula"] = checked["ask.formula"]
    return LossSettings(name=checked["ask.loss"], reading=LOSSES[checked["ask.loss"]].readings[0], **applying)


def _asked_for(field: Field) -> str:
    """The label of a field without what follows its comma: a unit, or "if you know it"."""
    return field.label.split(", ")[0]


def _together(checked: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with values that are each well by themselves."""
    try:
        _settings(checked)
        problems = []
    except InvalidExperiment as error:
        problems = [_asked(problem) for problem in error.problems]
    if checked["ask.constant"] and LOSSES[checked["ask.loss"]].constant is None:
        problems.append(
            Problem("ask.constant", True, "", "this loss has no such constant", FIELDS["ask.constant"].label)
        )
    noise, std = checked["ask.noise"], checked["ask.std"]
    if noise is not None and noise > std:
        problems.append(
            Problem("ask.noise", noise, f"the std of y, {std:g}", _AT_MOST, _asked_for(FIELDS["ask.noise"]))
        )
    return problems


def _asked(problem: Problem) -> Problem:
    """A problem of the loss's settings, named as the question names it."""
    name = problem.field.replace("loss.", "ask.")
    label = _asked_for(FIELDS[name]) if name in FIELDS else LABELS.get(problem.field, "")
    return Problem(name, problem.value, one_line(problem.allowed, 300), problem.because, label)


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
    _example("Negative, and fine", "gaussian_nll", -1.1, 0.04),
    _example("Too good", "gaussian_nll", -5.0, 1e-5),
)
