"""Windows that go on for long on one server: does it grow? Prints a line a sample, and slopes.

    python -m benchmarks.soak [--minutes 120] [--windows 10] [--warm 30]

Each window moves a slider to a value that nobody has asked for, goes back, thinks for up to 3 s, and now and then is
closed and opened again with another seed. Memory (all processes of the server), threads and open files are sampled
every few seconds. After `warm` minutes they must be level: the line fitted to what follows may rise by a tenth of the
mean, and where more than an hour follows, by a tenth an hour. The server remembers its last MOST_RUNS runs, so until
they are reached its memory may also rise by RUN_MB for each. Exit status 1 if a figure rises by more, or a window shows
an error.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.exceptions import WebSocketException

from benchmarks.crowd import SLIDER, changed, finished, new_values
from benchmarks.streamlit_client import PageError, Picture, Window, opened
from core.runs.remembered import MOST_RUNS
from tests.e2e.server import Server, running_server

THINKS_S = 3.0
STAYS = 12  # moves of a window before it is opened again
LEVEL = 0.1  # of the mean
FEW = 20.0  # that come and go with a connection or two
FEW_FILES = 60.0  # Streamlit's event loop of a window has three files, and stays a while after the window is closed
RUN_MB = 1.5  # of a remembered run, with its scores and what charts have made of it
ANSWER_S = 60.0
FIGURES = ("server MB", "workers MB", "threads", "files")


@dataclass
class Soak:
    """What was seen: seconds and figures of each sample, the answers, and what went wrong."""

    began: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    answers: list[tuple[float, float]] = field(default_factory=list)  # when it came, and after how many seconds
    errors: list[str] = field(default_factory=list)

    def rise(self, figure: int, since_s: float) -> tuple[float, float]:
        """The mean of a figure since then, and how much the line fitted to it rises over what was measured."""
        at, values = zip(*[(s, each[figure]) for s, each in self.samples if s >= since_s], strict=True)
        slope = statistics.linear_regression(at, values).slope
        return statistics.fmean(values), slope * (at[-1] - at[0])

    def remembered(self, since_s: float) -> int:
        """How many runs were remembered from then on: every second answer is a fresh run."""
        before = sum(at < since_s for at, _ in self.answers) // 2
        return min(MOST_RUNS, len(self.answers) // 2) - min(MOST_RUNS, before)


def sample(server: Server) -> tuple[float, ...]:
    """Memory of the server and of its workers (MB), and threads and open files of all."""
    own = psutil.Process(server.process.pid)
    workers = server.descendants()
    memory, threads, files = [0.0, 0.0], 0, 0
    for process in (own, *workers):
        try:
            memory[process.pid != own.pid] += process.memory_info().rss / 1e6
            threads, files = threads + process.num_threads(), files + process.num_fds()
        except psutil.NoSuchProcess:  # a worker that is replaced
            continue
    return (*memory, float(threads), float(files))


async def window(server: Server, seed: int, until: float, soak: Soak) -> None:
    """One window after another, each with a seed of its own, until the time is over."""
    choice = random.Random(seed)
    while time.monotonic() < until:
        seed += 1000
        try:
            async with opened(f"{server.url}/?data.seed={seed}&training.seed={seed}&v=2") as one:
                await one.until(finished, within_s=ANSWER_S)
                await _moves(one, choice, until, soak)
        except (PageError, WebSocketException, OSError, TimeoutError) as error:
            soak.errors.append(f"{type(error).__name__}: {error}")


async def _moves(one: Window, choice: random.Random, until: float, soak: Soak) -> None:
    for stop in new_values(one, choice)[:STAYS]:
        home = one.value(SLIDER)
        for target in (stop, home):
            await asyncio.sleep(choice.uniform(0, THINKS_S))
            if time.monotonic() > until:
                return
            shows, since = _new(one.picture), time.monotonic()
            await one.move(SLIDER, target)
            await one.until(shows, within_s=ANSWER_S)
            soak.answers.append((time.monotonic() - soak.began, time.monotonic() - since))


def _new(before: Picture) -> Callable[[Picture], bool]:
    """Whether another picture is finished and new."""
    shows = changed(before)
    return lambda now: finished(now) and shows(now)


async def soaked(server: Server, windows: int, minutes: float, every_s: float) -> Soak:
    """Keep so many windows busy for so long."""
    soak = Soak()
    until = soak.began + 60 * minutes
    tasks = [asyncio.create_task(window(server, seed, until, soak)) for seed in range(1, windows + 1)]
    while time.monotonic() < until:
        await asyncio.sleep(every_s)
        soak.samples.append((time.monotonic() - soak.began, sample(server)))
        figures = "".join(f"{value:12,.0f}" for value in soak.samples[-1][1])
        print(f"{(time.monotonic() - soak.began) / 60:7.1f}{figures}{len(soak.answers):9}", flush=True)
    await asyncio.gather(*tasks)
    return soak


def levels(soak: Soak, warm_s: float) -> list[str]:
    """A line for each figure, with its mean and its rise; those that rise too much begin with RISES."""
    lines = []
    hours = max(1.0, (soak.samples[-1][0] - warm_s) / 3600)
    for place, name in enumerate(FIGURES):
        mean, rise = soak.rise(place, warm_s)
        allowed = LEVEL * hours * mean + (RUN_MB * soak.remembered(warm_s) if name == "server MB" else 0)
        allowed = max(allowed, FEW_FILES if name == "files" else FEW)
        rises = rise > allowed
        words = f"{name}: {mean:,.0f} on average, {rise:+,.1f} over the rest, at most {allowed:+,.1f}"
        lines.append(f"{'RISES ' if rises else 'level '}{words}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the samples and whether they are level. Returns 1 if one rises, or if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--windows", type=int, default=10)
    parser.add_argument("--warm", type=float, default=30.0, help="minutes that do not count")
    asked = parser.parse_args(arguments)
    print("minutes" + "".join(f"{name:>12}" for name in FIGURES) + "  answers")
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        every_s = min(30.0, 60 * (asked.minutes - asked.warm) / 12)
        soak = asyncio.run(soaked(server, asked.windows, asked.minutes, every_s))
        told = server.log().count("Traceback")
    lines = levels(soak, 60 * asked.warm)
    print(*lines, sep="\n")
    median = statistics.median(seconds for _, seconds in soak.answers)
    print(f"{len(soak.answers)} answers, median {median:.2f} s, {told} tracebacks")
    print(*soak.errors[:10], sep="\n")
    return 1 if soak.errors or told or any(line.startswith("RISES") for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
