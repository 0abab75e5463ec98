"""WHAT to run: one frozen, validated description of data, noise, network, loss and training.

An `Experiment` is a value. Equal experiments have equal keys, and the key names the run wherever it is kept. Each
field carries its bounds, label, help text and unit, so that widgets, the command line, links and error sentences all
read them from here. Settings come from outside (a URL, a file, a flag) as a flat mapping such as
``{"data.n": "2000", "loss.name": "posted"}``; nothing is believed before it was checked.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self, get_origin

import numpy as np
from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo

from core.data.dataset import DESIGNS
from core.data.noise import NOISES, PROFILES
from core.data.tables import TABLES
from core.data.targets import TARGETS
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, INITIALISATIONS
from core.model.readings import READINGS
from core.training.schedules import OPTIMIZERS, SCHEDULES

LINK_VERSION = 1  # of the field names and defaults: raise it when either changes, so that old links can say so
NUMERICS_VERSION = 1  # of everything that decides a result: raise it, and no old run passes for a new one

DEVICES = {"auto": "fastest here", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
HEADS = {"shared": "one shared trunk", "separate": "two separate nets"}
NO_TABLE = "none"
LONGEST = 1000  # characters of a value from outside: the longest that is allowed has 29
SENTENCES = 8  # of one error: the rest are counted


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used, and what is allowed instead: a sentence, on one line whatever it was given."""

    field: str
    value: Any
    allowed: str
    because: str = "it takes"

    def __str__(self) -> str:
        return f"{one_line(self.field)} cannot be {_shown(self.value)}: {self.because} {self.allowed}."


class InvalidExperiment(Exception):
    """Settings that make no experiment; `problems` names each field, its value and what is allowed.

    Not a ValueError: pydantic would swallow it into a report of its own.
    """

    def __init__(self, problems: list[Problem]):
        super().__init__(problems)  # what pickle makes it from again, where a worker process raises it
        self.problems = problems

    def __str__(self) -> str:
        beyond = len(self.problems) - SENTENCES
        more = [f"So it is with {beyond:,} more."] if beyond > 0 else []
        return " ".join([*map(str, self.problems[:SENTENCES]), *more])


@dataclass(frozen=True)
class Setting:
    """What a person reads about a field, and how it is set: `log` spaces a slider's stops by ratio."""

    label: str
    help: str
    unit: str = ""
    choices: Mapping[str, Any] | None = None
    log: bool = False
    step: float | None = None
    synthetic_only: bool = False  # has a meaning only where points are drawn, not read from a table
    table_only: bool = False
    view_only: bool = False  # changes what is shown of a run, not what is trained

    def choice_label(self, name: str) -> str:
        """The words for one choice."""
        row = (self.choices or {})[name]
        return row if isinstance(row, str) else row.label


