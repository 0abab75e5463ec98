"""Logs that are JSON, or what Python prints for lists and dicts of them. Nothing in them is run."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .log_columns import MOST_ROWS, Column, log_of_columns
from .log_names import Meaning, meaning_of_name, split_of
from .training_log import TrainingLog

_DEEPEST = 5  # dicts in dicts
_OPTION = re.compile(r",\s*(?:dtype|device|grad_fn|requires_grad)\s*=\s*[^,()\[\]]*")
_CALL = re.compile(r"\b(?:np\.|numpy\.|torch\.|tf\.)?(?:float\d*|array|tensor|Tensor|asarray)\(([^()]*)\)")
_ASSIGNED = re.compile(r"^\s*[\w.\[\]\"']+\s*=\s*(?=[\[{])")
_LIST = re.compile(r"(?:^|[\n;])\s*([A-Za-z][\w .\-/]{0,60}?)\s*[:=]\s*(?=\[)")
_WORDS = ((r"\bNone\b", "null"), (r"\bTrue\b", "true"), (r"\bFalse\b", "false"))
_SPECIAL = ((r"(?<![\w\"])-?nan\b", "NaN"), (r"(?<![\w\"])inf\b", "Infinity"))
TensorBoard = Sequence[Sequence[float]]


def read_json(lines: list[str], name: str) -> TrainingLog | None:
    """The log of JSON or a Python literal; None if it is none, or holds no loss."""
    text = "\n".join(lines).strip()
    if not re.match(r"[\[{]|[\w.\[\]\"' /\-]{1,80}[:=]\s*[\[{]", text):
        return None
    named = list(_LIST.finditer(text))
    if named:
        parts = [text[m.end() : n.start() if n else None] for m, n in zip(named, [*named[1:], None], strict=True)]
        found: Any = {match[1]: _loaded(part.strip().rstrip(",;")) for match, part in zip(named, parts, strict=True)}
        found = {key: value for key, value in found.items() if value is not None}
    else:
        found = _loaded(_ASSIGNED.sub("", text))
    return _log(found, name) if found else None


def _loaded(text: str) -> Any:
    """The plain value of the text, or None. Where it is no JSON, Python's own spelling is turned into that."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _loaded_as_python(text)


def _loaded_as_python(text: str) -> Any:
    if "'" in text or "(" in text or re.search(r"\b(?:None|nan|inf|True|False)\b", text):
        text = _OPTION.sub("", text)
        for _ in range(3):
            text = _CALL.sub(r"\1", text)
        text = text.replace("'", '"') if '"' not in text else text
        for pattern, word in (*_WORDS, *_SPECIAL):
            text = re.sub(pattern, word, text)
        text = text.replace("(", "[").replace(")", "]")
    try:
        return json.loads(re.sub(r",\s*(?=[\]}])", "", text))
    except (ValueError, RecursionError):
        return None


def _log(found: Any, name: str) -> TrainingLog | None:
    rows = found if isinstance(found, list) else None
    if rows and all(isinstance(row, list) and len(row) in (2, 3) and _numbers(row) for row in rows):
        kept = rows[:: max(1, len(rows) // MOST_ROWS)]
        value = Meaning("loss", split_of(name), "value", 6)
        return log_of_columns(
            [("step", Meaning("step"), [r[-2] for r in kept]), ("", value, [r[-1] for r in kept])], "json"
        )
    if rows and _numbers(rows):
        return _of_lists({"loss": rows}, "row")
    if rows and all(isinstance(row, Mapping) for row in rows):
        return _of_rows(rows)
    if isinstance(found, Mapping):
        for value in found.values():  # such as the log_history of a trainer's state
            if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
                return _of_rows(value)
        nested = any(isinstance(value, Mapping) and not _numbered(value) for value in found.values())
        return _of_lists(found, "step" if nested and "history" not in found else "epoch")
    return None


def _of_rows(rows: Sequence[Mapping[str, Any]]) -> TrainingLog | None:
    rows = rows[:: max(1, len(rows) // MOST_ROWS)]
    names = dict.fromkeys(str(key) for row in rows[:1000] for key in row)
    columns: list[Column] = [
        (key, meaning, [_number(row.get(key)) for row in rows])
        for key in list(names)[:500]
        if (meaning := meaning_of_name(key)).kind != "other"
    ]
    return log_of_columns(columns, "json")


def _numbered(found: Mapping[str, Any]) -> bool:
    """Whether the keys count rows, as those of a table that pandas writes."""
    return bool(found) and all(str(key).isdigit() for key in found)


def _of_lists(found: Mapping[str, Any], x_name: str) -> TrainingLog | None:
    lists = {key: values for key, values in _flat(found, "", 0) if meaning_of_name(key).kind != "other"}
    rows = max((len(values) for values in lists.values()), default=0)
    step = max(1, rows // MOST_ROWS)
    columns: list[Column] = [
        (key, meaning_of_name(key), [*values, *[None] * (rows - len(values))][::step]) for key, values in lists.items()
    ]
    return log_of_columns(columns, "json", (), x_name)


def _flat(found: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, list[float | None]]]:
    """The lists of numbers in it, with the names that lead there."""
    for key, value in list(found.items())[:500]:
        name = f"{path} {key}".strip()
        if isinstance(value, Mapping) and _numbered(value):
            value = [value[k] for k in sorted(value, key=lambda k: int(str(k)))]
        if isinstance(value, list) and value and _numbers(value):
            yield name, [_number(each) for each in value]
        elif isinstance(value, Mapping) and depth < _DEEPEST:
            yield from _flat(value, "" if key in ("history", "logs") else name, depth + 1)


def _numbers(values: Sequence[Any]) -> bool:
    return all(value is None or _number(value) is not None for value in values)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return (
            float(value[0]) if isinstance(value, list) and len(value) == 1 and _number(value[0]) is not None else None
        )
    if isinstance(value, str) and value.strip().lower().lstrip("+-") not in ("nan", "inf", "infinity"):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):
        return None
