"""Several servers on one scheduler: jobs named alike, so that equal experiments train once, and what others train."""

import time
from collections import OrderedDict

REMEMBERED = 10_000  # experiments that failed or were stopped
_LONG_S = 2.0  # a job that has sent frames for so long is a long one
_GONE_S = 5.0  # a job that has sent none for so long has ended


class JobNames:
    """The name of a job, on every server the same: by it the scheduler knows that it trains that already.

    After a failure or a stop the next job of the experiment has another name, for the end of the last may still be
    known under the old one.
    """

    def __init__(self) -> None:
        self._ended: OrderedDict[str, int] = OrderedDict()  # by the key of the experiment: how often it ended so

    def next(self, key: str) -> str:
        """The name of the next job for an experiment."""
        return f"{key}-{self._ended.get(key, 0)}"

    def is_used(self, name: str) -> None:
        """The job of this name failed or was stopped: it is not given again."""
        key, _, number = name.rpartition("-")
        self._ended[key] = max(self._ended.get(key, 0), int(number) + 1)
        self._ended.move_to_end(key)
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)


class OtherServers:
    """What other servers train on the same workers, as far as its frames say."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}  # the first and the last frame of each job

    def frame(self, job: str) -> None:
        """A frame of a job of theirs has come."""
        now = time.monotonic()
        self._seen[job] = self._seen.get(job, (now, now))[0], now

    def long_jobs(self) -> int:
        """How many long jobs of theirs train now."""
        now = time.monotonic()
        self._seen = {job: seen for job, seen in self._seen.items() if now - seen[1] < _GONE_S}
        return sum(last - first > _LONG_S for first, last in self._seen.values())
