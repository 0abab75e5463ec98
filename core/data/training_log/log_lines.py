"""Logs of lines, in whatever form: each number with the words before it."""

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from .log_names import Meaning, meaning_of_name, split_of
from .log_records import Record, as_log
from .training_log import TrainingLog

_NUMBER = re.compile(
    r"(?<![\w.])(?P<number>[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|"
    r"[+-]?(?:nan|inf(?:inity)?)\b)(?P<unit>[A-Za-zµ%°][\w%/]*)?",
    re.IGNORECASE,
)
_PROGRESS = re.compile(r"it/s|s/it|/step\b|\bETA\b|%\||\[[=>.\-#]{3,}|[█━▏▎▍▌▋▊▉]{2,}|\?it|batch/s|/epoch\b")
_ANY_COUNTER = re.compile(r"(?<![\d.])(\d+)\s*/\s*(\d+)(?![\d.])")
_COUNTER = re.compile(r"(?:^|[\[(])\s*(\d+)\s*/\s*(\d+)(?![\d.])")
_INDEX = re.compile(r"^\s*(?:\[\s*(\d+)\s*\]|(\d+)\s*:)")
_PAIR = re.compile(r"^\s*[\[(]\s*(\d+)\s*,\s*(\d+)\s*[\])]")
_WRAPPED = re.compile(r"(?:tensor|array|float\d*|np\.float\d+|numpy\.float\d+|Variable containing)\s*[(\[]*\s*\[?$")
_TRAILING = " \t:=→>~≈\"'`*([{<"
_BETWEEN = re.compile(r"[,;|\t{}()\[\]]| [-–—] |\s{3,}|=>|->")
_BEHIND = re.compile(r"^\s*[(\[]\s*([A-Za-z_ ]{2,20})\s*[)\]]")
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])([+-]?\d+),(\d+)(?![\d,])")
_HEADER = 60  # characters of a line that says whose losses follow
_LONGEST = 20_000  # characters of a line that are looked at


@lru_cache(maxsize=8192)
def _label(text: str) -> str:
    """The words that name a number, from all the text before it."""
    text = text.rstrip(_TRAILING)
    text = _WRAPPED.sub("", text).rstrip(_TRAILING)
    parts = [part.strip() for part in _BETWEEN.split(text)]
    return next((part for part in reversed(parts) if part), "").strip(_TRAILING)


@lru_cache(maxsize=8192)
def _named(text: str) -> tuple[str, Meaning]:
    """The name of a number and what it stands for, from all the text before it."""
    label = _label(text)
    meaning = meaning_of_name(label)
    if meaning.kind == "loss" and not meaning.split and (split := split_of(text)):
        meaning = replace(meaning, split=split)
    return label, meaning


