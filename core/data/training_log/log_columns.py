"""Logs that are tables: a line of names and rows below, or rows of numbers alone."""

import csv
import re
from collections.abc import Sequence

import numpy as np

from .log_names import OTHER, Meaning, meaning_of_name, split_of, words_of
from .log_records import Record, as_log
from .training_log import TrainingLog

MOST_ROWS = 100_000
MOST_COLUMNS = 1000
_HEAD = 200  # lines in which the line of names is looked for
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_RULE = re.compile(r"[\s|:+=\-–—─━┼┃╇╪]+")  # a line that is drawn between names and rows
_SUMMARIES = ("__min", "__max", "__step")  # of Weights & Biases, beside each column
_PLAIN = re.compile(r"[\s\d.,;+\-eEnaifNAIF]+")
_TIMES = frozenset({"time", "elapsed", "eta", "remaining", "duration"})
Column = tuple[str, Meaning, list[float | None]]


def _by(separator: str, line: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def _by_bars(line: str) -> list[str]:
    return line.strip().strip("|┃").replace("┃", "|").split("|") if "|" in line or "┃" in line else [line]


# How the cells of a line are told apart, the surest first.
_SPLITTERS = (
    _by_bars,
    lambda line: _by("\t", line),
    lambda line: _by(";", line),
    lambda line: _by(",", line),
    lambda line: re.split(r"\s{2,}", line.strip()),
    lambda line: line.split(),
)


def read_table(lines: list[str], name: str) -> TrainingLog | None:
    """The log of a table with a line of names; None if there is no such line."""
    for splitter in _SPLITTERS:
        try:
            rows = [[cell.strip().strip("\"'") for cell in splitter(line)[:MOST_COLUMNS]] for line in lines[:_HEAD]]
            head = _head(lines, rows)
            if head is None:
                continue
            body = [line for line in lines[head + 1 :] if not _RULE.fullmatch(line)]
            kept = _thinned(len(body))
            cells = [[cell.strip().strip("\"'") for cell in splitter(body[i])[:MOST_COLUMNS]] for i in kept]
        except csv.Error:
            continue
        columns, notes = _columns(rows[head], cells, name)
        found = log_of_columns(columns, "table", notes)
        if found is not None:
            return found
    return None


def _head(lines: Sequence[str], rows: list[list[str]]) -> int | None:
    """The index of the line of names: it names a loss and has no number, and a row of as many cells follows."""
    for i, names in enumerate(rows[:-1]):
        if len(names) == 1 and re.search(r"[,;|\t]", names[0]):  # other cells than these are meant
            continue
        if _RULE.fullmatch(lines[i]) or any(_NUMBER.fullmatch(cell) for cell in names):
            continue
        if not any(meaning_of_name(_own_name(cell)).kind == "loss" for cell in names):
            continue
        below = next((row for k, row in enumerate(rows[i + 1 :], i + 1) if not _RULE.fullmatch(lines[k])), [])
        # The times of a last column are gone by now.
        gone = bool(words := words_of(names[-1])) and not _TIMES.isdisjoint(words)
        if len(names) - gone <= len(below) <= len(names) and any(_is_number(cell) for cell in below):
            return i
    return None


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None or _COMMA.fullmatch(cell) is not None


def _own_name(cell: str) -> str:
    """The name of a column without that of its run, as Weights & Biases writes it: run-1 - train_loss."""
    return cell.rpartition(" - ")[2]


def _columns(names: list[str], cells: list[list[str]], name: str) -> tuple[list[Column], list[str]]:
    notes: list[str] = []
    flat = [cell for row in cells[:1000] for cell in row]
    commas = any(_COMMA.fullmatch(cell) for cell in flat) and not any(re.fullmatch(r"-?\d*\.\d+", c) for c in flat)
    if commas:
        notes.append("Decimal commas were read as points.")
    columns: list[Column] = []
    runs = list(dict.fromkeys(each.rpartition(" - ")[0] for each in names if " - " in each))
    if len(runs) > 1:
        notes.append(f"The columns are of {len(runs):,} runs: “{runs[0][:60]}” is shown.")
    for at, each in enumerate(names):
        if each.lower().endswith(_SUMMARIES) or (runs and each.rpartition(" - ")[0] not in ("", runs[0])):
            continue
        meaning = meaning_of_name(_own_name(each))
        if meaning is OTHER:
            continue
        if meaning.metric == "value" and not meaning.split:  # TensorBoard's, which says the rest in the file's name
            meaning = Meaning("loss", split_of(name), meaning.metric, meaning.rank)
        columns.append((each, meaning, [_value(row[at], commas) if at < len(row) else None for row in cells]))
    return columns, notes


def _value(cell: str, commas: bool) -> float | None:
    cell = cell.replace(",", ".") if commas else cell
    return float(cell) if _NUMBER.fullmatch(cell) else None


def log_of_columns(
    columns: Sequence[Column], form: str, notes: Sequence[str] = (), x_name: str = ""
) -> TrainingLog | None:
    """The log of columns of equal length, with None for what is not there; without epochs and steps rows count."""
    places: dict[str, list[float | None]] = {}
    for _, meaning, values in columns:
        if meaning.kind in ("epoch", "step"):
            places.setdefault(meaning.kind, values)
    rows = len(columns[0][2]) if columns else 0
    epochs, steps = places.get("epoch", [None] * rows), places.get("step", [None] * rows)
    if not places and x_name:
        epochs = [float(i) for i in range(1, rows + 1)]
    losses = [column for column in columns if column[1].kind in ("loss", "rate")]
    records = [
        Record(name, meaning, value, epochs[i], steps[i], order=i)
        for i in range(rows)
        for name, meaning, values in losses
        if (value := values[i]) is not None
    ]
    return as_log(records, form, notes, "" if places else x_name)


def read_numbers(lines: list[str], name: str) -> TrainingLog | None:
    """The log of numbers alone: the loss in a row or a column, or behind the epoch, or training and validation loss."""
    rows = _rows(lines)
    if rows is None:
        return None
    width = rows.shape[1]
    if width > 3 and rows.shape[0] == 1:
        rows, width = rows.T, 1
    if rows.shape[0] < 2 or width > 4:
        return None
    steps = np.diff(rows[:, 0])
    counts = width > 1 and bool(np.all(steps > 0) and np.all(rows[:, 0] == np.round(rows[:, 0])))
    values = rows[:, 1:] if counts else rows
    if values.shape[1] > 2:
        return None
    notes = [_about(counts, values.shape[1])]
    columns: list[Column] = [("step", Meaning("step"), rows[:, 0].tolist())] if counts else []
    for split, column in zip(("training", "validation"), values.T, strict=False):
        columns.append(("", Meaning("loss", split, "loss", 0), column.tolist()))
    return log_of_columns(columns, "numbers", notes)


def _about(counts: bool, losses: int) -> str:
    first = "The first column was taken for steps, the next" if counts else "The first column was taken"
    first = first if losses > 1 or counts else "The numbers were taken"
    return f"{first} for the training loss{', the one after it for the validation loss' if losses > 1 else ''}."


def _rows(lines: list[str]) -> np.ndarray | None:
    """The numbers (rows, columns) of lines that hold nothing else, each as many; else None."""
    if not all(_PLAIN.fullmatch(line) for line in lines):
        return None
    lines = [lines[i] for i in _thinned(len(lines))]
    commas = all(_COMMA.fullmatch(line.strip()) for line in lines)
    if commas:
        whole = np.array([int(line.split(",")[0]) for line in lines])
        commas = whole.size > 1 and not (np.diff(whole) > 0).all()
    pattern = r"[;\t ]+" if commas or any(";" in line for line in lines) else r"[,\t ]+"
    cells = [[cell for cell in re.split(pattern, line.strip().strip("[](),;")) if cell] for line in lines]
    if len({len(row) for row in cells}) != 1 or not cells[0]:
        return None
    texts = [[cell.replace(",", ".") for cell in row] for row in cells]
    if not all(_NUMBER.fullmatch(cell) for row in texts for cell in row):
        return None
    return np.array(texts, dtype=float)


def _thinned(rows: int) -> list[int]:
    """The indices of all rows, or of MOST_ROWS of them, evenly spaced."""
    return np.linspace(0, rows - 1, min(rows, MOST_ROWS)).round().astype(int).tolist()
