"""Many windows that move sliders on one server at once, each an experiment of its own; prints one table.

    python -m benchmarks.crowd [--sessions 1 5 20] [--moves 10] [--seconds 0] [--thinks 0.5] [--fresh] [--picture]
        [--idle 0]

A window opens the page with seeds of its own. Once all are open, it moves a slider to a value that nobody has asked
for, waits for the new picture, goes back to the value before, waits again; with `--fresh` it only moves on to new ones.
After each answer it thinks: `--thinks` seconds on average, between none and twice as long. An answer is a finished page
whose charts and scores are new; with `--picture`, it may still search the cause of a fault. One that goes back has to
show the scores that stood there before. An answer is lost after 30 s. `--seconds` ends a crowd after a time in place of
a number of moves. `--idle` windows are open besides and only look on. The windows are clients of Streamlit's protocol,
without a browser's drawing; they share the machine's cores with the server. Below each crowd: the processor time of an
answer by process, the server's memory, its threads, and the load of the machine before. Exit status 1 where an answer
was lost or an error came.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.exceptions import WebSocketException

from benchmarks.streamlit_client import PageError, Picture, Window, opened
from tests.e2e.server import Server, running_server

LOST_AFTER_S = 30.0
# The slider that a person would drag, and its stops. With a larger σ, a run may rightly end with a warning.
SLIDER, LOWEST, HIGHEST = "control noise.scale", 0.01, 10.0
CHARTS, FIGURES = 3, 6
TOLD_ERRORS = 5
OPENED, FRESH, CACHED = "page opened", "slider, fresh quick run", "slider, cached run"
OPEN_AT_ONCE = 8  # idle windows that open at the same time


@dataclass(frozen=True)
class Plan:
    """What each window does: so many moves, or as many as fit into `seconds`; how long it thinks on average."""

    moves: int = 10
    seconds: float = 0.0
    thinks_s: float = 0.5
    fresh: bool = False
    early: bool = False  # an answer counts from its charts and scores, while a cause may still be searched


@dataclass
class Tally:
    """The results of a crowd: the seconds of each answer by its kind, and the errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {OPENED: [], FRESH: [], CACHED: []})
    lost: dict[str, int] = field(default_factory=lambda: dict.fromkeys((OPENED, FRESH, CACHED), 0))
    errors: list[str] = field(default_factory=list)
    began: float = 0.0
    lasted_s: float = 0.0
    used_before: "Used | None" = None
    script_runs: int = 0
    early: bool = False

    async def answer(self, kind: str, window: Window, accepts: Callable[[Picture], bool], since: float) -> Picture:
        """The picture that was asked for at `since`; its seconds are noted. Raises TimeoutError where it is lost."""
        try:
            picture = await window.until(
                lambda shown: finished(shown) and accepts(shown), within_s=LOST_AFTER_S, early=self.early
            )
        except TimeoutError:
            self.lost[kind] += 1
            raise
        self.seconds[kind].append(time.perf_counter() - since)
        return picture

    @property
    def answers(self) -> int:
        """How many moves were answered."""
        return len(self.seconds[FRESH]) + len(self.seconds[CACHED])


class Start:
    """Holds all windows back until the last is open, or has failed to."""

    def __init__(self, windows: int, tally: Tally, server: Server):
        self._left, self._all, self._tally, self._server = windows, asyncio.Event(), tally, server

    def here(self) -> None:
        """One window more is open, or will never be."""
        self._left -= 1
        if not self._left:
            self._tally.used_before, self._tally.began = Used.by(self._server), time.perf_counter()
            self._all.set()

    async def wait(self) -> None:
        """Until all are."""
        await self._all.wait()


def finished(picture: Picture) -> bool:
    """Whether all charts stand and no score is a dash."""
    whole = len(picture.charts) == CHARTS and len(picture.figures) == FIGURES
    return whole and "–" not in picture.figures.values()


def changed(before: Picture) -> Callable[[Picture], bool]:
    """Whether all scores and all charts of another picture differ."""
    return lambda now: now.figures != before.figures and not set(now.charts) & set(before.charts)


