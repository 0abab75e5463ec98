"""The film: which frames it holds, how small it is, that its end is the finished picture, and which rows follow it."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core import train
from core.charts.film import MOST_FRAMES, Film, film, run_number
from core.charts.fit import fit_table
from core.charts.loss import loss_table
from core.charts.spread import spread_table
from core.experiment.build import read
from core.experiment.presets import presets
from core.training.recorder import FILM_FRAMES
from core.training.run import Run

GRID = np.linspace(0.0, 1.0, 11)
RUN = run_number("a run")


def curves(frames: int) -> np.ndarray:
    """(frames, 11), no two values alike."""
    return np.arange(frames * GRID.size, dtype=float).reshape(frames, GRID.size)


@pytest.fixture(scope="module")
def run() -> Run:
    return train(presets["quick"])


@pytest.fixture(scope="module")
def whole(run: Run) -> Film:
    read_now = read(run.experiment, run.frame_outputs)
    found = film(RUN, run.frame_steps, read_now.mean, read_now.std)
    assert found is not None
    return found


def test_a_film_is_under_300_kb(whole: Film) -> None:
    buffer = io.BytesIO()
    table = pa.Table.from_pandas(whole.table)
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table)
    assert 35 <= len(whole.steps) <= FILM_FRAMES <= MOST_FRAMES
    assert buffer.tell() < 300_000


def test_its_end_is_the_finished_picture(run: Run, whole: Film) -> None:
    grid = run.dataset.x_grid
    end = read(run.experiment, run.frame_outputs[-1])
    fit = fit_table(run.dataset.x, run.dataset.y, grid, end.mean, end.std)
    fit = fit[fit["layer"] == "curve"]
    last = whole.table.tail(grid.size)
    assert (last["mean"].to_numpy() == fit["y"].to_numpy()).all()
    assert (last["std"].to_numpy() == fit["std"].to_numpy()).all()
    assert (last["std"].to_numpy() == spread_table(grid, end.std)["y"].to_numpy()).all()
    assert whole.steps[-1] == run.steps_done == run.history["step"].iloc[-1]


def test_rows_come_frame_by_frame_in_float32() -> None:
    found = film(RUN, [0, 1, 4], curves(3), -curves(3))
    assert found is not None
    assert found.run == RUN
    assert found.steps == [0, 1, 4]
    assert list(found.table.columns) == ["mean", "std"]
    assert set(found.table.dtypes) == {np.dtype(np.float32)}
    assert found.table["mean"].tolist() == curves(3).ravel().tolist()
    assert found.table["std"].tolist() == (-curves(3)).ravel().tolist()


def test_a_long_film_is_thinned_and_keeps_its_ends() -> None:
    found = film(RUN, np.arange(1000), curves(1000), curves(1000))
    assert found is not None
    assert len(found.steps) == MOST_FRAMES
    assert (found.steps[0], found.steps[-1]) == (0, 999)
    assert found.table["mean"].to_numpy().reshape(MOST_FRAMES, -1)[:, 0].tolist() == [11 * step for step in found.steps]


@pytest.mark.parametrize("frames", [0, 1])
def test_a_single_frame_is_no_film(frames: int) -> None:
    assert film(RUN, np.arange(frames), curves(frames), curves(frames)) is None


def test_what_is_not_finite_is_a_gap() -> None:
    broken = curves(2)
    broken[0, :3] = np.inf, -np.inf, np.nan
    broken[0, 3] = 1e300
    found = film(RUN, [0, 1], broken, curves(2))
    assert found is not None
    assert found.table["mean"].isna().tolist() == [True] * 4 + [False] * 18


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="2 steps"):
        film(RUN, [0, 1], curves(3), curves(3))
    with pytest.raises(ValueError, match="2 steps"):
        film(RUN, [0, 1], curves(2), curves(3))


def test_a_run_has_one_number_that_float32_holds() -> None:
    numbers = [run_number(f"run {i}") for i in range(1000)]
    assert [int(np.float32(number)) for number in numbers] == numbers
    assert len(set(numbers)) > 990
    assert min(numbers) >= 0
    assert run_number("a run") == RUN


def test_curves_follow_the_film_and_points_do_not() -> None:
    rows = fit_table([0.5], [0.5], GRID, GRID, GRID, film=RUN)
    assert rows["film"].isna().tolist() == [True] + [False] * 11
    for curve in (rows[rows["layer"] == "curve"], spread_table(GRID, GRID, film=RUN)):
        assert set(curve["film"]) == {RUN}
        assert curve["point"].tolist() == list(range(11))


def history(rows: int) -> pd.DataFrame:
    step = np.arange(1, rows + 1)
    return pd.DataFrame({"step": step, "loss": 1.0 - step / 50, "residual": 0.5, "scale": 0.5 - step / 50})


def losses(number: int | None) -> pd.DataFrame:
    return loss_table(
        history(100), step_domain=(0, 100), loss_domain=(-2, 2), floor=-1.0, previous=history(80), film=number
    )


def test_what_tells_of_the_run_is_drawn_as_far_as_the_film_has_come() -> None:
    found = losses(RUN)
    follows = found["film"] == RUN
    assert set(found[follows]["layer"]) == {"history", "crossing", "note", "name"}
    assert set(found[~follows]["layer"]) == {"zero", "floor", "note", "previous"}
    assert found[~follows]["film"].isna().all()
    assert [text for text in found[~follows]["text"] if isinstance(text, str)] == ["floor −1.000"]
    assert found[follows]["step"].notna().all()
    assert set(found[follows & (found["layer"] == "name")]["step"]) == {100}, "names come with the last frame"


def test_without_a_film_no_row_follows_one() -> None:
    assert losses(None)["film"].isna().all()
    assert fit_table([], [], GRID, GRID, GRID)["film"].isna().all()
    assert spread_table(GRID, GRID)["film"].isna().all()
