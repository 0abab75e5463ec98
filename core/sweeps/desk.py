"""The sweeps of a server: each trains in a thread, whatever happens to the window that started it.

Results are files in a folder. So a sweep that ended with its server goes on where it stopped when it is started again.
"""

import hashlib
import re
import threading
from collections.abc import Callable
from pathlib import Path

from ..experiment.settings import InvalidExperiment, Problem
from ..host import count, host
from .chunk import Row
from .conductor import Conductor, Workers
from .progress import Progress
from .results import Results, ResultsError, sweep_in
from .sweep import Sweep

MOST_RUNNING = 4  # at once, of all visitors
MOST_FILES = 200  # then the oldest is deleted
_ID = re.compile(r"[0-9a-f]{16}")


class Busy(Exception):
    """A sweep cannot start now: one sentence."""


class Standing:
    """A sweep with its results as far as they are there. `problem`: why it ended before its last run, if it did."""

    def __init__(self, id: str, sweep: Sweep, results: Results):
        self.id, self.sweep, self.results = id, sweep, results
        self.owner = ""
        self.problem = ""
        self._stops, self._ended = threading.Event(), threading.Event()
        self._ended.set()
        self._conductor: Conductor | None = None

    @property
    def is_running(self) -> bool:
        """Whether it trains now."""
        return not self._ended.is_set()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        if self._conductor is not None and self.is_running:
            return self._conductor.progress
        statuses = [row.status for row in self.rows()]
        kept = len(statuses) - statuses.count("failed")
        return Progress(kept, self.sweep.runs, statuses.count("diverged"), statuses.count("failed"))

    def rows(self) -> list[Row]:
        """The rows on the disk; none if they cannot be read just now."""
        try:
            return self.results.rows()
        except ResultsError as error:
            self.problem = str(error)
            return []

    def begin(self, workers: Workers, owner: str, long_runs: Callable[[], int]) -> None:
        """Train what is missing, in a thread."""
        self.owner, self.problem = owner, ""
        self._stops.clear()
        self._ended.clear()
        threading.Thread(target=self._train, args=[workers, long_runs], name=f"sweep {self.id}", daemon=True).start()

    def stop(self) -> None:
        """Tell it to end; what has come is kept."""
        self._stops.set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for its end; returns whether it has ended."""
        return self._ended.wait(seconds)

    def _train(self, workers: Workers, long_runs: Callable[[], int]) -> None:
        try:
            self._conductor = Conductor(self.sweep, workers, self.results, spare=1, others=long_runs)
            self._conductor.run(self._stops.is_set)
        except ResultsError as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = f"The sweep ended with {type(error).__name__}. Start it again: it goes on where it stopped."
            raise  # the log has the rest
        finally:
            self._ended.set()


class Desk:
    """Starts, finds and stops sweeps. Safe to use from many threads.

    long_runs: how many long runs of visitors there are, each of which needs a worker.
    """

    def __init__(self, workers: Workers, folder: Path | None = None, long_runs: Callable[[], int] = lambda: 0):
        self._workers, self._folder, self._long_runs = workers, folder or sweeps_folder(), long_runs
        self._lock = threading.Lock()
        self._known: dict[str, Standing] = {}

    @property
    def most_runs(self) -> int:
        """The most runs of a sweep that is started here."""
        return count("most_sweep_runs")

    def start(self, sweep: Sweep, owner: str) -> str:
        """Start a sweep, or go on with it, and return its id; equal sweeps of an owner are one.

        Raises InvalidExperiment for too many runs, Busy, and ResultsError where the folder cannot be written to.
        """
        id = hashlib.sha256(f"{owner} {sweep.fingerprint}".encode()).hexdigest()[:16]
        with self._lock:
            self._begin(id, sweep, owner)
        return id

    def go_on(self, id: str, owner: str) -> None:
        """Train what is missing in a sweep that was stopped. Raises as `start`; nothing if there is no such sweep."""
        if (standing := self.find(id)) is not None:
            with self._lock:
                self._begin(id, standing.sweep, owner)

    def _begin(self, id: str, sweep: Sweep, owner: str) -> None:
        """Let a sweep train unless it does. The caller holds the lock."""
        if sweep.runs > self.most_runs:
            raise InvalidExperiment([Problem("The number of runs", sweep.runs, f"at most {self.most_runs:,} here")])
        running = [each for each in self._known.values() if each.is_running]
        if any(each.id == id for each in running):
            return
        if any(each.owner == owner for each in running):
            raise Busy("A sweep of yours is running. Stop it first, or wait for its end.")
        if len(running) >= MOST_RUNNING:
            raise Busy(f"{MOST_RUNNING} sweeps of others are running. Try again when one of them has ended.")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._evict(id)
        except OSError as error:
            raise ResultsError(f"The folder of sweeps cannot be written to: {error.strerror or error}.") from error
        if id not in self._known:
            self._known[id] = Standing(id, sweep, Results(self._path(id), sweep))
        self._known[id].begin(self._workers, owner, self._long_runs)

    def find(self, id: str) -> Standing | None:
        """The sweep with this id, running or not; None if there is none, or if its file cannot be read."""
        if not _ID.fullmatch(id):
            return None
        with self._lock:
            if id not in self._known and self._path(id).is_file():
                try:
                    sweep = sweep_in(self._path(id))
                    self._known[id] = Standing(id, sweep, Results(self._path(id), sweep))
                except (ResultsError, InvalidExperiment):
                    return None
            return self._known.get(id)

    def close(self) -> None:
        """Stop all sweeps; what has come is kept."""
        with self._lock:
            running = [each for each in self._known.values() if each.is_running]
        for each in running:
            each.stop()
        for each in running:
            each.wait(5.0)

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.sqlite3"

    def _evict(self, needed: str) -> None:
        """Delete the oldest files where there are too many; never that of a sweep that runs, nor the one needed."""
        running = {each.id for each in self._known.values() if each.is_running} | {needed}
        files = sorted(self._folder.glob("*.sqlite3"), key=lambda file: file.stat().st_mtime)
        for file in files[: max(0, len(files) + 1 - MOST_FILES)]:
            if file.stem not in running:
                file.unlink(missing_ok=True)
                self._known.pop(file.stem, None)


def sweeps_folder() -> Path:
    """Where the sweeps of a server are kept: HETEROSCOPE_SWEEPS, else a folder in the user's cache."""
    if (named := host("sweeps")) is not None:
        return Path(str(named))
    import platformdirs

    folder: Path = platformdirs.user_cache_path("heteroscope", appauthor=False) / "sweeps"
    return folder
