"""What all charts share: axes, titles, fonts, number formats, and the finished spec.

A spec is a plain Vega-Lite dict without rows. Its data set is called ``source``, the name that Streamlit's
``st.vega_lite_chart(table, spec)`` gives to the table. The page sets its width and height.
"""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from .film import PARAMS
from .palette import PALETTES, Palette

Domain = tuple[float, float]
Names = tuple[str, ...]  # the places on an axis without numbers
Spec = dict[str, Any]

FONT = "Source Sans, sans-serif"
STD_NAME = "standard deviation"
MINUS = "\u2212"
TICK_FONT_SIZE = 11
SMALLEST_EXTENT = 30
_LEAST, _MOST = 1e-4, 1e7  # numbers on an axis whose larger end lies outside are written with an exponent
TITLE_LETTERS, LETTER_WIDTH = 54, 6.3  # letters in a title line on a phone, and pixels per letter


def palette_of(scheme: str) -> Palette:
    """The palette called ``scheme``; raises ValueError for a name that is not in PALETTES."""
    try:
        return PALETTES[scheme]
    except KeyError:
        raise ValueError(f"scheme is {scheme!r}; it takes one of {', '.join(PALETTES)}") from None


def decimals_for(span: float) -> int:
    """Digits after the point that resolve a thousandth of ``span``, at most 8."""
    return 0 if not span > 0 else min(8, max(0, 3 - math.floor(math.log10(span))))


def value_format(domain: Domain | Names) -> str:
    """A d3 format for values on an axis with this domain: ``,.3f`` for 0 to 5, ``,.0f`` for 0 to 2,500; names: none.

    Where all of them are below 0.0001, or the largest is 10,000,000 or more, with an exponent.
    """
    ends = [end for end in domain if not isinstance(end, str)]
    if ends and _needs_exponent(domain):
        return ".3e"
    return f",.{decimals_for(ends[-1] - ends[0])}f" if ends else ""


def _needs_exponent(domain: Domain | Names) -> bool:
    ends = [abs(end) for end in domain if not isinstance(end, str)]
    return bool(ends) and not _LEAST <= max(ends) < _MOST


def axis_labels(domain: Domain | Names) -> str:
    """A Vega expression for the labels of an axis: 2e−9 in place of 0.000000002, and else what Vega says."""
    return "datum.value == 0 ? '0' : format(datum.value, '.3~e')" if _needs_exponent(domain) else "datum.label"


def tick_step(low: float, high: float, count: int = 5) -> float:
    """The step 1, 2 or 5 × 10ᵏ that divides low…high into about ``count`` parts."""
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    return power * min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / raw)))


def axis_extent(*domains: Domain | Names) -> int:
    """Pixels for the labels of y axes over ``domains`` or names, the same for all of them, at least 30.

    Charts above each other share it, so that their plots begin at the same x.
    """
    widest = max(_label_length(domain) for domain in domains)
    return max(SMALLEST_EXTENT, math.ceil(5.6 * widest) + 9)


def _label_length(domain: Domain | Names) -> int:
    """Characters of the longer label at the ends of the domain; for names, of their longest line."""
    lines = [line for name in domain if isinstance(name, str) for line in name.split("\n")]
    if lines or not domain:
        return max(map(len, lines), default=0)
    if _needs_exponent(domain):
        return len("−1.5e−10")
    decimals = max(0, -math.floor(math.log10(tick_step(*domain)) + 1e-9))
    return max(len(f"{edge:,.{decimals}f}") for edge in domain)


def _tick_pixels(domain: Domain | Names) -> int:
    """Pixels between the ticks of an x axis, wide enough for its labels."""
    return 40 + 6 * _label_length(domain)


