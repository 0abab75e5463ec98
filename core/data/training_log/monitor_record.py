"""The record of a monitor: one file of JSON with the loss by step, predictions and the code of the loss."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..tables.columns import Columns, number_column
from .training_log import Brought, LogError, Series, TrainingLog

MARK = "heteroscope_monitor"  # the first key of the file
VERSION = 1
MOST_ROWS = 100_000  # of a series or of the predictions
LONGEST_CODE = 100_000  # characters
_MOST_NOTES, _LONGEST_NOTE, _MOST_ROLES = 12, 400, 40
_PREDICTED = ("y", "mean", "std")


def is_record(text: str) -> bool:
    """Whether a text begins as a record does."""
    start = text[:200].lstrip()
    return start.startswith("{") and start[1:].lstrip().startswith(f'"{MARK}"')


def read_record(text: str, name: str = "") -> TrainingLog:
    """The log in a record, with what it brings. Raises LogError with one sentence for a record that is broken."""
    record = f"The record “{name[:60]}”" if name else "The record"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise LogError(f"{record} is cut off or changed: save it again with monitor.save.") from None
    if found.get(MARK) != VERSION:
        raise LogError(f"{record} is not of version {VERSION}, which is the one that can be read here.")
    try:
        return _log(found)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise LogError(f"{record} has a part that cannot be read: save it again with monitor.save.") from None


def _log(found: Mapping[str, Any]) -> TrainingLog:
    training, validation = (_series(name, found.get(name)) for name in ("training", "validation"))
    if training is None and validation is None:
        raise ValueError
    notes = [_text(note, _LONGEST_NOTE) for note in found.get("notes", [])[:_MOST_NOTES]]
    brought = Brought(
        _text(found.get("code", ""), LONGEST_CODE),
        _text(found.get("function", ""), 200),
        MappingProxyType(dict(_role(item) for item in list(found.get("roles", {}).items())[:_MOST_ROLES])),
        _number(found.get("value"), 1e6),
        _count(found.get("points")),
        _predictions(found.get("predictions")),
    )
    return TrainingLog("record", "step", training, validation, None, tuple(notes), brought)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise ValueError
    return value


def _role(item: tuple[str, Any]) -> tuple[str, str | float]:
    name, role = item
    return _text(name, 200), _text(role, 200) if isinstance(role, str) else _real(role)


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e12:
        raise ValueError
    return float(value)


def _number(value: Any, most: float) -> float | None:
    return None if value is None or not abs(_real(value)) <= most else float(value)


def _count(value: Any) -> int | None:
    found = _number(value, 1e9)
    return None if found is None or found < 1 else int(found)


def _values(values: Any) -> np.ndarray:
    """Numbers (n,), with None for what is not finite."""
    if not isinstance(values, list) or not 0 < len(values) <= MOST_ROWS:
        raise ValueError
    if not all(each is None or (isinstance(each, int | float) and not isinstance(each, bool)) for each in values):
        raise ValueError
    return np.array([np.nan if each is None else float(each) for each in values], dtype=np.float64)


def _series(name: str, part: Any) -> Series | None:
    if part is None:
        return None
    x, values = _values(part["step"]), _values(part["loss"])
    if x.shape != values.shape or not (np.diff(x) > 0).all() or not np.isfinite(x).all():
        raise ValueError
    return Series(name, x, values)


def _predictions(part: Any) -> Columns | None:
    if part is None:
        return None
    columns = {name: number_column(name, _values(part[name])) for name in _PREDICTED if name in part}
    rows = {column.values.size for column in columns.values()}
    if not {"y", "mean"} <= columns.keys() or len(rows) != 1:
        raise ValueError
    return Columns(MappingProxyType(columns), rows.pop())
