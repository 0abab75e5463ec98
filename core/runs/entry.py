"""The entries of the library's list: how they are read from a run and its experiment, ordered and compared."""

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import sqlalchemy as sql

from ..data.tables.columns import TableError
from ..data.tables.table_store import table_store
from ..evaluation.scores import COMPARED
from ..experiment.data_settings import OWN_TABLE
from ..experiment.experiment import Experiment, differences, setting_of, value_words
from ..experiment.settings import InvalidExperiment, one_line, to_text
from ..once import cached_property
from ..training.run import Run
from .schema import entries, runs, storable

LONGEST_CHANGES = 300  # characters
_NAMED = {"loss": "loss.name", "table": "data.table", "target": "data.target"}
_UNCHANGED = frozenset({*_NAMED.values(), "data.csv"})  # they have columns of their own; a table is shown by its name
_IN_WORDS = ("loss.name", "data.table", "data.target", "noise.family", "noise.profile", "network.activation")

# Why a run cannot be scored: its table is missing or has other columns, or its record does not fit together.
_UNSCORED = (ValueError, LookupError, OSError, ArithmeticError, MemoryError, InvalidExperiment)


@dataclass(frozen=True)
class Sort:
    """An order of the list: its label, the column, and whether high values come first."""

    label: str
    column: sql.ColumnElement[Any]
    descending: bool = False


SORTS: Mapping[str, Sort] = MappingProxyType(
    {
        "created": Sort("newest", entries.c.created, descending=True),
        "name": Sort("name", sql.func.lower(sql.func.nullif(entries.c.name, ""))),
        "loss": Sort("loss", entries.c.loss),
        **{name: Sort(row.label, entries.c[name]) for name, row in COMPARED.items()},
        "seconds": Sort("training time", entries.c.seconds, descending=True),
        "size": Sort("size", entries.c.size, descending=True),
    }
)


@dataclass(frozen=True)
class Entry:
    """One run of a list: its settings, star, name, notes and scores; None for a value that it does not have.

    `space` says whose list it is in, `owner` who may change it, "" for the host alone (see `core.visitor`). `changes`
    are the settings that differ from the defaults; `size` is in bytes, `created` in ISO 8601.
    """

    id: int
    space: str
    owner: str
    key: str
    status: str
    created: str
    seconds: float
    size: int
    starred: bool
    name: str
    notes: str
    changes: str
    loss: str
    table: str
    target: str
    steps: int | None
    nll: float | None
    crps: float | None
    rmse: float | None
    coverage_95: float | None
    gap: float | None
    experiment_json: str = field(repr=False)

    @cached_property
    def experiment(self) -> Experiment | None:
        """The experiment; None if another version wrote it or its table is gone."""
        return read_experiment(self.experiment_json)

    @property
    def own_table(self) -> str:
        """The key of the user's own table; empty if it has none."""
        return own_table_of(self.experiment_json)

    @property
    def is_current(self) -> bool:
        """Whether opening it shows this run; an experiment of an earlier version must be trained again."""
        return self.experiment is not None and self.experiment.key == self.key


def own_table_of(text: str) -> str:
    """The key of the user's own table in the JSON of an experiment; empty if it has none."""
    try:
        data = json.loads(text)["data"]
        key = data["csv"] if data["table"] == OWN_TABLE else ""
    except (ValueError, LookupError, TypeError, RecursionError):
        key = ""
    return key if isinstance(key, str) else ""


def changed_settings(one: Experiment, other: Experiment) -> list[tuple[str, str, str]]:
    """What differs between two experiments, as (label, first value, second value)."""
    return [
        (setting_of(path).label, value_words(path, a), value_words(path, b)) for path, a, b in differences(one, other)
    ]


def compare(one: Entry, other: Entry) -> list[tuple[str, str, str]]:
    """What differs between two runs, as (label, first value, second value): settings, then status and all scores."""
    left, right = one.experiment, other.experiment
    rows = [] if left is None or right is None else changed_settings(left, right)
    if one.status != other.status:
        rows.append(("Status", one.status, other.status))
    for name, row in COMPARED.items():
        rows.append((row.label, row.words(getattr(one, name)), row.words(getattr(other, name))))
    return rows


def _column(name: str) -> sql.Label[Any]:
    """The column for a field of Entry; a text that was not read yet is empty."""
    named = {"experiment_json": runs.c.experiment}
    column = named[name] if name in named else entries.c[name]
    text = name in ("changes", "loss", "table", "target")
    return (sql.func.coalesce(column, "") if text else column).label(name)


COLUMNS = tuple(_column(each.name) for each in fields(Entry))  # a row of them makes an Entry


def facts_of(text: str, space: str) -> dict[str, Any]:
    """loss, table, target, steps, changed settings and words to search by, from the JSON of an experiment.

    The words are for the list of a space: they have the name that this space has for its table, and no other. If it is
    not a valid experiment here (another version wrote it), whatever can be read of it.
    """
    experiment = read_experiment(text)
    if experiment is None:
        return _facts_of_unreadable(text)
    settings = experiment.settings()
    changed = experiment.settings(only_changed=True).items()
    changes = ", ".join(
        f"{path}={value:g}" if isinstance(value, float) else f"{path}={to_text(value)}"
        for path, value in changed
        if path not in _UNCHANGED
    )
    words = [value_words(path, settings[path]) for path in _IN_WORDS if path in settings]
    if experiment.data.table == OWN_TABLE:
        with contextlib.suppress(TableError):  # the table is no longer in the store
            words.append(table_store().label_in(experiment.data.csv, space))
    words += [f"{path}={to_text(value)}" for path, value in settings.items()]
    return {
        **{name: experiment.value(path) for name, path in _NAMED.items()},
        "steps": experiment.training.steps,
        "changes": one_line(changes, LONGEST_CHANGES) if changes else "",
        "facts": storable("\n".join([experiment.key, *words])).casefold(),
    }


def read_experiment(text: str) -> Experiment | None:
    """The experiment of this JSON; None if another version wrote it or its table is gone."""
    try:
        return Experiment.from_json(text)
    except InvalidExperiment:
        return None


def _facts_of_unreadable(text: str) -> dict[str, Any]:
    try:
        nested = json.loads(text)
    except (ValueError, RecursionError):
        nested = None
    names: dict[str, Any] = {}
    for name, path in _NAMED.items():
        section, setting = path.split(".")
        group = nested.get(section) if isinstance(nested, dict) else None
        value = group.get(setting) if isinstance(group, dict) else None
        names[name] = storable(value)[:40] if isinstance(value, str) else ""
    return {**names, "steps": None, "changes": "", "facts": storable(text[:4000]).casefold()}


def scores_of(run: Run) -> dict[str, float | None]:
    """The scores of COMPARED; None for a score that is not finite, and for all if the run cannot be scored."""
    try:
        scores = run.scores if run.has_curve else {}
    except _UNSCORED:
        scores = {}
    values = {name: scores.get(name) for name in COMPARED}
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}