def new_values(window: Window, choice: random.Random) -> list[str]:
    """The values that the slider does not have, in random order."""
    stops = [stop for stop in window.stops(SLIDER) if stop != window.value(SLIDER)]
    return choice.sample(near := [stop for stop in stops if LOWEST <= number(stop) <= HIGHEST], len(near))


def number(stop: str) -> float:
    """A stop as the page words it."""
    return float(stop.replace(",", ""))


async def session(url: str, seed: int, plan: Plan, tally: Tally, start: Start) -> None:
    """One window: open, wait for the others, then move. It ends early if an answer is lost or is an error."""
    is_open, window = False, None
    try:
        since = time.perf_counter()
        async with opened(f"{url}/?data.seed={seed}&training.seed={seed}&v=2") as window:
            await tally.answer(OPENED, window, lambda _: True, since)
            is_open = True
            start.here()
            await start.wait()
            before = window.script_runs
            await moving(window, random.Random(seed), plan, tally)
            tally.script_runs += window.script_runs - before
    except TimeoutError:
        pass  # counted as lost
    except (PageError, WebSocketException, OSError) as error:
        tally.errors.append(f"session {seed}: {type(error).__name__}: {error}")
    finally:
        if not is_open:
            start.here()


async def moving(window: Window, choice: random.Random, plan: Plan, tally: Tally) -> None:
    """Move to new values, each time from the one at which the window was opened, and go back to it, or do not."""
    home, value, left, moves = window.picture, window.value(SLIDER), new_values(window, choice), 0

    async def ask(kind: str, stop: str | None) -> None:
        await asyncio.sleep(choice.uniform(0, 2 * plan.thinks_s))
        if plan.seconds and time.perf_counter() - tally.began > plan.seconds:
            raise _Ends
        accepts, since = changed(window.picture), time.perf_counter()
        await (window.press("new seed") if stop is None else window.move(SLIDER, stop))
        await tally.answer(kind, window, accepts, since)

    with suppress(_Ends):
        while plan.seconds or moves < plan.moves:
            moves += 1
            if not left:  # all stops were had: other seeds make them new
                await ask(FRESH, None)
                home, value, left = window.picture, window.value(SLIDER), new_values(window, choice)
                continue
            await ask(FRESH, left.pop())
            if not plan.fresh:
                await ask(CACHED, value)
                if window.picture.figures != home.figures:
                    tally.errors.append(f"back at {value}, it shows other scores than before: {window.picture.figures}")


class _Ends(Exception):
    """The time of a crowd is over."""


async def idle_window(url: str, seed: int, gate: asyncio.Semaphore, tally: Tally, start: Start) -> None:
    """A window that is opened and then only looks on, until it is cancelled."""
    is_open = False
    try:
        async with AsyncExitStack() as stack:
            async with gate:
                window = await stack.enter_async_context(opened(f"{url}/?data.seed={seed}&training.seed={seed}&v=2"))
                await window.until(finished, within_s=LOST_AFTER_S)
            is_open = True
            start.here()
            await window.look_on()
    except TimeoutError:
        tally.lost[OPENED] += 1
    except (PageError, WebSocketException, OSError) as error:
        tally.errors.append(f"idle window {seed}: {type(error).__name__}: {error}")
    finally:
        if not is_open:
            start.here()


async def crowd(server: Server, seeds: range, plan: Plan, idle: range = range(0)) -> Tally:
    """A window for each seed, all at once, beside those that only look on."""
    tally, gate, url = Tally(early=plan.early), asyncio.Semaphore(OPEN_AT_ONCE), server.url
    everyone = Start(len(idle) + 1, tally, server)
    watching = [asyncio.create_task(idle_window(url, seed, gate, tally, everyone)) for seed in idle]
    everyone.here()
    await everyone.wait()
    start = Start(len(seeds), tally, server)
    await asyncio.gather(*(session(url, seed, plan, tally, start) for seed in seeds))
    tally.lasted_s = time.perf_counter() - tally.began
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    return tally


