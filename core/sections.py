"""The groups of settings an experiment is made of: data, noise, network, loss and training."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.data.dataset import DESIGNS
from core.data.noise import NOISES, PROFILES
from core.data.tables import TABLES
from core.data.targets import TARGETS
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, INITIALISATIONS
from core.model.readings import READINGS
from core.settings import InvalidExperiment, Problem, Setting, check_all, listed
from core.training.schedules import OPTIMIZERS, SCHEDULES

DEVICES = {"auto": "fastest here", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
STEPPERS = {"auto": "the fastest that can", "plain": "plain PyTorch"}
HEADS = {"shared": "one shared trunk", "separate": "two separate nets"}
NO_TABLE = "none"


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
            choices={NO_TABLE: "none: draw points", **TABLES},
        ),
    ] = NO_TABLE
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
        Field(ge=0.1, le=0.5),
    ] = 0.2
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
        Setting("Hidden layers", "Widths from input to output, such as 32, 64, 128."),
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

    @model_validator(mode="after")
    def _reading_fits(self) -> Self:
        readings = LOSSES[self.name].readings if self.name in LOSSES else (self.reading,)
        if self.reading not in readings:
            raise InvalidExperiment(
                [Problem("loss.reading", self.reading, f"{listed(readings)} with loss {self.name}")]
            )
        return self


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
