"""The colours that the style sets are those of the charts, and can be read."""

import re

import pytest

from core.charts.palette import PALETTES
from pages.shared import accessible
from tests.core.charts.test_spec import contrast


@pytest.mark.parametrize(("i", "scheme"), list(enumerate(PALETTES)))
def test_what_the_style_writes_in_stands_out(i: int, scheme: str) -> None:
    palette = PALETTES[scheme]
    pairs = [*accessible.CODE.values(), accessible.FOCUS, accessible.MUTED]
    assert {pair[i] for pair in pairs} <= {palette[name] for name in ("muted", "residual", "scale", "prediction")}
    assert contrast(accessible.ON_PRIMARY[i], palette["prediction"]) >= 4.5
    assert all(contrast(pair[i], palette["background"]) >= 4.5 for pair in pairs)


def test_every_pair_reaches_the_style() -> None:
    pairs = {accessible.ON_PRIMARY, accessible.FOCUS, accessible.MUTED, *accessible.CODE.values()}
    assert set(re.findall(r"light-dark\((\S+), (\S+)\)", accessible.STYLE)) == pairs
