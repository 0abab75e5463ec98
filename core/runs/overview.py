"""What a server does just now, for whoever runs it: who trains what, who keeps how much. No names, notes or rows."""

import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sql

from ..data.tables.table_store import TableStore
from ..experiment.data_settings import OWN_TABLE
from ..experiment.experiment import Experiment
from ..experiment.run_name import data_words
from ..model.losses import LOSSES
from ..training.cost import estimated_seconds
from ..visitor import SHARED
from .job import Job
from .laboratory import Laboratory
from .schema import entries
from .store import Store

_SHORT = 7  # characters of a space, which tell visitors apart


@dataclass(frozen=True)
class Training:
    """One training: its number in the laboratory, for whom, what, its steps so far, and seconds since it was asked."""

    job_id: str
    whose: str
    what: str
    step: int | None  # None while it waits
    steps: int
    expected_s: float
    waited_s: float


@dataclass(frozen=True)
class Holder:
    """What one visitor keeps: runs, their bytes, tables and their bytes, and how many trainings they have now."""

    whose: str
    runs: int
    run_bytes: int
    tables: int
    table_bytes: int
    trainings: int


def trainings(laboratory: Laboratory) -> list[Training]:
    """All that run or wait, in the order in which they were asked for."""
    return [_training(job, time.monotonic()) for job in laboratory.jobs()]


def _training(job: Job, now: float) -> Training:
    step = None if job.frame is None else job.frame.step
    steps, expected = job.experiment.training.steps, estimated_seconds(job.experiment)
    whose = ", ".join(short(space) for space in sorted(job.spaces))
    return Training(job.id, whose, words(job.experiment), step, steps, expected, now - job.created)


def holders(store: Store, tables: TableStore, laboratory: Laboratory) -> list[Holder]:
    """Those who keep something or train, whoever keeps most first."""
    kept = sql.select(entries.c.space, sql.func.count(), sql.func.sum(entries.c.size)).group_by(entries.c.space)
    runs = {space: (number, int(size or 0)) for space, number, size in store.rows(kept)}
    working = Counter(space for job in laboratory.jobs() for space in job.spaces)
    brought = tables.owners.totals()
    found = [
        Holder(short(space), *runs.get(space, (0, 0)), *brought.get(space, (0, 0)), working[space])
        for space in runs.keys() | working.keys() | brought.keys()
    ]
    return sorted(found, key=lambda holder: (-holder.run_bytes - holder.table_bytes, holder.whose))


def short(space: str) -> str:
    """A visitor in a few characters: enough to tell them apart, too few to be one of them."""
    return space if space == SHARED else space[:_SHORT]


def words(experiment: Experiment) -> str:
    """Loss and data, without the name of an uploaded file."""
    data = "an uploaded table" if experiment.data.table == OWN_TABLE else data_words(experiment)
    return f"{LOSSES[experiment.loss.name].label}, {data}"
