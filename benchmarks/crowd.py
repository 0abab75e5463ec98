"""Many windows that move sliders on one server at once, each an experiment of its own; prints one table.

    python -m benchmarks.crowd [--sessions 1 5 20] [--moves 10]

A session opens the page with seeds of its own, moves a slider (σ and the number of points by turns) to a value that
nobody has asked for, waits for the new picture, goes back to the value before, waits again. After each answer it thinks
for a random time of up to a second. An answer is a finished page whose charts and scores are new; one that goes back
has to show the scores that stood there before. An answer is lost after 30 s. The sessions are clients of Streamlit's
protocol, without a browser's drawing; they share the machine's cores with the server. Exit status 1 where an answer
was lost or an error came.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from websockets.exceptions import WebSocketException

from benchmarks.streamlit_client import PageError, Picture, Window, opened
from tests.e2e.server import running_server

LOST_AFTER_S = 30.0
THINKS_S = 1.0
# The stops that a person would drag to. With fewer points or a larger σ, a run may rightly end with a warning.
SLIDERS = {"control noise.scale": lambda scale: 0.01 <= scale <= 10}
CHARTS = 3
OPENED, FRESH, CACHED = "page opened", "slider, fresh quick run", "slider, cached run"


@dataclass
class Tally:
    """The results of a crowd: the seconds of each answer by its kind, and the errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {OPENED: [], FRESH: [], CACHED: []})
    lost: dict[str, int] = field(default_factory=lambda: dict.fromkeys((OPENED, FRESH, CACHED), 0))
    errors: list[str] = field(default_factory=list)
    lasted_s: float = 0.0

    async def answer(self, kind: str, window: Window, accepts: Callable[[Picture], bool], since: float) -> Picture:
        """The picture that was asked for at `since`; its seconds are noted. Raises TimeoutError where it is lost."""
        try:
            picture = await window.until(lambda shown: finished(shown) and accepts(shown), within_s=LOST_AFTER_S)
        except TimeoutError:
            self.lost[kind] += 1
            raise
        self.seconds[kind].append(time.perf_counter() - since)
        return picture


def finished(picture: Picture) -> bool:
    """Whether all charts stand and no score is a dash."""
    return len(picture.charts) == CHARTS and bool(picture.figures) and "–" not in picture.figures.values()


def changed(before: Picture) -> Callable[[Picture], bool]:
    """Whether all scores and all charts of another picture differ."""
    return lambda now: now.figures != before.figures and not set(now.charts) & set(before.charts)


def new_values(window: Window, choice: random.Random) -> Iterator[tuple[str, str]]:
    """The sliders in turn, each with a value that it has not had, in random order, until one has none left."""
    left = []
    for key, in_reach in SLIDERS.items():
        stops = [stop for stop in window.stops(key) if stop != window.value(key) and in_reach(number(stop))]
        left.append([(key, stop) for stop in choice.sample(stops, len(stops))])
    for pair in zip(*left, strict=False):
        yield from pair


def number(stop: str) -> float:
    """A stop as the page words it."""
    return float(stop.replace(",", ""))


async def session(url: str, seed: int, moves: int, tally: Tally) -> None:
    """One window: open, then move and go back `moves` times. It ends early if an answer is lost or is an error."""
    try:
        since = time.perf_counter()
        async with opened(f"{url}/?data.seed={seed}&training.seed={seed}&v=2") as window:
            await tally.answer(OPENED, window, lambda _: True, since)
            await there_and_back(window, random.Random(seed), moves, tally)
    except TimeoutError:
        return  # counted as lost
    except (PageError, WebSocketException, OSError) as error:
        tally.errors.append(f"session {seed}: {type(error).__name__}: {error}")


async def there_and_back(window: Window, choice: random.Random, moves: int, tally: Tally) -> None:
    """Move to new values, each time from the one at which the window was opened, and go back to it."""
    home = window.picture
    for key, stop in itertools.islice(new_values(window, choice), moves):
        value = window.value(key)
        for kind, target in ((FRESH, stop), (CACHED, value)):
            await asyncio.sleep(choice.uniform(0, THINKS_S))
            accepts, since = changed(window.picture), time.perf_counter()
            await window.move(key, target)
            await tally.answer(kind, window, accepts, since)
        if window.picture.figures != home.figures:
            tally.errors.append(f"back at {value}, {key} shows other scores than before: {window.picture.figures}")


async def crowd(url: str, seeds: range, moves: int) -> Tally:
    """A session for each seed, all at once."""
    tally, start = Tally(), time.perf_counter()
    await asyncio.gather(*(session(url, seed, moves, tally) for seed in seeds))
    tally.lasted_s = time.perf_counter() - start
    return tally


def rows(sessions: int, tally: Tally) -> Iterator[str]:
    """The table's lines for one crowd."""
    for kind, seconds in tally.seconds.items():
        figures = f"{0:4}" + 4 * f"{'–':>9}"
        if seconds:
            highest = sorted(seconds)[max(0, -(-95 * len(seconds) // 100) - 1)]
            each = (statistics.median(seconds), highest, max(seconds))
            figures = f"{len(seconds):4}" + "".join(f"{value:8.2f}s" for value in each)
            figures += f"{len(seconds) / tally.lasted_s:9.1f}"
        yield f"{sessions:8}  {kind:24} {figures} {tally.lost[kind]:5}"


def main() -> int:
    """Print the table. Returns 1 if anything was lost or went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--moves", type=int, default=10, help="values nobody has asked for, each then gone back from")
    asked = parser.parse_args()
    bad = 0
    print(f"each answer followed by 0 to {THINKS_S:g} s of thought")
    print(f"{'sessions':>8}  {'':24} {'got':>4}{'median':>9}{'95 %':>9}{'worst':>9}{'a second':>9} {'lost':>5}")
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        asyncio.run(crowd(server.url, range(1), 1))  # the first page of all waits for the laboratory
        seed = 1
        for sessions in asked.sessions:
            tally = asyncio.run(crowd(server.url, range(seed, seed + sessions), asked.moves))
            seed += sessions  # so that no two crowds share a run
            print(*rows(sessions, tally), sep="\n", flush=True)
            for error in tally.errors:
                print(f"  error: {error}")
            bad += sum(tally.lost.values()) + len(tally.errors)
        told = server.log().count("Traceback")
    if told:
        print(f"the server's log holds {told} tracebacks")
    return 1 if bad or told else 0


if __name__ == "__main__":
    sys.exit(main())
