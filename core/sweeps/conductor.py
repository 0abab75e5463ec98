"""HOW a sweep is trained: in chunks of quick runs on the workers of a cluster, with rows written as they come.

A chunk takes about a quarter of a second, so that a visitor's quick run soon gets its turn. With many workers chunks
are longer: some worker still ends one every few hundredths of a second, and the scheduler has few tasks. What a worker,
all workers or a scheduler lose when they die is trained again.
"""

import queue
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from distributed import Future
from distributed.client import ClosedClientError, FutureCancelledError

from ..experiment.settings import one_line
from .chunk import Row, chunk_of, train_chunk
from .progress import Progress
from .results import Results
from .sweep import Sweep

PRIORITY = -10.0  # below all that visitors train
CHUNK_S = 0.25
TASKS_PER_S = 30  # chunks that end in a second, of all workers together, once there are many
MOST_IN_CHUNK = 200  # runs
AHEAD = 2  # chunks for each worker: one trains, one waits
WRITE_S = 0.5  # between two writes
_TURN_S = 0.1
_ENDS_WITHIN_S = 3.0
_COMES_WITHIN_S = 5.0  # a result whose worker has died does not come
_LOST = (FutureCancelledError, ClosedClientError, TimeoutError, OSError)  # with its scheduler or its worker
_RATE_S = 60.0  # the speed is that of the last minute


class Workers(Protocol):
    """What a sweep needs of a cluster: `core.runs.cluster.Cluster` has it."""

    client: Any
    known_workers: int
    trouble: str

    @property
    def is_joined(self) -> bool:
        """Whether the scheduler takes tasks."""

    def stop(self, job: str) -> None:
        """Tell every worker to end a job."""


