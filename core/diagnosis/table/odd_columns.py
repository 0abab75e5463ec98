"""Rules on columns: numbers that stand for a missing value, columns that tell nothing, words that are rare."""

import re

import numpy as np

from ...data.tables.columns import Column
from ...data.tables.feature import RARE_WORDS
from ...data.tables.missing_codes import codes_in
from ...data.tables.overview import date_text
from ...experiment.data_settings import names_as_text
from ..finding import Fix
from .remark import Look, Remark

_NINES = tuple(10**length - 1 - less for length in range(2, 8) for less in range(4))  # 99, 98, 97, 96, 999 …
_REPEATED = tuple(int(str(digit) * length) for digit in (7, 8) for length in range(2, 8))
_LIMITS = (2**31 - 1, 2**15 - 1, 10**20, 10**30)
_CODES = frozenset(
    {0.0, -1.0, -(2.0**31), -(2.0**15)}
    | {sign * float(code) for code in (*_NINES, *_REPEATED, *_LIMITS) for sign in (-1, 1)}
)
_CODE_DAYS = frozenset(
    float(np.datetime64(day, "D").astype(int))
    for day in ("1899-12-30", "1900-01-01", "1970-01-01", "2099-12-31", "9999-12-31")
)
_KINDS_OF_CODES = {"number": _CODES, "date": _CODE_DAYS}
_MOST_TOGETHER = 3  # codes at one end
_MOST_ZEROS = 0.5  # a value that most rows have is no code
_NEARLY_ALL = 0.995
_FEW_ROWS = 5
_DECORATED = re.compile(r"[^\w\s-]{0,3}\s?[A-Za-z]{0,3}\s?[-−+(]?[^\w\s]?\d[\d.,' ]*\)?\s?[^\d]{0,8}")


def sentinels(look: Look) -> Remark | None:
    """Numbers such as −999 that lie far from all others and stand in several rows."""
    found = [(column.name, code) for column in (*look.features, look.target) for code in _codes_of(column)]
    if not found:
        return None
    told, entries, numbers = [], [], {}
    for name, code in found:
        column = look.columns[name]
        count = int(np.sum(column.values == code))
        shown = date_text(code) if column.kind == "date" else f"{code:g}".replace("-", "−")
        told.append(f"“{name}” is {shown} in {count:,} row{'' if count == 1 else 's'}")
        entries.append(f"{name}={date_text(code) if column.kind == 'date' else f'{code:.17g}'}")
        numbers[f"rows of {name}"] = float(count)
    others = ", far from all its other values" if len(found) == 1 else ", each far from all other values of its column"
    words = f"{'; '.join(told[:5])}{others}. It may mean a missing value, but is now used as a number."
    already = list(codes_in(look.data.missing_values))
    fix = Fix("Treat as missing", {"data.missing_values": names_as_text([*already, *entries])})
    return Remark("sentinels", words, numbers, (fix,))


def _codes_of(column: Column) -> list[float]:
    """The codes at the ends of a column, each alone or with others, far from all other values."""
    known = _KINDS_OF_CODES.get(column.kind, frozenset())
    if not known:
        return []
    values, counts = np.unique(column.values[~column.is_missing], return_counts=True)
    found: list[float] = []
    for end in (slice(None, None, 1), slice(None, None, -1)):
        outer, times = values[end], counts[end]
        for together in range(min(_MOST_TOGETHER, len(outer) - 3), 0, -1):
            if known.issuperset(outer[:together].tolist()) and _stand_apart(outer, times, together):
                found += outer[:together].tolist()
                break
    return found


def _stand_apart(values: np.ndarray, counts: np.ndarray, codes: int) -> bool:
    """Whether the first values lie beyond all others, further than their middle half is wide, and in several rows."""
    others, times = np.sort(values[codes:]), counts[codes:][np.argsort(values[codes:])]
    plain = bool(np.isin(values[:codes], (0.0, -1.0)).any())
    rows = int(counts[:codes].sum())
    if rows < (3 if plain else 2) or (plain and rows > _MOST_ZEROS * counts.sum()):
        return False
    gap = float(np.abs(values[codes] - values[codes - 1]))
    middle = _quantile(others, times, 0.75) - _quantile(others, times, 0.25)
    return gap > max(middle, float(np.quantile(np.diff(others), 0.9)), 2.0 * plain)


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    return float(values[np.searchsorted(np.cumsum(weights), share * weights.sum())])


