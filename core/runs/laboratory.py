"""One laboratory for all sessions: each experiment is trained once, watched by everyone who asked for it, and kept."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from typing import Any

from distributed import Future

from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster
from core.runs.store import ANSWERS, Store
from core.training.cost import is_quick
from core.training.frame import Frame
from core.training.run import Run

# Runs in memory, so that going back to one takes no look into the store, nor its scores a second time. A table over
# ten seeds looks at up to 270 at once, half a megabyte each.
REMEMBERED = 288
ABSENT_S = 5.0  # a watcher not seen for so long has left


class Job:
    """A training that waits or runs: its latest frame, who watches, and at its end the run or the reason of failure."""

    def __init__(self, experiment: Experiment):
        self.experiment = experiment
        self.id = uuid.uuid4().hex
        self.frame: Frame | None = None
        self.waits = ""  # for what, in words, before its first frame
        self.attempt: str | None = None
        self.run: Run | None = None
        self.watchers: dict[str, float] = {}
        self.stopping = False  # told to end: nobody joins it any more
        self.kept = True  # its run is worth keeping, whatever it comes to
        self.future: Future | None = None  # None while it is held back
        self.ended = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after waiting at most so long."""
        return self.ended.wait(seconds)

    def watched_by_others(self, watcher: str) -> bool:
        """Whether anyone else has looked at it in the last ABSENT_S seconds."""
        now = time.monotonic()
        return any(name != watcher and now - seen < ABSENT_S for name, seen in self.watchers.items())

    @property
    def remaining_s(self) -> float | None:
        """Expected seconds to its end, once it has gone some steps."""
        if self.frame is None or self.frame.step == 0:
            return None
        return self.frame.seconds * (self.frame.steps / self.frame.step - 1)


