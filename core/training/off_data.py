"""Warnings for rows that a run was not trained on: out of range, in a gap, or far from every training row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.tables.column_names import visible
from ..data.tables.encoding import Encoding, Given
from ..data.tables.feature import Feature
from ..data.tables.overview import date_text
from ..words import exact

Array = NDArray[np.float64]

_MOST_ROWS, _MOST_VALUES = 20_000, 500_000  # of the training part: of more, evenly chosen ones are taken
_SAMPLED = 1_000  # training rows whose own distances are measured
_USUAL = 0.99  # share of the training rows that lie nearer to another one than is called far
_LONGEST = 40  # letters of a word in a warning
_EMPTIER = 3.0  # how much emptier than around the loneliest of these the space around a new row must be


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The distinct training rows, each input in its standard deviations, and how far from them is far.

    A new row is far if its nearest training row lies farther than 99 % of the training rows lie from theirs, times
    3^(1/k) with k inputs: the space around it is three times as empty as around the loneliest of those. Of new rows
    like the training rows about 1 in 200 is called far.

    With many inputs all rows are far apart, and a gap is not seen: of uniform rows that leave 30 % of one input empty,
    its middle is called far with two inputs (300 rows) and three (3,000), and not with five. There the ignorance of
    several members tells more.
    """

    tree: Any  # scipy.spatial.KDTree
    rows: Array
    shift: Array
    unit: Array
    far: float

    @classmethod
    def of(cls, x: ArrayLike) -> "Neighbours | None":
        """Of training inputs (n,) or (n, k); None if fewer than three of them differ."""
        from scipy.spatial import KDTree

        rows = np.asarray(x, dtype=np.float64)
        rows = np.unique(rows.reshape(len(rows), -1), axis=0)
        if len(rows) < 3:
            return None
        k = rows.shape[1]
        most = max(_SAMPLED, min(_MOST_ROWS, _MOST_VALUES // k))
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]
        shift, unit = rows.mean(axis=0), rows.std(axis=0)
        unit = np.where(unit > 0, unit, 1.0)
        scaled = (rows - shift) / unit
        tree = KDTree(scaled)
        sample = scaled[np.unique(np.linspace(0, len(rows) - 1, min(_SAMPLED, len(rows))).round().astype(int))]
        usual = np.quantile(tree.query(sample, k=2)[0][:, 1], _USUAL)
        return cls(tree, rows, shift, unit, float(usual * _EMPTIER ** (1 / k)))

    def ratio(self, inputs: Array) -> Array:
        """Distance of rows (n, k) to their nearest training row, as a multiple of what is far; NaN of a NaN."""
        whole = np.isfinite(inputs).all(axis=1)
        found = np.full(len(inputs), np.nan)
        if whole.any():
            found[whole] = self.tree.query((inputs[whole] - self.shift) / self.unit)[0] / self.far
        return found


def row_warnings(encoding: Encoding, given: Given, neighbours: Neighbours | None) -> list[str]:
    """A warning for each of n rows, empty where there is none.

    It names the values that are missing, with what stands for them, and those outside the training data; of a row
    without either, that it lies in a gap, or far from every training row.
    """
    inputs = given.inputs
    columns = [inputs[:, list(encoding.columns_of(feature.name))] for feature in encoding.features]
    outside = given.unknown | np.column_stack(
        [_outside(feature, values) for feature, values in zip(encoding.features, columns, strict=True)]
    )
    words = [""] * len(inputs)
    strange = np.flatnonzero((given.missing | outside).any(axis=1))
    told: dict[tuple[bytes | str, ...], str] = {}  # of many rows few differ in what is strange
    unknown = given.strange or ({},) * len(encoding.features)
    for row, pattern in zip(
        strange.tolist(), np.where(given.missing, 2, outside)[strange].astype(np.int8), strict=True
    ):
        key = (pattern.tobytes(), *(each.get(row, "") for each in unknown if each))
        if key not in told:
            told[key] = "; ".join(
                f"{feature.name} is {_missing(feature) if is_what == 2 else _beyond(feature, each.get(row, ''))}"
                for feature, is_what, each in zip(encoding.features, pattern.tolist(), unknown, strict=True)
                if is_what
            )
        words[row] = told[key]
    if neighbours is not None and len(inputs):
        for row in np.flatnonzero(neighbours.ratio(inputs) > 1):
            words[row] = words[row] or _far(encoding, neighbours, inputs[row])
    return words


def _outside(feature: Feature, values: Array) -> NDArray[np.bool_]:
    if feature.kind == "category":
        return np.zeros(len(values), dtype=bool)
    return (values[:, 0] < feature.low) | (values[:, 0] > feature.high)


def _missing(feature: Feature) -> str:
    if feature.fill is None:
        return "missing"
    stands = f"“{feature.fill}”" if isinstance(feature.fill, str) else _writer(feature)(feature.fill)
    return f"missing, and {stands} is taken"


def _beyond(feature: Feature, word: str) -> str:
    if feature.kind == "category":
        also = ", and is treated as one of the other words" if feature.rare else ""
        return f"{f'“{visible(word)[:_LONGEST]}”, ' if word else ''}none of the categories it was trained on{also}"
    low, high = ends_text(feature)
    return f"outside the training range, {low} to {high}"


def _far(encoding: Encoding, neighbours: Neighbours, row: Array) -> str:
    """Where a row lies that is within every range and yet far from the training rows."""
    if neighbours.rows.shape[1] > 1:
        return "no training row is near it, although each value is within its range"
    feature, known = encoding.features[0], neighbours.rows[:, 0]
    write, at = _writer(feature), int(np.searchsorted(known, row[0]))
    if 0 < at < len(known):
        return f"{feature.name} is in a gap of the training points, {write(known[at - 1])} to {write(known[at])}"
    nearest = write(known[0] if at == 0 else known[-1])
    return f"{feature.name} is far from the training points; the nearest is {nearest}"


def _writer(feature: Feature) -> Callable[[float], str]:
    return date_text if feature.is_date else lambda value: exact(value, feature.high - feature.low)


def ends_text(feature: Feature) -> tuple[str, str]:
    """The ends of a number's training range, with the digits that tell them apart."""
    write = _writer(feature)
    return write(feature.low), write(feature.high)
