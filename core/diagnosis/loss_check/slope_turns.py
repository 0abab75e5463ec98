"""Where a slope turns: places at which an output may come to rest, from a scan, and the rest itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALVINGS, _LINES = 4, 7
_OVERFLOWS = 50.0  # |s| beyond which the end of where a loss has a value is what a float can hold
_FADED = 1e-3  # of the slopes beside it: what underflows, where a kink would jump
_SAME = 1e-9  # two values of E loss are one


@dataclass(frozen=True)
class Place:
    """Where s may rest: between `low` and `high`; on `level`; or near an end that it `goes_to`."""

    status: str
    low: float
    high: float
    level: tuple[float, float] | None = None
    goes_to: float = np.nan


@dataclass(frozen=True)
class Rest:
    """Where s comes to on noise of one σ.

    `status`: "found", at `s`; "level", every s of `level` is as good; "escapes", lowest as s nears `goes_to`
    (±∞, or the edge of where the loss has a value); "unbounded", it falls for ever there; "undefined", it has no value.
    `value` is E loss there. `others` are further rests of s that are as low.
    """

    status: str
    s: float
    value: float
    level: tuple[float, float] | None = None
    goes_to: float = np.nan
    others: tuple[float, ...] = ()


def turn(slope: Callable[[Array], Array], low: Array, high: Array, halvings: int = _HALVINGS) -> Array:
    """Where a slope turns from below 0 to above it: halvings, then straight lines that keep it between (Illinois)."""
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        below = slope(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    at_low, at_high = slope(low), slope(high)
    side = np.zeros(low.shape)
    with np.errstate(all="ignore"):
        for _ in range(_LINES):
            share = np.nan_to_num(at_low / (at_low - at_high), nan=0.5, posinf=0.5, neginf=0.5)
            middle = low + np.clip(share, 1e-3, 1 - 1e-3) * (high - low)
            found = slope(middle)
            below = found < 0
            at_high = np.where(below, np.where(side < 0, 0.5 * at_high, at_high), found)
            at_low = np.where(below, found, np.where(side > 0, 0.5 * at_low, at_low))
            low, high = np.where(below, middle, low), np.where(below, high, middle)
            side = np.where(below, -1.0, 1.0)
        share = np.nan_to_num(at_low / (at_low - at_high), nan=0.5, posinf=0.5, neginf=0.5)
    return low + np.clip(share, 0.0, 1.0) * (high - low)


def lowest(rests: list[Rest], has_stop: bool) -> Rest:
    """The rest that the loss is lowest at; of a gradient that is no objective's the one nearest to where s starts."""
    rests = [rest for rest in rests if not np.isnan(rest.value)]
    if not rests:
        return Rest("undefined", np.nan, np.nan)
    found = [rest for rest in rests if rest.status == "found"]
    if has_stop and found:
        return min(found, key=lambda rest: abs(rest.s))
    least = min(rest.value for rest in rests)
    as_low = [rest for rest in rests if rest.value <= least + _SAME * (1 + abs(least))]
    best = max(as_low, key=lambda rest: (rest.status == "found", rest.status == "level", rest.s))
    return replace(best, others=tuple(rest.s for rest in as_low if rest is not best and rest.status == "found"))


def places_of(s: Array, values: Array, slopes: Array) -> list[Place]:
    """Where a scan shows that s may come to rest: where the slope turns from below 0 to above it, or an end."""
    usable, found = np.isfinite(values) & np.isfinite(slopes), []
    size = np.abs(values[usable]).max() if usable.any() else 0.0
    if usable.any() and np.abs(slopes[usable]).max() <= 1e-13 * size:
        return [Place("level", 0.0, 0.0, (-np.inf, np.inf))]
    for run in np.split(np.arange(len(s)), np.flatnonzero(~usable)):
        run = run[usable[run]]
        if len(run) > 1:
            found += _places_of_run(s, values, slopes, run)
    return found


def _places_of_run(s: Array, values: Array, slopes: Array, run: NDArray[np.intp]) -> list[Place]:
    signs = np.sign(slopes[run])
    starts = np.flatnonzero(np.diff(signs, prepend=np.nan) != 0)
    stretches = [(signs[a], run[a], run[b - 1]) for a, b in zip(starts, [*starts[1:], len(run)], strict=True)]
    low_end, high_end = (_end(float(s[i])) for i in (run[0], run[-1]))
    found = []
    for k, (sign, first, last) in enumerate(stretches):
        before = stretches[k - 1][0] if k else -1.0
        after = stretches[k + 1][0] if k + 1 < len(stretches) else 1.0
        if sign == 0 and before <= 0 <= after and (before < 0 or k == 0) and (after > 0 or k + 1 == len(stretches)):
            inner = [i for i, held in ((first - 1, k > 0), (last + 1, k + 1 < len(stretches))) if held]
            faded = inner and all(_fades(slopes, i, 1 if i > last else -1) for i in inner)
            if first == last and len(inner) == 2:
                found.append(Place("found", float(s[first - 1]), float(s[last + 1])))
            elif faded and len(inner) == 1:
                end = (high_end, last) if k else (low_end, first)
                found.append(Place("escapes", float(s[end[1]]), float(s[end[1]]), goes_to=end[0]))
            else:
                level = (
                    low_end if k == 0 else float(s[first]),
                    high_end if k + 1 == len(stretches) else float(s[last]),
                )
                found.append(Place("level", float(s[first if k else last]), float(s[first if k else last]), level))
        elif sign > 0 and k == 0:
            found.append(_at_end(s, values, run[:8], low_end))
        elif sign < 0 and after > 0 and k + 1 < len(stretches):
            found.append(Place("found", float(s[last]), float(s[stretches[k + 1][1]])))
        elif sign < 0 and k + 1 == len(stretches):
            found.append(_at_end(s, values, run[::-1][:8], high_end))
    return found


def _end(s: float) -> float:
    """Where a stretch ends: far out it does so by overflow alone."""
    return float(np.copysign(np.inf, s)) if abs(s) > _OVERFLOWS else float(np.round(s, 3)) + 0.0


def _fades(slopes: Array, at: int, step: int) -> bool:
    """Whether a slope that is 0 beyond `at` came there by underflow, not by a kink."""
    inside = slopes[at : at + 8 * step : step] if at + 8 * step >= 0 else slopes[at::step]
    return bool(abs(slopes[at]) < _FADED * np.abs(inside[np.isfinite(inside)]).max())


def _at_end(s: Array, values: Array, inward: NDArray[np.intp], goes_to: float) -> Place:
    falls = np.diff(values[inward][::-1]) * -1  # towards the end
    runs = len(falls) >= 3 and falls[-1] > 1e-6 * (1e-3 + abs(values[inward[0]])) and falls[-1] > 0.6 * falls[-3]
    at = float(s[inward[0]])
    return Place("unbounded" if runs else "escapes", at, at, goes_to=goes_to)
