"""Whose long run is next: visitors take turns, so that whoever has many waiting does not hold up one who has few."""

from collections import Counter, OrderedDict
from collections.abc import Iterable

from .job import Job

REMEMBERED = 10_000  # visitors


class Turns:
    """When each visitor last had a turn. Not safe to use from many threads: whoever owns it has a lock."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()  # as a count of all turns

    def takes(self, owner: str) -> None:
        """A long run of this visitor begins."""
        self._last[owner] = 1 + max(self._last.values(), default=0)
        self._last.move_to_end(owner)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def order(self, waiting: Iterable[Job]) -> list[Job]:
        """Jobs that wait, in the order in which they begin.

        First the first of each visitor, then the second of each, and so on; before others those whose last turn is
        longest ago.
        """
        rank = Counter[str]()
        keys: dict[str, tuple[int, int]] = {}
        jobs = list(waiting)
        for job in jobs:
            keys[job.id] = rank[job.owner], self._last.get(job.owner, 0)
            rank[job.owner] += 1
        return sorted(jobs, key=lambda job: keys[job.id])
