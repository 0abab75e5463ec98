"""WHAT to run: one frozen, validated description of data, noise, network, loss and training.

An `Experiment` is a value. Equal experiments have equal keys, and the key names the run in memory and in the store.
Settings come from outside (a URL, a file, a flag) as a flat mapping such as
``{"data.n": "2000", "loss.name": "posted"}``; every value is checked before it is used.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from ..data.targets import TARGETS
from ..model.bounds import BOUNDS
from ..model.heads import OWN
from ..model.losses import LOSSES, Loss, loss_with
from ..model.losses.typed_unit import typed_unit
from ..model.own_reading import own_std
from ..model.readings import OWN as OWN_READING
from .data_settings import NO_TABLE, OWN_TABLE, Data, names_as_text
from .loss_settings import LossSettings, loss_of
from .network_settings import Network
from .noise_settings import NoiseSettings
from .settings import (
    InvalidExperiment,
    Problem,
    Setting,
    bounds_in,
    check_all,
    setting_in,
    to_text,
    unknown,
)
from .training_settings import Training

LINK_VERSION = 2  # raise it when a field's name or default changes, and add the old ones to link.py
NUMERICS_VERSION = 3  # raise it when a result changes, so that no old run is served for a new one
LONGEST_FILE = 100_000  # characters
MOST_NUMBERS = 15_000_000  # in the record of a run, 60 MB: in training there are six times as many
_FILM = 40 * 200  # numbers of each output in the film of a run
VALIDATION_SHARE = 0.1  # what patience brings along, unless another share is given
OF_ONE_TABLE = (  # reset for another table
    *("data.y", "data.also", "data.features", "data.log_y", "data.split", "data.split_by"),
    *("data.missing_values", "data.own_features", "data.rare_words", "data.weights"),
)
SEEDS = ("data.seed", "training.seed")
OWN_VALIDATION = "training.own_validation"
_OWN = {"loss.reading", "loss.reading_formula"}  # what a typed formula brings along, if neither is said
LEADING = ("data.table", "data.csv", "data.target", "loss.name")  # they bring other settings along or switch them off


class Experiment(BaseModel):
    """Everything that decides a run. Frozen: `with_settings` makes a changed copy."""

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
        problems = [unknown(name, value, FIELDS) for name, value in named.items() if name not in cls.model_fields]
        if problems:
            raise InvalidExperiment(problems)
        return values

    @model_validator(mode="after")
    def _parts_fit(self) -> "Experiment":
        data, patience = self.data, self.training.patience
        if data.table == OWN_TABLE and not data.csv:
            raise InvalidExperiment(
                [Problem("data.csv", "", "the 16-character name that the Data page gives to a file")]
            )
        if data.table != NO_TABLE and data.also and (not data.y or data.y in data.further_targets):
            allowed = "columns other than Target" if data.y else "empty until Target names a column too"
            raise InvalidExperiment([Problem("data.also", data.also, allowed)])
        if self.training.members > 1 and (most := most_members(self)) < self.training.members:
            allowed = f"at most {most} with networks of this size, to limit the size of the record"
            raise InvalidExperiment([Problem("training.members", self.training.members, allowed)])
        if data.table != NO_TABLE and patience and not data.validation and data.split != "column":
            allowed = "0 without validation rows; set Validation above 0 to have some"
            raise InvalidExperiment([Problem("training.patience", patience, allowed)])
        return self

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Experiment":
        """The default experiment with `settings` ({"noise.scale": 0.3, …}; values may be strings).

        Raises InvalidExperiment that names every field that cannot be used.
        """
        return DEFAULT.with_settings(settings)

    def with_settings(self, settings: Mapping[str, Any]) -> "Experiment":
        """A copy with some settings changed.

        A new target also sets its x range and noise level, and a new loss its reading, unless `settings` has these.
        Raises InvalidExperiment.
        """
        checked = check_all(settings, FIELDS)
        return _build(self, {**_brought_along(self, checked), **checked})

    @classmethod
    def from_json(cls, text: str) -> "Experiment":
        """Read what `to_json` wrote (at most LONGEST_FILE characters). Raises InvalidExperiment."""
        return DEFAULT.with_settings(_flat_from_json(text))

    def to_json(self) -> str:
        """Every setting that applies, as one JSON object of sections."""
        nested: dict[str, dict[str, Any]] = {"version": LINK_VERSION}  # type: ignore[dict-item]
        for path, value in self.settings().items():
            section, name = path.split(".")
            nested.setdefault(section, {})[name] = value
        return json.dumps(nested, indent=2)

    def settings(self, *, only_changed: bool = False) -> dict[str, Any]:
        """Flat settings that apply to this experiment, in the order of the fields.

        With `only_changed`, only those that turn the default experiment into this one.
        """
        found = _changed(self) if only_changed else _applied(self)
        return {path: list(value) if isinstance(value, tuple) else value for path, value in found}

    def value(self, path: str) -> Any:
        """One setting by its name, such as "noise.scale"."""
        section, name = path.split(".")
        return getattr(getattr(self, section), name)

    def to_query(self) -> dict[str, str]:
        """The settings of a link: those that differ from the defaults of this link version, and the version."""
        changed = self.settings(only_changed=True)
        return {**{path: to_text(value) for path, value in changed.items()}, "v": str(LINK_VERSION)}

    @property
    def views(self) -> "tuple[Experiment, ...]":
        """The experiment once for each of its targets, which is shown in that one; all have one key."""
        if not self.data.also or self.data.table == NO_TABLE:
            return (self,)
        return tuple(self.showing(target) for target in self.data.targets)

    def showing(self, target: str) -> "Experiment":
        """The same experiment with another of its targets shown; itself if it has no other."""
        return self if not self.data.also or target == self.data.y else self.with_settings({"data.y": target})

    @property
    def key(self) -> str:
        """The name of the run: 16 hexadecimal digits, a hash of everything that decides its numbers.

        Settings that only change the view (the reading) or do not apply (noise with a real table) are left out.
        """
        return _key(self)

    def _walk(self) -> Iterator[tuple[str, Setting, Any]]:
        for path in FIELDS:
            yield path, setting_of(path), self.value(path)


# Not cached properties: pydantic's model_copy would keep them in a changed copy.
@lru_cache(maxsize=1024)
def _applied(experiment: Experiment) -> tuple[tuple[str, Any], ...]:
    return tuple((path, value) for path, setting, value in experiment._walk() if applies(setting, experiment))


@lru_cache(maxsize=1024)
def _changed(experiment: Experiment) -> tuple[tuple[str, Any], ...]:
    applied = dict(_applied(experiment))
    leading = {path: applied[path] for path in LEADING if path in applied and applied[path] != DEFAULT.value(path)}
    start = dict(_applied(DEFAULT.with_settings(leading)))
    return tuple((path, value) for path, value in applied.items() if path in leading or value != start.get(path))


@lru_cache(maxsize=1024)
def _key(experiment: Experiment) -> str:
    deciding = {
        path: value
        for path, setting, value in experiment._walk()
        # Neutral values are left out, so that runs from before the setting existed are still found.
        if applies(setting, experiment) and not setting.view_only and (value is None or value != setting.neutral)
    }
    if experiment.data.also and "data.also" in deciding:  # whichever of its targets is shown
        deciding["data.y"] = list(experiment.data.targets)
        del deciding["data.also"]
    text = json.dumps({"numerics": NUMERICS_VERSION, **deciding}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


FIELDS: Mapping[str, FieldInfo] = MappingProxyType(
    {
        f"{section}.{name}": info
        for section, field in Experiment.model_fields.items()
        for name, info in field.annotation.model_fields.items()  # type: ignore[union-attr]
    }
)


def setting_of(path: str) -> Setting:
    """Label, help, unit and choices of a field."""
    return setting_in(FIELDS[path])


def bounds_of(path: str) -> tuple[Any, Any]:
    """Lowest and highest value of a number field, in the type of the field. Raises ValueError for any other field."""
    if FIELDS[path].annotation not in (int, float):
        raise ValueError(f"{path} is no number")
    return bounds_in(FIELDS[path])


def applies(setting: Setting, experiment: Experiment) -> bool:
    """Whether a setting has any effect in this experiment."""
    real = experiment.data.table != NO_TABLE
    if setting.loss_parameter and setting.loss_parameter not in _loss_parameters(experiment):
        return False
    if setting.own_table_only and experiment.data.table != OWN_TABLE:
        return False
    if setting.members_only and not _may_divide_anew(experiment):
        return False
    return not (setting.synthetic_only and real) and not (setting.table_only and not real)


def _may_divide_anew(experiment: Experiment) -> bool:
    """Whether each member may have other validation points: rows of a table that are set aside at random."""
    data, training = experiment.data, experiment.training
    anew = data.table != NO_TABLE and data.split != "order"
    return training.members > 1 and training.patience > 0 and anew


def most_members(experiment: "Experiment") -> int:
    """How many members may train: so many that weights and film of all have at most MOST_NUMBERS numbers."""
    layers, outputs = experiment.network.layers, len(loss_of(experiment.loss).outputs)
    nets = 1 if experiment.network.heads == "shared" else outputs
    weights = nets * sum(below * above for below, above in pairwise((1, *layers, outputs)))
    return max(1, MOST_NUMBERS // (weights + _FILM * outputs))


def _loss_parameters(experiment: Experiment) -> tuple[str, ...]:
    row = LOSSES[experiment.loss.name]
    warms_up = ("warmup_steps",) if row.has_mean_head and row.has_scale else ()
    return (*experiment.loss.parameters, *warms_up)


def loss_unit(experiment: Experiment) -> str:
    """The unit of the loss, as words for an axis; if log y is fitted, the unit is that of log y."""
    row, data = LOSSES[experiment.loss.name], experiment.data
    unit = typed_unit(loss_of(experiment.loss)) if row.name == "typed" else row.unit
    return unit.replace("of y", "of log y") if data.table != NO_TABLE and data.log_y else unit


def differences(one: Experiment, other: Experiment) -> list[tuple[str, Any, Any]]:
    """The settings in which two experiments differ, in the order of the fields: (path, value in one, in the other).

    A value is None if the setting has no effect in that experiment.
    """
    left, right = one.settings(), other.settings()
    pairs = ((path, left.get(path), right.get(path)) for path in FIELDS)
    return [(path, a, b) for path, a, b in pairs if a != b]


def value_words(path: str, value: Any) -> str:
    """The value of a setting as text for users: the label of a choice, a number with separators, "–" for None."""
    setting = setting_of(path)
    if value is None:
        return "–"
    if setting.choices is not None:
        return setting.choice_label(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, (int, float)):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}".replace("-", "−")
    return str(value)


def _brought_along(before: Experiment, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a change of target, table, patience or loss also sets, unless `changes` has them."""
    brought: dict[str, Any] = {}
    target = changes.get("data.target", before.data.target)
    if target != before.data.target:
        row = TARGETS[target]
        brought |= {"data.x_min": row.x_min, "data.x_max": row.x_max, "noise.scale": row.noise_scale}
    if any(changes.get(path, before.value(path)) != before.value(path) for path in ("data.table", "data.csv")):
        brought |= {path: DEFAULT.value(path) for path in OF_ONE_TABLE}
    elif "data.y" in changes:
        brought |= _further_targets(before.data, changes["data.y"])
    if changes.get("data.csv") and "data.table" not in changes:
        brought["data.table"] = OWN_TABLE
    after = {path: {**brought, **changes}.get(path, before.value(path)) for path in FIELDS}
    if after["training.patience"] and not after["data.validation"] and after["data.split"] != "column":
        brought["data.validation"] = VALIDATION_SHARE
    loss, formula = changes.get("loss.name", before.loss.name), changes.get("loss.formula", before.loss.formula)
    std = changes.get("loss.reading_formula", before.loss.reading_formula)
    if loss == "typed" and (loss, formula) != (before.loss.name, before.loss.formula) and not _OWN & changes.keys():
        std = brought["loss.reading_formula"] = own_std(formula)
    values = {"formula": formula, "reading_formula": std} if loss == "typed" else {}
    readings = loss_with(loss, values).readings
    if std and loss == "typed" and "loss.reading_formula" in (brought.keys() | changes.keys()):
        brought["loss.reading"] = OWN_READING
    elif before.loss.reading not in readings or loss != before.loss.name:
        brought["loss.reading"] = readings[0]
    return brought | _head_and_bound(before.loss, LOSSES[loss], changes)


