"""Which column of a table of predictions holds what, by its name or by choice."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from ..data.tables.columns import Column, Columns, quoted
from .predictions_choice import SEVERAL, Choice
from .predictions_words import (
    INTERVAL_NOISE,
    LOWER,
    MEMBER_WORDS,
    NUMBERED,
    PARTS,
    QUANTILE_MARKS,
    SAMPLE_WORDS,
    SPREAD_ROLES,
    UPPER,
    plain_name,
    role_of,
    squashed,
    words_of,
)

_NUMBER = r"\d+(?:[.,]\d+)?|[.,]\d+"
_QUANTILE = re.compile(
    rf"(?P<stem>.*?)(?:(?<![^\W\d_])(?P<mark>{'|'.join(sorted(QUANTILE_MARKS, key=len, reverse=True))})[\W_]*)?"
    rf"(?P<number>\d{{1,2}}_\d{{1,3}}|{_NUMBER})\s*(?P<unit>%|(?:st|nd|rd|th)?[\W_]*(?:percentile|quantile|pct|perc|q)?)$"
)
_NUMBERED = re.compile(r"(?P<before>\D*?)[\W_]*(?P<number>\d+)[\W_]*(?P<after>\D*)")
_FEWEST_LEVEL = 0.2  # of an interval: a smaller number in the name of a bound is no level
_MANY = 20  # columns named by numbers alone: from here on samples, below members


@dataclass(frozen=True)
class Found:
    """Which column is what: by role, by level of a quantile, and several columns by role in the order of their numbers.

    `bounds` are pairs of lower and upper by level, None where the names say none. `index` are columns that count rows.
    """

    single: Mapping[str, str]
    quantiles: Mapping[float, str]
    bounds: Mapping[float | None, tuple[str, str]]
    several: Mapping[str, tuple[str, ...]]
    index: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_residual: bool = False  # y is y − mean already

    def has(self, *roles: str) -> bool:
        """Whether a column was found for each of these roles."""
        return all(role in self.single for role in roles)

    @property
    def spread(self) -> str:
        """The role of the column that says how wide: the first of SPREAD_ROLES that there is; empty without one.

        "parts" where there are parts of a std alone.
        """
        parts = "parts" if any(role in self.single for role in PARTS) else ""
        return next((role for role in SPREAD_ROLES if role in self.single), parts)


@dataclass
class _Search:
    """What was found so far, and the names that are left."""

    left: list[str]
    single: dict[str, str] = field(default_factory=dict)
    quantiles: dict[float, str] = field(default_factory=dict)
    bounds: dict[float | None, tuple[str, str]] = field(default_factory=dict)
    several: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, names: Iterable[str]) -> None:
        """These names are left no more."""
        taken = set(names)
        self.left = [name for name in self.left if name not in taken]


def found_in(columns: Columns, choice: Choice) -> Found:
    """Which column holds what. Raises TableError for a chosen column that the table does not have."""
    search = _Search(list(columns.columns))
    _take_chosen(search, columns, choice)
    index = _index(search, columns)
    exact = {name for name in search.left if name in {"y", "mean", "std", "variance", "log_variance", "x"}}
    # A column in which a few cells are words is taken too, so that it is refused with its row and not passed over.
    numbers = [name for name in search.left if name not in exact and (not columns[name].coded or columns[name].trouble)]
    for take in (_take_bounds, _take_quantiles, _take_numbered):
        take(search, [name for name in numbers if name in search.left])
    _take_single(search)
    is_residual = _take_residual(search)
    group = _group(search, columns)
    single = {**search.single, **({"group": group} if group else {})}
    return Found(single, search.quantiles, search.bounds, search.several, index, tuple(search.notes), is_residual)


def _take_chosen(search: _Search, columns: Columns, choice: Choice) -> None:
    for role, name in choice.columns:
        if role in SEVERAL:
            matching = [each for each in columns.columns if fnmatchcase(each.casefold(), name.casefold())]
            if not matching:
                columns[name]  # raises, with the names that there are
            search.several[_SEVERAL_ROLE[role]] = tuple(sorted(matching, key=_by_number))
            search.take(matching)
        elif not role.startswith("q"):
            search.single[role] = columns[name].name
            search.take([name])
    for level, name in choice.quantiles().items():
        search.quantiles[level] = columns[name].name
        search.take([name])
    if "lower" in search.single and "upper" in search.single:
        search.bounds[None] = (search.single.pop("lower"), search.single.pop("upper"))


_SEVERAL_ROLE = {
    "samples": "sample",
    "means": "mean",
    "stds": "std",
    "variances": "variance",
    "log_variances": "log_variance",
}


def _by_number(name: str) -> tuple[int, str]:
    numbers = re.findall(r"\d+", name)
    return (int(numbers[-1]) if numbers else -1, name)


def _index(search: _Search, columns: Columns) -> tuple[str, ...]:
    """The columns that only count or name the rows: by name, or an unnamed first column 0, 1, 2, …"""
    found = []
    for place, name in enumerate(columns.columns):
        if name not in search.left:
            continue
        role = role_of(name)
        unnamed = place == 0 and (re.fullmatch(r"column 1|unnamed\W*\d*", plain_name(name)) is not None)
        named = role is not None and role[0] == "index" and not repeats(columns[name])
        if named or (unnamed and counts(columns[name])):
            found.append(name)
    search.take(found)
    return tuple(found)


def repeats(column: Column) -> bool:
    """Whether a column has the same value in several rows, as one of groups has and one of row names has not."""
    known = column.values[~column.is_missing]
    return bool(np.unique(known).size < known.size)


def counts(column: Column) -> bool:
    """Whether a column counts its rows, from any whole number."""
    if column.kind != "number" or column.missing:
        return False
    steps = np.diff(column.values)
    return bool(np.all(steps == 1) and float(column.values[0]).is_integer())


def _take_bounds(search: _Search, names: list[str]) -> None:
    """Pairs of a lower and an upper bound, with or without a level in their names."""
    ends: dict[tuple[str, ...], dict[str, dict[float | None, str]]] = defaultdict(lambda: {"lower": {}, "upper": {}})
    for name in names:
        words = words_of(name)
        sides = [side for side, known in (("lower", LOWER), ("upper", UPPER)) if known.intersection(words)]
        numbers = [word for word in words if word[0].isdigit()]
        if len(sides) != 1 or len(numbers) > 1:
            continue
        stem = tuple(word for word in words if word not in INTERVAL_NOISE | LOWER | UPPER and word not in numbers)
        ends[stem][sides[0]].setdefault(_share(numbers[0]) if numbers else None, name)
    pairs = {stem: pairs for stem, both in ends.items() if (pairs := _pairs(both["lower"], both["upper"]))}
    if not pairs:
        return
    stem = min(pairs, key=lambda stem: (_of_the_mean(stem), len(stem)))
    others = [name for other, found in pairs.items() if other != stem for pair in found.values() for name in pair]
    if others:
        search.notes.append(f"There are several intervals: {quoted(others, 4)} are not used.")
    if _of_the_mean(stem):
        search.notes.append("By its name the interval is for the mean, not for y; it is judged as an interval for y.")
    if "mean" not in search.single and stem:  # as "NHITS" beside "NHITS-lo-90"
        middle = [
            name for name in names if tuple(word for word in words_of(name) if word not in INTERVAL_NOISE) == stem
        ]
        if middle:
            search.single["mean"] = middle[0]
            search.take(middle[:1])
    search.bounds |= pairs[stem]
    search.take([name for pair in pairs[stem].values() for name in pair] + others)


def _of_the_mean(stem: tuple[str, ...]) -> bool:
    return "mean" in stem


def _pairs(lower: dict[float | None, str], upper: dict[float | None, str]) -> dict[float | None, tuple[str, str]]:
    """By level: lower and upper of one level, or quantiles whose levels sum to 1, as 0.05 and 0.95."""
    found: dict[float | None, tuple[str, str]] = {}
    for level, name in lower.items():
        if level in upper:
            if level is None or level >= _FEWEST_LEVEL:
                found[level] = (name, upper[level])
        elif level is not None:
            other = next((high for high in upper if high is not None and abs(high + level - 1) < 1e-9), None)
            if other is not None:
                found[round(abs(other - level), 12)] = (name, upper[other])
    return found


def _share(text: str) -> float | None:
    """A level from "95", "0.95", "975" or "2.5"; None if the number is none."""
    value = float(text.replace(",", "."))
    if value >= 100 and len(text) == 3:
        value /= 10
    share = value if value < 1 else value / 100
    return round(share, 12) if 0 < share < 1 else None


def _take_quantiles(search: _Search, names: list[str]) -> None:
    """Columns whose name holds a probability: q0.05, p5, 5 %, quantile_0.1, 0.1."""
    families: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for name in names:
        found = _QUANTILE.fullmatch(plain_name(name))
        if found is None:
            continue
        mark, unit, number = found["mark"] or "", found["unit"].strip(" _-"), found["number"]
        fraction = re.fullmatch(r"0?[.,]\d+", number) is not None
        if mark or unit or fraction:
            kind = "marked" if mark or unit else "fraction"
            families[(squashed(found["stem"]), kind, "%" if "%" in unit else "")].setdefault(number, name)
    levels = {family: _levels(numbers) for family, numbers in families.items()}
    usable = {family: found for family, found in levels.items() if found and (len(found) > 1 or family[1] == "marked")}
    if not usable:
        return
    family = max(usable, key=lambda each: len(usable[each]))
    for level, name in usable[family].items():
        search.quantiles.setdefault(level, name)
    search.take(usable[family].values())


_READINGS: tuple[Callable[[str], float], ...] = (
    lambda text: float(text),  # 0.05
    lambda text: float(text) / 100,  # 5, 97.5
    lambda text: float(f"0.{text.replace('.', '')}"),  # 025, 975
    lambda text: float(f"{text[0]}.{text[1:]}"),  # 0025 for 0.025
)


def _levels(numbers: dict[str, str]) -> dict[float, str]:
    """Levels from the numbers of a family, read in the first way that makes all of them probabilities.

    A way that makes them symmetric about ½ goes first: "025, 500, 975" are 2.5, 50 and 97.5 %.
    """
    tried = []
    for read in _READINGS:
        try:
            levels = [round(read(re.sub(r"[_,]", ".", text)), 12) for text in numbers]
        except ValueError:
            continue
        if all(0 < level < 1 for level in levels) and len(set(levels)) == len(levels):
            symmetric = all(any(abs(level + other - 1) < 1e-9 for other in levels) for level in levels)
            tried.append((not symmetric, levels))
    if not tried:
        return {}
    best = min(tried, key=lambda each: each[0])[1]
    return dict(sorted(zip(best, numbers.values(), strict=True)))


def _take_numbered(search: _Search, names: list[str]) -> None:
    """Several columns that differ by a number: members' means and stds, or samples."""
    families: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for name in names:
        found = _NUMBERED.fullmatch(plain_name(name))
        if found is not None:
            families[(found["before"].strip(), found["after"].strip())].setdefault(int(found["number"]), name)
    for (before, after), numbers in families.items():  # mean, mean.2, mean.3: names that were made different
        bare = next((name for name in names if plain_name(name) == before and not after), None)
        if bare is not None and 2 in numbers and 1 not in numbers:
            numbers[1] = bare
    roles: dict[str, list[dict[int, str]]] = defaultdict(list)
    for (before, after), numbers in families.items():
        if len(numbers) > 1 and (role := _numbered_role(f"{before} {after}", len(numbers))):
            roles[role].append(numbers)
    best = {role: max(found, key=len) for role, found in roles.items()}
    if "s" in best:
        goes_with_means = "mean" in best and best["s"].keys() == best["mean"].keys()
        best.setdefault("std" if goes_with_means else "sample", best.pop("s"))
    for role, numbers in best.items():
        if role in ("mean", "sample") or ("mean" in best and numbers.keys() == best["mean"].keys()):
            search.several.setdefault(role, tuple(numbers[number] for number in sorted(numbers)))
            search.take(numbers.values())


