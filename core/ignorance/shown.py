"""The charts and tables of what ways say: assembled once, from what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..charts.domains import fit_domain, nice
from ..charts.drawing import Drawing
from ..charts.ignorance import (
    by_n_domains,
    by_n_spec,
    by_n_table,
    ignorance_spec,
    ignorance_table,
    parts_spec,
)
from ..charts.spec import axis_extent
from ..experiment.build import dataset_of
from ..experiment.experiment import Experiment
from ..words import quantity
from .by_n import OfSize
from .finding import Answers
from .measured import LEVEL, Measured
from .places import GAP, INSIDE, OUTSIDE, WORDS, Places
from .ways import WAYS, Way

Rows = list[Sequence[str]]
_DASH = "–"
STDS_SHOWN = 3.0  # the axis of the parts ends at so many times the largest true std


@dataclass(frozen=True)
class Charts:
    """The two charts of a way, one under the other: its bands around the mean, and its two parts, over x."""

    bands: Drawing
    parts: Drawing


def charts(found: Measured, experiment: Experiment, places: Places, scheme: str) -> Charts:
    """Mean, noise and ignorance of a way over x, with the points, the truth and the gap.

    The axes are the same for all ways, and as narrow as the points allow: what is larger is cut off.
    """
    data = dataset_of(experiment)
    if data.truth is None:
        raise ValueError("the truth of these points is not known")
    truth, std = data.truth.mean(places.x), data.truth.std(places.x)
    within = ~places.where[OUTSIDE]
    x_domain, y_domain = (float(places.x[0]), float(places.x[-1])), fit_domain(data.y, truth[within], std[within])
    std_domain = nice(0.0, STDS_SHOWN * float(std.max()), 3)
    told, extent = found.told, axis_extent(y_domain, std_domain)
    noise, ignorance = np.sqrt(told.parts.aleatoric), np.sqrt(told.parts.epistemic)
    mean = np.asarray(told.predictive.mean)
    table = ignorance_table(data.x, data.y, places.x, mean, noise, ignorance, truth, std, places.gap)
    labels: dict[str, Any] = {"x_label": data.x_label, "extent": extent}
    bands = ignorance_spec(scheme, x_domain, y_domain, title=title(found.way), points=len(data.y), **labels)
    parts = parts_spec(scheme, x_domain, std_domain, **labels)
    return Charts(Drawing(bands, table), Drawing(parts, table[table["layer"] != "data"]))


def title(way: Way) -> str:
    """The title of its chart: a heuristic says so."""
    return way.label if way.exact else f"{way.label} (a heuristic)"


def covered_words(found: Measured) -> str:
    """How many new points in the gap its intervals cover, and how many of its nets diverged, if any."""
    lost = f"; {found.lost} of its {found.way.trainings} networks diverged, the others are used" if found.lost else ""
    return f"Its {100 * LEVEL:.0f} % intervals cover {_percent(found.parts[GAP].coverage)} in the gap{lost}."


def chart_by_n(found: Sequence[OfSize], scheme: str) -> Drawing | None:
    """Noise and ignorance over the number of points; None below two sizes with an answer."""
    found = [each for each in found if each.parts]
    if len(found) < 2:
        return None
    n = [each.n for each in found]
    noise, inside, truth = (
        [getattr(each.parts[INSIDE], name) for each in found] for name in ("noise", "ignorance", "true_noise")
    )
    gap = [each.parts[GAP].ignorance for each in found]
    domains = by_n_domains(n, noise, inside, gap, truth)
    spec = by_n_spec(scheme, *domains, title="Noise and ignorance by points, std", extent=axis_extent(domains[1]))
    return Drawing(spec, by_n_table(n, noise, inside, gap, truth))


def table_of_ways(answers: Answers) -> Rows:
    """Coverage, ignorance and noise of each way, in each part of x."""
    rows: Rows = [
        ("Way", *(f"{what} {_SHORT[place]}" for what in ("Covers,", "Ignorance,", "Noise,") for place in WORDS))
    ]
    for name, way in WAYS.items():
        found = answers.get(name)
        if isinstance(found, Measured):
            parts = [found.parts[place] for place in WORDS]
            rows.append(
                (
                    title(way),
                    *(_percent(part.coverage) for part in parts),
                    *(quantity(part.ignorance) for part in parts),
                    *(quantity(part.noise) for part in parts),
                )
            )
        else:
            rows.append((title(way), found or "not trained yet", *[_DASH] * 8))
    return rows


_SHORT = {INSIDE: "points", GAP: "gap", OUTSIDE: "outside"}


def table_of_costs(answers: Answers) -> Rows:
    """What each way costs, how wide it is, what its split is, and where it comes from."""
    head = (
        "Way",
        "Trainings",
        "Passes",
        "Keeps",
        "Trained in",
        "Predicts in",
        "Sharpness, points",
        "Its split",
        "Source",
    )
    rows: Rows = [head]
    for name, way in WAYS.items():
        found = answers.get(name)
        times = _DASH, _DASH, _DASH
        if isinstance(found, Measured):
            sharp = quantity(found.parts[INSIDE].sharpness)
            times = (f"{found.trained_s:.2f} s", f"{1000 * found.predicted_s:.0f} ms", sharp)
        rows.append((way.label, str(way.trainings), str(way.passes), way.keeps, *times, way.split, way.reference))
    return rows


def table_by_n(found: Sequence[OfSize]) -> Rows:
    """Kendall & Gal's table: both kinds of uncertainty by the number of points."""
    kinds = [(kind, place) for kind in ("noise", "ignorance") for place in WORDS]
    rows: Rows = [("Points", *(f"{kind.capitalize()}, {_SHORT[place]}" for kind, place in kinds))]
    for each in found:
        cells = [quantity(getattr(each.parts[place], kind)) for kind, place in kinds] if each.parts else [each.why]
        rows.append((f"{each.n:,}", *cells, *[_DASH] * (len(kinds) - len(cells))))
    return rows


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def bands_seen(found: Measured) -> str:
    """What is seen of the bands: how far the mean is off, and how many new points the intervals cover, by place."""
    ends = [
        f"{_SEEN[place]} it covers {_percent(part.coverage)} of new points, its mean off by {quantity(part.error)}"
        for place, part in found.parts.items()
    ]
    return f"{'. '.join(ends)}."


def parts_seen(found: Measured) -> str:
    """What is seen of the two parts: noise and ignorance (root mean squares) by place, and the true noise."""
    ends = [
        f"{_SEEN[place]} noise is {quantity(part.noise)} and ignorance {quantity(part.ignorance)} (std)"
        for place, part in found.parts.items()
    ]
    truth = quantity(found.parts[INSIDE].true_noise)
    return f"{'. '.join(ends)}. True noise: {truth}."


_SEEN = {INSIDE: "Among the points", GAP: "In the gap", OUTSIDE: "Outside the points"}
