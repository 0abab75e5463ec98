"""What a list of runs shows of each: words and names out of its experiment, and its scores."""

import contextlib
import json
import math
from typing import Any

from core.data.tables.columns import TableError
from core.data.tables.table_store import table_store
from core.evaluation.comparison import COMPARED
from core.experiment.data_settings import OWN_TABLE
from core.experiment.experiment import Experiment, value_words
from core.experiment.settings import InvalidExperiment, one_line, to_text
from core.runs.schema import storable
from core.training.run import Run

LONGEST_CHANGES = 300  # characters
_NAMED = {"loss": "loss.name", "table": "data.table", "target": "data.target"}
_IN_WORDS = ("loss.name", "data.table", "data.target", "noise.family", "noise.profile", "network.activation")

# What keeps a run from being scored: its table is not here, or has another column; a record that does not fit together.
_UNSCORED = (ValueError, LookupError, OSError, ArithmeticError, MemoryError, InvalidExperiment)


def facts_of(text: str) -> dict[str, Any]:
    """loss, table, target, steps, what was `changed` and words to search by, of an experiment's JSON.

    Where another version wrote it and it is no experiment here, what can be read of it.
    """
    experiment = read_experiment(text)
    if experiment is None:
        return _facts_of_strange(text)
    every = experiment.settings()
    changed = experiment.settings(only_changed=True).items()
    changes = ", ".join(f"{path}={_short(value)}" for path, value in changed if path not in _NAMED.values())
    words = [value_words(path, every[path]) for path in _IN_WORDS if path in every]
    words += _label_of_own(experiment)
    words += [f"{path}={to_text(value)}" for path, value in every.items()]
    names = {name: experiment.value(path) for name, path in _NAMED.items()}
    return {
        **names,
        "steps": experiment.training.steps,
        "changes": one_line(changes, LONGEST_CHANGES) if changes else "",
        "facts": storable("\n".join([experiment.key, *words])).casefold(),
    }


def _label_of_own(experiment: Experiment) -> list[str]:
    """The label of the table that a person brought, if it is one and still here."""
    with contextlib.suppress(TableError):
        return [table_store().label(experiment.data.csv)] if experiment.data.table == OWN_TABLE else []
    return []


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else to_text(value)


def read_experiment(text: str) -> Experiment | None:
    """The experiment of this JSON, or None where it is none here: another version's, or a table's that is gone."""
    try:
        return Experiment.from_json(text)
    except InvalidExperiment:
        return None


def _facts_of_strange(text: str) -> dict[str, Any]:
    try:
        nested = json.loads(text)
    except (ValueError, RecursionError):
        nested = None
    found: dict[str, Any] = {}
    for name, path in _NAMED.items():
        section, setting = path.split(".")
        group = nested.get(section) if isinstance(nested, dict) else None
        value = group.get(setting) if isinstance(group, dict) else None
        found[name] = storable(value)[:40] if isinstance(value, str) else ""
    return {**found, "steps": None, "changes": "", "facts": storable(text[:4000]).casefold()}


def scores_of(run: Run) -> dict[str, float | None]:
    """The scores of COMPARED that are numbers; None for the others, and all None where it cannot be scored."""
    empty: dict[str, float | None] = dict.fromkeys(COMPARED)
    if not run.has_curve:
        return empty
    try:
        found = run.scores
    except _UNSCORED:
        return empty
    values = {name: found.get(name) for name in COMPARED}
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}