def rows(sessions: int, tally: Tally) -> Iterator[str]:
    """The table's lines for one crowd."""
    for kind, seconds in tally.seconds.items():
        figures = f"{0:4}" + 4 * f"{'–':>9}"
        if seconds:
            highest = sorted(seconds)[max(0, -(-95 * len(seconds) // 100) - 1)]
            each = (statistics.median(seconds), highest, max(seconds))
            figures = f"{len(seconds):4}" + "".join(f"{value:8.2f}s" for value in each)
            figures += f"{len(seconds) / tally.lasted_s:9.1f}" if kind != OPENED else f"{'–':>9}"
        yield f"{sessions:8}  {kind:24} {figures} {tally.lost[kind]:5}"


@dataclass(frozen=True)
class Used:
    """Processor seconds so far of the server, its workers and this process."""

    server: float
    workers: float
    clients: float

    @classmethod
    def by(cls, server: Server) -> "Used":
        """What they have used until now."""
        return cls(
            _seconds(psutil.Process(server.process.pid)), sum(map(_seconds, server.descendants())), time.process_time()
        )

    def since(self, before: "Used", answers: int) -> str:
        """The milliseconds of one answer, in words."""
        names = ("server", "workers", "clients")
        each = [f"{name} {1000 * (getattr(self, name) - getattr(before, name)) / answers:.0f} ms" for name in names]
        return f"an answer: {', '.join(each)}"


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--moves", type=int, default=10, help="values nobody has asked for, of each window")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long a crowd moves, in place of --moves")
    parser.add_argument("--thinks", type=float, default=0.5, help="mean seconds between an answer and the next move")
    parser.add_argument("--fresh", action="store_true", help="never go back to a value")
    parser.add_argument(
        "--picture", action="store_true", help="wait for charts and scores, not for a search for causes"
    )
    parser.add_argument("--idle", type=int, default=0, help="windows that are open and only look on")
    parser.add_argument("--app", type=Path, help="another app.py than this one")
    return parser.parse_args()


def main() -> int:
    """Print the table. Returns 1 if anything was lost or went wrong."""
    asked = arguments()
    plan, bad = Plan(asked.moves, asked.seconds, asked.thinks, asked.fresh, asked.picture), 0
    print(f"each answer followed by 0 to {2 * asked.thinks:g} s of thought; {asked.idle} windows look on")
    print(f"{'sessions':>8}  {'':24} {'got':>4}{'median':>9}{'95 %':>9}{'worst':>9}{'a second':>9} {'lost':>5}")
    options = {"app": asked.app.resolve()} if asked.app else {}
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder), **options) as server:
        asyncio.run(crowd(server, range(1), Plan(moves=1)))  # the first page of all waits for the laboratory
        seed = 1
        for sessions in asked.sessions:
            load = os.getloadavg()[0]
            idle = range(100_000, 100_000 + asked.idle)
            tally = asyncio.run(crowd(server, range(seed, seed + sessions), plan, idle))
            used, process = Used.by(server), psutil.Process(server.process.pid)
            seed += sessions  # so that no two crowds share a run
            print(*rows(sessions, tally), sep="\n", flush=True)
            answers = max(1, tally.answers)
            spent = used.since(tally.used_before or used, answers)
            print(
                f"{'':8}  {tally.answers / max(1e-9, tally.lasted_s):.2f} answers a second;",
                f"{tally.script_runs / answers:.2f} script runs an answer; {spent};",
                f"{process.memory_info().rss / 1e6:.0f} MB, {process.num_threads()} threads; load before {load:.1f}",
                flush=True,
            )
            for error in tally.errors[:TOLD_ERRORS]:
                print(f"  error: {error}")
            bad += sum(tally.lost.values()) + len(tally.errors)
        told = server.log().count("Traceback")
    if told:
        print(f"the server's log holds {told} tracebacks")
    return 1 if bad or told else 0


if __name__ == "__main__":
    sys.exit(main())