class Laboratory:
    """Finds runs, starts jobs, stops them. Safe to use from many threads.

    One worker is kept free of long runs, so that a quick one never waits a minute for its turn.
    """

    def __init__(self, cluster: Cluster, store: Store):
        self.cluster, self.store = cluster, store
        self._long_at_once = max(1, cluster.workers - 1)
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}  # by the key of the experiment, while they wait or run
        self._by_id: dict[str, Job] = {}
        self._runs: OrderedDict[str, Run] = OrderedDict()
        cluster.on_frame(self._receive)

    def find(self, experiment: Experiment) -> Run | None:
        """The kept answer to an experiment, read as this experiment has it; None where it must be trained."""
        return self._find(experiment, ANSWERS)

    def find_stopped(self, experiment: Experiment) -> Run | None:
        """What a stopped or failed training of it had; never its answer."""
        return self._find(experiment, ("stopped", "failed"))

    def job(self, experiment: Experiment, watcher: str) -> Job | None:
        """The job that trains this experiment now, if any; the watcher counts as watching."""
        with self._lock:
            job = self._jobs.get(experiment.key)
            if job is None or job.stopping:
                return None
            job.watchers[watcher] = time.monotonic()
            return job

    def trains(self, experiment: Experiment) -> bool:
        """Whether a job trains this experiment now, or waits to."""
        with self._lock:
            job = self._jobs.get(experiment.key)
            return job is not None and not job.stopping

    def start(self, experiment: Experiment, watcher: str) -> Job:
        """Train it, or join the job that already does.

        Where its run has ended since the caller looked for it, the job returned is that one's: ended, with its run.
        """
        with self._lock:
            job = self.job(experiment, watcher)
            run = self._runs.get(experiment.key)
            if job is None and run is not None and run.status in ANSWERS:
                job = Job(experiment)
                job.run = _read_as(run, experiment)
                job.ended.set()
            elif job is None:
                job = Job(experiment)
                job.watchers[watcher] = time.monotonic()
                self._jobs[experiment.key] = self._by_id[job.id] = job
                self._submit_waiting()
            return job

    def stop(self, experiment: Experiment, watcher: str, *, keep: bool = True) -> bool:
        """End its job, or, where others watch it, only leave it. True if it was ended.

        With `keep` false, what it had is of no interest: a slider has moved on.
        """
        with self._lock:
            job = self._jobs.get(experiment.key)
            if job is None or job.stopping:
                return True
            job.watchers.pop(watcher, None)
            if job.watched_by_others(watcher):
                return False
            job.stopping, job.kept = True, keep
            if job.future is None:
                self._end(job, Run.without_steps(experiment, "stopped", "Stopped before it began."))
                return True
        self.cluster.stop(job.id)
        if job.frame is None:  # it waits for a worker: nothing would end it before its turn
            job.future.cancel()
        return True

    def forget(self, keys: Iterable[str]) -> None:
        """Remember these runs no longer: they were deleted from the store."""
        with self._lock:
            for key in keys:
                self._runs.pop(key, None)

    def waiting_before(self, job: Job) -> int:
        """How many jobs have not begun and were asked for earlier."""
        with self._lock:
            earlier = list(self._by_id.values())
        return sum(other.frame is None for other in earlier[: earlier.index(job)]) if job in earlier else 0

    def close(self) -> None:
        """End the workers and let go of the store."""
        self.cluster.close()
        self.store.close()

    def _find(self, experiment: Experiment, statuses: tuple[str, ...]) -> Run | None:
        with self._lock:
            run = self._runs.get(experiment.key)
            if run is not None:
                self._runs.move_to_end(experiment.key)
        if run is None or run.status not in statuses:
            run = self.store.get(experiment.key, statuses)
            if run is None:
                return None
            self._remember(run)
        return _read_as(run, experiment)

    def _remember(self, run: Run) -> None:
        with self._lock:
            self._runs[run.key] = run
            self._runs.move_to_end(run.key)
            while len(self._runs) > REMEMBERED:
                self._runs.popitem(last=False)

    def _submit_waiting(self) -> None:
        """Hand over the jobs whose turn it is; the lock is held."""
        long_running = sum(job.future is not None and not is_quick(job.experiment) for job in self._by_id.values())
        for job in self._by_id.values():
            quick = is_quick(job.experiment)
            if job.future is not None or not (quick or long_running < self._long_at_once):
                continue
            long_running += not quick
            job.future = self.cluster.submit(job.experiment.to_json(), job.id, urgent=quick)
            job.future.add_done_callback(partial(self._ended, job))

    def _receive(self, message: dict[str, Any]) -> None:
        with self._lock:
            job = self._by_id.get(message["job"])
            if job is None:
                return
            if "waits" in message:
                job.waits = message["waits"]
                return
            begins = message["attempt"] != job.attempt and message["step"] == 0
            if begins or (
                message["attempt"] == job.attempt and job.frame is not None and message["step"] >= job.frame.step
            ):
                job.attempt, job.frame = message["attempt"], Frame.from_message(message)

    def _ended(self, job: Job, future: Future) -> None:
        record = None
        if future.cancelled():
            run = Run.without_steps(job.experiment, "stopped", "Stopped before it began.")
        elif future.status == "error":
            run = Run.without_steps(job.experiment, "failed", _failure(future.exception()))
        else:
            record = future.result()
            try:
                run = Run.from_bytes(record)
            except ValueError:
                record = None
                words = "A worker answered in another version's format: start the workers again."
                run = Run.without_steps(job.experiment, "failed", words)
        self._end(job, run, record)

    def _end(self, job: Job, run: Run, record: bytes | None = None) -> None:
        keeps = job.kept or run.status in ANSWERS
        if keeps:
            self._remember(run)
        with self._lock:
            if self._jobs.get(job.experiment.key) is job:
                del self._jobs[job.experiment.key]
            self._by_id.pop(job.id, None)
            job.run = run
            self._submit_waiting()
        job.ended.set()
        if keeps:
            self.store.put(run, record)


def _read_as(run: Run, experiment: Experiment) -> Run:
    """The run, read as this experiment has it."""
    reading = experiment.loss.reading
    return run if run.experiment.loss.reading == reading else run.with_reading(reading)


def _failure(error: BaseException | None) -> str:
    name = type(error).__name__
    if name == "KilledWorker":
        return "The worker process died several times while training this: it may need more memory than there is."
    return str(error).splitlines()[0][:300] if str(error) else f"The training ended with {name}."