def _numbered_role(stem: str, count: int) -> str:
    """What several columns hold that differ by a number; empty if the words say nothing."""
    words = words_of(stem)
    if not words:
        return "sample" if count >= _MANY else "mean"
    if words == ("s",):
        return "s"
    if squashed(stem) in SAMPLE_WORDS or SAMPLE_WORDS.intersection(words) - {"s"}:
        return "sample"
    left = [word for word in words if word not in MEMBER_WORDS]
    if not left:
        return "mean"
    if squashed("".join(left)) in NUMBERED:
        return NUMBERED[squashed("".join(left))]
    found = role_of(" ".join(left))
    return found[0] if found is not None and found[0] in ("mean", "weight", *SPREAD_ROLES) else ""


def _take_single(search: _Search) -> None:
    """The columns of one role each: exact names first, then the likeliest."""
    best: dict[str, tuple[int, int, str]] = {}
    stem = _target_stem(search.left) if "y" not in search.single else ()
    for place, name in enumerate(search.left):
        found = role_of(name) or _behind_stem(name, stem)
        if found is None or found[0] in ("group", "index", "weight") or found[0] in search.single:
            continue
        role, rank = found
        here = (-1 if name == role else rank, place, name)
        if role in best:
            others = sorted([here, best[role]])
            here = others[0]
            if role == "y" or others[1][0] < 100:
                search.notes.append(f"“{here[2]}” is used as {_CALLED.get(role, role)}, not “{others[1][2]}”.")
        best[role] = min(here, best.get(role, here))
    if "y" not in best and "y" not in search.single and stem:
        best["y"] = (0, 0, next(name for name in search.left if words_of(name) == stem))
    search.single |= {role: name for role, (_, _, name) in best.items()}
    search.take(name for _, _, name in best.values())


