"""The film: the frames of a finished run, shown in charts that are already on the page.

The table of a chart holds the end of a run. The earlier frames are in one separate table, the `Film`, which the page
keeps beside the charts. To show a frame, the page writes it as text (``run;step;means;stds``) into the value of
``SCREEN`` and dispatches ``EVENT`` there; each chart reads the text into a parameter and draws it in place of its rows'
own values. Without a text, a chart draws its rows. An earlier attempt kept all frames as rows that each chart filters:
the browser then read 40 times the rows for every new run, even if the film was never played.

A text names its run, and so do the rows: the frame of one run is never drawn among the points of another.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .rows import Array, evenly

MOST_FRAMES = 40
SCREEN, EVENT = "body", "film"  # a CSS selector of an element that exists before any chart, and the name of an event
NO_RUN = -1

_PARTS = {
    "film_parts": "film ? split(film, ';') : []",
    "film_run": f"film ? toNumber(film_parts[0]) : {NO_RUN}",
    "film_step": "film ? toNumber(film_parts[1]) : 0",
    "film_mean": "film ? split(film_parts[2], ' ') : []",
    "film_std": "film ? split(film_parts[3], ' ') : []",
}
PARAMS: list[dict[str, Any]] = [
    {"name": "film", "value": "", "bind": {"element": SCREEN, "event": EVENT}},
    *({"name": name, "expr": expression} for name, expression in _PARTS.items()),
]

# A row marked with a run (and a step) is drawn from this step on; a row without a mark is always drawn.
NO_FILM = "datum.film != film_run"  # rows of what a film does not show: they are drawn while no frame of theirs is
REACHED = {"filter": "datum.film != film_run || datum.step <= film_step"}


# The curves of a frame at the grid point of the row.
FILM_MEAN, FILM_STD = "toNumber(film_mean[datum.point])", "toNumber(film_std[datum.point])"


def shown(column: str, film: str, name: str) -> dict[str, str]:
    """The transform that makes the field ``name``: the expression ``film`` while a frame of the row's run is shown,
    else the row's own ``column``."""
    return {"calculate": f"datum.film == film_run ? {film} : datum.{column}", "as": name}


def film_columns(points: int, film: int | None) -> dict[str, Array]:
    """The columns of a curve that a film needs: the index of the grid point, and the number of the run, if any."""
    return {"point": np.arange(points, dtype=float), "film": np.full(points, np.nan if film is None else film)}


def run_number(name: str) -> int:
    """A hash of the name of a run: 24 bits, which float32 represents exactly."""
    return zlib.crc32(name.encode()) % 2**24


@dataclass(frozen=True, eq=False)
class Film:
    """The frames of a run: its number (``run_number``), the step of each frame, and their curves.

    ``table`` has the columns mean and std, float32 in the unit of y, (frames · grid,) rows frame by frame; NaN where
    there is nothing to draw.
    """

    run: int
    steps: list[int]
    table: pd.DataFrame


def film(run: int, steps: ArrayLike, mean: ArrayLike, std: ArrayLike) -> Film | None:
    """The film of curves (frames, grid) at ``steps`` (frames,), thinned to MOST_FRAMES; None if nothing changes.

    The first and the last frame are always kept. Raises ValueError where shapes differ.
    """
    at, curves = np.asarray(steps), {"mean": np.asarray(mean, dtype=float), "std": np.asarray(std, dtype=float)}
    if any(values.shape != (at.size, values.shape[-1]) for values in curves.values()):
        raise ValueError(
            f"{at.size} steps take as many curves; mean and std have shapes {np.shape(mean)}, {np.shape(std)}"
        )
    if at.size < 2:
        return None
    kept = evenly(at.size, MOST_FRAMES)
    with np.errstate(over="ignore"):
        columns = {name: values[kept].astype(np.float32).ravel() for name, values in curves.items()}
    gaps = {name: np.where(np.isfinite(values), values, np.float32(np.nan)) for name, values in columns.items()}
    return Film(run, at[kept].tolist(), pd.DataFrame(gaps))
