"""The groups of settings an experiment is made of: data, noise, network, loss and training."""

import csv
import io
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.data.dataset import DESIGNS
from core.data.noise import NOISES, PROFILES
from core.data.tables import TABLES
from core.data.targets import TARGETS
from core.model.bounds import BOUNDS
from core.model.formula import parse
from core.model.losses import LOSSES, Loss, loss_with
from core.model.losses.shaped import MOST_COMPONENTS
from core.model.losses.typed import DEFAULT_FORMULA
from core.model.networks import ACTIVATIONS, INITIALISATIONS
from core.model.readings import READINGS
from core.settings import InvalidExperiment, Problem, Setting, check_all, listed
from core.training.schedules import OPTIMIZERS, SCHEDULES

DEVICES = {"auto": "fastest here", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
STEPPERS = {"auto": "the fastest that can", "plain": "plain PyTorch"}
HEADS = {"shared": "one shared trunk", "separate": "two separate nets"}
MOST_FEATURES = 100
MOST_NAME = 200  # characters of a column's
NO_TABLE, OWN_TABLE = "none", "own"
SPLITS = {"random": "at random", "order": "the last rows", "column": "by a column"}
MISSING = {"drop": "leave the row out", "median": "take the column's median"}


class Section(BaseModel):
    """A frozen group of settings; unknown names and values out of bounds raise InvalidExperiment."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    section: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _check_each(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise InvalidExperiment([Problem(cls.section, values, "an object of settings")])
        fields = {f"{cls.section}.{name}": field for name, field in cls.model_fields.items()}
        checked = check_all({f"{cls.section}.{name}": value for name, value in values.items()}, fields)
        return {path.removeprefix(f"{cls.section}."): value for path, value in checked.items()}


class Data(Section):
    """Where the points come from."""

    section = "data"

    table: Annotated[
        str,
        Setting(
            "Table",
            "A real table instead of drawn points.",
            choices={NO_TABLE: "none: draw points", **TABLES, OWN_TABLE: "a table of your own"},
        ),
    ] = NO_TABLE
    csv: Annotated[
        str,
        Setting(
            "Your table",
            "The name of its content: 16 letters and digits, that the Data page gives to a file.",
            takes="16 of the digits 0 … 9 and a … f, as the Data page names a file, or nothing",
            own_table_only=True,
            read=lambda text: _content_name(text),
        ),
    ] = ""
    y: Annotated[
        str,
        Setting(
            "Target",
            "The column to predict; empty: the table's own.",
            takes="the name of a column, at most 200 characters",
            table_only=True,
            neutral="",
            read=lambda text: _column_name(text),
        ),
    ] = ""
    features: Annotated[
        str,
        Setting(
            "Features",
            "The columns to predict from, with commas between; empty: the table's own.",
            takes='names of 1 to 100 columns with commas between, "…" around a name that has a comma',
            table_only=True,
            neutral="",
            longest=8000,
            read=lambda text: _column_names(text),
        ),
    ] = ""
    log_y: Annotated[
        bool,
        Setting(
            "Log of the target",
            "The net fits log y; what it predicts is turned back into the unit of y. For targets above 0.",
            table_only=True,
            neutral=False,
        ),
    ] = False
    missing: Annotated[
        str,
        Setting(
            "Missing values",
            "What to do with a row that lacks a feature; one that lacks the target is left out.",
            choices=MISSING,
            table_only=True,
            neutral="drop",
        ),
    ] = "drop"
    split: Annotated[
        str,
        Setting(
            "Split",
            "Which rows are kept from training: any, the last ones in time, or as a column says.",
            choices=SPLITS,
            table_only=True,
            neutral="random",
        ),
    ] = "random"
    split_by: Annotated[
        str,
        Setting(
            "Split along",
            "The last rows: of this column, empty: of the file. By a column: that says train, validation or test.",
            takes="the name of a column, at most 200 characters",
            table_only=True,
            neutral="",
            read=lambda text: _column_name(text),
        ),
    ] = ""
    target: Annotated[
        str,
        Setting("True mean f(x)", "The curve the points scatter around.", choices=TARGETS, synthetic_only=True),
    ] = "two_sines"
    n: Annotated[
        int,
        Setting("Points", "More points: less luck in the fit.", log=True, synthetic_only=True),
        Field(ge=10, le=1_000_000),
    ] = 20_000
    x_min: Annotated[
        float,
        Setting("x from", "Left end of the data.", synthetic_only=True, step=1.0),
        Field(ge=-1e6, le=1e6),
    ] = 50.0
    x_max: Annotated[
        float,
        Setting("x to", "Right end of the data.", synthetic_only=True, step=1.0),
        Field(ge=-1e6, le=1e6),
    ] = 150.0
    design: Annotated[str, Setting("x values", "How the points lie along x.", choices=DESIGNS, synthetic_only=True)] = (
        "stratified"
    )
    held_out: Annotated[
        float,
        Setting("Held out", "Share of the rows kept from training, to score on.", step=0.05, table_only=True),
        Field(ge=0.05, le=0.5),
    ] = 0.2
    validation: Annotated[
        float,
        Setting(
            "Validation",
            "Share of the rows that say when to stop, and recalibrate; it is neither trained nor scored on.",
            step=0.05,
            table_only=True,
            neutral=0.0,
        ),
        Field(ge=0, le=0.4),
    ] = 0.0
    seed: Annotated[
        int,
        Setting("Data seed", "Another seed draws other points, or another split."),
        Field(ge=0, le=2**31 - 1),
    ] = 0

    @model_validator(mode="after")
    def _range_is_open(self) -> Self:
        if not self.x_max - self.x_min >= 1e-6 * max(1.0, abs(self.x_min), abs(self.x_max)):
            raise InvalidExperiment(
                [Problem("data.x_max", self.x_max, f"a number above data.x_min, here {self.x_min:g}")]
            )
        return self

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns that were chosen to predict from; empty for the table's own."""
        return tuple(next(csv.reader([self.features]), ()))


def names_as_text(names: Iterable[str]) -> str:
    """Names of columns as `data.features` has them: one record of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(names))
    return line.getvalue()


def _content_name(text: str) -> str:
    if text and not (len(text) == 16 and set(text) <= set("0123456789abcdef")):
        raise ValueError("a table's name has 16 of the digits 0 … 9 and a … f")
    return text


def _column_name(text: str) -> str:
    if len(text) > MOST_NAME or not text.isprintable():
        raise ValueError(f"the name of a column has at most {MOST_NAME} characters, all of them visible")
    return text


def _column_names(text: str) -> str:
    if not text.isprintable():
        raise ValueError("names of columns have visible characters alone")
    names = next(csv.reader([text]), [])
    if len(names) > MOST_FEATURES or len(set(names)) < len(names) or any(not name for name in names):
        raise ValueError(f"it takes 1 to {MOST_FEATURES} names of columns, each once")
    return names_as_text(map(_column_name, names))


class NoiseSettings(Section):
    """How the points scatter: y = f(x) + σ(x)·Z, Z of mean 0 and variance 1."""

    section = "noise"

    family: Annotated[
        str,
        Setting(
            "Family",
            "The shape of the scatter; σ is its standard deviation.",
            choices=NOISES,
            synthetic_only=True,
        ),
    ] = "gaussian"
    profile: Annotated[
        str,
        Setting("Profile σ(x)", "How the scatter changes along x.", choices=PROFILES, synthetic_only=True),
    ] = "constant"
    scale: Annotated[
        float,
        Setting(
            "σ, averaged over x",
            "The standard deviation of the scatter. Below 0.607 the floor of a Gaussian NLL is negative.",
            unit="unit of y",
            log=True,
            synthetic_only=True,
        ),
        Field(ge=0.001, le=100),
    ] = 0.2


class Network(Section):
    """A multilayer perceptron from x to the outputs the loss asks for."""

    section = "network"

    layers: Annotated[
        tuple[Annotated[int, Field(ge=1, le=1024)], ...],
        Setting(
            "Hidden layers",
            "Widths from input to output, such as 32, 64, 128.",
            takes="1 to 6 whole numbers from 1 to 1,024, such as 32,64,128",
        ),
        Field(min_length=1, max_length=6),
    ] = (32, 64, 128)
    activation: Annotated[
        str,
        Setting("Activation", "Smooth units give smooth curves; ReLU gives straight pieces.", choices=ACTIVATIONS),
    ] = "tanh"
    heads: Annotated[str, Setting("Heads", "Whether mean and spread share their hidden layers.", choices=HEADS)] = (
        "shared"
    )
    dropout: Annotated[
        float,
        Setting(
            "Dropout",
            "Share of hidden units silenced at each step: smoother, and biased on small nets.",
            step=0.05,
        ),
        Field(ge=0, le=0.9),
    ] = 0.0
    init: Annotated[str, Setting("Start", "How the first weights are drawn.", choices=INITIALISATIONS)] = "spread"


class LossSettings(Section):
    """What is made small, and what the outputs are read as."""

    section = "loss"

    name: Annotated[str, Setting("Loss", "What training makes small.", choices=LOSSES)] = "gaussian_nll"
    reading: Annotated[
        str,
        Setting(
            "Second output read as",
            "What s is taken to mean. It redraws the run and trains nothing.",
            choices=READINGS,
            view_only=True,
        ),
    ] = "log_variance"

    formula: Annotated[
        str,
        Setting(
            "Formula",
            "The loss per point, in r (= y − mu), y, mu and s: + - * / ** ( ) | |, exp, log, sqrt, abs, max and more.",
            takes="a formula in r, y, mu and s, such as 0.5*exp(-s)*r**2 + 0.5*s",
            loss_parameter="formula",
            read=lambda text: parse(text).text,
        ),
    ] = parse(DEFAULT_FORMULA).text
    beta: Annotated[
        float,
        Setting(
            "β",
            "0: the plain NLL. 1: each point pulls at the mean as in a squared error.",
            step=0.05,
            loss_parameter="beta",
        ),
        Field(ge=0, le=1),
    ] = 0.5
    nu: Annotated[
        float,
        Setting("ν", "Degrees of freedom: the fewer, the heavier the tails.", step=0.5, loss_parameter="nu"),
        Field(ge=2.1, le=100),
    ] = 5.0
    levels: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=1)], ...],
        Setting(
            "Levels",
            "The quantiles to learn, one output each.",
            takes="2 to 15 rising numbers between 0 and 1, such as 0.05,0.5,0.95",
            loss_parameter="levels",
            read=lambda levels: _rising(levels),
        ),
        Field(min_length=2, max_length=15),
    ] = (0.05, 0.25, 0.5, 0.75, 0.95)
    components: Annotated[
        int,
        Setting("Components", "Gaussians in the mixture.", loss_parameter="components"),
        Field(ge=1, le=MOST_COMPONENTS),
    ] = 3
    evidence_weight: Annotated[
        float,
        Setting(
            "λ",
            "Weight of the penalty on evidence where the residual is large.",
            unit="1/unit of y",
            step=0.01,
            loss_parameter="evidence_weight",
        ),
        Field(ge=0, le=1),
    ] = 0.01
    bound: Annotated[
        str,
        Setting(
            "Bound on the spread", "What keeps the spread from collapsing.", choices=BOUNDS, loss_parameter="bound"
        ),
    ] = "none"
    least_std: Annotated[
        float,
        Setting(
            "Smallest std",
            "Where the bound lies; with ε inside the square, ε is its square.",
            unit="unit of y",
            log=True,
            loss_parameter="least_std",
        ),
        Field(ge=1e-4, le=100),
    ] = 0.01
    most_std: Annotated[
        float,
        Setting("Largest std", "The other end of the bound.", unit="unit of y", log=True, loss_parameter="most_std"),
        Field(ge=1e-3, le=1000),
    ] = 10.0
    offset: Annotated[
        float,
        Setting(
            "Subtract a constant",
            "A number taken from the loss at every point: it moves the value, and no gradient.",
            unit="nats",
            step=0.1,
        ),
        Field(ge=-1000, le=1000),
    ] = 0.0

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        row = LOSSES[self.name]
        if self.bound not in row.bounds:
            allowed = f"{listed(row.bounds)} with loss {self.name}"
            raise InvalidExperiment([Problem("loss.bound", self.bound, allowed)])
        if self.bound in ("clamp", "soft") and not self.least_std < self.most_std:
            allowed = f"a number above loss.least_std, here {self.least_std:g}"
            raise InvalidExperiment([Problem("loss.most_std", self.most_std, allowed)])
        if self.reading not in (readings := loss_of(self).readings):
            raise InvalidExperiment(
                [Problem("loss.reading", self.reading, f"{listed(readings)} with loss {self.name}")]
            )
        return self

    @property
    def parameters(self) -> tuple[str, ...]:
        """The fields that decide its loss beside the name: those of its row, and those of its bound."""
        row = LOSSES[self.name]
        bounds = ("bound",) if len(row.bounds) > 1 else ()
        return (*row.parameters, *bounds, *_OF_BOUND[self.bound])


_OF_BOUND: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "clamp": ("least_std", "most_std"),
    "soft": ("least_std", "most_std"),
    "epsilon": ("least_std",),
}


def _rising(levels: tuple[float, ...]) -> tuple[float, ...]:
    if not all(low < high for low, high in pairwise(levels)):
        raise ValueError("the levels must rise from one to the next")
    return levels


def loss_of(settings: LossSettings) -> Loss:
    """The loss of an experiment: its row, with the values of its parameters."""
    names = (*settings.parameters, "offset")
    return loss_with(settings.name, {name: getattr(settings, name) for name in names})


class Training(Section):
    """How it is fitted."""

    section = "training"

    optimizer: Annotated[str, Setting("Optimiser", "How a gradient becomes a step.", choices=OPTIMIZERS)] = "adam"
    learning_rate: Annotated[
        float,
        Setting("Learning rate", "Size of a step: too large never settles.", log=True),
        Field(ge=1e-6, le=1.0),
    ] = 1e-2
    schedule: Annotated[
        str, Setting("Rate over time", "A rate that falls to zero lets the fit settle.", choices=SCHEDULES)
    ] = "one_cycle"
    batch_size: Annotated[
        int, Setting("Batch size", "Points per step.", unit="points", log=True), Field(ge=1, le=65_536)
    ] = 128
    steps: Annotated[
        int, Setting("Steps", "How many times the weights are changed.", log=True), Field(ge=1, le=1_000_000)
    ] = 500
    warmup_steps: Annotated[
        int,
        Setting(
            "Warm-up on squared error",
            "For so many steps the mean learns by squared error alone, and the spread waits.",
            unit="steps",
            loss_parameter="warmup_steps",
        ),
        Field(ge=0, le=1_000_000),
    ] = 0
    weight_decay: Annotated[
        float,
        Setting(
            "Weight decay",
            "At each step every weight first shrinks by rate × this; what AdamW has of its own comes on top.",
            step=0.005,
            neutral=0.0,
        ),
        Field(ge=0, le=1),
    ] = 0.0
    patience: Annotated[
        int,
        Setting(
            "Patience",
            "Ends after so many steps without a better NLL on validation points, and takes the best weights. 0: never.",
            unit="steps",
            neutral=0,
        ),
        Field(ge=0, le=1_000_000),
    ] = 0
    standardise: Annotated[
        bool,
        Setting("Standardise x and y", "Train on mean 0 and standard deviation 1; off, the net gets raw numbers."),
    ] = True
    device: Annotated[str, Setting("Device", "Where it trains. Small nets are as fast on a CPU.", choices=DEVICES)] = (
        "auto"
    )
    stepper: Annotated[
        str,
        Setting(
            "Steps by",
            "The same mathematics twice: compiled for the CPU, or PyTorch as one writes it, 5 to 50 times slower.",
            choices=STEPPERS,
        ),
    ] = "auto"
    seed: Annotated[
        int,
        Setting("Training seed", "Rules the first weights, the shuffling and dropout."),
        Field(ge=0, le=2**31 - 1),
    ] = 0
