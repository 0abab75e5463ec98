"""What runs inside a Dask worker process: one training that sends back its frames and can be stopped."""

import os
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from distributed import WorkerPlugin, get_worker

from core.experiment.experiment import Experiment
from core.runs.small_host import require_memory
from core.training.cost import estimated_bytes, is_quick
from core.training.run import Run
from core.training.run_bytes import to_bytes

TOPIC = "heteroscope-frames"  # one for all runs: the scheduler keeps the last 1,000 events of each topic for ever

_stopped: deque[str] = deque(maxlen=1000)  # the last jobs that were told to end, also those of other workers
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
        return job in _stopped or task is None or task.state == "cancelled"

    def waits(words: str) -> None:
        worker.log_event(TOPIC, {"job": job, "waits": words})

    require_memory(estimated_bytes(experiment))
    train = _loaded(waits)

    def trained() -> bytes:
        run = train(
            experiment,
            on_frame=lambda frame: worker.log_event(TOPIC, {"job": job, "attempt": attempt, **frame.to_message()}),
            should_stop=ends,
            on_wait=waits,
            cores=cores,
        )
        return to_bytes(run)

    return trained() if is_quick(experiment) else _in_background(trained)


def _loaded(waits: Callable[[str], None]) -> Callable[..., Run]:
    """`train`, when this worker has loaded it; while it compiles, `waits` gets a message."""
    while not _loading.acquire(timeout=0.1):
        for words in _compiling[:1]:
            waits(words)
    try:
        from core.training.loop import train
    finally:
        _loading.release()
    return train


def _in_background(work: Callable[[], bytes]) -> bytes:
    """Do the work in a thread of low priority, so that quick runs, pages and browsers come first (Linux only).

    It needs a new thread, because a thread can lower its priority but not raise it again.
    """
    if sys.platform != "linux":
        return work()

    def lower() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)

    with ThreadPoolExecutor(1, initializer=lower) as thread:
        return thread.submit(work).result()


def stop_job(job: str) -> None:
    """Tell this worker to end a job, now or when it starts it."""
    _stopped.append(job)


class Warm(WorkerPlugin):
    """Trains one step when a worker starts or is replaced, so that its first run has nothing to load.

    A spawned worker, or one of another scheduler, loads Numba here; a forked one has it already. After an installation
    the first workers compile, each for itself, and store the result on disk for all later ones.
    """

    name = "heteroscope-warm"

    def setup(self, worker: object) -> None:
        threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    with _loading:
        from core.training.loop import train

        try:
            train(
                Experiment.from_settings({"data.n": 100, "training.steps": 1, "training.device": "cpu"}),
                on_wait=_compiling.append,
            )
        finally:
            _compiling.clear()
