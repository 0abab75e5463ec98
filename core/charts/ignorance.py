"""Noise and ignorance over x: the mean, the band of the noise, and around it the band of what the net does not know."""

from functools import lru_cache
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .fit import BAND_STDS, dot_size, thin
from .marks import area, dots, hover, line, promise, rows, told
from .rows import Layer, of_one_shape, table_of
from .spec import (
    SMALLEST_EXTENT,
    STD_NAME,
    Domain,
    Spec,
    finished,
    log_ticks,
    log_x_axis,
    slot,
    template,
    x_axis,
)

NUMBERS = ("x", "y", "right", "truth", "noise", "ignorance", "low", "noise_low", "noise_high", "high", "true_noise")
MOST_POINTS = 300
BY_N_NUMBERS = ("n", "noise", "inside", "gap", "truth")


def ignorance_table(
    points_x: ArrayLike,
    points_y: ArrayLike,
    x: ArrayLike,
    mean: ArrayLike,
    noise_std: ArrayLike,
    ignorance_std: ArrayLike,
    truth_mean: ArrayLike,
    truth_std: ArrayLike,
    gap: Domain,
) -> pd.DataFrame:
    """The rows of the chart, float32: "data" (points), "curve" (one per x, all (n,)) and "gap" (its two ends).

    The inner band is mean ± 2·noise_std, the outer one mean ± 2·√(noise_std² + ignorance_std²). Raises ValueError where
    shapes differ.
    """
    px, py = thin(points_x, points_y, MOST_POINTS)
    curves = {"noise_std": noise_std, "ignorance_std": ignorance_std, "truth_mean": truth_mean, "truth_std": truth_std}
    at, middle, noise, ignorance, truth, true_noise = of_one_shape(x=x, mean=mean, **curves)
    total = (noise**2 + ignorance**2) ** 0.5
    curve = {
        "x": at,
        "y": middle,
        "truth": truth,
        "true_noise": true_noise,
        "noise": noise,
        "ignorance": ignorance,
        "low": middle - BAND_STDS * total,
        "noise_low": middle - BAND_STDS * noise,
        "noise_high": middle + BAND_STDS * noise,
        "high": middle + BAND_STDS * total,
    }
    layers: list[Layer] = [("data", {"x": px, "y": py}), ("curve", curve), ("gap", {"x": gap[0], "right": gap[1]})]
    return table_of(layers, NUMBERS)


@lru_cache(maxsize=64)
def ignorance_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    title: str,
    x_label: str = "x",
    extent: int = SMALLEST_EXTENT,
    points: int = MOST_POINTS,
) -> Spec:
    """The chart for tables of ``ignorance_table``; the gap is shaded. Few ``points`` are drawn larger."""
    labels: dict[str, Any] = {"x_label": x_label, "axes": (x_label, "y"), "dot_size": dot_size(points)}
    return finished(_template(), scheme, x_domain, y_domain, title=title, extent=extent, **labels)


@lru_cache(maxsize=1)
def _template() -> Spec:
    curve = rows("curve", x_axis("x"))
    tooltip = told("@x_format", x="@x_label") + told(
        "@y_format", y="predicted mean", noise="noise, std", ignorance="ignorance, std", truth="true mean"
    )
    return template(
        rows("gap", x_axis("x")).mark_rect(color="@muted", opacity=0.13, clip=True).encode(x2="right"),
        area(curve, "noise_high", "high", "@epistemic", 0.6),
        area(curve, "low", "noise_low", "@epistemic", 0.6),
        area(curve, "noise_low", "noise_high", "@prediction", 0.3),
        dots(rows("data", x_axis("x")), "y", "@data", slot("dot_size"), 0.6),
        line(curve, "y", "@prediction", 2.2),
        promise(curve, "truth"),
        *hover(curve, "y", "@prediction", tooltip),
    )


@lru_cache(maxsize=64)
def parts_spec(
    scheme: str, x_domain: Domain, std_domain: Domain, *, x_label: str = "x", extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart of both standard deviations over x, for the same tables, to stand under the other one."""
    title = f"Std of noise and ignorance over {x_label}"
    labels: dict[str, Any] = {"x_label": x_label, "axes": (x_label, STD_NAME)}
    return finished(_parts_template(), scheme, x_domain, std_domain, title=title, extent=extent, **labels)


@lru_cache(maxsize=1)
def _parts_template() -> Spec:
    curve = rows("curve", x_axis("x"))
    tooltip = told("@x_format", x="@x_label") + told(
        "@y_format", noise="noise, std", true_noise="true noise", ignorance="ignorance, std"
    )
    return template(
        rows("gap", x_axis("x")).mark_rect(color="@muted", opacity=0.13, clip=True).encode(x2="right"),
        promise(curve, "true_noise"),
        line(curve, "noise", "@prediction", 2.2),
        line(curve, "ignorance", "@epistemic", 2.6),
        *hover(curve, "ignorance", "@epistemic", tooltip),
    )


def by_n_domains(n: ArrayLike, *stds: ArrayLike) -> tuple[Domain, Domain]:
    """The axes of the chart over n: from the fewest to the most points, and from 0 to above the largest std."""
    sizes, *values = of_one_shape(n=n, **{f"std_{i}": each for i, each in enumerate(stds)})
    return (float(sizes.min()), float(sizes.max())), nice(0.0, 1.05 * max(float(each.max()) for each in values), 4)


def by_n_table(n: ArrayLike, noise: ArrayLike, inside: ArrayLike, gap: ArrayLike, truth: ArrayLike) -> pd.DataFrame:
    """The rows of the chart over n, float32: a row for each number of points.

    All are standard deviations (sizes,): the noise among the points, the ignorance there and in the gap, and the true
    noise. Raises ValueError where shapes differ.
    """
    sizes, *stds = of_one_shape(n=n, noise=noise, inside=inside, gap=gap, truth=truth)
    return table_of([("curve", dict(zip(BY_N_NUMBERS, (sizes, *stds), strict=True)))], BY_N_NUMBERS)


@lru_cache(maxsize=64)
def by_n_spec(scheme: str, n_domain: Domain, y_domain: Domain, *, title: str, extent: int = SMALLEST_EXTENT) -> Spec:
    """The chart for tables of ``by_n_table``; n is logarithmic, a std never."""
    ticks = log_ticks(n_domain)
    axes = ("training points", STD_NAME)
    return finished(_by_n_template(), scheme, n_domain, y_domain, title=title, axes=axes, extent=extent, x_values=ticks)


@lru_cache(maxsize=1)
def _by_n_template() -> Spec:
    curve = rows("curve", log_x_axis("n"))
    tooltip = told(",d", n="points") + told(
        "@y_format", noise="noise, std", truth="true noise", inside="ignorance among them", gap="ignorance in the gap"
    )
    return template(
        promise(curve, "truth"),
        line(curve, "noise", "@prediction", 2.2),
        line(curve, "inside", "@epistemic", 2.2),
        line(curve, "gap", "@epistemic", 2.2, strokeDash=[2, 3]),
        *(dots(curve, field, colour, 40) for field, colour in (("noise", "@prediction"), ("gap", "@epistemic"))),
        *hover(curve, "inside", "@epistemic", tooltip),
    )