class Conductor:
    """Trains what is missing in a file of results. `run` does it, in the thread that calls it.

    spare: workers that are left to others where the sweep has runs of more than two seconds, which nobody can pass.
    others: how many workers long runs of others take; the sweep then takes fewer, and gives back what it has too many.
    """

    def __init__(
        self,
        sweep: Sweep,
        workers: Workers,
        results: Results,
        *,
        spare: int = 0,
        others: Callable[[], int] = lambda: 0,
        work: Callable[[str, str], list[list[Any]]] = train_chunk,
    ):
        self.sweep, self.workers, self.results = sweep, workers, results
        self._spare, self._others, self._work = spare, others, work
        self._job = _new_job()
        self._most = 1  # chunks in flight, at the last look
        self._base = sweep.base.to_json()
        self._status = {row.number: row.status for row in results.rows() if row.status != "failed"}  # tried again
        self._waiting = deque(number for number in range(sweep.runs) if number not in self._status)
        self._left_s = sum(map(self._estimate, self._waiting))
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._in_flight: dict[Future, list[int]] = {}
        self._unwritten: list[Row] = []
        self._written = 0.0
        self._measured = [0.0, 0.0]  # seconds as estimated, and as they were, of the rows that came
        self._pace: deque[tuple[float, float, int]] = deque()  # when, estimated seconds left then, runs done then
        self.progress = self._progress()

    def run(self, should_stop: Callable[[], bool], report: Callable[[Progress], None] = lambda _: None) -> bool:
        """Train until all runs are kept, or until `should_stop()`; what has come is kept in either case.

        `report` gets the progress some times a second. Returns whether all runs are kept. Raises ResultsError.
        """
        self._pace.append((time.monotonic(), self._left_s, self._done))
        try:
            while self._waiting or self._in_flight:
                if should_stop():
                    break
                self._submit()
                self._take(_TURN_S)
                self._write(unless_s=WRITE_S)
                self.progress = self._progress()
                report(self.progress)
        finally:
            if self._in_flight:
                self.workers.stop(self._job)
                self._leave()
            self._write()
            self.progress = self._progress()
            report(self.progress)
        return self.progress.done == self.sweep.runs

    @property
    def _done(self) -> int:
        return len(self._status)

    def _estimate(self, number: int) -> float:
        return float(self.sweep.seconds[number % len(self.sweep.points)])

    def _submit(self) -> None:
        """Send as many chunks as keep the workers busy, or as many long runs as others leave workers for."""
        workers = max(1, self.workers.known_workers)
        if self.sweep.is_quick:
            self._most = AHEAD * workers
        else:
            self._most = max(0, max(1, workers - self._spare) - self._others())
            if len(self._in_flight) > self._most:
                self.workers.stop(self._job)  # what it trains comes back without rows, and waits again
                self._job = _new_job()
        while self._waiting and len(self._in_flight) < self._most and self.workers.is_joined:
            numbers = self._next(workers)
            if not self._send(numbers):
                self._waiting.extendleft(reversed(numbers))
                return

    def _next(self, workers: int) -> list[int]:
        """The runs of the next chunk, taken from those that wait; smaller ones towards the end, so that all share."""
        estimated, measured = self._measured
        factor = measured / estimated if estimated else 1.0
        length = max(CHUNK_S, workers / TASKS_PER_S) / factor
        share = max(1, min(MOST_IN_CHUNK, len(self._waiting) // (AHEAD * workers)))
        numbers = [self._waiting.popleft()]
        total = self._estimate(numbers[0])
        while self._waiting and len(numbers) < share and total + self._estimate(self._waiting[0]) <= length:
            numbers.append(self._waiting.popleft())
            total += self._estimate(numbers[-1])
        return numbers

    def _send(self, numbers: list[int]) -> bool:
        chunk = chunk_of(self._base, [(number, self.sweep.settings(number)) for number in numbers])
        key = f"sweep-{uuid.uuid4().hex}"
        try:
            future = self.workers.client.submit(self._work, chunk, self._job, key=key, pure=False, priority=PRIORITY)
        except ClosedClientError:
            return False
        self._in_flight[future] = numbers
        future.add_done_callback(self._ended.put)
        return True

    def _take(self, within_s: float) -> None:
        """Take what has ended; wait for the first of it."""
        ended: list[Future] = []
        with suppress(queue.Empty):
            ended.append(self._ended.get(timeout=within_s))
            while True:
                ended.append(self._ended.get_nowait())
        ended = [future for future in ended if future in self._in_flight]
        for future, rows in zip(ended, self._results(ended), strict=True):
            self._end(future, rows)

    def _results(self, ended: list[Future]) -> list[list[Row] | Exception]:
        """The rows of each chunk, or why it failed: of all by one question where that works, for each takes a while."""
        if len(ended) > 1 and all(future.status == "finished" for future in ended):
            with suppress(*_LOST, KeyError, RuntimeError):
                found = self.workers.client.gather(ended, errors="raise")
                return [[Row(*row) for row in rows] for rows in found]
        return [self._result(future) for future in ended]

    def _result(self, future: Future) -> list[Row] | Exception:
        try:
            return [Row(*row) for row in future.result(timeout=_COMES_WITHIN_S)]
        except _LOST:
            return []
        except Exception as error:  # noqa: BLE001 - whatever a training raises is told in its row
            return error

    def _end(self, future: Future, rows: list[Row] | Exception) -> None:
        """Keep the rows of a chunk; what it did not bring waits again."""
        numbers = self._in_flight.pop(future)
        if isinstance(rows, Exception):
            self._fails(numbers, rows)
            return
        self._keep(rows)
        came = {row.number for row in rows}
        self._waiting.extendleft(reversed([number for number in numbers if number not in came]))

    def _fails(self, numbers: list[int], error: Exception) -> None:
        """A chunk that failed is trained run by run, so that only the runs that fail by themselves count as failed."""
        if len(numbers) > 1:
            for number in numbers:
                if not self._send([number]):
                    self._waiting.appendleft(number)
            return
        key = self.sweep.experiment(numbers[0]).key
        self._keep([Row(numbers[0], key, "failed", _reason(error), 0.0, 0)])

    def _keep(self, rows: list[Row]) -> None:
        self._unwritten += rows
        for row in rows:
            self._status[row.number] = row.status
            self._left_s -= self._estimate(row.number)
            if row.status == "done":
                self._measured[0] += self._estimate(row.number)
                self._measured[1] += row.seconds

    def _write(self, unless_s: float = 0.0) -> None:
        if self._unwritten and time.monotonic() - self._written >= unless_s:
            self.results.add(self._unwritten)
            self._unwritten, self._written = [], time.monotonic()

    def _leave(self) -> None:
        """Give up what has not begun, and take what the workers had ready as they were told to end."""
        until = time.monotonic() + _ENDS_WITHIN_S
        while self._in_flight and self.workers.is_joined and time.monotonic() < until:
            self._take(_TURN_S)
        for future in self._in_flight:
            future.cancel()
        self._in_flight.clear()

    def _progress(self) -> Progress:
        now, statuses = time.monotonic(), [*self._status.values()]
        found = Progress(
            self._done,
            self.sweep.runs,
            statuses.count("diverged"),
            statuses.count("failed"),
            waits=self.workers.trouble or ("" if self._most else "Long runs of visitors go first"),
        )
        if not self._pace:
            return found
        if now - self._pace[-1][0] > 0.2:
            self._pace.append((now, self._left_s, self._done))
        while len(self._pace) > 2 and now - self._pace[1][0] > _RATE_S:
            self._pace.popleft()
        then, left_then, done_then = self._pace[0]
        taken, worked = now - then, left_then - self._left_s
        if worked <= 0 or taken <= 0:
            return found
        return replace(
            found, remaining_s=max(0.0, self._left_s) * taken / worked, rate=(self._done - done_then) / taken
        )


def _new_job() -> str:
    return f"sweep-{uuid.uuid4().hex}"


def _reason(error: Exception) -> str:
    """Why a run failed, in a sentence."""
    if type(error).__name__ == "KilledWorker":
        return "The worker process died several times while training this. It may need more memory than is available."
    return one_line((str(error).splitlines() or [type(error).__name__])[0], 300)
