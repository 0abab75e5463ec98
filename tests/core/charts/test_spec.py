"""How numbers are written, how templates are filled, and whether colours can be seen."""

import re
import tomllib
from pathlib import Path

import pytest

from core.charts.palette import PALETTES
from core.charts.spec import SMALLEST_EXTENT, axis_extent, axis_labels, filled, log_ticks, value_format


@pytest.mark.parametrize(
    ("domain", "expected"),
    [((0, 5), ",.3f"), ((0, 2500), ",.0f"), ((0, 0.02), ",.5f"), ((50, 150), ",.1f"), ((1, 1), ",.0f")],
)
def test_value_format_resolves_a_thousandth(domain: tuple[float, float], expected: str) -> None:
    assert value_format(domain) == expected


def test_extent_is_what_the_widest_labels_need() -> None:
    assert axis_extent((0, 5), (0, 0.5)) == SMALLEST_EXTENT
    assert axis_extent((0, 2500), (0, 600)) == axis_extent((0, 600), (0, 2500)) > SMALLEST_EXTENT


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ((0.1, 10.0), [0.1, 0.2, 0.5, 1, 2, 5, 10]),
        ((0.03, 0.6), [0.05, 0.1, 0.2, 0.5]),
        ((1e-4, 100.0), [1e-4, 1e-3, 0.01, 0.1, 1, 10, 100]),
    ],
)
def test_log_ticks(domain: tuple[float, float], expected: list[float]) -> None:
    assert log_ticks(domain) == expected


@pytest.mark.parametrize("domain", [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, float("inf"))])
def test_log_ticks_refuses(domain: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="0 < low < high"):
        log_ticks(domain)


def test_filled_replaces_every_slot() -> None:
    template = {"a": "@x", "b": [{"expr": "@y"}, {"expr": "width / 2"}], "c": 1}
    assert filled(template, {"x": "red", "y": (0, 1)}) == {"a": "red", "b": [(0, 1), {"expr": "width / 2"}], "c": 1}


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="x"):
        filled({"a": "@x"}, {})


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1), 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


WRITTEN = ("text", "muted", "loss", "truth", "prediction", "residual", "scale")  # colours that names are written in


@pytest.mark.parametrize("scheme", PALETTES)
def test_what_is_drawn_stands_out(scheme: str) -> None:
    palette = PALETTES[scheme]
    for name, colour in palette.items():
        assert re.fullmatch("#[0-9A-F]{6}", colour), name
    background = palette["background"]
    assert all(contrast(palette[name], background) >= 4.5 for name in WRITTEN)
    assert contrast(palette["data"], background) >= 3


def test_light_holds_the_colours_of_the_design() -> None:
    light = {"prediction": "#0072B2", "residual": "#BF4F00", "scale": "#008060"}
    assert light.items() <= PALETTES["light"].items()
    assert {"epistemic": "#CC79A7", "warning": "#E69F00"}.items() <= PALETTES["light"].items()
    assert list(PALETTES) == ["light", "dark"]


@pytest.mark.parametrize("scheme", PALETTES)
def test_the_page_has_the_charts_colours(scheme: str) -> None:
    """A label's halo is drawn in the page's background, and a button in the one blue."""
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit/config.toml").read_text(encoding="utf-8"))
    theme, palette = config["theme"][scheme], PALETTES[scheme]
    assert theme["backgroundColor"] == palette["background"]
    assert theme["textColor"] == palette["text"]
    assert theme["primaryColor"] == palette["prediction"]


def test_names_take_the_room_of_their_longest_line() -> None:
    assert axis_extent(("two\nGaussians", "t")) == axis_extent(("Gaussians",)) > axis_extent(("t",)) == SMALLEST_EXTENT
    assert axis_extent(()) == SMALLEST_EXTENT


@pytest.mark.parametrize("end", [2e-9, 5e-5, 1e7, 2e9])
def test_an_axis_of_a_small_or_large_unit_has_exponents(end: float) -> None:
    assert value_format((-end, end)) == ".3e"
    assert "'.3~e'" in axis_labels((0.0, end))
    assert axis_extent((-end, end)) < 60


@pytest.mark.parametrize("domain", [(0.0, 5.0), (0.0, 0.5), (0.0, 2e6), (0.0, 1e-3)])
def test_other_axes_have_what_vega_says(domain: tuple[float, float]) -> None:
    assert axis_labels(domain) == "datum.label"
    assert value_format(domain).endswith("f")
