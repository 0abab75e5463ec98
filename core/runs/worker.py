"""What runs inside a Dask worker process: one training, its frames sent back as they come, a flag to stop it."""

import threading
import uuid

from distributed import WorkerPlugin, get_worker

from core.experiment import Experiment

TOPIC = "heteroscope-frames"  # one topic for all runs: the scheduler keeps the last 1,000 events of each for ever

_stopped: set[str] = set()
_loading = threading.Lock()  # held while torch is loaded, so that no run's seconds count it


def train_job(experiment_json: str, job: str) -> bytes:
    """Train an experiment and return its run as bytes; frames go to TOPIC as {job, attempt, …}.

    A task that is retried after its worker died starts its frames again, under another attempt.
    """
    with _loading:
        from core.training.loop import train

    worker, attempt = get_worker(), uuid.uuid4().hex
    run = train(
        Experiment.from_json(experiment_json),
        on_frame=lambda frame: worker.log_event(TOPIC, {"job": job, "attempt": attempt, **frame.to_message()}),
        should_stop=lambda: job in _stopped,
    )
    _stopped.discard(job)
    return run.to_bytes()


def stop_job(job: str) -> None:
    """Tell this worker to end a job, now or as soon as it comes to it."""
    _stopped.add(job)


class Warm(WorkerPlugin):
    """Trains one step when a worker starts, also one that replaces a killed one, so that the first run loads nothing.

    A spawned worker, or one of another scheduler, loads torch here; a forked one has it already.
    """

    name = "heteroscope-warm"

    def setup(self, worker: object) -> None:
        threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    with _loading:
        from core.training.loop import train

        train(Experiment.from_settings({"data.n": 100, "training.steps": 1, "training.device": "cpu"}))