class Section(BaseModel):
    """A frozen group of settings; unknown names and values out of bounds raise InvalidExperiment."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    section: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _check_each(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise InvalidExperiment([Problem(cls.section, values, "an object of settings")])
        return check_all({f"{cls.section}.{name}": value for name, value in values.items()}, short=True)


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

    @model_validator(mode="after")
    def _reading_fits(self) -> Self:
        readings = LOSSES[self.name].readings if self.name in LOSSES else (self.reading,)
        if self.reading not in readings:
            raise InvalidExperiment(
                [Problem("loss.reading", self.reading, f"{_listed(readings)} with loss {self.name}")]
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
    ] = 256
    steps: Annotated[
        int, Setting("Steps", "How many times the weights are changed.", log=True), Field(ge=1, le=1_000_000)
    ] = 320
    standardise: Annotated[
        bool,
        Setting("Standardise x and y", "Train on mean 0 and standard deviation 1; off, the net gets raw numbers."),
    ] = True
    device: Annotated[str, Setting("Device", "Where it trains. Small nets are as fast on a CPU.", choices=DEVICES)] = (
        "auto"
    )
    seed: Annotated[
        int,
        Setting("Training seed", "Rules the first weights, the shuffling and dropout."),
        Field(ge=0, le=2**31 - 1),
    ] = 0


class Experiment(BaseModel):
    """Everything that decides a run. `with_settings` makes a changed copy; nothing else does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Data = Field(default_factory=Data)
    noise: NoiseSettings = Field(default_factory=NoiseSettings)
    network: Network = Field(default_factory=Network)
    loss: LossSettings = Field(default_factory=LossSettings)
    training: Training = Field(default_factory=Training)

    @model_validator(mode="before")
    @classmethod
    def _check_sections(cls, values: Any) -> Any:
        named = values if isinstance(values, Mapping) else {"experiment": values}
        unknown = [_unknown(name, value) for name, value in named.items() if name not in cls.model_fields]
        if unknown:
            raise InvalidExperiment(unknown)
        return values

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Experiment":
        """The default experiment with `settings` ({"noise.scale": 0.3, …}; strings are understood).

        Raises InvalidExperiment naming every field that cannot be used.
        """
        return DEFAULT.with_settings(settings)

    def with_settings(self, settings: Mapping[str, Any]) -> "Experiment":
        """A copy with some settings changed.

        A new target brings its own x range and noise level, a new loss its own reading, unless these are among the
        settings. Raises InvalidExperiment.
        """
        checked = check_all(settings)
        return _build(self, {**_brought_along(self, checked), **checked})

    @classmethod
    def from_json(cls, text: str) -> "Experiment":
        """Read what `to_json` wrote (at most 100 kB). Raises InvalidExperiment."""
        return DEFAULT.with_settings(_flat_from_json(text))

    def to_json(self) -> str:
        """Every setting that applies, as one JSON object of sections."""
        nested: dict[str, dict[str, Any]] = {"version": LINK_VERSION}  # type: ignore[dict-item]
        for path, value in self.settings().items():
            section, name = path.split(".")
            nested.setdefault(section, {})[name] = value
        return json.dumps(nested, indent=2)

    def settings(self, *, only_changed: bool = False) -> dict[str, Any]:
        """Flat settings that apply to this experiment, in the order of the fields; with `only_changed` those alone
        that the default experiment needs to become this one."""
        every = {path: value for path, setting, value in self._walk() if applies(setting, self)}
        if not only_changed:
            return every
        leading = {path: every[path] for path in LEADING if path in every and every[path] != DEFAULT.value(path)}
        start = DEFAULT.with_settings(leading).settings()
        return {path: value for path, value in every.items() if path in leading or value != start.get(path)}

    def value(self, path: str) -> Any:
        """One setting by its name, such as "noise.scale"."""
        section, name = FIELDS[path]
        return getattr(getattr(self, section), name)

    def to_query(self) -> dict[str, str]:
        """The settings of a link: those that differ from the defaults of this link version, and the version."""
        changed = self.settings(only_changed=True)
        return {**{path: to_text(value) for path, value in changed.items()}, "v": str(LINK_VERSION)}

    @property
    def key(self) -> str:
        """Name of the run: 16 hexadecimal digits of everything that decides its numbers.

        What only changes the view (the reading) and what does not apply (noise, beside a real table) is left out.
        """
        return _key(self)

    def _walk(self) -> Iterator[tuple[str, Setting, Any]]:
        for path in FIELDS:
            value = self.value(path)
            yield path, setting_of(path), list(value) if isinstance(value, tuple) else value


