"""The floor of a loss against the σ of the noise: where it turns negative, and where this run is."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..words import number, quantity
from .labels import along, at_a_rule, share, text_gap
from .marks import DASH, by_role, hover, level, line, rows, told, words
from .rows import Array, Layer, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, log_ticks, log_x_axis, template, y_axis

NUMBERS = ("sigma", "floor", "other", "high")
TEXTS = ("role", "text", "side")
TITLE = "Best possible loss by σ, nats per point"

Curves = dict[str, Array]


def floor_table(
    sigma: ArrayLike,
    floor: ArrayLike,
    *,
    loss_domain: Domain,
    constant: float | None = None,
    with_constant: bool = False,
    constant_name: str = "½ log 2π",
    crossings: Sequence[float | None] = (None, None),
    own: ArrayLike | None = None,
    own_role: str = "truth",
    reached: float | None = None,
    height: float = 260.0,
) -> pd.DataFrame:
    """The rows of the floor chart, ``layer`` by ``layer``.

    ``floor`` is the lowest expected loss, without its constant, where the noise has standard deviation ``sigma``, both
    of shape (grid,), σ in even ratios over the whole of the axis. ``constant`` is what a full NLL adds (None: nothing),
    and ``with_constant`` whether it is counted: that curve is drawn strong and the other thin. ``crossings`` are the σ
    at which the curve without and with it is zero. ``own`` are the run's own σ at one place or many: their geometric
    mean is marked, and their range where they vary; ``own_role`` says whether they are the "truth" or a "prediction".
    ``reached`` is the loss that a network came to there: a ring, and its value in the words.

    Layers: "curve" (``floor`` is the curve in force, ``other`` the other one), "zero", "crossing" (dots, with role
    "floor" or "other"), "own" (a rule and a dot), "reached" (a ring), "range" (sigma to high), "name" and "note".
    """
    sigma, without = np.asarray(sigma, dtype=float), np.asarray(floor, dtype=float)
    if sigma.shape != without.shape:
        raise ValueError(f"floor has shape {without.shape}; sigma has shape {sigma.shape}")
    kept = constant is not None and with_constant
    curves: Curves = {"floor": without} if constant is None else {"floor": without, "other": without + constant}
    texts = {} if constant is None else {"floor": f"without {constant_name}", "other": f"with {constant_name}"}
    if kept:
        curves = {"floor": curves["other"], "other": curves["floor"]}
        texts = {"floor": texts["other"], "other": texts["floor"]}
    gap = text_gap(loss_domain, height)
    names = _names(sigma, curves, texts, loss_domain, gap)
    found = (
        [] if own is None else _own(np.asarray(own, float), sigma, curves, names, own_role, reached, loss_domain, gap)
    )
    return table_of(
        [
            ("curve", {"sigma": sigma, **curves}),
            ("zero", {"floor": 0.0}),
            *_crossings(crossings[::-1] if kept else crossings, (sigma[0], sigma[-1]), gap),
            *names,
            *found,
        ],
        NUMBERS,
        TEXTS,
    )


def _crossings(crossings: Sequence[float | None], sigma_domain: Domain, gap: float) -> list[Layer]:
    """A dot where each curve crosses zero, with its σ: over the curve for the left dot, under it for the right one."""
    found: list[Layer] = []
    seen = [at for at in crossings if at is not None]
    for role, at in zip(("floor", "other"), crossings, strict=True):
        if at is not None and sigma_domain[0] <= at <= sigma_domain[1]:
            above = len(seen) > 1 and at == min(seen)
            spot = {"floor": 0.8 * gap, "side": "right"} if above else {"floor": -0.8 * gap, "side": "left"}
            found.append(("crossing", {"sigma": at, "floor": 0.0, "role": role}))
            found.append(("note", {"sigma": at, "role": role, "text": f"{at:.3f}", **spot}))
    return found


def _names(sigma: Array, curves: Curves, names: dict[str, str], loss_domain: Domain, gap: float) -> list[Layer]:
    """The name of each curve at its left end: over the upper curve, under the lower one."""
    upper = max(curves, key=lambda role: float(np.nanmean(curves[role])))
    found: list[Layer] = []
    for role, text in names.items():
        span = _log_share(sigma) <= share(text)
        others = [values[span] for name, values in curves.items() if name != role]
        spot = along(sigma[span], curves[role][span], others, loss_domain, gap, above=role == upper)
        found.append(("name", {"sigma": spot.x, "floor": spot.y, "role": role, "text": text, "side": spot.side}))
    return found


def _own(
    own: Array,
    sigma: Array,
    curves: Curves,
    names: list[Layer],
    role: str,
    reached: float | None,
    loss_domain: Domain,
    gap: float,
) -> list[Layer]:
    """The run's σ: its range where it has one; a rule, and a dot on the curve, at its geometric mean; its words."""
    own = own[np.isfinite(own) & (own > 0)]
    if not own.size:
        return []
    at = float(np.exp(np.log(own).mean()))
    level = float(np.interp(math.log(at), np.log(sigma), curves["floor"]))
    varies = own.max() > 1.05 * own.min()
    text = f"{'mean ' if varies else ''}σ = {quantity(at)}: floor {number(level)}"
    text += "" if reached is None else f", network {number(reached)}"
    taken = [np.where(_log_share(sigma) <= share(name["text"]), name["floor"], np.nan) for _, name in names]
    (spot,) = at_a_rule([text], math.log(at), np.log(sigma), [*curves.values(), *taken], loss_domain, gap)
    return [
        *([("range", {"sigma": own.min(), "high": own.max(), "role": role})] if varies else []),
        ("own", {"sigma": at, "floor": level, "role": role}),
        *([] if reached is None else [("reached", {"sigma": at, "floor": reached})]),
        ("note", {"sigma": at, "floor": spot.y, "role": role, "text": text, "side": spot.side}),
    ]


