"""Rules on targets: counts, shares, many zeros, few values, and zeros under a log: what a Gaussian cannot do there."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...data.tables.columns import TableError
from ...evaluation.baselines import fit_baselines
from ..finding import Fix
from .misleading_rows import ranks, row_counters
from .remark import Array, Look, Remark

_BEYOND = 0.025  # probability that a Gaussian as wide as the target puts where no value can be
_MANY_ZEROS = 0.1
_MOST_COUNTED = 20  # median of a target that looks like counts
_FEW_VALUES = 12
_GAIN, _ERRORS = 0.3, 3.0  # nats a row, and standard errors, by which a straight line on log y is better
_MOST_ROWS = 20_000
_TELLS_ALL, _LEAST_ROWS = 0.999, 20
_QUANTILES = Fix("Fit quantiles", {"loss.name": "pinball"})


def gives_away(look: Look) -> Remark | None:
    """A feature that alone tells the target almost exactly, beside others that do not."""
    if len(look.features) < 2 or len(look.y) < _LEAST_ROWS:
        return None
    found, counters, some = {}, row_counters(look), _evenly(len(look.y))
    order_of_y = ranks(look.y[some])
    if np.ptp(order_of_y) == 0:
        return None
    for column in look.features:
        values = column.values[look.rows[some]]
        if column.name in counters:  # that is told by itself
            continue
        if column.kind == "number" and np.isfinite(values).all() and np.ptp(values) > 0:
            order = abs(float(np.corrcoef(ranks(values), order_of_y)[0, 1]))
            if order > _TELLS_ALL:
                found[column.name] = order
    if not found or len(found) == len(look.features):
        return None
    names, least = ", ".join(f"“{name}”" for name in list(found)[:3]), min(found.values())
    words = (
        f"{names} alone tell{'s' if len(found) == 1 else ''} “{look.choice.target}” almost exactly (rank "
        f"correlation {least:.4f}). It may be the target in another form, or known only afterwards."
    )
    return Remark("gives_away", words, found, look.without(*found))


def zeros_in_log(look: Look) -> Remark | None:
    """The log of the target is asked for, and some rows have none."""
    if not look.choice.log_target or not (look.y <= 0).any():
        return None
    zeros, below = int((look.y == 0).sum()), int((look.y < 0).sum())
    told = [f"{zeros:,} zero{'' if zeros == 1 else 's'}"] * (zeros > 0)
    told += [f"{below:,} value{'' if below == 1 else 's'} below 0"] * (below > 0)
    words = f"“{look.choice.target}” has {' and '.join(told)}, which have no log."
    fixes = [Fix("Fit the target itself", {"data.log_y": False})]
    if zeros and not below:
        codes = ", ".join(filter(None, [look.data.missing_values, f"{look.choice.target}=0"]))
        fixes.append(Fix("Leave out these rows", {"data.missing_values": codes}))
    return Remark("zeros_in_log", words, {"zeros": float(zeros), "below 0": float(below)}, tuple(fixes))


def many_zeros(look: Look) -> Remark | None:
    """A target that is exactly 0 in many rows, and above 0 and spread out in the others."""
    name, share = look.choice.target, float(np.mean(look.y == 0))
    if look.choice.log_target or (look.y < 0).any() or not _MANY_ZEROS <= share < 1 or counts(look):
        return None
    words = (
        f"{100 * share:.0f} % of “{name}” are exactly 0, the others above. A Gaussian does not fit so many equal "
        "values, and gives probability to values below 0. Quantiles can be 0 in many rows; or first model "
        "whether it is 0, then the other rows alone."
    )
    return Remark("many_zeros", words, {"share of zeros": share}, (_QUANTILES,))


def counts(look: Look) -> Remark | None:
    """A target of whole numbers from 0 on, so small that a Gaussian of its width would reach below 0."""
    name, beyond = look.choice.target, _below_zero(look.y)
    if look.choice.log_target or not _whole(look.y) or look.y.min() < 0 or beyond < _BEYOND:
        return None
    if len(np.unique(look.y)) <= 2 or look.y.min() > 1 or np.median(look.y) > _MOST_COUNTED:
        return None
    words = (
        f"“{name}” looks like counts: whole numbers from {look.y.min():,.0f} to {look.y.max():,.0f}, mean "
        f"{look.y.mean():,.3g}. A Gaussian gives probability to values between them and below 0 (about "
        f"{100 * beyond:.0f} %). Where it is narrow its NLL loses its meaning: do not compare it with a count "
        "model's. Quantiles stay within the values seen."
    )
    return Remark("counts", words, {"below 0": beyond}, (_QUANTILES,))


def shares(look: Look) -> Remark | None:
    """A target between 0 and 1, or 0 and 100, that comes near its ends."""
    name, y, top = look.choice.target, look.y, 1.0 if look.y.max() <= 1 else 100.0
    if look.choice.log_target or _whole(y) or y.min() < 0 or y.max() > top:
        return None
    mean, std = float(y.mean()), float(y.std())
    beyond = float(ndtr(-mean / std) + ndtr((mean - top) / std))
    if beyond < _BEYOND or (top == 100 and (y.max() < 95 or y.min() > 5)):
        return None
    words = (
        f"“{name}” is between 0 and {top:g}, like a share, and gets near the ends. A Gaussian gives probability "
        f"to values beyond them (about {100 * beyond:.0f} %), and its intervals may end there too. Quantiles stay "
        "within, or nearly."
    )
    return Remark("shares", words, {"beyond": beyond}, (_QUANTILES,))


def few_values(look: Look) -> Remark | None:
    """A target with a handful of values, such as marks or yes and no."""
    values = np.unique(look.y)
    if len(values) > _FEW_VALUES or len(look.y) < 5 * len(values) or counts(look):
        return None
    some = ", ".join(f"{value:g}" for value in values[:6]) + (" …" if len(values) > 6 else "")
    words = (
        f"“{look.choice.target}” has only {len(values)} values ({some}). A density can become narrow at each of "
        "them; then its NLL falls without limit and means nothing. Judge it by RMSE and coverage, or use a "
        "classifier."
    )
    return Remark("few_values", words, {"values": float(len(values))})


def better_as_log(look: Look) -> Remark | None:
    """A target above 0 whose log a straight line with one spread fits better, in nats a row."""
    data = look.dataset
    if data is None or look.choice.log_target or data.y.min() <= 0 or (_whole(look.y) and len(np.unique(look.y)) < 30):
        return None
    rows = _evenly(len(data.y))
    x, y = data.x.reshape(len(data.y), -1)[rows], data.y[rows]
    try:
        plain, log = (fit_baselines(x, each)["linear"](x) for each in (y, np.log(y)))
    except (ValueError, TableError):  # too few rows for a straight line
        return None
    gain = log.log_density(np.log(y)) - np.log(y) - plain.log_density(y)
    mean, error = float(np.mean(gain)), float(np.std(gain) / np.sqrt(len(gain)))
    if mean < max(_GAIN, _ERRORS * error):
        return None
    words = (
        f"A straight line with one std fits the log of “{look.choice.target}” better than the target itself, by "
        f"{mean:.2f} nats per row. Its scatter grows with its size, and no value is below 0. A network fitted to "
        "the log predicts no value below 0 either."
    )
    return Remark("better_as_log", words, {"gain": mean, "error": error}, (Fix("Fit the log", {"data.log_y": True}),))


def _evenly(n: int) -> NDArray[np.intp]:
    """The places of at most _MOST_ROWS of n rows."""
    return np.unique(np.linspace(0, n - 1, min(_MOST_ROWS, n)).round().astype(int))


def _whole(y: Array) -> bool:
    return bool((y == np.floor(y)).all())


def _below_zero(y: Array) -> float:
    return float(ndtr(-y.mean() / y.std())) if y.std() > 0 else 0.0
