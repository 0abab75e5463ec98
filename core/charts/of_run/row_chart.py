"""The chart of one new row of a run: on the fit of a run on one input, on its own curve along a feature of many."""

import numpy as np
from numpy.typing import NDArray

from ...data.tables.overview import date_text
from ...diagnosis.chart_data.row_data import MarkedRows, RowCurve, Spans
from ...words import axis_name, quantity
from ..curve_words import curve_words, place_on
from ..dates import dated
from ..drawing import Drawing, Style
from ..row_curve import row_curve_domain, row_curve_spec, row_curve_table
from ..spec import axis_extent


def row_chart(found: RowCurve, target: str, level: float, style: Style, marked: MarkedRows | None = None) -> Drawing:
    """The curve with its intervals, the row on it, and the `marked` rows of a file."""
    curve, row = _ends(found.curve), _ends(found.row)
    seen = () if found.points is None else (found.points[1],)
    of_file = None if marked is None else (marked.at, marked.mean, marked.lower, marked.upper)
    seen += of_file[1:] if of_file else ()
    y_domain = row_curve_domain(*curve[1:], *row, *seen)
    reach = float(found.at.min()), float(found.at.max())
    alone = found.points is not None
    others = "" if alone else ", the other features as in the row"
    spec = row_curve_spec(
        style.scheme,
        found.words or reach,
        y_domain,
        title=f"Predicted {axis_name(target)} over {axis_name(found.feature.name)}{others}",
        x_label=found.feature.name,
        level=f"{100 * level:.0f} %",
        extent=axis_extent(y_domain),
        points=len(found.points[0]) if found.points is not None else 0,
    )
    ends = () if found.words else (found.feature.low, found.feature.high)
    table = row_curve_table(found.at, curve, found.row_at, row, found.words, found.points, ends, of_file)
    return Drawing(dated(spec, reach) if found.feature.is_date and not found.words else spec, table)


def _ends(spans: Spans) -> tuple[NDArray[np.float64], ...]:
    return spans.mean, spans.lower, spans.upper, spans.noise_lower, spans.noise_upper


def row_seen(found: RowCurve, level: float) -> str:
    """What is seen: what is predicted for the row, and how the mean runs along its curve."""
    mean, lower, upper = (quantity(float(each[0])) for each in (found.row.mean, found.row.lower, found.row.upper))
    words = f"For the row the mean is {mean}, its {100 * level:.0f} % interval {lower} to {upper}."
    if found.words:
        low, high = (int(index(found.curve.mean)) for index in (np.argmin, np.argmax))
        least, most = (f"{found.words[i]}, {quantity(float(found.curve.mean[i]))}" for i in (low, high))
        return f"{words} The mean is lowest for {least}, highest for {most}."
    place = (lambda at: date_text(round(at))) if found.feature.is_date else place_on(axis_name(found.feature.name))
    return f"{words} {curve_words('The predicted mean', found.at, found.curve.mean, place)}"
