"""The charts of a sweep: each cell is the median of its runs, each line a point, and what is seen is said."""

import numpy as np
import pytest

from core.experiment.experiment import Experiment
from core.sweeps.axes import Draw
from core.sweeps.axis_places import CELLS, cells, heights
from core.sweeps.drawings import MOST_LINES, heatmap, parallel
from core.sweeps.sweep import Sweep
from tests.core.sweeps.sweeps import small
from tests.core.sweeps.test_summary import rows


def test_a_cell_is_the_median_of_its_runs_and_the_best_is_deepest() -> None:
    drawing, seen = heatmap(
        small(seeds=3),
        rows([1.0, 2.0, 3.0, None, 1.2, 2.0, 9.0, None, 1.1, 2.2, 4.0]),
        "noise.scale",
        "loss.name",
        "nll",
        "light",
    )
    table = drawing.table[drawing.table["layer"] == "cell"]
    assert list(zip(table["across"], table["down"], table["text"], table["runs"], strict=True)) == [
        ("0.1", "Gaussian NLL", "1.100", "3"),
        ("0.3", "Gaussian NLL", "4.000", "3"),
        ("0.1", "β-NLL", "2.000", "3"),
        ("0.3", "β-NLL", "–", "0"),
    ]
    assert table["strength"].tolist()[:3] == [1.0, 0.0, 0.5]
    assert seen == "The best cell is 0.1 with Gaussian NLL: 1.100. The worst is 0.3 with Gaussian NLL: 4.000."


def test_many_numbers_are_put_into_cells_by_ratio_where_the_setting_is_log() -> None:
    draw = Draw.of("training.learning_rate", {"log_uniform": [1e-4, 1e-1]})
    sweep = Sweep(Experiment(), {}, (draw,), number=400)
    found = cells(sweep, "training.learning_rate")
    assert len(found.names) == CELLS
    assert np.bincount(found.of_point, minlength=CELLS) == pytest.approx(np.full(CELLS, 50), abs=25)
    places, ticks = heights(sweep, "training.learning_rate")
    assert (places.min(), places.max()) == (0.0, 1.0)
    assert np.median(places) == pytest.approx(0.5, abs=0.08)
    assert len(ticks) == 2


def test_parallel_coordinates_have_a_line_for_each_point() -> None:
    drawing, seen = parallel(small(), rows([1.0, 2.0, 3.0, 4.0]), "nll", "light")
    dots = drawing.table[drawing.table["layer"] == "dot"]
    assert len(dots) == 4 * 3
    best = drawing.table[drawing.table["layer"] == "best"]
    assert best["text"].tolist() == ["0.1", "Gaussian NLL", "1.000"]
    assert seen.startswith("4 of 4 points are drawn")
    sweep = Sweep(Experiment(), {}, (Draw.of("noise.scale", {"uniform": [0.1, 0.5]}),), number=MOST_LINES + 20)
    drawing, seen = parallel(sweep, rows([float(i) for i in range(MOST_LINES + 20)]), "nll", "dark")
    assert drawing.table[drawing.table["layer"] == "dot"]["line"].nunique() == MOST_LINES


def test_a_bad_point_does_not_hide_the_others() -> None:
    sweep = Sweep(Experiment(), {}, (Draw.of("noise.scale", {"uniform": [0.1, 0.5]}),), number=21)
    drawing, _ = parallel(sweep, rows([*(float(i) for i in range(20)), 5000.0]), "nll", "light")
    ticks = drawing.table[(drawing.table["layer"] == "tick") & (drawing.table["axis"] == "NLL, full")]
    assert ticks["text"].tolist() == ["0.000", "≥ 18.000"]
    assert drawing.table["place"].max() <= 1.0


@pytest.mark.parametrize("values", [[], [None, None], [0.5]])
def test_a_sweep_that_has_just_begun_is_drawn(values: list[float | None]) -> None:
    for score in ("nll", "coverage_95"):
        heatmap(small(), rows(values), "noise.scale", "loss.name", score, "dark")
        parallel(small(), rows(values), score, "dark")
