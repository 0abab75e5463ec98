"""Charts as pictures: of print size, with their words as text, and with nothing in them that could run."""

import importlib.util
import io
import json
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import vl_convert
from PIL import Image

from core.charts.drawing import Style
from core.charts.fit import fit_spec, fit_table
from core.charts.of_run.chart_table import CHARTS as OF_RUN
from core.charts.of_run.scene import Shown
from core.experiment.experiment import Experiment
from core.export.chart_files import figure_spec
from core.export.pictures import png_of, rows, still, svg, svg_of
from core.export.raster import lighter, png_of_svg
from core.training.loop import train
from core.training.run import Run

_CHARTS = Path(__file__).parents[1] / "charts" / "test_specs.py"
HOSTILE = '<script>alert(1)</script> & "y" \\ </svg>'


def _charts() -> Any:
    """The table of every chart, where it stands already."""
    spec = importlib.util.spec_from_file_location("charts_of_the_app", _CHARTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHARTS = _charts()


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings({"data.n": 300, "training.steps": 60}))


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture[-12:] == b"\x00\x00\x00\x00IEND\xaeB`\x82"
    return struct.unpack(">II", picture[16:24])


def words_in(picture: bytes) -> str:
    """The texts of an SVG picture, which must be well-formed."""
    tree = ElementTree.fromstring(picture)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    return " ".join(tree.itertext())


@pytest.mark.parametrize("name", CHARTS.SPECS)
def test_every_chart_is_a_picture_with_its_title(name: str) -> None:
    spec, table = CHARTS.SPECS[name]("light"), CHARTS.TABLES[name]
    picture = svg(spec, table)
    title = spec["title"]["text"]
    whole = title if isinstance(title, str) else json.loads(title["expr"].rpartition(" : ")[2])  # in one line here
    words = words_in(picture)
    assert whole in words
    x, y = spec["usermeta"]["axes"]
    assert x in words
    assert y in words or name in ("seeds", "groups", "parallel"), "their rows are named in the picture"
    assert b'width="605" height="340"' in picture
    assert b"<script" not in picture


def test_a_long_title_is_broken_into_lines_where_the_chart_is_narrow() -> None:
    labels = {"x_label": 'day "one" \\ of', "y_label": "the compressive \x01strength of it all"}
    spec = fit_spec("light", (0.0, 1.0), (0.0, 1.0), **labels)
    table = fit_table([0.5], [0.5], [0.0, 1.0], None, None)
    narrow, wide = (
        [words for words in ElementTree.fromstring(svg(spec, table, width_cm=width)).itertext() if words.strip()]
        for width in (8, 16)
    )
    whole = 'Fit: the compressive \N{REPLACEMENT CHARACTER}strength of it all over day "one" \\ of'
    assert whole in wide
    assert whole not in narrow
    assert whole in " ".join(narrow)


def test_the_foot_is_a_line_of_text_within_the_size() -> None:
    spec, table = CHARTS.SPECS["loss"]("light"), CHARTS.TABLES["loss"]
    picture = svg(spec, table, foot=f"{HOSTILE} · seed 0" + "a" * 300)
    assert f"{HOSTILE} · seed 0a" in words_in(picture)
    assert words_in(picture).rstrip().endswith("a…")
    assert b"<script" not in picture
    assert ElementTree.fromstring(picture).get("height") == "340"
    assert size_of(png_of_svg(picture)) == pytest.approx((16 / 2.54 * 300, 9 / 2.54 * 300), abs=2)


def test_a_png_has_print_size() -> None:
    spec, table = CHARTS.SPECS["loss"]("light"), CHARTS.TABLES["loss"]
    assert size_of(png_of_svg(svg(spec, table))) == pytest.approx((16 / 2.54 * 300, 9 / 2.54 * 300), abs=2)


@pytest.mark.long
@pytest.mark.parametrize("name", CHARTS.SPECS)
def test_a_picture_that_is_drawn_sooner_looks_the_same(name: str) -> None:
    picture = svg(CHARTS.SPECS[name]("light"), CHARTS.TABLES[name])
    sooner, plain = (
        np.asarray(Image.open(io.BytesIO(form)).convert("RGB"), dtype=int)
        for form in (png_of_svg(picture, scale=0.75, ppi=96), vl_convert.svg_to_png(picture.decode(), 0.75, 96))
    )
    assert sooner.shape == plain.shape
    assert (np.abs(sooner - plain).max(axis=2) > 16).mean() < 1e-4
    assert lighter(picture).count("clip-path=") <= picture.count(b"clip-path=")