def slot(name: str) -> alt.ExprRef:
    """A placeholder in a template, filled by ``filled``; within a string, "@" and the name does the same."""
    return alt.ExprRef(f"@{name}")


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A copy of ``template`` with every slot replaced by its value; raises KeyError for a slot without one."""
    if isinstance(template, dict):
        expression = template.get("expr")
        if isinstance(expression, str) and expression.startswith("@"):
            return values[expression[1:]]
        return {key: filled(part, values) for key, part in template.items()}
    if isinstance(template, list):
        return [filled(part, values) for part in template]
    if isinstance(template, str) and template.startswith("@"):
        return values[template[1:]]
    return template


def x_axis(field: str) -> alt.X:
    """A quantitative x over exactly the slot x_domain, with few enough ticks for a phone."""
    axis = alt.Axis(title=None, grid=False, labelFlush=True, labelSeparation=6, tickCount=slot("x_ticks"))
    return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(domain=slot("x_domain"), nice=False, zero=False))


def y_axis(field: str) -> alt.Y:
    """A quantitative y over exactly the slot y_domain, its labels in exactly the pixels of the slot extent."""
    axis = _y_labels(tickCount=alt.ExprRef("ceil(height / 42)"), labelExpr="@y_labels")
    return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(domain=slot("y_domain"), nice=False, zero=False))


def log_y_axis(field: str, **style: Any) -> alt.Y:
    """A logarithmic y over exactly the slot y_domain, with ticks at the slot y_values; ``style`` is of its axis."""
    axis = _y_labels(values=slot("y_values"), format="~g", **style)
    return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(type="log", domain=slot("y_domain"), nice=False))


def _y_labels(**style: Any) -> alt.Axis:
    return alt.Axis(title=None, ticks=False, minExtent=slot("extent"), maxExtent=slot("extent"), **style)


def name_axis(field: str) -> alt.X:
    """A nominal x axis with exactly the names of the slot x_domain, in its order; long names end with an ellipsis."""
    axis = alt.Axis(
        title=None, grid=False, domain=False, ticks=False, labelAngle=0, labelLimit=alt.ExprRef("width / 6"),
        labelOverlap="parity",
    )  # fmt: skip
    return alt.X(f"{field}:N", axis=axis, scale=alt.Scale(type="band", domain=slot("x_domain")))


def log_ticks(domain: Domain) -> list[float]:
    """Round numbers within a domain of positive numbers: 1, 2, 5 × 10ᵏ over two decades or less, else 1 × 10ᵏ."""
    low, high = domain
    if not 0 < low < high < math.inf:
        raise ValueError(f"a logarithmic axis takes 0 < low < high; it got {low} and {high}")
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if high / low <= 1000 else (1,)
    ticks = [float(f"{factor}e{power}") for power in powers for factor in factors]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def log_x_axis(field: str) -> alt.X:
    """A logarithmic x over exactly the slot x_domain, with ticks at the slot x_values."""
    axis = alt.Axis(
        title=None, grid=False, labelFlush=True, values=slot("x_values"), format="~g", labelOverlap="parity"
    )
    return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(type="log", domain=slot("x_domain"), nice=False))


def template(*layers: alt.Chart | alt.LayerChart, transform: Sequence[Spec] = ()) -> Spec:
    """The layers as a Vega-Lite dict with slots, without rows; composing them takes Altair some 50 ms.

    ``transform`` comes before theirs and may read the film's parameters. Scales of colour and dash belong to their
    layer, so that a legend names only what that layer draws.
    """
    composed = alt.layer(*layers, data=alt.NamedData("source")).to_dict(validate=False)
    return composed | {
        "params": [*PARAMS, *composed.get("params", [])],
        "transform": list(transform),
        "title": {"text": "@title", "anchor": "start", "frame": "bounds", "offset": "@title_offset"},
        "resolve": {"scale": {"color": "independent", "strokeDash": "independent"}},
        "width": "container",
        "padding": {"left": 0, "right": 6, "top": 8, "bottom": 2},
        "autosize": {"type": "fit", "contains": "padding"},
        "usermeta": {"embedOptions": {"actions": False, "renderer": "canvas"}},
    }


def finished(
    template: Spec,
    scheme: str,
    x_domain: Domain | Names,
    y_domain: Domain | Names,
    *,
    title: str,
    axes: tuple[str, str] = ("", ""),
    title_offset: Any = 8,
    extent: int = SMALLEST_EXTENT,
    **values: Any,
) -> Spec:
    """The template with the colours of the scheme, the axes and ``values`` in its slots, and the common configuration.

    ``axes`` are the names of x and y. A page has them in the title; what leaves the page has them at its axes: see
    ``with_axis_names``.
    It takes tenths of a millisecond, so that a new experiment with new domains does not wait for Altair.
    """
    palette = palette_of(scheme)
    slots = {
        **palette,
        "title": _wrapped(title),
        "title_offset": title_offset,
        "x_domain": list(x_domain),
        "y_domain": list(y_domain),
        "x_ticks": {"expr": f"ceil(width / {_tick_pixels(x_domain)})"},
        "x_format": value_format(x_domain),
        "y_format": value_format(y_domain),
        "y_labels": axis_labels(y_domain),
        "extent": extent,
    }
    spec = filled(template, slots | values) | {"config": _configuration(palette)}
    return spec | {"usermeta": {**template["usermeta"], "axes": [shown(name) for name in axes]}}


def with_axis_names(spec: Spec) -> Spec:
    """A copy of a finished spec with the names of its axes at its axes."""
    names = dict(zip("xy", spec["usermeta"]["axes"], strict=True))

    def named(part: Any, channel: str = "") -> Any:
        if isinstance(part, list):
            return [named(below) for below in part]
        if not isinstance(part, dict):
            return part
        if channel and isinstance(axis := part.get("axis"), dict) and names[channel]:
            return {**part, "axis": {**axis, "title": names[channel]}}
        return {key: named(below, key if key in names and part is not spec else "") for key, below in part.items()}

    return named({key: below for key, below in spec.items() if key != "usermeta"}) | {"usermeta": spec["usermeta"]}


def _wrapped(title: str) -> str | Spec:
    """A title; if it is too long for a phone, it is broken into lines while the chart is narrow."""
    if len(title) <= TITLE_LETTERS:
        return title
    words = shown(title)
    whole, broken = (json.dumps(each, ensure_ascii=False) for each in (words, textwrap.wrap(words, TITLE_LETTERS)))
    return {"expr": f"width < {LETTER_WIDTH * len(title):.0f} ? {broken} : {whole}"}


def shown(name: str) -> str:
    """A text with names of columns in it: what has no shape, and would be hidden, as a sign."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)


def _configuration(palette: Palette) -> Spec:
    return {
        "background": "transparent",
        "font": FONT,
        "locale": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": MINUS}},
        "view": {"stroke": None},
        # A spoken description of every point would cost more than drawing it; the whole chart has one.
        "mark": {"aria": False},
        "title": {"color": palette["text"], "fontSize": 13, "fontWeight": 600},
        "axis": {
            "labelColor": palette["muted"],
            "labelFontSize": TICK_FONT_SIZE,
            "gridColor": palette["grid"],
            "domainColor": palette["grid"],
            "tickColor": palette["grid"],
            "labelPadding": 5,
            "titleColor": palette["muted"],
            "titleFontSize": TICK_FONT_SIZE + 1,
            "titleFontWeight": 400,
            "titleLimit": 240,
        },
        "legend": {
            "title": None,
            "labelColor": palette["text"],
            "labelFontSize": 12,
            "symbolSize": 220,
            "symbolStrokeWidth": 2,
            "rowPadding": 2,
            "columnPadding": 12,
            "padding": 0,
            "offset": 13,
            "layout": {"top": {"anchor": "end", "direction": "horizontal", "margin": 12}},
        },
        "text": {"fontSize": 12},
    }