class _Reader:
    """What is known as the lines go by: the epoch, the part of the data, the progress bar."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.epoch: float | None = None
        self.split = ""
        self.bars = 0
        self.counted = math.inf

    def read(self, line: str) -> None:
        """Take the numbers of a line."""
        progress = _PROGRESS.search(line) is not None
        found, place = _numbers_of(line)
        losses = [each for each in found if each[1].kind == "loss"]
        if place.epoch is not None and (losses or not place.plural):
            self.split = "" if place.epoch != self.epoch else self.split
            self.epoch = place.epoch
        if not losses and len(line) < _HEADER:
            self.split = split_of(line) or self.split  # such as "Test Error:", whose losses follow
        if not found:
            return
        counter = (_ANY_COUNTER if progress else _COUNTER).search(_without_epoch(line))
        bar = self._bar(counter) if progress else None
        if counter is not None and (progress or place.step is None):
            place.step, place.total = float(counter[1]), float(counter[2])
        elif progress:
            place.step = None
        whole = "" if any(each[1].split for each in losses) else split_of(line)
        for label, meaning, value in found:
            split = meaning.split or whole or self.split
            if meaning.kind == "loss" and split != meaning.split:
                meaning = replace(meaning, split=split)
            at = len(self.records)
            self.records.append(Record(label, meaning, value, self.epoch, place.step, place.total, bar, at))

    def _bar(self, counter: re.Match[str] | None) -> float:
        """The number of the progress bar: that of the epoch, or one more where its count falls back."""
        if self.epoch is not None:
            return self.epoch
        at = float(counter[1]) if counter is not None else math.nan
        if at <= self.counted and self.counted != math.inf:
            self.bars += 1
        self.counted = at
        return float(self.bars)


@dataclass
class _Place:
    """Where a line says that it stands; `plural` where it says how many epochs there are."""

    epoch: float | None = None
    step: float | None = None
    total: float | None = None
    plural: bool = False


_Found = tuple[str, Meaning, float]


def _numbers_of(line: str) -> tuple[list[_Found], _Place]:
    """The losses and rates of a line, and where it stands."""
    found: list[_Found] = []
    place, end, suffix = _Place(), 0, None
    for match in _NUMBER.finditer(line):
        before, end = line[end : match.start()], match.end()
        if suffix is not None:  # "0.52 (train), 0.61 (val)": it named the number before
            before = before[suffix.end() :]
        suffix = _BEHIND.match(line[end : end + 30])
        value = _value(match["number"], line, match.start())
        if match["unit"] and not match["unit"].lower().startswith(("nat", "bit")):
            continue
        if before.strip() == "/":
            place.total = value
            continue
        label, meaning = _named(before)
        if meaning.kind == "epoch" and value >= 0:
            place.epoch, place.plural = value, label.lower().endswith("epochs")
        elif meaning.kind == "step" and value >= 0:
            place.step, place.total = value, None
        elif meaning.kind in ("loss", "rate"):
            found.append((label, _with_suffix(meaning, suffix), value))
        elif not label and suffix is not None and (behind := meaning_of_name(suffix[1])).kind == "loss":
            found.append((suffix[1], behind, value))
        else:
            suffix = None
    if place.epoch is None and place.step is None:
        if (pair := _PAIR.match(line)) is not None:
            place.epoch, place.step = float(pair[1]), float(pair[2])
        elif (index := _INDEX.match(line)) is not None:
            place.step = float(index[1] or index[2])
    return found, place


def _with_suffix(meaning: Meaning, suffix: re.Match[str] | None) -> Meaning:
    split = split_of(suffix[1]) if suffix is not None and meaning.kind == "loss" and not meaning.split else ""
    return replace(meaning, split=split) if split else meaning


def _without_epoch(line: str) -> str:
    """The line behind the place where it names the epoch, so that 3/50 epochs are no steps."""
    found = re.search(r"(?i)\bepochs?\b\W{0,4}\d+(?:\s*/\s*\d+)?", line)
    return line if found is None else line[: found.start()] + line[found.end() :]


def _value(text: str, line: str, start: int) -> float:
    value = float(text.replace(",", ""))
    # loss-0.41: a minus directly behind a word, before a number with decimals
    return -value if start > 1 and line[start - 1] == "-" and line[start - 2].isalpha() and "." in text else value


def read_lines(lines: list[str], name: str = "") -> TrainingLog | None:
    """The log of lines that name their numbers; None if none of them names a loss."""
    notes = []
    if _has_decimal_commas(lines):
        lines = [_DECIMAL_COMMA.sub(r"\1.\2", line) for line in lines]
        notes.append("Decimal commas were read as points.")
    reader = _Reader()
    for line in lines:
        reader.read(line[:_LONGEST])
    _fill(reader.records)
    return as_log(reader.records, "lines", notes)


def _has_decimal_commas(lines: list[str]) -> bool:
    """Whether commas stand where decimals are expected: in several numbers, and no number has a point."""
    some = "\n".join(lines[:400])[:50_000]
    return _DECIMAL_COMMA.search(some) is not None and re.search(r"\d\.\d", some) is None


def _fill(records: list[Record]) -> None:
    """Bars that nothing numbers are epochs; what stands before the first epoch belongs to it."""
    first = next((record.epoch for record in records if record.epoch is not None), None)
    bars = {record.bar for record in records if record.bar is not None}
    for record in records:
        if record.epoch is None and first is not None:
            record.epoch = first
        elif record.epoch is None and len(bars) > 1 and record.bar is not None:
            record.epoch = record.bar + 1
