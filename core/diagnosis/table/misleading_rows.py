"""Rules on rows: a split that leaks, because rows are in an order, belong to a group, or stand twice."""

import re

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import Dataset
from ...data.tables.columns import Column
from ...data.tables.encoding import Encoding
from ...data.tables.equal_rows import equal_rows, groups_of
from ..finding import Fix
from .remark import Array, Look, Remark

_LEAST_ALIKE = 0.3  # rank correlation of rows next to each other
_SIGNIFICANT = 4.0  # its standard errors, 1/√n each
_EVEN_STEPS = 0.95  # share of the steps that are equal, of a column that counts rows
_COUNTER = re.compile(
    r"(unnamed.*|column.?\d*|rownames?|row|rowid|index|idx|id|nr|no|number|obs|case"
    r"|.*[_ .-](id|nr|no|index)|.*[a-z]I[dD])",
    re.I,
)
_SUBJECT = re.compile(
    r"(.*[_ .-])?(id|subject|subj|patient|person|user|customer|client|household|student|pupil|school|animal|site"
    r"|station|batch|group|device|machine|sensor|plot|session|owner|worker|pid|uid)([_ .-](id|nr|no|code|number))?"
    r"|.*[a-z]I[dD]",
    re.I,
)
_LEAST_DUPLICATES, _SHARE_OF_DUPLICATES = 3, 0.02
_BY_CHANCE = 0.1  # of the duplicates, so many may be expected among independent columns
_RICH = 0.2  # a column with so many distinct values a row hardly makes equal rows by chance


def row_number(look: Look) -> Remark | None:
    """A feature counts the rows of a table that is in the order of its target, or of something that tells it."""
    if look.choice.split in ("order", "column"):
        return None
    alike, counters = _alike(look.y), row_counters(look)
    if alike is None or not counters:
        return None
    names = ", ".join(f"“{name}”" for name in counters[:3])
    words = (
        f"{names} count{'s' if len(counters) == 1 else ''} the rows, and neighbouring rows have similar values of "
        f"“{look.choice.target}” (rank correlation {alike:.2f}). A held-out row is between two training rows, so "
        "the scores measure how well the network reads the row number. They say nothing about new rows."
    )
    return Remark("row_number", words, {"alike": alike}, look.without(*counters))


def row_counters(look: Look) -> list[str]:
    """The features that count the rows of the file."""
    several = len(look.features) > 1
    return [column.name for column in look.features if _counts_rows(column, several)]


def time_order(look: Look) -> Remark | None:
    """Rows are in the order of a date and alike to those before and after, and the split is at random."""
    if look.choice.split != "random":
        return None
    dates = [column for column in look.features if column.kind == "date"]
    for column in dates:
        days = column.values[look.rows]
        known = np.isfinite(days)
        alike = _alike(look.y[known][np.argsort(days[known], kind="stable")])
        if alike is not None:
            words = (
                f"Rows that are next to each other in “{column.name}” have similar values of "
                f"“{look.choice.target}” (rank correlation {alike:.2f}), and the split is random. So the scores "
                "measure how well gaps between known days are filled, not how well later days are predicted."
            )
            last = {"data.split": "order", "data.split_by": column.name}
            return Remark("time_order", words, {"alike": alike}, (Fix("Hold the last rows out", last),))
    return None


def subjects(look: Look) -> Remark | None:
    """Several rows of one subject are alike and stand on both sides of the split."""
    if look.choice.split != "random":
        return None
    for column in look.columns.columns.values():
        if column.name == look.choice.target or column.kind == "empty" or not _SUBJECT.fullmatch(column.name.strip()):
            continue
        groups = groups_of(look.columns, "", [column.name], ~look.target.is_missing)
        _, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        n, count = len(look.y), len(sizes)
        if not 5 <= count <= n / 2:
            continue
        alike = _alike_within(ranks(look.y), places, sizes)
        # Without any likeness its variance is 2/(n(m − 1)) with m rows a group (Fisher 1925, section 39).
        if alike > max(_LEAST_ALIKE, _SIGNIFICANT * np.sqrt(2 * count / (n * (n - count)))):
            words = (
                f"“{column.name}” names {count:,} groups of rows, and rows of a group are alike in "
                f"“{look.choice.target}” (intraclass correlation {alike:.2f}). With one group's rows on both "
                "sides of the split, the scores do not show how well a new group is predicted."
            )
            fix = Fix("Keep whole groups together", {"data.split": "group", "data.split_by": column.name})
            return Remark("subjects", words, {"groups": float(count), "alike": alike}, (fix,))
    return None


