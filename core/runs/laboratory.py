"""One laboratory for all sessions: it trains each experiment once, for everyone who asked for it, and keeps the run."""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from distributed import Future
from distributed.client import FutureCancelledError

from ..experiment.build import check_readable, is_readable
from ..experiment.experiment import Experiment
from ..host import count
from ..training.cost import estimated_seconds
from ..training.frame import Frame
from ..training.run import Run
from ..training.run_bytes import from_bytes
from ..visitor import SHARED, own_space, visitor
from . import small_host
from .cluster import Cluster
from .job import Job, ended_job, failure_words
from .other_servers import JobNames, OtherServers
from .remembered import MOST_BYTES, Remembered, read_as
from .store import ANSWERS, Store
from .turns import Turns

MOST_TAKEN_AWAY = 100
_LOOK_S = 5.0  # between two looks for runs that nobody watches
UNASKED_ALONE_S = 60.0  # after which a run that a slider began ends with its window
HANDS_BACK_S = 5.0  # in which workers send what they have learned, when the server stops
SERVER_STOPPED = "The server was stopped"
ABSENT_S = 5.0  # a watcher who has not asked for so long has left


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
        self._remembered = Remembered(ANSWERS, small_host.REMEMBERED_BYTES if small_host.is_small() else MOST_BYTES)
        self._places: dict[str, int] | None = None  # how many jobs come before each that has not begun, once asked for
        self._ended_runs = Counter[str]()
        self._names, self._others = JobNames(), OtherServers()
        self.heard = 0.0  # when a worker last sent a frame
        self._turns = Turns()
        self._closed = threading.Event()
        self._alone_s = 60.0 * count("alone_minutes") or math.inf
        threading.Thread(target=self._stop_the_alone, name="runs alone", daemon=True).start()
        cluster.on_frame(self._receive)
        cluster.on_look(self._look_again)

    def find(self, experiment: Experiment) -> Run | None:
        """The kept answer to an experiment, under its reading; None if it must be trained, or is not this visitor's.

        Whoever trained it first: what a visitor looks at comes into their list too.
        """
        if not is_readable(experiment):
            return None
        run = self._remembered.answer(experiment.key)
        if run is None:
            run = self.store.get(experiment.key)
            if run is None:
                return None
            self._remembered.add(run)
        if visitor() is not None and self._remembered.is_new_to(run.key, own_space()):
            self.store.list_soon(run, own_space())
        return read_as(run, experiment)

    def find_stopped(self, experiment: Experiment) -> Run | None:
        """The run of this visitor's stopped or failed training of it; never its answer."""
        if not is_readable(experiment):
            return None
        space = own_space()
        run = self._remembered.unfinished(experiment.key, space)
        if run is None:
            run = self.store.get(experiment.key, ("stopped", "failed"), space)
            if run is None:
                return None
            self._remembered.add(run, [space])
        return read_as(run, experiment)

    def job(self, experiment: Experiment, watcher: str) -> Job | None:
        """The job that trains this experiment now, if any; the watcher is added to it."""
        with self._lock:
            if (job := self._job(experiment)) is not None:
                job.watched_by(watcher, own_space())
            return job

    def trains(self, experiment: Experiment) -> bool:
        """Whether a job trains this experiment now, or waits to."""
        with self._lock:
            return self._job(experiment) is not None

    def start(self, experiment: Experiment, watcher: str, *, asked: bool = True) -> Job:
        """Train it, or join the job that already does; `asked` by a person, or only shown by a slider on its way.

        If its run has ended since the caller looked for it, the returned job has ended and holds that run. What would
        be more than a visitor may have waiting is refused: its run has failed, and says why.
        """
        if visitor() is not None:
            check_readable(experiment.data)
        with self._lock:
            job = self.job(experiment, watcher)
            run = self._remembered.answer(experiment.key)
            if job is None and run is not None:
                job = ended_job(experiment, read_as(run, experiment))
            elif job is None:
                owner = watcher if own_space() == SHARED else own_space()
                if refused := self._too_much(experiment, owner):
                    return ended_job(experiment, Run.without_steps(experiment, "failed", refused))
                job = Job(experiment, owner, self._names.next(experiment.key))
                job.asked = asked
                job.watched_by(watcher, own_space())
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
            job.leaves(watcher, own_space())
            now = time.monotonic()
            if any(now - last_seen < ABSENT_S for last_seen in job.watchers.values()):
                return False
            if visitor() is not None and job.asked and job.spaces - {own_space()}:
                return False  # another visitor's: it goes on for them, even if they are away just now
            if self._is_ended(job, keep=keep):
                return True
        self._end_elsewhere(job)
        return True

    def stop_for_all(self, job_id: str, why: str) -> bool:
        """End a training whoever watches it, for whoever runs the server; its run says why. False if it has ended."""
        with self._lock:
            if (job := self._by_id.get(job_id)) is None:
                return False
            if self._is_ended(job, keep=True):
                return True
        self._end_elsewhere(job, why)
        return True

    def jobs(self) -> list[Job]:
        """The trainings that run or wait, in the order in which they were asked for."""
        with self._lock:
            return list(self._by_id.values())

    def _is_ended(self, job: Job, *, keep: bool) -> bool:
        """Nobody may join it from now on; whether it has ended, because it had not begun. The caller holds the lock."""
        job.stopping, job.kept = True, keep
        self._names.is_used(job.id)
        if job.future is None:
            self._end(job, Run.without_steps(job.experiment, "stopped", "Stopped before it started."))
        return job.future is None

    def _end_elsewhere(self, job: Job, why: str = "") -> None:
        """Let its worker end it. The caller does not hold the lock: the thread that waits for workers may need it."""
        future = job.future
        if self.cluster.is_shared(job.id):  # it goes on for visitors of another server
            job.kept = False
            if future is not None:
                future.cancel()
            return
        self.cluster.stop(job.id, why)
        if job.frame is None and future is not None:
            future.cancel()  # it waits for a worker, which could end it only when its turn comes

    def forget(self, keys: Iterable[str]) -> None:
        """Drop these runs from memory, because this visitor has deleted them from their list."""
        for key in keys:
            self._remembered.forget(key, own_space())

    def waiting_before(self, job: Job) -> int:
        """How many jobs come before this one that have not begun. All who wait ask: a change alone orders them anew."""
        with self._lock:
            if self._places is None:
                submitted = [each for each in self._by_id.values() if each.future is not None and each.frame is None]
                order = sorted(submitted, key=lambda each: -each.priority) + self._in_turn()
                self._places = {each.id: place for place, each in enumerate(order)}
            return self._places.get(job.id, 0)

    def queue(self) -> tuple[int, int]:
        """How many trainings have begun, and how many wait."""
        with self._lock:
            begun = sum(job.frame is not None for job in self._by_id.values())
            return begun, len(self._by_id) - begun

    def long_runs(self) -> int:
        """How many long trainings have a worker, or are next in line for one."""
        with self._lock:
            return sum(job.future is not None and not job.is_quick for job in self._by_id.values())

    def ended_runs(self) -> dict[str, int]:
        """How many trainings have ended, by their status."""
        with self._lock:
            return dict(self._ended_runs)

    @property
    def remembered_bytes(self) -> int:
        """About how large the runs in memory are."""
        return self._remembered.bytes

    def close(self) -> None:
        """Keep what runs as stopped runs that say why, end the workers and close the store.

        A quick run is not kept: whoever opens it trains it again. Workers have HANDS_BACK_S to send what they learned.
        """
        self._closed.set()
        until = time.monotonic() + HANDS_BACK_S
        with self._lock:
            jobs = [*self._by_id.values()]
            for job in jobs:
                job.stopping, job.kept = True, not job.is_quick
            begun = [job for job in jobs if job.kept and job.frame is not None]
            for job in jobs:
                if job not in begun:
                    self._end_without_steps(job, "before this run began.")
        for job in begun:
            self._end_elsewhere(job, SERVER_STOPPED)
        for job in begun:
            if not job.wait(max(0.0, until - time.monotonic())):
                self._end_without_steps(job, "and its worker did not send what it had learned.")
        self.cluster.close()
        self.store.close()

    def _end_without_steps(self, job: Job, words: str) -> None:
        """End a job whose worker is not waited for."""
        self._end(job, Run.without_steps(job.experiment, "stopped", f"{SERVER_STOPPED} {words}"))
        job.kept = False  # what its worker may still send

    def _stop_the_alone(self) -> None:
        """Stop the runs of windows that were closed long ago, which would else hold up all others."""
        while not self._closed.wait(min(_LOOK_S, self._alone_s / 4)):
            now = time.monotonic()
            with self._lock:
                alone = [job for job in self._by_id.values() if now - job.last_seen > self._most_alone_s(job)]
            for job in alone:
                self.stop(job.experiment, "", keep=job.asked)

    def _most_alone_s(self, job: Job) -> float:
        """How long it may go on unwatched."""
        return self._alone_s if job.asked else min(self._alone_s, UNASKED_ALONE_S)

    def _too_much(self, experiment: Experiment, owner: str) -> str:
        """Why an owner may not have this waiting too; empty if they may. The caller holds the lock."""
        most, asked = count("most_own_seconds"), estimated_seconds(experiment)
        waiting = sum(estimated_seconds(job.experiment) for job in self._by_id.values() if job.owner == owner)
        if not most or not waiting or waiting + asked <= most:
            return ""
        return (
            f"Your runs that train or wait take about {waiting:,.0f} s already, and this host allows each visitor "
            f"{most:,} s: stop one, or wait for it."
        )

    def _job(self, experiment: Experiment) -> Job | None:
        """Its job, unless that was told to end, or is on another visitor's table. The caller holds the lock."""
        job = self._jobs.get(experiment.key)
        return None if job is None or job.stopping or not is_readable(experiment) else job

    def _submit_waiting(self) -> None:
        """Submit the jobs whose turn it is, after something has changed. The caller holds the lock."""
        self._places = None
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
            self._turns.takes(job.owner)

    def _submit(self, job: Job, priority: float) -> bool:
        """Whether the scheduler took it; if it is away, `_look_again` comes."""
        future = self.cluster.submit(job.experiment.to_json(), job.id, priority=priority)
        if future is None:
            return False
        job.future, job.priority, job.waits = future, priority, ""
        future.add_done_callback(partial(self._ended, job))
        return True

    def _in_turn(self) -> list[Job]:
        """The long jobs that wait, in the order in which they begin. The caller holds the lock."""
        return self._turns.order([job for job in self._by_id.values() if not job.is_quick and job.future is None])

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
                job.tell()
                return
            self.heard = time.monotonic()
            attempt, step = message["attempt"], message["step"]
            begins = attempt != job.attempt and (step == 0 or job.attempt is None)
            if begins or (attempt == job.attempt and job.frame is not None and step >= job.frame.step):
                if job.frame is None:
                    self._places = None
                job.attempt, job.frame = attempt, Frame.from_message(message)
        job.tell()

    def _ended(self, job: Job, future: Future) -> None:
        record = None
        if future.status == "error":
            run = Run.without_steps(job.experiment, "failed", failure_words(future.exception()))
        else:
            try:
                record = future.result()
                run = read_as(from_bytes(record), job.experiment)
            # Caught, not asked before: it may be cancelled, or its scheduler go away, between two lines.
            except (FutureCancelledError, OSError, TimeoutError):
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
            job.future = job.frame = job.attempt = self._places = None
            job.waits = self.cluster.trouble
            if stopped:
                job.taken_away += 1
                self._names.is_used(self._by_id.pop(job.id).id)
                job.id = self._names.next(job.experiment.key)
                self._by_id[job.id] = job
            if stopped or self.cluster.address is None:  # else it is submitted at the next look at the scheduler
                self._submit_waiting()

    def _end(self, job: Job, run: Run, record: bytes | None = None) -> None:
        keeps = job.kept or run.status in ANSWERS
        with self._lock:
            spaces = tuple(sorted(job.spaces)) or (SHARED,)
            if keeps:
                self._remembered.add(run, spaces)
                for space in spaces:
                    self._remembered.is_new_to(run.key, space)
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
        job.tell()
        if keeps:
            self.store.put_soon(run, record, spaces)
