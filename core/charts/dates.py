"""An x axis of dates: charts use days since 1970-01-01, and show them as dates."""

import math
from datetime import date, timedelta
from typing import Any

from .spec import Domain, Spec

FIRST_DAY = date(1970, 1, 1)
MOST_TICKS = 8
# Steps between ticks as (days, months), finest first.
_STEPS = (
    *((days, 0) for days in (1, 2, 7, 14)),
    *((0, months) for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 2400)),
)
_MONTH = 30.4375  # days


def dated(spec: Spec, domain: Domain) -> Spec:
    """A copy of a finished spec that shows its x, in days since 1970-01-01, as dates on its axis and in tooltips.

    If the domain is not a valid range of calendar days, the spec is returned unchanged.
    """
    ticks, form = date_ticks(domain)
    if not ticks:
        return spec
    axis = {"values": ticks, "labelExpr": _written("datum.value", form)}
    named = {"calculate": _written("datum.x", "%Y-%m-%d"), "as": "x_date"}
    return _walked(spec, axis) | {"transform": [*spec["transform"], named]}


def date_ticks(domain: Domain) -> tuple[list[float], str]:
    """At most about 8 days of a domain for ticks, and their format; at starts of months or years if it is long enough.

    There are none if the domain has less than two days, or is outside the years 1 to 9999.
    """
    low, high = domain
    if not (high - low >= 2 and low >= -719_162 and high <= 2_932_896):
        return [], ""
    days, months = next((s for s in _STEPS if (high - low) / (s[0] + _MONTH * s[1]) <= MOST_TICKS), (0, 12_000))
    form = "%Y-%m-%d" if days else "%Y-%m" if months < 12 else "%Y"
    if days:
        return [float(day) for day in range(math.ceil(low / days) * days, math.floor(high) + 1, days)], form
    first = FIRST_DAY + timedelta(days=math.floor(low))
    begin = (first.year * 12 + first.month - 1) // months * months
    starts = ((begin + months * k) for k in range(MOST_TICKS + 2))
    ticks = [(date(at // 12, at % 12 + 1, 1) - FIRST_DAY).days for at in starts if 12 <= at < 120_000]
    return [float(tick) for tick in ticks if low <= tick <= high], form


def _written(days: str, form: str) -> str:
    return f"utcFormat({days} * 86400000, '{form}')"


def _walked(part: Any, axis: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_walked(below, axis) for below in part]
    if not isinstance(part, dict):
        return part
    if part.get("field") == "x" and "axis" in part:
        kept = {name: value for name, value in part["axis"].items() if name != "tickCount"}
        return part | {"axis": kept | axis}
    if part.get("field") == "x" and "format" in part:
        return {"field": "x_date", "type": "nominal", "title": part["title"]}
    return {name: _walked(below, axis) for name, below in part.items()}