def duplicates(look: Look) -> Remark | None:
    """Rows held out that stand in the training part too, value for value, more than chance makes."""
    data = look.dataset
    if data is None or data.encoding is None or look.choice.split == "group":
        return None
    columns = _used(data, data.encoding)
    rows = equal_rows(columns, np.ones(len(columns[0].values), dtype=bool))
    trained, held_out = rows[: len(data.y)], rows[len(data.y) :]
    twice = int(np.isin(held_out, trained).sum())
    share = twice / len(held_out)
    fewest = max(_LEAST_DUPLICATES, _SHARE_OF_DUPLICATES * len(held_out))
    if twice < fewest or _chance(columns, rows, twice, len(held_out)):
        return None
    words = (
        f"Of the {len(held_out):,} held-out rows, {twice:,} ({100 * share:.0f} %) are also training rows, with "
        "identical values. On these the scores measure what was memorised."
    )
    numbers = {"twice": float(twice), "held_out": float(len(held_out))}
    fix = Fix("Keep identical rows together", {"data.split": "group", "data.split_by": ""})
    return Remark("duplicates", words, numbers, (fix,))


def _used(data: Dataset, encoding: Encoding) -> list[Column]:
    """Features and target of the rows to train on and of those held out, a column each; words as their place."""
    x = np.concatenate([each.reshape(len(each), -1) for each in (data.x, data.x_held_out)])
    places = [list(encoding.columns_of(feature.name)) for feature in encoding.features]
    values = [x[:, at[0]] if len(at) == 1 else x[:, at] @ np.arange(1.0, len(at) + 1) for at in places]
    return [Column("", "number", each) for each in (*values, np.concatenate([data.y, data.y_held_out]))]


def _chance(columns: list[Column], rows: NDArray[np.int64], twice: int, held_out: int) -> bool:
    """Whether columns of few values make so many equal rows by chance, each for itself."""
    first = np.unique(rows, return_index=True)[1]
    counts = [np.unique(column.values[first], return_counts=True)[1] for column in columns]
    if max(len(count) for count in counts) < _RICH * len(first):
        return True
    same = np.prod([np.sum((count / len(first)) ** 2) for count in counts])
    return bool(same * (len(rows) - held_out) * held_out > _BY_CHANCE * twice)


def _counts_rows(column: Column, several: bool) -> bool:
    """Whether a column of numbers counts the rows: up or down in whole steps, evenly or by its name."""
    if column.kind != "number" or column.missing:
        return False
    steps = np.diff(column.values)
    if (
        not len(steps)
        or not ((steps > 0).all() or (steps < 0).all())
        or (column.values != np.floor(column.values)).any()
    ):
        return False
    even = np.mean(steps == np.median(steps)) >= _EVEN_STEPS
    named = _COUNTER.fullmatch(column.name.strip()) is not None
    return bool(named or (several and even and abs(np.median(steps)) == 1))


def _alike(y: Array) -> float | None:
    """The rank correlation of neighbours, 1 − Σ(rᵢ₊₁ − rᵢ)²/(2(n − 1)·var r); None if it is small.

    Von Neumann 1941, doi:10.1214/aoms/1177731677; on ranks: Bartels 1982, doi:10.1080/01621459.1982.10477764.
    """
    if len(y) < 10 or np.ptp(y) == 0:
        return None
    ranked = ranks(y)
    alike = float(1 - np.mean(np.diff(ranked) ** 2) / (2 * ranked.var()))
    return alike if alike > max(_LEAST_ALIKE, _SIGNIFICANT / np.sqrt(len(y))) else None


def _alike_within(values: Array, places: NDArray[np.intp], sizes: NDArray[np.intp]) -> float:
    """The intraclass correlation of one-way groups (Fisher 1925), by the mean squares between and within."""
    n, count = len(values), len(sizes)
    means = np.bincount(places, values) / sizes
    between = float(np.sum(sizes * (means - values.mean()) ** 2)) / (count - 1)
    within = float(np.sum((values - means[places]) ** 2)) / (n - count)
    size = (n - float(np.sum(sizes**2)) / n) / (count - 1)
    return (between - within) / (between + (size - 1) * within) if between + (size - 1) * within > 0 else 0.0


def ranks(y: Array) -> Array:
    """1 for the smallest; equal values share their mean rank. As scipy.stats has it, which takes 40 MB to load."""
    _, places, counts = np.unique(y, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
