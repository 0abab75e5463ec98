"""One training of the laboratory, from the moment it is asked for to its run."""

import threading
import time

from distributed import Future

from ..data.tables.columns import AbsentTable
from ..experiment.experiment import Experiment
from ..training.cost import is_quick
from ..training.frame import Frame
from ..training.run import Run


class Job:
    """A training that waits or runs: its latest frame, its watchers, and in the end its run."""

    def __init__(self, experiment: Experiment, owner: str = "", id: str = ""):
        self.experiment, self.owner = experiment, owner  # the first who asked for it
        self.spaces: set[str] = set()  # whose lists its run comes into
        self.asked = True  # by a person, not by a slider
        self.is_quick = is_quick(experiment)
        self.priority = 0.0  # once it is submitted
        self.id, self.created = id, time.monotonic()
        self.frame: Frame | None = None
        self.waits = ""  # what it waits for, in words, before its first frame
        self.attempt: str | None = None
        self.run: Run | None = None
        self.watchers: dict[str, float] = {}  # windows, and when each last asked for it
        self._whose: dict[str, str] = {}  # the space of each window
        self.stopping = False  # it was told to end: nobody may join it
        self.taken_away = 0  # how often another server stopped it
        self.kept = True  # whether to keep its run even if it is stopped
        self.future: Future | None = None  # None until it is submitted
        self.ended = threading.Event()
        self._news = threading.Condition()

    def frame_of(self, experiment: Experiment) -> Frame | None:
        """The latest frame for an experiment that shares this job; None if that shows another target of the net."""
        return self.frame if experiment.data.y == self.experiment.data.y else None

    def watched_by(self, watcher: str, space: str) -> None:
        """A window of this space asks for it now."""
        self.watchers[watcher] = time.monotonic()
        self._whose[watcher] = space
        self.spaces.add(space)

    def leaves(self, watcher: str, space: str) -> None:
        """A window asks for it no more. With the last window of its space the run is not that one's any more."""
        self.watchers.pop(watcher, None)
        if len(self.spaces) > 1 and space not in {self._whose.get(each) for each in self.watchers}:
            self.spaces.discard(space)

    @property
    def last_seen(self) -> float:
        """When anybody last watched it."""
        return max((self.created, *self.watchers.values()))

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for its end; returns whether it has ended."""
        return self.ended.wait(seconds)

    def wait_for_news(self, seen: Frame | None, seconds: float) -> bool:
        """Wait at most `seconds` for another frame than `seen`, or for its end; returns whether there is one."""

        def is_new() -> bool:
            return self.frame is not seen or self.ended.is_set()

        with self._news:
            return self._news.wait_for(is_new, seconds)

    def tell(self) -> None:
        """Wake all who wait for news of it."""
        with self._news:
            self._news.notify_all()

    @property
    def remaining_s(self) -> float | None:
        """Expected seconds to its end; None before its first steps."""
        if self.frame is None or self.frame.step == 0:
            return None
        return self.frame.seconds * (self.frame.steps / self.frame.step - 1)


def ended_job(experiment: Experiment, run: Run) -> Job:
    """A job that has ended with a run."""
    job = Job(experiment)
    job.run = run
    job.ended.set()
    return job


def failure_words(error: BaseException | None) -> str:
    """Why a training ended with an error, in a sentence."""
    if isinstance(error, MemoryError):
        return "It needs more memory than this host allows a run: choose fewer points, or a smaller batch or network."
    if isinstance(error, ImportError):
        return f"A worker cannot load Heteroscope ({error}): start the workers where `import core` works."
    if isinstance(error, AbsentTable):
        return "A worker does not have this table: it needs the server's own HETEROSCOPE_TABLES, a folder or a URL."
    name = type(error).__name__
    if name == "KilledWorker":
        return "The worker process died several times while training this. It may need more memory than is available."
    return str(error).splitlines()[0][:300] if str(error) else f"The training ended with {name}."
