"""What runs inside a Dask worker process: one training that sends back its frames and can be stopped."""

import os
import sys
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from distributed import WorkerPlugin, get_worker

from .. import log
from ..data.tables.columns import TableError
from ..experiment.experiment import Experiment
from ..experiment.settings import InvalidExperiment
from ..training.cost import estimated_bytes, is_quick
from ..training.run import Run
from ..training.run_bytes import to_bytes
from .small_host import require_memory

T = TypeVar("T")

TOPIC = "heteroscope-frames"  # one for all runs: the scheduler keeps the last 1,000 events of each topic for ever

_EXPECTED = (InvalidExperiment, TableError, ImportError, MemoryError)  # which say all that there is to say
_MOST_STOPPED = 1000
_stopped: OrderedDict[str, str] = OrderedDict()  # the last jobs told to end, also those of other workers, and why
_compiling: list[str] = []  # what to tell those who wait, while a new worker compiles
_loading = threading.Lock()  # held while the stepper is loaded, so that loading does not count as training time


def train_job(experiment_json: str, job: str, cores: int) -> bytes:
    """Train an experiment and return its run as bytes; frames go to TOPIC as {job, attempt, …}.

    So many members as `cores` train at once. A task that is retried after its worker died sends its frames from the
    start, under a new attempt.
    """
    worker, attempt, experiment = get_worker(), uuid.uuid4().hex, Experiment.from_json(experiment_json)
    key = worker.get_current_task()

    def ends() -> bool:
        task = worker.state.tasks.get(key)  # cancelled: all servers that asked for it have gone
        return was_stopped(job) or task is None or task.state == "cancelled"

    def waits(words: str) -> None:
        worker.log_event(TOPIC, {"job": job, "waits": words})

    require_memory(estimated_bytes(experiment))
    train = loaded(waits)
    log.event("training begun", key=experiment.key, steps=experiment.training.steps)

    def trained() -> bytes:
        try:
            run = train(
                experiment,
                on_frame=lambda frame: worker.log_event(TOPIC, {"job": job, "attempt": attempt, **frame.to_message()}),
                should_stop=ends,
                on_wait=waits,
                cores=cores,
            )
        except Exception as error:
            if isinstance(error, _EXPECTED):
                raise
            name = log.failed("training failed", error, key=experiment.key)
            raise RuntimeError(f"{_words(error)} The log of the server has more under the name “{name}”.") from None
        seconds = round(run.seconds, 3)
        log.event("training ended", key=run.key, status=run.status, seconds=seconds, steps=run.steps_done)
        return to_bytes(_because(run, _stopped.get(job, "")))

    return trained() if is_quick(experiment) else in_background(trained)


def _words(error: Exception) -> str:
    """What an error says, as a sentence."""
    lines = str(error).splitlines()
    return f"{lines[0][:200].rstrip('.')}." if lines else f"The training ended with {type(error).__name__}."


def loaded(waits: Callable[[str], None]) -> Callable[..., Run]:
    """`train`, when this worker has loaded it; while it compiles, `waits` gets a message."""
    while not _loading.acquire(timeout=0.1):
        for words in _compiling[:1]:
            waits(words)
    try:
        from ..training.loop import train
    finally:
        _loading.release()
    return train


def in_background(work: Callable[[], T]) -> T:
    """Do the work in a thread of low priority, so that quick runs, pages and browsers come first (Linux only).

    It needs a new thread, because a thread can lower its priority but not raise it again.
    """
    if sys.platform != "linux":
        return work()

    def lower() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)

    with ThreadPoolExecutor(1, initializer=lower) as thread:
        return thread.submit(work).result()


def stop_job(job: str, why: str = "") -> None:
    """Tell this worker to end a job, now or when it starts it. Its run then says `why`, if there is a reason."""
    _stopped[job] = why
    if len(_stopped) > _MOST_STOPPED:
        _stopped.popitem(last=False)


def _because(run: Run, why: str) -> Run:
    """A stopped run with the reason in its message; any other as it is."""
    if run.status != "stopped" or not why:
        return run
    message = f"{why} at step {run.steps_done:,} of {run.experiment.training.steps:,}."
    targets = tuple(replace(each, message=message) for each in run.targets)
    return replace(run, message=message, targets=targets)


def was_stopped(job: str) -> bool:
    """Whether this worker was told to end a job."""
    return job in _stopped


class Warm(WorkerPlugin):
    """Trains one step when a worker starts or is replaced, so that its first run has nothing to load.

    A spawned worker, or one of another scheduler, loads Numba here; a forked one has it already. After an installation
    the first workers compile, each for itself, and store the result on disk for all later ones.
    """

    name = "heteroscope-warm"

    def setup(self, worker: object) -> None:
        log.begin()
        threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    with _loading:
        from ..training.loop import train

        try:
            train(
                Experiment.from_settings({"data.n": 100, "training.steps": 1, "training.device": "cpu"}),
                on_wait=_compiling.append,
            )
        finally:
            _compiling.clear()
