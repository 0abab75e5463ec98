"""FORMS: the forms that predictions come in. One row per form: how it is recognised, an example, and its law.

A form takes the columns that `found_in` named and gives a `Given`: arrays with one row a point, and the law that they
are the parameters of. A new form is one row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..data.tables.columns import TableError, quoted
from ..distributions.drawn import SamplePredictive
from ..distributions.laws import Predictive, gaussian, laplace
from ..distributions.mixture import GaussianMixture
from ..distributions.quantiles import QuantilePredictive
from ..distributions.stated import MeanAlone, QuantilesAlone
from .predictions_columns import Found
from .predictions_words import PARTS, squashed

Array = NDArray[np.float64]
Values = Callable[[str], Array]  # the numbers of a column, (n,)
DEFAULT_LEVEL = 0.95  # of lower and upper, where nothing says it
_RARE = 1e-3  # of a right model's files have so many points beyond all samples


@dataclass(frozen=True)
class Family:
    """A family of distributions; `of(mean, std)` gives its member."""

    label: str
    of: Callable[[Array, Array], Predictive]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "gaussian": Family("Gaussian", gaussian),
        "laplace": Family("Laplace", lambda mean, std: laplace(mean, std / np.sqrt(2))),
    }
)


def root(variance: Array) -> Array:
    """√ that keeps the sign, so that a negative variance is refused later."""
    return np.sign(variance) * np.sqrt(np.abs(variance))


# From what a column holds to the std, by its role.
SPREADS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "std": lambda std: std,
        "variance": root,
        "log_variance": lambda log_variance: np.exp(log_variance / 2),
        "log_std": lambda log_std: np.exp(log_std),
        "precision": lambda precision: 1 / root(precision),
    }
)
SPREAD_WORDS = {
    "std": "std",
    "variance": "variance",
    "log_variance": "log variance",
    "log_std": "log std",
    "precision": "precision",
    "parts": "std from its parts",
}


# A name that holds one of these says its role by itself.
_SAID = {
    "std": ("",),
    "variance": ("var",),
    "log_variance": ("log", "ln"),
    "log_std": ("log", "ln"),
    "precision": ("",),
}


@dataclass(frozen=True, eq=False)
class Given:
    """What a file gives of n laws: the arrays (n, …) that are their parameters, and what makes laws of them."""

    law: Callable[..., Predictive]
    arrays: tuple[Array, ...]

    def at(self, indices: Any) -> Predictive:
        """The laws of some of the points, by index or mask."""
        return self.law(*(values[indices] for values in self.arrays))

    def whole(self) -> NDArray[np.bool_]:
        """Which rows have all that the form needs, as finite numbers, (n,)."""
        finite = [np.isfinite(values).reshape(len(values), -1).all(axis=1) for values in self.arrays]
        return np.logical_and.reduce(finite)


@dataclass(frozen=True)
class Asked:
    """What a form is read with: columns by role, their numbers, y (n,), the level of bounds, the family of a std."""

    found: Found
    values: Values
    y: Array
    level: float | None
    family: str

    def several(self, role: str) -> Array:
        """The numbers of several columns, (n, M)."""
        return np.stack([self.values(name) for name in self.found.several[role]], axis=-1)


@dataclass(frozen=True)
class Reading:
    """A form as read from a file: what it gives, what it was read as in words, and notes."""

    given: Given
    words: str
    notes: tuple[str, ...] = ()
    is_level_taken: bool = False  # nothing says the level of lower and upper: the usual one is taken


@dataclass(frozen=True)
class Form:
    """A form of predictions. `example` is a line of names and one row; `has` says whether a table can be read so."""

    name: str
    label: str
    help: str
    example: str
    has: Callable[[Found], bool]
    read: Callable[[Asked], Reading]


def _spread(asked: Asked) -> Reading:
    found, role = asked.found, asked.found.spread
    middle = next((each for each in ("mean", "median") if found.has(each)), "")
    mean = asked.values(found.single[middle]) if middle else np.zeros(asked.y.shape)
    std, note = _of_parts(asked) if role == "parts" else spread_of(asked, role)
    given = Given(FAMILIES[asked.family].of, (mean, std))
    return Reading(given, f"{middle or 'residual'} and {SPREAD_WORDS[role]}", note)


def _of_parts(asked: Asked) -> tuple[Array, tuple[str, ...]]:
    """The std whose square is the sum of those of the noise and of what the model does not know."""
    single = asked.found.single
    there = [role for role in PARTS if role in single]
    squares = [asked.values(single[role]) if "variance" in role else asked.values(single[role]) ** 2 for role in there]
    names = " and ".join(f"“{single[role]}”" for role in there)
    note = f"The variance is the sum of those of {names}."
    if len({role.partition("_")[0] for role in there}) == 1:
        what_is_missing = "the model does not know" if there[0].startswith("noise") else "is noise"
        note = f"The std is only that of {names}; the part that {what_is_missing} is missing."
    return root(np.sum(squares, axis=0)), (note,)


def spread_of(asked: Asked, role: str) -> tuple[Array, tuple[str, ...]]:
    """The std from the column of this role, and a note where the name leaves two readings."""
    name = asked.found.single[role]
    given = asked.values(name)
    seen = given[np.isfinite(given)]
    if role in ("std", "variance") and np.all(seen <= 0) and np.any(seen < 0):
        note = f"“{name}” is never above 0, so it must be a logarithm: it is read as the log variance."
        return SPREADS["log_variance"](given), (note,)
    notes = ()
    if not any(word in squashed(name) for word in _SAID[role]):
        notes = (f"“{name}” is read as the {SPREAD_WORDS[role]}.",)
    return SPREADS[role](given), notes


def _members(asked: Asked) -> Reading:
    means = asked.several("mean")
    role = next((role for role in SPREADS if role in asked.found.several), "")
    count = means.shape[-1]
    if not role:
        note = (
            f"The std is only that of the {count} members' means: the model's ignorance without the noise of y. "
            "It is too small for y if there is noise."
        )
        given = Given(
            FAMILIES[asked.family].of, (np.asarray(np.mean(means, axis=-1)), np.asarray(np.std(means, axis=-1)))
        )
        return Reading(given, f"means of {count} members, without a std", (note,))
    stds = SPREADS[role](asked.several(role))
    if stds.shape != means.shape:
        raise TableError(
            f"There are {count} columns of means and {stds.shape[-1]} of {SPREAD_WORDS[role]}, but as many are needed."
        )
    weights = np.full(means.shape, 1 / count)
    words = f"{count} members with mean and {SPREAD_WORDS[role]}, equally weighted"
    if "weight" in asked.found.several and len(asked.found.several["weight"]) == count:
        weights = asked.several("weight")
        weights = weights / np.sum(weights, axis=-1, keepdims=True)
        words = f"a mixture of {count} Gaussians with weights"
    return Reading(Given(GaussianMixture, (weights, means, stds)), words)


def _samples(asked: Asked) -> Reading:
    samples, y = asked.several("sample"), asked.y
    n, count = samples.shape
    u = np.asarray(np.random.default_rng(np.random.SeedSequence([n, count])).random(n), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        beyond = int(np.sum((y < samples.min(axis=-1)) | (y > samples.max(axis=-1))))
    judged = int(np.sum(np.isfinite(y) & np.isfinite(samples).all(axis=-1)))
    tails = bool(judged and special.bdtrc(beyond - 1, judged, 2 / (count + 1)) < _RARE) if beyond else False
    notes = [
        "CRPS is the fair version, unbiased for a finite number of samples. Ranks of y between samples are "
        "random with a fixed seed."
    ]
    if count < 39:
        notes.append(
            f"Beyond the outermost of {count} samples a Gaussian tail with their std is assumed. A "
            f"{100 * (count - 1) / (count + 1):.0f} % interval is the widest that {count} samples alone can give."
        )
    if 3 < count < 100:
        expected = (1 + 1 / count) * (count - 1) / (count - 3)
        notes.append(f"With {count} Gaussian samples a right model has a mean z² of {expected:.2f}, not 1.")
    law = partial(SamplePredictive, tails=tails)
    return Reading(Given(law, (samples, u)), f"{count} samples", tuple(notes))


def all_levels(found: Found, level: float | None) -> dict[float, tuple[str, ...]]:
    """Every stated quantile by its probability: quantiles, ends of intervals, and a median."""
    levels: dict[float, tuple[str, ...]] = {p: (name,) for p, name in found.quantiles.items()}
    for share, (low, high) in found.bounds.items():
        share = share or level or DEFAULT_LEVEL
        levels.setdefault(round((1 - share) / 2, 12), (low,))
        levels.setdefault(round((1 + share) / 2, 12), (high,))
    if found.has("median"):
        levels.setdefault(0.5, (found.single["median"],))
    return dict(sorted(levels.items()))


def _quantile_values(asked: Asked) -> tuple[tuple[float, ...], Array, tuple[str, ...]]:
    """Levels, the values (n, Q) at them, sorted where they cross, and notes."""
    levels = all_levels(asked.found, asked.level)
    values = np.stack([asked.values(names[0]) for names in levels.values()], axis=-1)
    notes = []
    if None in asked.found.bounds and asked.level is None:
        pair = quoted(asked.found.bounds[None])
        notes.append(f"The names {pair} give no level: {100 * DEFAULT_LEVEL:g} % is used.")
    with np.errstate(invalid="ignore"):
        crossing = int(np.sum((np.diff(values, axis=-1) < 0).any(axis=-1)))
    if crossing:
        what = (
            "lower is above upper: the two are swapped there"
            if len(levels) == 2
            else "quantiles cross: they are sorted there"
        )
        notes.append(f"In {crossing:,} of {len(values):,} rows {what}.")
        values = np.sort(values, axis=-1)
    return tuple(levels), values, tuple(notes)


_COUNTS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


def _quantiles(asked: Asked) -> Reading:
    levels, values, notes = _quantile_values(asked)
    if asked.found.has("mean"):
        notes += (
            f"“{asked.found.single['mean']}” is not used: the mean is that of the distribution through the quantiles.",
        )
    count = _COUNTS.get(len(levels), str(len(levels)))
    words = f"{count} quantiles, {100 * levels[0]:g} % to {100 * levels[-1]:g} %"
    return Reading(Given(partial(QuantilePredictive, levels), (values,)), words, notes)


def _interval(asked: Asked) -> Reading:
    levels, values, notes = _quantile_values(asked)
    middle = asked.found.single.get("mean")
    mean = np.full(len(values), np.nan) if middle is None else asked.values(middle)
    alone = QuantilesAlone(levels, values[:1], mean[:1])
    words = "one quantile" if len(levels) == 1 else "two quantiles"
    if alone.central is not None:
        words = f"an interval of {100 * alone.central:g} %"
    words += " alone" if middle is None else " and a mean"
    law = partial(_quantiles_alone, levels, middle is not None)
    given = Given(law, (values, mean) if middle is not None else (values,))
    return Reading(given, words, notes, None in asked.found.bounds and asked.level is None)


def _quantiles_alone(levels: tuple[float, ...], with_mean: bool, values: Array, *mean: Array) -> QuantilesAlone:
    return QuantilesAlone(levels, values, mean[0] if with_mean else np.full(len(values), np.nan))


def _means(asked: Asked) -> Reading:
    note = "There are only means: errors can be judged, but no std, interval or distribution."
    found = asked.found
    name = found.single["mean"] if found.has("mean") else found.single["median"]
    return Reading(Given(MeanAlone, (asked.values(name),)), "only means", (note,))


_ROWS = (
    Form(
        "spread",
        "Mean and std",
        "A mean, with a std, variance, log variance, log std or precision.",
        "y,mean,std\n1.20,0.95,0.40",
        lambda found: bool(found.spread) and (found.has("mean") or found.has("median") or found.is_residual),
        _spread,
    ),
    Form(
        "members",
        "Members of an ensemble",
        "Means of several networks, with or without their std or variance.",
        "y,mean_1,std_1,mean_2,std_2\n1.20,0.90,0.40,1.00,0.30",
        lambda found: "mean" in found.several,
        _members,
    ),
    Form(
        "samples",
        "Samples",
        "Random draws of y from each predicted distribution.",
        "y,sample_0,sample_1,sample_2\n1.20,0.31,0.95,1.44",
        lambda found: "sample" in found.several,
        _samples,
    ),
    Form(
        "quantiles",
        "Quantiles",
        "Three or more quantiles, with the level in each name.",
        "y,q0.05,q0.5,q0.95\n1.20,0.30,0.95,1.60",
        lambda found: len(all_levels(found, None)) > 2,
        _quantiles,
    ),
    Form(
        "interval",
        "Lower and upper",
        "The ends of one interval, with the level in their names or chosen.",
        "y,lower_90,upper_90\n1.20,0.30,1.60",
        lambda found: 0 < len(all_levels(found, None)) < 3 and (bool(found.bounds) or bool(found.quantiles)),
        _interval,
    ),
    Form(
        "mean",
        "Means alone",
        "Only errors can be judged.",
        "y,mean\n1.20,0.95",
        lambda found: found.has("mean") or found.has("median"),
        _means,
    ),
)
FORMS: Mapping[str, Form] = MappingProxyType({row.name: row for row in _ROWS})


def forms_of(found: Found) -> tuple[str, ...]:
    """The forms that a table can be read as, the likeliest first."""
    return tuple(name for name, row in FORMS.items() if row.has(found))


def _spread_roles(found: Found) -> list[str]:
    if found.spread == "parts":
        return [role for role in PARTS if role in found.single]
    return [found.spread] if found.spread else []


def used(found: Found, form: str) -> list[str]:
    """The columns that a form reads its predictions from."""
    single, several = found.single, found.several
    middle = [single[role] for role in ("mean", "median") if role in single][:1]
    ends = [name for pair in found.bounds.values() for name in pair]
    quantiles = [*found.quantiles.values(), *ends, *([single["median"]] if "median" in single else [])]
    by_form = {
        "spread": [*middle, *(single[role] for role in _spread_roles(found))],
        "mean": middle,
        "members": [name for role in several if role != "sample" for name in several[role]],
        "samples": list(several.get("sample", ())),
        "quantiles": quantiles,
        "interval": quantiles,
    }
    return by_form[form]