@lru_cache(maxsize=1024)  # not in the experiment itself: pydantic's model_copy would hand it on to a changed copy
def _key(experiment: Experiment) -> str:
    deciding = {
        path: value
        for path, setting, value in experiment._walk()
        if applies(setting, experiment) and not setting.view_only
    }
    text = json.dumps({"numerics": NUMERICS_VERSION, **deciding}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


FIELDS: Mapping[str, tuple[str, str]] = {
    f"{section}.{name}": (section, name)
    for section, field in Experiment.model_fields.items()
    for name in field.annotation.model_fields  # type: ignore[union-attr]
}


def field_of(path: str) -> FieldInfo:
    """pydantic's record of a field. Raises KeyError for a name that is none."""
    section, name = FIELDS[path]
    return Experiment.model_fields[section].annotation.model_fields[name]  # type: ignore[union-attr]


def setting_of(path: str) -> Setting:
    """Label, help, unit and choices of a field."""
    return next(m for m in field_of(path).metadata if isinstance(m, Setting))


def bounds_of(path: str) -> tuple[Any, Any]:
    """Lowest and highest value of a number field, of the field's own type. Raises ValueError for any other field."""
    field = field_of(path)
    if field.annotation not in (int, float):
        raise ValueError(f"{path} is no number")
    low: Any = next(m.ge for m in field.metadata if isinstance(m, Ge))
    high: Any = next(m.le for m in field.metadata if isinstance(m, Le))
    return field.annotation(low), field.annotation(high)


def allowed(path: str) -> str:
    """What a field takes, as words for a sentence."""
    setting, kind = setting_of(path), field_of(path).annotation
    if setting.choices is not None:
        return "one of " + _listed(setting.choices)
    if kind is bool:
        return "true or false"
    if get_origin(kind) is tuple:
        return "1 to 6 whole numbers from 1 to 1,024, such as 32,64,128"
    low, high = bounds_of(path)
    noun = "a whole number" if kind is int else "a number"
    return f"{noun} from {_number(low)} to {_number(high)}"


def applies(setting: Setting, experiment: Experiment) -> bool:
    """Whether a setting has any effect in this experiment."""
    real = experiment.data.table != NO_TABLE
    return not (setting.synthetic_only and real) and not (setting.table_only and not real)


def to_text(value: Any) -> str:
    """A value as it stands in a link or a flag."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def _listed(names: Any, last: str = "or") -> str:
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def one_line(text: Any, longest: int = 60) -> str:
    """Words from outside, cut short, with everything that is no visible character written as an escape."""
    text = str(text)
    text = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{one_line(value)}"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    try:
        return one_line(json.dumps(value, default=str, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):  # odd keys, a number of 5,000 digits, a list in a list in a list …
        return f"this {type(value).__name__}"


def _unknown(path: str, value: Any) -> Problem:
    near = get_close_matches(str(path)[:LONGEST], FIELDS, n=1, cutoff=0.5)
    known = f"the nearest is {near[0]}" if near else f"{next(iter(FIELDS))} is one"
    return Problem(path, value, known, "there is no such setting;")


_ADAPTERS: dict[str, TypeAdapter] = {}


def check_all(settings: Mapping[str, Any], *, short: bool = False) -> dict[str, Any]:
    """Values from outside as their fields' types; `short` drops the section from the names.

    Raises InvalidExperiment naming every one that cannot be used.
    """
    problems, checked = [], {}
    for path, value in settings.items():
        try:
            checked[path.split(".")[-1] if short else path] = _checked(path, value)
        except InvalidExperiment as error:
            problems += error.problems
    if problems:
        raise InvalidExperiment(problems)
    return checked


def _checked(path: str, value: Any) -> Any:
    """One value from outside, as its field's type and inside its bounds."""
    if path not in FIELDS:
        raise InvalidExperiment([_unknown(path, value)])
    setting, field = setting_of(path), field_of(path)
    given = value.item() if isinstance(value, np.generic) else value
    is_list = get_origin(field.annotation) is tuple
    if is_list and isinstance(given, str):
        given = [part.strip() for part in given[: LONGEST + 1].strip("()[] ").split(",")]
    parts = given if is_list and isinstance(given, list | tuple) else [given]
    too_long = isinstance(value, str) and len(value) > LONGEST
    bool_for_other = field.annotation is not bool and any(isinstance(part, bool) for part in parts)
    unordered = is_list and parts is not given
    if too_long or bool_for_other or unordered:
        raise InvalidExperiment([Problem(path, value, allowed(path))])
    adapter = _ADAPTERS.get(path)
    if adapter is None:
        bounds = [m for m in field.metadata if not isinstance(m, Setting)]
        kind: Any = field.annotation if not bounds else Annotated[(field.annotation, *bounds)]  # type: ignore[misc]
        adapter = _ADAPTERS[path] = TypeAdapter(kind)
    try:
        good = adapter.validate_python(given)
    except ValidationError:
        raise InvalidExperiment([Problem(path, value, allowed(path))]) from None
    unknown_choice = setting.choices is not None and good not in setting.choices
    not_finite = isinstance(good, float) and not math.isfinite(good)
    if unknown_choice or not_finite:
        raise InvalidExperiment([Problem(path, value, allowed(path))])
    return good + 0.0 if isinstance(good, float) else good  # −0 is 0: equal settings, equal keys


def _brought_along(before: Experiment, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a change of target or loss takes with it, where the change does not say otherwise."""
    brought: dict[str, Any] = {}
    target = changes.get("data.target", before.data.target)
    if target != before.data.target:
        row = TARGETS[target]
        brought |= {"data.x_min": row.x_min, "data.x_max": row.x_max, "noise.scale": row.noise_scale}
    loss = changes.get("loss.name", before.loss.name)
    if before.loss.reading not in LOSSES[loss].readings or loss != before.loss.name:
        brought["loss.reading"] = LOSSES[loss].readings[0]
    return brought


def _build(before: Experiment, changes: Mapping[str, Any]) -> Experiment:
    sections: dict[str, Any] = {}
    for section in Experiment.model_fields:
        current = getattr(before, section)
        new = {path.split(".")[1]: value for path, value in changes.items() if FIELDS[path][0] == section}
        sections[section] = type(current)(**{**current.model_dump(), **new}) if new else current
    return Experiment(**sections)


def _flat_from_json(text: str) -> dict[str, Any]:
    if len(text) > 100_000:
        raise InvalidExperiment([Problem("The file's length", len(text), "at most 100,000 characters", "it must be")])
    try:
        nested = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise _no_file(text, "one JSON object of settings") from None
    if not isinstance(nested, dict):
        raise _no_file(nested, "one JSON object of settings")
    pairs: list[tuple[str, Any]] = []
    for name, value in nested.items():
        if name in Experiment.model_fields:
            if not isinstance(value, dict):
                raise InvalidExperiment([Problem(name, value, "an object of settings")])
            pairs += [(f"{name}.{field}", setting) for field, setting in value.items()]
        elif name != "version":
            pairs.append((name, value))
    return _each_once(pairs)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping. Raises InvalidExperiment where a name comes twice: either value may be the one meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidExperiment([Problem(name, value, "one value, and has two")])
        found[name] = value
    return found


def _no_file(value: Any, allowed: str) -> InvalidExperiment:
    return InvalidExperiment([Problem("The file", value, allowed, "it must be")])


@dataclass(frozen=True)
class Link:
    """What a link opens: an experiment, and a sentence for everything in it that was left out."""

    experiment: Experiment
    remarks: tuple[str, ...]


def read_link(query: Mapping[str, str]) -> Link:
    """The experiment of a URL's query, as far as it can be read: a setting out of range falls back to its default
    and is named, an unknown one is named, another version is named. Never raises on a query's content."""
    remarks, good = [], {}
    version = query.get("v", str(LINK_VERSION))
    if version != str(LINK_VERSION):
        remarks.append(
            f"This link was made by another version (v={one_line(version, 10)}, here v={LINK_VERSION}): "
            "settings it does not name take today's defaults."
        )
    for path in FIELDS:
        if path in query:
            try:
                good[path] = _checked(path, query[path])
            except InvalidExperiment as error:
                remarks += [f"{problem} The default was taken." for problem in error.problems]
    remarks += _left_out([path for path in query if path not in FIELDS and path != "v"])
    while True:
        try:
            return Link(Experiment.from_settings(good), tuple(remarks))
        except InvalidExperiment as error:  # settings that are good alone, but not together
            for problem in error.problems:
                tied = TIED.get(problem.field, (problem.field,))
                were = "default was" if len(tied) == 1 else f"defaults of {_listed(tied, 'and')} were"
                remarks.append(f"{problem} The {were} taken.")
                for path in tied:
                    good.pop(path, None)


def _left_out(unknown: list[str]) -> list[str]:
    if not unknown:
        return []
    names = [f"“{one_line(name, 40)}”" for name in unknown[:SENTENCES]]
    if len(unknown) > SENTENCES:
        names.append(f"{len(unknown) - SENTENCES:,} more")
    is_none = "is no setting here and was" if len(unknown) == 1 else "are no settings here and were"
    return [f"{_listed(names, 'and')} {is_none} left out."]


TIED = {"data.x_max": ("data.x_min", "data.x_max")}  # where it is their order that is wrong, either may be
LEADING = ("data.table", "data.target", "loss.name")  # settings that bring others along, or switch them off
DEFAULT = Experiment()