def _take_residual(search: _Search) -> bool:
    """y − mean in place of both: y about a mean of 0. Whether it was taken so."""
    residual = search.single.pop("residual", None)
    if residual is None:
        return False
    if "y" in search.single or "mean" in search.single:
        search.left.append(residual)
        return False
    search.single["y"] = residual
    search.notes.append(f"“{residual}” is read as y − mean: every mean counts as 0.")
    return True


_CALLED = {"log_variance": "the log variance", "log_std": "the log of the std", "mean": "the mean"}


def _target_stem(names: list[str]) -> tuple[str, ...]:
    """The words of a column that others begin with, as "price" beside "price_mean" and "price_std"."""
    if any(role[0] == "y" for name in names if (role := role_of(name)) is not None):
        return ()
    for name in names:
        words = words_of(name)
        if words and role_of(name) is None and any(_behind_stem(other, words) for other in names if other != name):
            return words
    return ()


def _behind_stem(name: str, stem: tuple[str, ...]) -> tuple[str, int] | None:
    """The role of what follows or precedes the target's name."""
    words = words_of(name)
    if not stem or len(words) <= len(stem):
        return None
    for rest in (
        words[len(stem) :] if words[: len(stem)] == stem else (),
        words[: -len(stem)] if words[-len(stem) :] == stem else (),
    ):
        if rest and (found := role_of(" ".join(rest))) is not None and found[0] in ("mean", "median", *SPREAD_ROLES):
            return found
    return None


def _group(search: _Search, columns: Columns) -> str:
    """A column of groups: chosen, or by its name if it has few values."""
    if "group" in search.single:
        return ""
    named = [(role[1], name) for name in search.left if (role := role_of(name)) is not None and role[0] == "group"]
    # An identity that repeats is that of a series, a sensor or a patient.
    ids = [name for name in search.left if role_of(name) is not None and "index" in (role_of(name) or ())]
    ids = [name for name in ids if columns[name].coded]
    return min(named)[1] if named else next(iter(ids), "")
