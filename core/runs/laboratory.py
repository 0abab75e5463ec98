"""One laboratory for all sessions: it trains each experiment once, for everyone who asked for it, and keeps the run."""

import threading
import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterable
from functools import partial
from typing import Any

from distributed import Future
from distributed.client import FutureCancelledError

from core.experiment.experiment import Experiment
from core.host import count
from core.runs import small_host
from core.runs.cluster import Cluster
from core.runs.other_servers import JobNames, OtherServers
from core.runs.store import ANSWERS, Store
from core.training.cost import is_quick
from core.training.frame import Frame
from core.training.run import Run
from core.training.run_bytes import ARRAYS, from_bytes

# Runs in memory, so that going back to one needs neither the store nor its scores again. A table over ten seeds uses
# up to 270 at once, half a megabyte each; the widest networks take 50 times that.
REMEMBERED, REMEMBERED_BYTES = 288, 300_000_000
REMEMBERED_TURNS = 10_000  # visitors
MOST_TAKEN_AWAY = 100
_LOOK_S = 5.0  # between two looks for runs that nobody watches
ABSENT_S = 5.0  # a watcher who has not asked for so long has left


class Job:
    """A training that waits or runs: its latest frame, its watchers, and in the end its run."""

    def __init__(self, experiment: Experiment, owner: str = "", id: str = ""):
        self.experiment, self.owner = experiment, owner  # the first who asked for it
        self.is_quick = is_quick(experiment)
        self.priority = 0.0  # once it is submitted
        self.id, self.created = id, time.monotonic()
        self.frame: Frame | None = None
        self.waits = ""  # what it waits for, in words, before its first frame
        self.attempt: str | None = None
        self.run: Run | None = None
        self.watchers: dict[str, float] = {}
        self.stopping = False  # it was told to end: nobody may join it
        self.taken_away = 0  # how often another server stopped it
        self.kept = True  # whether to keep its run even if it is stopped
        self.future: Future | None = None  # None until it is submitted
        self.ended = threading.Event()

    def frame_of(self, experiment: Experiment) -> Frame | None:
        """The latest frame for an experiment that shares this job; None if that shows another target of the net."""
        return self.frame if experiment.data.y == self.experiment.data.y else None

    @property
    def last_seen(self) -> float:
        """When anybody last watched it."""
        return max((self.created, *self.watchers.values()))

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for its end; returns whether it has ended."""
        return self.ended.wait(seconds)

    @property
    def remaining_s(self) -> float | None:
        """Expected seconds to its end; None before its first steps."""
        if self.frame is None or self.frame.step == 0:
            return None
        return self.frame.seconds * (self.frame.steps / self.frame.step - 1)


class Laboratory:
    """Finds runs, starts jobs, stops them. Safe to use from many threads.

    One worker is kept free of long runs, so that a quick run never waits for a long one to end. Visitors take turns:
    whoever has many runs waiting does not hold up one who has few.
    """

    def __init__(self, cluster: Cluster, store: Store):
        self.cluster, self.store = cluster, store
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}  # by the key of the experiment, while they wait or run
        self._by_id: dict[str, Job] = {}
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._ended_runs = Counter[str]()
        self._names, self._others = JobNames(), OtherServers()
        self._heard = 0.0  # when a worker last sent a frame
        self._turns: OrderedDict[str, int] = OrderedDict()  # when each visitor's last long run began, as a count
        self._closed = threading.Event()
        self._most_bytes = small_host.REMEMBERED_BYTES if small_host.is_small() else REMEMBERED_BYTES
        self._alone_s = 60.0 * count("alone_minutes")
        if self._alone_s:
            threading.Thread(target=self._stop_the_alone, name="runs alone", daemon=True).start()
        cluster.on_frame(self._receive)
        cluster.on_look(self._look_again)

    def find(self, experiment: Experiment, statuses: tuple[str, ...] = ANSWERS) -> Run | None:
        """The kept answer to an experiment, under its reading; None if it must be trained."""
        with self._lock:
            run = self._runs.get(experiment.key)
            if run is not None:
                self._runs.move_to_end(experiment.key)
        if run is None or run.status not in statuses:
            run = self.store.get(experiment.key, statuses)
            if run is None:
                return None
            self._remember(run)
        return read_as(run, experiment)

    def find_stopped(self, experiment: Experiment) -> Run | None:
        """The run of a stopped or failed training of it; never its answer."""
        return self.find(experiment, ("stopped", "failed"))

    def job(self, experiment: Experiment, watcher: str) -> Job | None:
        """The job that trains this experiment now, if any; the watcher is added to it."""
        with self._lock:
            if (job := self._job(experiment)) is not None:
                job.watchers[watcher] = time.monotonic()
            return job

    def trains(self, experiment: Experiment) -> bool:
        """Whether a job trains this experiment now, or waits to."""
        with self._lock:
            return self._job(experiment) is not None

    def start(self, experiment: Experiment, watcher: str) -> Job:
        """Train it, or join the job that already does.

        If its run has ended since the caller looked for it, the returned job has ended and holds that run.
        """
        with self._lock:
            job = self.job(experiment, watcher)
            run = self._runs.get(experiment.key)
            if job is None and run is not None and run.status in ANSWERS:
                job = Job(experiment)
                job.run = read_as(run, experiment)
                job.ended.set()
            elif job is None:
                job = Job(experiment, watcher, self._names.next(experiment.key))
                job.watchers[watcher] = time.monotonic()
                self._jobs[experiment.key] = self._by_id[job.id] = job
                self._submit_waiting()
            return job

    def stop(self, experiment: Experiment, watcher: str, *, keep: bool = True) -> bool:
        """End its job, or only leave it if others watch it. Returns whether it was ended.

        With `keep` false the unfinished run is dropped: for a slider that has moved on.
        """
        with self._lock:
            if (job := self._job(experiment)) is None:
                return True
            job.watchers.pop(watcher, None)
            now = time.monotonic()
            if any(now - last_seen < ABSENT_S for last_seen in job.watchers.values()):
                return False
            job.stopping, job.kept = True, keep
            self._names.is_used(job.id)
            if job.future is None:
                self._end(job, Run.without_steps(experiment, "stopped", "Stopped before it started."))
                return True
        if self.cluster.is_shared(job.id):  # it goes on for visitors of another server
            job.kept = False
            if (future := job.future) is not None:
                future.cancel()
            return True
        self.cluster.stop(job.id)
        if job.frame is None and (future := job.future) is not None:
            future.cancel()  # it waits for a worker, which could end it only when its turn comes
        return True

    def forget(self, keys: Iterable[str]) -> None:
        """Drop these runs from memory, because they were deleted from the store."""
        with self._lock:
            for key in keys:
                self._runs.pop(key, None)

    def waiting_before(self, job: Job) -> int:
        """How many jobs come before this one that have not begun."""
        with self._lock:
            submitted = [each for each in self._by_id.values() if each.future is not None and each.frame is None]
            order = sorted(submitted, key=lambda each: -each.priority) + self._in_turn()
        return order.index(job) if job in order else 0

    def queue(self) -> tuple[int, int]:
        """How many trainings have begun, and how many wait."""
        with self._lock:
            begun = sum(job.frame is not None for job in self._by_id.values())
            return begun, len(self._by_id) - begun

    def ended_runs(self) -> dict[str, int]:
        """How many trainings have ended, by their status."""
        with self._lock:
            return dict(self._ended_runs)

    @property
    def remembered_bytes(self) -> int:
        """About how large the runs in memory are."""
        with self._lock:
            return sum(size_of(run) for run in self._runs.values())

    def probe(self, experiment: Experiment, within_s: float) -> str:
        """Train this on a worker, of which nothing is kept or counted: "ok", or what went wrong.

        If all workers are busy it does not come back in time: what they send of their runs then shows that they work.
        """
        began = time.monotonic()
        future = self.cluster.submit(experiment.to_json(), f"probe-{uuid.uuid4().hex}", priority=20.0)
        if future is None:
            return "the scheduler is away"
        try:
            if (error := future.exception(timeout=within_s)) is not None:
                return _failure(error)
            status = from_bytes(future.result()).status
        except (TimeoutError, FutureCancelledError):
            future.cancel()
            if self._heard > began:
                return "ok"
            return f"no training came back within {within_s:g} s"
        except ValueError:
            return "a worker answered in another version's format"
        return "ok" if status == "done" else f"a small training ended as {status}"

    def close(self) -> None:
        """End the workers and close the store."""
        self._closed.set()
        self.cluster.close()
        self.store.close()

    def _stop_the_alone(self) -> None:
        """Stop the runs of windows that were closed long ago, which would else hold up all others."""
        while not self._closed.wait(min(_LOOK_S, self._alone_s / 4)):
            now = time.monotonic()
            with self._lock:
                alone = [
                    job for job in self._by_id.values() if now - job.last_seen > self._alone_s and not job.stopping
                ]
            for job in alone:
                self.stop(job.experiment, "")

    def _job(self, experiment: Experiment) -> Job | None:
        """Its job, unless that was told to end. The caller holds the lock."""
        job = self._jobs.get(experiment.key)
        return None if job is None or job.stopping else job

    def _remember(self, run: Run) -> None:
        with self._lock:
            self._runs[run.key] = run
            self._runs.move_to_end(run.key)
            total = sum(size_of(each) for each in self._runs.values())
            while len(self._runs) > 1 and (len(self._runs) > REMEMBERED or total > self._most_bytes):
                total -= size_of(self._runs.popitem(last=False)[1])

    def _submit_waiting(self) -> None:
        """Submit the jobs whose turn it is. The caller holds the lock."""
        submitted = [job for job in self._by_id.values() if job.future is not None]
        quick = Counter(job.owner for job in submitted if job.is_quick)
        for job in self._by_id.values():
            if job.is_quick and job.future is None:
                if not self._submit(job, 1 + 9 / (1 + quick[job.owner])):  # a visitor's tenth after another's first
                    return
                quick[job.owner] += 1
        long = sum(not job.is_quick for job in submitted) + self._others.long_jobs()
        free = max(1, self.cluster.known_workers - 1) - long
        for job in self._in_turn()[: max(0, free)]:
            if not self._submit(job, 0.0):
                return
            self._turns[job.owner] = 1 + max(self._turns.values(), default=0)
            self._turns.move_to_end(job.owner)
            if len(self._turns) > REMEMBERED_TURNS:
                self._turns.popitem(last=False)

    def _submit(self, job: Job, priority: float) -> bool:
        """Whether the scheduler took it; if it is away, `_look_again` comes."""
        future = self.cluster.submit(job.experiment.to_json(), job.id, priority=priority)
        if future is None:
            return False
        job.future, job.priority, job.waits = future, priority, ""
        future.add_done_callback(partial(self._ended, job))
        return True

    def _in_turn(self) -> list[Job]:
        """The long jobs that wait, in the order in which they begin. The caller holds the lock.

        First the first of each visitor, then the second of each, and so on; before others those whose last turn is
        longest ago.
        """
        rank = Counter[str]()
        keys: dict[str, tuple[int, int]] = {}
        waiting = [job for job in self._by_id.values() if not job.is_quick and job.future is None]
        for job in waiting:
            keys[job.id] = rank[job.owner], self._turns.get(job.owner, 0)
            rank[job.owner] += 1
        return sorted(waiting, key=lambda job: keys[job.id])

    def _look_again(self) -> None:
        """Submit what waits for a scheduler that was away, and tell those who wait what is missing."""
        with self._lock:
            for job in self._by_id.values():
                if job.frame is None and self.cluster.trouble:
                    job.waits = self.cluster.trouble
            self._submit_waiting()

    def _receive(self, message: dict[str, Any]) -> None:
        with self._lock:
            job = self._by_id.get(message["job"])
            if job is None:
                if "step" in message:
                    self._others.frame(message["job"])
                return
            if "waits" in message:
                job.waits = message["waits"]
                return
            self._heard = time.monotonic()
            attempt, step = message["attempt"], message["step"]
            begins = attempt != job.attempt and (step == 0 or job.attempt is None)
            if begins or (attempt == job.attempt and job.frame is not None and step >= job.frame.step):
                job.attempt, job.frame = attempt, Frame.from_message(message)

    def _ended(self, job: Job, future: Future) -> None:
        record = None
        if future.status == "error":
            run = Run.without_steps(job.experiment, "failed", _failure(future.exception()))
        else:
            try:
                record = future.result()
                run = read_as(from_bytes(record), job.experiment)
            except FutureCancelledError:  # caught, not asked before: it may be cancelled between two lines
                if not job.stopping:
                    self._lost(job, future)
                    return
                run = Run.without_steps(job.experiment, "stopped", "Stopped before it started.")
            except ValueError:
                record = None
                words = "A worker answered in another version's format: start the workers again."
                run = Run.without_steps(job.experiment, "failed", words)
        if run.status == "stopped" and not job.stopping and job.taken_away < MOST_TAKEN_AWAY:
            self._lost(job, future, stopped=True)
            return
        self._end(job, run, record)

    def _lost(self, job: Job, future: Future, *, stopped: bool = False) -> None:
        """Its scheduler went away with it, or another server stopped it: it is submitted again, from its start."""
        with self._lock:
            if job.future is not future:
                return
            job.future = job.frame = job.attempt = None
            job.waits = self.cluster.trouble
            if stopped:
                job.taken_away += 1
                self._names.is_used(self._by_id.pop(job.id).id)
                job.id = self._names.next(job.experiment.key)
                self._by_id[job.id] = job
                self._submit_waiting()

    def _end(self, job: Job, run: Run, record: bytes | None = None) -> None:
        keeps = job.kept or run.status in ANSWERS
        if keeps:
            self._remember(run)
        with self._lock:
            if self._jobs.get(job.experiment.key) is job:
                del self._jobs[job.experiment.key]
            self._by_id.pop(job.id, None)
            self._ended_runs[run.status] += 1
            if run.status == "failed":
                self._names.is_used(job.id)
            if job.future is not None:
                job.future.release()  # the scheduler forgets it, once all servers have it
            job.run = run
            self._submit_waiting()
        job.ended.set()
        if keeps:
            self.store.put_soon(run, record)


def size_of(run: Run) -> int:
    """The bytes of a run's arrays, with those of its other members and targets."""
    own = sum(getattr(run, name).nbytes for name in ARRAYS)
    return own + sum(map(size_of, (*run.others, *run.targets)))


def read_as(run: Run, experiment: Experiment) -> Run:
    """The run under the reading of this experiment, and with its target shown."""
    reading, run = experiment.loss.reading, run.of_target(experiment.data.y) if run.targets else run
    return run if run.experiment.loss.reading == reading else run.with_reading(reading)


def _failure(error: BaseException | None) -> str:
    if isinstance(error, MemoryError):
        return "It needs more memory than this host allows a run: choose fewer points, or a smaller batch or network."
    if isinstance(error, ImportError):
        return f"A worker cannot load Heteroscope ({error}): start the workers where `import core` works."
    name = type(error).__name__
    if name == "KilledWorker":
        return "The worker process died several times while training this. It may need more memory than is available."
    return str(error).splitlines()[0][:300] if str(error) else f"The training ended with {name}."
