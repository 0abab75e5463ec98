"""Axes of dates: ticks where months and years begin, and the dates themselves in the picture."""

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.charts.dates import FIRST_DAY, date_ticks, dated
from core.charts.fit import fit_spec, fit_table
from core.export.pictures import svg

DAY = (date(2024, 1, 10) - FIRST_DAY).days


@pytest.mark.parametrize(
    ("days", "first", "second", "form"),
    [
        (5, "2024-01-10", "2024-01-11", "%Y-%m-%d"),
        (100, "2024-01-18", "2024-02-01", "%Y-%m-%d"),
        (200, "2024-02-01", "2024-03-01", "%Y-%m"),
        (1000, "2024-07-01", "2025-01-01", "%Y-%m"),
        (9000, "2025-01-01", "2030-01-01", "%Y"),
        (300_000, "2200-01-01", "2400-01-01", "%Y"),
    ],
)
def test_ticks_stand_where_the_calendar_begins_anew(days: int, first: str, second: str, form: str) -> None:
    ticks, found = date_ticks((DAY, DAY + days))
    assert [str(FIRST_DAY + timedelta(days=tick)) for tick in ticks[:2]] == [first, second]
    assert found == form
    assert all(a < b for a, b in pairwise(ticks))
    assert ticks[0] >= DAY
    assert ticks[-1] <= DAY + days


@pytest.mark.parametrize("low", [-719_162, -400_000, -10, 0, 2_000_000])
@pytest.mark.parametrize("days", [2, 3, 20, 61, 365, 2000, 30_000, 500_000])
def test_ticks_are_few_and_never_one(low: int, days: int) -> None:
    assert 2 <= len(date_ticks((low, low + days))[0]) <= 10


@pytest.mark.parametrize("domain", [(0.0, 1.0), (-1e9, 0.0), (0.0, 1e9)])
def test_what_no_calendar_has_keeps_its_numbers(domain: tuple[float, float]) -> None:
    spec = fit_spec("light", domain, (0.0, 1.0))
    assert dated(spec, domain) is spec


def test_dates_are_in_the_picture_and_numbers_of_days_are_not() -> None:
    domain = (float(DAY), DAY + 800.0)
    spec = fit_spec("light", domain, (0.0, 1.0), x_label="day")
    table = fit_table([DAY + 20.0], [0.5], domain, [0.2, 0.8], [0.1, 0.1])
    with_days, with_dates = (svg(each, table).decode() for each in (spec, dated(spec, domain)))
    assert "19,800" in with_days
    assert "19,800" not in with_dates
    assert "2024-07" in with_dates
    assert dated(spec, domain)["title"] == spec["title"]


def test_a_tooltip_tells_the_date() -> None:
    told = json.dumps(dated(fit_spec("light", (0.0, 900.0), (0.0, 1.0), x_label="day"), (0.0, 900.0)))
    assert '{"field": "x_date", "type": "nominal", "title": "day"}' in told
    assert '"title": "day", "type": "quantitative"' not in told