def _head_and_bound(before: LossSettings, row: Loss, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The head and the bound where those from before do not go with the loss, or with one another."""
    brought: dict[str, Any] = {}
    if before.bound not in row.bounds:
        brought["loss.bound"] = "none"
    if before.head not in row.heads:
        brought["loss.head"] = OWN.name
    head = changes.get("loss.head", brought.get("loss.head", before.head))
    bound = changes.get("loss.bound", brought.get("loss.bound", before.bound))
    if head != OWN.name and BOUNDS[bound].moves_outputs:  # the one that was chosen last stays
        brought |= {"loss.bound": "none"} if "loss.head" in changes else {"loss.head": OWN.name}
    return brought


def _further_targets(before: Data, y: str) -> dict[str, Any]:
    """The further targets if y becomes the one that is shown: the one shown before takes its place among them."""
    if not before.also or (y and y not in before.targets):
        return {}
    return {"data.also": names_as_text(name for name in before.targets if name != y) if y else ""}


def _build(before: Experiment, changes: Mapping[str, Any]) -> Experiment:
    sections: dict[str, Any] = {}
    for section in Experiment.model_fields:
        current = getattr(before, section)
        new = {path.split(".")[1]: value for path, value in changes.items() if path.startswith(f"{section}.")}
        sections[section] = type(current)(**{**current.model_dump(), **new}) if new else current
    return Experiment(**sections)


def _flat_from_json(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_FILE:
        most = f"at most {LONGEST_FILE:,} characters"
        raise InvalidExperiment([Problem("The file's length", len(text), most, "it must be")])
    try:
        nested = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        nested = text
    if not isinstance(nested, dict):
        raise InvalidExperiment([Problem("The file", nested, "one JSON object of settings", "it must be")])
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
    """The pairs as a mapping. Raises InvalidExperiment if a name comes twice, because either value may be meant."""
    mapping: dict[str, Any] = {}
    for name, value in pairs:
        if name in mapping:
            raise InvalidExperiment([Problem(name, value, "it is given twice", "")])
        mapping[name] = value
    return mapping


DEFAULT = Experiment()
