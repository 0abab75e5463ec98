"""The settings of the loss, and of the reading of its outputs."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from ..model.bounds import BOUNDS
from ..model.formulas import parse
from ..model.heads import HEADS, OWN
from ..model.losses import LOSSES, Loss, loss_with
from ..model.losses.shaped import MOST_COMPONENTS
from ..model.losses.typed import DEFAULT_FORMULA, std_formula
from ..model.readings import READINGS
from .settings import InvalidExperiment, Problem, Section, listed, setting

_OF_BOUND: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "clamp": ("least_std", "most_std"),
    "soft": ("least_std", "most_std"),
    "epsilon": ("least_std",),
}


def _rising(levels: tuple[float, ...]) -> tuple[float, ...]:
    if not all(low < high for low, high in pairwise(levels)):
        raise ValueError("each level must be higher than the one before")
    return levels


class LossSettings(Section):
    """What is made small, and what the outputs are read as."""

    section = "loss"

    name: str = setting("gaussian_nll", "Loss", "The quantity that training minimises.", choices=LOSSES)
    reading: str = setting(
        "log_variance",
        "Second output read as",
        "What s means. Changing it redraws the run without retraining.",
        choices=READINGS,
        view_only=True,
    )
    formula: str = setting(
        parse(DEFAULT_FORMULA).text,
        "Formula",
        "The loss per point, in r (= y − mu), y, mu and s: + - * / ** ( ) | |, exp, log, sqrt, abs, max and more.",
        takes="a formula in r, y, mu and s, such as 0.5*exp(-s)*r**2 + 0.5*s",
        loss_parameter="formula",
        read=lambda text: parse(text).text,
    )
    reading_formula: str = setting(
        "",
        "The std, as a formula in s",
        "For the reading “std as a formula says”. It is filled in for a typed loss that fits no other reading.",
        takes="a formula in s, such as softplus(s), or empty",
        loss_parameter="reading_formula",
        view_only=True,
        read=std_formula,
    )
    beta: float = setting(
        0.5,
        "β",
        "0: the plain NLL. 1: each point drives the mean as in squared error.",
        within=(0, 1),
        step=0.05,
        loss_parameter="beta",
    )
    nu: float = setting(
        5.0,
        "ν",
        "Degrees of freedom: fewer means heavier tails.",
        within=(2.1, 100),
        step=0.5,
        loss_parameter="nu",
    )
    levels: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = setting(
        (0.05, 0.25, 0.5, 0.75, 0.95),
        "Levels",
        "The quantiles to learn, one per output.",
        length=(2, 15),
        takes="2 to 15 increasing numbers between 0 and 1, such as 0.05,0.5,0.95",
        loss_parameter="levels",
        read=_rising,
    )
    components: int = setting(
        3, "Components", "Number of Gaussians in the mixture.", within=(1, MOST_COMPONENTS), loss_parameter="components"
    )
    evidence_weight: float = setting(
        0.01,
        "λ",
        "Weight of the penalty on evidence at large residuals.",
        within=(0, 1),
        unit="1/unit of y",
        step=0.01,
        loss_parameter="evidence_weight",
    )
    head: str = setting(
        OWN.name,
        "Std head",
        "The function that makes a positive std from the second output s, in training units. Readings follow it.",
        choices=HEADS,
        loss_parameter="head",
        neutral=OWN.name,
    )
    bound: str = setting(
        "none", "Bound on the std", "How the std is kept from collapsing.", choices=BOUNDS, loss_parameter="bound"
    )
    least_std: float = setting(
        0.01,
        "Smallest std",
        "The lower bound. With ε inside the square, ε is the square of this value.",
        within=(1e-4, 100),
        unit="unit of y",
        log=True,
        loss_parameter="least_std",
    )
    most_std: float = setting(
        10.0,
        "Largest std",
        "The upper bound.",
        within=(1e-3, 1000),
        unit="unit of y",
        log=True,
        loss_parameter="most_std",
    )
    offset: float = setting(
        0.0,
        "Subtract a constant",
        "A number subtracted from the loss at every point. It changes the value, not the gradient.",
        within=(-1000, 1000),
        unit="unit of the loss",
        step=0.1,
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        row = LOSSES[self.name]
        if self.bound not in row.bounds:
            allowed = f"{listed(row.bounds)} with the loss {self.name}"
            raise InvalidExperiment([Problem("loss.bound", self.bound, allowed)])
        if self.head not in row.heads:
            allowed = f"{listed(row.heads)} with the loss {self.name}"
            raise InvalidExperiment([Problem("loss.head", self.head, allowed)])
        if self.head != OWN.name and BOUNDS[self.bound].moves_outputs:
            allowed = f"{OWN.name} with Bound on the std {self.bound}, since only one function may limit the std"
            raise InvalidExperiment([Problem("loss.head", self.head, allowed)])
        if self.bound in ("clamp", "soft") and not self.least_std < self.most_std:
            allowed = f"above “Smallest std”, which is {self.least_std:g}"
            raise InvalidExperiment([Problem("loss.most_std", self.most_std, allowed)])
        if self.reading not in (readings := loss_of(self).readings):
            allowed = f"{listed(readings)} with the loss {self.name}"
            raise InvalidExperiment([Problem("loss.reading", self.reading, allowed)])
        return self

    @property
    def parameters(self) -> tuple[str, ...]:
        """The fields besides the name that decide the loss: the parameters of its row, its head and its bound."""
        row = LOSSES[self.name]
        heads = ("head",) if len(row.heads) > 1 else ()
        bounds = ("bound",) if len(row.bounds) > 1 else ()
        own = ("reading_formula",) if self.name == "typed" else ()
        return (*row.settings, *own, *heads, *bounds, *_OF_BOUND[self.bound])


def loss_of(settings: LossSettings) -> Loss:
    """The loss of an experiment: its row with the values of its parameters."""
    names = (*settings.parameters, "offset")
    return loss_with(settings.name, {name: getattr(settings, name) for name in names})