def constant_columns(look: Look) -> Remark | None:
    """Features with one value in all or nearly all training rows."""
    constant, nearly = [], []
    for column in look.features:
        known = column.values[look.rows][~column.is_missing[look.rows]]
        if not len(known):
            continue
        some = known[:: max(1, len(known) // 1000)]
        if np.unique(some, return_counts=True)[1].max() < 0.9 * len(some):  # far from one value: no need to count all
            continue
        most = int(np.unique(known, return_counts=True)[1].max())
        if most == len(known):
            constant.append(column.name)
        elif most > _NEARLY_ALL * len(known) and len(known) - most < 2 * _FEW_ROWS:
            nearly.append(column.name)
    if not constant and not nearly:
        return None
    told = []
    if constant:
        told.append(f"{_names(constant)} {_has(constant)} the same value in all rows, so {_tells(constant)} nothing.")
    if nearly:
        told.append(
            f"{_names(nearly)} {_has(nearly)} one value in all but fewer than {2 * _FEW_ROWS} rows: what the "
            "network learns about other values rests on these few."
        )
    numbers = {"constant": float(len(constant)), "nearly constant": float(len(nearly))}
    return Remark("constant_columns", " ".join(told), numbers, look.without(*constant, *nearly))


def rare_words(look: Look) -> Remark | None:
    """Categories with words that few training rows have."""
    if look.dataset is None or look.dataset.encoding is None:
        return None
    encoding, told, numbers, left = look.dataset.encoding, [], {}, []
    x = look.dataset.x.reshape(len(look.dataset.y), -1)
    for feature in encoding.features:
        if feature.kind != "category" or len(feature.categories) < 3:
            continue
        counts = x[:, list(encoding.columns_of(feature.name))].sum(axis=0)
        rare = [
            word
            for word, count in zip(feature.categories, counts, strict=True)
            if count < _FEW_ROWS and word != RARE_WORDS
        ]
        if rare:
            numbers[feature.name] = float(len(rare))
            left.append(len(rare) < len(feature.categories) - 1)
            told.append(f"{len(rare):,} of the {len(feature.categories):,} words of “{feature.name}”")
    if not told:
        return None
    words = (
        f"Fewer than {_FEW_ROWS} training rows have {'; '.join(told[:4])}: for such rows the network has almost "
        "nothing to learn from, and its std does not show that."
    )
    together = Fix("Merge rare words", {"data.rare_words": _FEW_ROWS})
    return Remark("rare_words", words, numbers, (together,) if all(left) else ())


def moved_target(look: Look) -> Remark | None:
    """The target is the last column of numbers, and a later one looks like numbers with a unit or a currency."""
    if look.data.y or look.data.table != "own":
        return None
    names = list(look.columns.columns)
    for name in reversed(names[names.index(look.choice.target) + 1 :]):
        column = look.columns[name]
        if column.coded and _like_numbers(column):
            cell = column.categories[column.values[np.argmax(~column.is_missing)]]
            words = (
                f"The last column that looks like numbers is “{name}”, but cells such as “{cell[:40]}” could not "
                f"be read as numbers. So the target is “{look.choice.target}”. If you mean “{name}”, correct it "
                "in the file."
            )
            return Remark("moved_target", words)
    return None


def _like_numbers(column: Column) -> bool:
    alike = sum(_DECORATED.fullmatch(word) is not None for word in column.categories)
    return len(column.categories) >= 10 and alike >= 0.9 * len(column.categories)


def _names(names: list[str]) -> str:
    some = ", ".join(f"“{name}”" for name in names[:5])
    return some if len(names) <= 5 else f"{some} and {len(names) - 5:,} more"


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _tells(names: list[str]) -> str:
    return "tells" if len(names) == 1 else "tell"
