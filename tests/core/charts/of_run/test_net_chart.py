"""The drawn net: its rows, its film, and that Vega draws another frame from the film's text."""

import re

import numpy as np
import pytest

from core import Experiment, train
from core.charts.drawing import Style
from core.charts.hidden_units import FULL, STEPS
from core.charts.of_run.net_chart import NetChart, net_chart
from core.export.pictures import svg

FILM = 12_345


@pytest.fixture(scope="module")
def chart() -> NetChart:
    run = train(Experiment.from_settings({"noise.profile": "linear", "training.steps": 100, "data.n": 2000}))
    return net_chart(run, Style("light", 400), FILM)


def test_every_unit_is_a_curve_and_every_weight_a_line(chart: NetChart) -> None:
    rows = chart.drawing.table
    assert rows[rows["layer"] == "cell"].shape[0] == 8 + 8 + 24 + 2
    assert rows[rows["layer"] == "lead"].shape[0] == 8 * 8 + 8 * 24 + 24 * 2
    assert rows[rows["layer"] == "curve"].groupby("unit").size().tolist() == [40] * 42
    assert rows[rows["layer"] == "truth"]["unit"].nunique() == 2
    places = rows[["x", "y"]][rows["layer"].isin(["cell", "lead"])]
    assert places.min().min() >= 0
    assert places.max().max() <= 1
    assert chart.words.count("24 of 128") == 1
    assert max(len(sentence.split()) for sentence in chart.words.split(". ")) <= 25


def test_its_film_ends_in_its_rows_and_is_small(chart: NetChart) -> None:
    film, rows = chart.film, chart.drawing.table
    assert film is not None
    assert film.run == FILM
    assert (film.steps[0], film.steps[-1]) == (0, 100)
    assert film.heights.nbytes + film.leads.nbytes < 100_000
    for layer, last, full in (("curve", film.heights[-1], STEPS), ("lead", film.leads[-1], 100)):
        part = rows[rows["layer"] == layer]
        assert part["index"].tolist() == list(range(len(last)))
        np.testing.assert_allclose(part["value"], last / full, atol=1e-6)
    assert film.heights.max() <= STEPS
    assert np.abs(film.leads).max() <= FULL


def test_the_film_s_text_draws_another_frame_and_another_run_s_does_not(chart: NetChart) -> None:
    film, (spec, table) = chart.film, chart.drawing
    assert film is not None

    def drawn(text: str) -> bytes:
        params = [{**param, "value": text} if param["name"] == "net" else param for param in spec["params"]]
        return re.sub(rb"(clip|gradient_)\d+", b"", svg({**spec, "params": params}, table))  # names that are counted on

    frame = f"{' '.join(map(str, film.heights[3]))};{' '.join(map(str, film.leads[3]))}"
    end = drawn("")
    assert drawn(f"{FILM};{frame}") != end
    assert drawn(f"{FILM + 1};{frame}") == end


def test_what_is_seen_names_the_unit_that_counts_most(chart: NetChart) -> None:
    rows = chart.drawing.table
    leads = rows[rows["layer"] == "lead"]["value"].to_numpy()[-48:].reshape(24, 2)
    names = rows[rows["layer"] == "cell"]["text"].tolist()[16:40]
    for output, name in enumerate(("mean", "log variance")):
        most = np.abs(leads[:, output]).argmax()
        does = "adds to" if leads[most, output] > 0 else "subtracts from"
        assert f"Unit {names[most].split(';')[0]} {does} the {name} most" in chart.seen


def test_a_small_net_is_drawn_whole() -> None:
    run = train(Experiment.from_settings({"network.layers": [5], "training.steps": 3, "data.n": 100}))
    chart = net_chart(run, Style("dark", 400), FILM)
    rows = chart.drawing.table
    assert rows[rows["layer"] == "title"]["text"].tolist() == ["Layer 1: 5 units", "mean", "log variance"]
    assert "Drawn are" not in chart.words