def _log_share(sigma: Array) -> Array:
    """Positions on the logarithmic axis, 0 at its left end and 1 at its right end."""
    return np.log(sigma / sigma[0]) / np.log(sigma[-1] / sigma[0])


@lru_cache(maxsize=64)
def floor_spec(
    scheme: str, sigma_domain: Domain, loss_domain: Domain, *, title: str = TITLE, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``floor_table`` with the same domains; σ is logarithmic, the loss, which may be
    negative, never."""
    ticks = log_ticks(sigma_domain)
    axes = ("σ", "lowest possible loss")
    return finished(
        _template(), scheme, sigma_domain, loss_domain, title=title, axes=axes, extent=extent, x_values=ticks
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    x, y = log_x_axis("sigma"), y_axis("floor")
    role = by_role({"floor": "@loss", "other": "@muted", "truth": "@truth", "prediction": "@prediction"})
    curve, own, crossing = (rows(name, x) for name in ("curve", "own", "crossing"))
    return template(
        rows("range", x).mark_rect(opacity=0.07, clip=True).encode(x2="high", color=role),
        level("zero", y, "@zero"),
        line(curve, "other", "@muted", 1.2),
        line(curve, y, "@loss", 2.6),
        own.mark_rule(strokeWidth=1.5, strokeDash=DASH, clip=True).encode(color=role),
        crossing.mark_circle(size=60, opacity=1, clip=True).encode(y=y, color=role),
        own.mark_circle(size=110, opacity=1, clip=True).encode(y=y, color=role),
        rows("reached", x).mark_point(size=260, color="@prediction", strokeWidth=2.5, filled=False).encode(y=y),
        *words(rows("note", x).encode(color=role), y),
        *words(rows("name", x).encode(color=role), y, fontWeight=600),
        *hover(curve, y, "@loss", told(".3~g", sigma="σ") + told("@y_format", floor="floor")),
    )
