"""What a list shows of a run: words and names from its experiment, and its scores."""

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

# Why a run cannot be scored: its table is missing or has other columns, or its record does not fit together.
_UNSCORED = (ValueError, LookupError, OSError, ArithmeticError, MemoryError, InvalidExperiment)


def facts_of(text: str) -> dict[str, Any]:
    """loss, table, target, steps, changed settings and words to search by, from the JSON of an experiment.

    If it is not a valid experiment here (another version wrote it), whatever can be read of it.
    """
    experiment = read_experiment(text)
    if experiment is None:
        return _facts_of_unreadable(text)
    settings = experiment.settings()
    changed = experiment.settings(only_changed=True).items()
    changes = ", ".join(
        f"{path}={value:g}" if isinstance(value, float) else f"{path}={to_text(value)}"
        for path, value in changed
        if path not in _NAMED.values()
    )
    words = [value_words(path, settings[path]) for path in _IN_WORDS if path in settings]
    if experiment.data.table == OWN_TABLE:
        with contextlib.suppress(TableError):  # the table is no longer in the store
            words.append(table_store().label(experiment.data.csv))
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
