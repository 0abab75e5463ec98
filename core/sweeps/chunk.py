"""What runs in a worker for a sweep: a few of its runs, one after another, of which only a row each comes back."""

import json
import time
from functools import lru_cache
from typing import Any, NamedTuple

from ..evaluation.scores import COMPARED, estimates
from ..experiment.experiment import Experiment
from ..runs.worker import in_background, loaded, was_stopped
from ..training.run import Run


class Row(NamedTuple):
    """What is kept of a run: its number in the sweep, how it ended, and its scores, None where it has none.

    seconds: of the training and its scores, on its worker. status is one of `core.training.run.STATUSES`.
    """

    number: int
    key: str
    status: str
    message: str
    seconds: float
    steps: int
    nll: float | None = None
    crps: float | None = None
    rmse: float | None = None
    coverage_95: float | None = None
    gap: float | None = None


def train_chunk(chunk_json: str, job: str) -> list[list[Any]]:
    """Train the runs of `chunk_of` and return their rows as plain lists; fewer, if the job was told to end.

    It trains at low priority, so that quick runs of visitors, pages and browsers come first.
    """
    return in_background(lambda: _rows(chunk_json, job))


def chunk_of(base_json: str, runs: list[tuple[int, dict[str, Any]]]) -> str:
    """The text that a worker is sent: the base experiment, and the number and the settings of each run."""
    return json.dumps({"base": base_json, "runs": runs})


def _rows(chunk_json: str, job: str) -> list[list[Any]]:
    train = loaded(lambda words: None)
    chunk = json.loads(chunk_json)
    base, rows = _base(chunk["base"]), []
    for number, settings in chunk["runs"]:
        if was_stopped(job):
            break
        began = time.perf_counter()
        run = train(base.with_settings(settings), should_stop=lambda: was_stopped(job), cores=1)
        if run.status == "stopped":
            break
        found = scores_of(run)
        seconds = time.perf_counter() - began
        rows.append([number, run.key, run.status, run.message, round(seconds, 5), run.steps_done, *found])
    return rows


def scores_of(run: Run) -> list[float | None]:
    """The scores of COMPARED, in their order; all None unless the run is done."""
    if run.status != "done":
        return [None] * len(COMPARED)
    return [found.value for found in estimates(run.judged, COMPARED).values()]


@lru_cache(maxsize=8)
def _base(text: str) -> Experiment:
    return Experiment.from_json(text)