def test_clipped_marks_share_a_frame_only_where_it_is_the_same() -> None:
    marks = "".join(f'<g clip-path="url(#{name})" class="{name}"/>' for name in ("a", "b", "c", "b"))
    frames = "".join(
        f'<clipPath id="{name}"><path d="M0,0h{width}v5h-5Z"/></clipPath>'
        for name, width in zip("abc", "556", strict=True)
    )
    kept = '<g clip-path="url(#a)" transform="scale(2)"/><path d="M0,0" fill="red" stroke="red" opacity="0.5"/>'
    text = lighter(f'<svg xmlns="http://www.w3.org/2000/svg"><defs>{frames}</defs>{marks}{kept}</svg>'.encode())
    assert '<g clip-path="url(#a)"><g class="a" /><g class="b" /></g><g clip-path="url(#c)"><g class="c" /></g>' in text
    assert '<g clip-path="url(#a)" transform="scale(2)" />' in text
    assert 'stroke="red" opacity="0.5"' in text


def test_the_spec_of_the_page_stays_what_it_is() -> None:
    spec = CHARTS.SPECS["fit"]("light")
    before = repr(spec)
    assert "tooltip" not in repr(still(spec))
    assert repr(spec) == before


def test_a_run_that_was_not_pinned_has_a_fit(run: Run) -> None:
    """Vega draws nothing around a legend without rows: the curve of another run is not in the picture of one."""
    spec, table = OF_RUN["fit"].draw(Shown.at_end(run), Style())
    assert table["previous"].isna().all()
    assert "predicted mean ± 2 std" in words_in(svg(spec, table))
    assert svg(spec, table).count(b"<path") > len(run.dataset.y)


@pytest.mark.parametrize("width_cm", [10.0, 16.0, 24.0])
def test_the_title_above_a_wide_legend_is_whole(width_cm: float) -> None:
    """The title and the legend of an ensemble's fit do not fit into one row at 16 cm: the title stands above it."""
    several = train(Experiment.from_settings({"data.n": 100, "training.steps": 5, "training.members": 2}))
    spec, table = OF_RUN["fit"].draw(Shown.at_end(several), Style(height=340))
    with Image.open(io.BytesIO(png_of_svg(svg(spec, table, width_cm=width_cm)))) as picture:
        title = np.asarray(picture.convert("L"))[:60, :330]
    assert title[:3].min() == 255  # nothing touches the edge
    assert title.min() < 60


def test_a_hostile_name_is_text() -> None:
    spec = fit_spec("light", (50.0, 150.0), (-1.0, 5.0), x_label=HOSTILE, y_label="=1+1")
    picture = svg(spec, CHARTS.TABLES["fit"])
    assert HOSTILE in words_in(picture)
    assert b"<script" not in picture


@pytest.mark.parametrize("name", ["a\x01b", "a\x00b", "a\ud800b", "a\uffffb", "\u202eabc", "]]>", "&#0;", "a" * 3000])
def test_a_name_that_xml_has_not_ends_nothing(name: str) -> None:
    """vl-convert aborts the process, not only the picture, at a control character."""
    spec = fit_spec("light", (50.0, 150.0), (-1.0, 5.0), x_label=name)
    assert "Fit: y over" in words_in(svg(spec, CHARTS.TABLES["fit"]))
    assert size_of(png_of_svg(svg(spec, CHARTS.TABLES["fit"], width_cm=4.0, height_cm=3.0)))[0] > 300


def test_what_is_no_number_is_null() -> None:
    assert rows(pd.DataFrame({"a": [1.0, float("nan"), float("inf")]})) == [{"a": 1.0}, {"a": None}, {"a": None}]


def test_the_question_s_figure_is_one_picture(run: Run) -> None:
    words = words_in(svg_of(figure_spec(run)))
    axes = ("standard deviation", "step", f"Gaussian NLL · Two sines, constant σ · seed 0 · run {run.key}")
    for text in (
        "Fit: y over x",
        "Standard deviation over x",
        "Loss by step, nats per point",
        "truth",
        "floor −1.109",
        *axes,
    ):
        assert text in words
    width, height = size_of(png_of(figure_spec(run)))
    assert width == pytest.approx(16 / 2.54 * 300, rel=0.02)
    assert height > width


@pytest.mark.parametrize(
    "settings", [{"data.table": "engel"}, {"loss.name": "squared_error"}, {"loss.name": "pinball"}]
)
def test_other_runs_have_the_figure_too(settings: dict[str, str]) -> None:
    of = train(Experiment.from_settings({"training.steps": 30, "data.n": 100} | settings))
    picture = svg_of(figure_spec(of))
    width = re.search(rb'width="(\d+)"', picture)
    assert width is not None
    assert int(width[1]) == pytest.approx(605, rel=0.02)


def test_a_printed_loss_lies_on_its_axis() -> None:
    """On a page the axis stands before there is a loss, and a small table is soon learnt by heart."""
    of = train(Experiment.from_settings({"data.table": "concrete", "training.steps": 200, "training.patience": 50}))
    panel = figure_spec(of)["vconcat"][-1]
    (low, high), (first, last) = (panel["layer"][1]["encoding"][axis]["scale"]["domain"] for axis in "yx")
    for term in ("loss", "residual", "scale"):
        assert low <= of.history[term].median() <= high
    assert (first, last) == (0, of.steps_done)
