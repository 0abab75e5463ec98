"""Bombs thrown at a real server through a real browser, while another window goes on moving a slider; prints one table.

    python -m benchmarks.bombs [NAME …] [--uploads 100]

The bombs are those of benchmarks.bomb_files that a visitor can send: files for Data and Runs, and links. Memory is the
server's own process, sampled 20 times a second: its peak, beside what it had before. The other window's answers are
fresh runs; their median is printed alone, beside small files that are refused, and beside each bomb. At the end many
tables are uploaded in a row, and the folder of tables has to stay within its limit. Exit status 1 if memory grows by
more than a bomb may take beside the file itself, if answers take more than SLOW_S and twice as long as beside small
files, or if the log has a traceback.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.bomb_files import BOMBS, Bomb
from benchmarks.crowd import SLIDER, changed, finished, new_values
from benchmarks.streamlit_client import Window, opened
from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import Server, running_server

BEFORE_S = 15.0  # in which the other window is alone
SLOW_S = 1.0  # answers up to here are fast enough, whatever they took before
LONGEST_LINK = 60_000  # characters: a server takes no longer address
LONGEST_MS = 120_000
TABLE_BYTES = 5_000_000  # that the folder of tables may have
HARMLESS = (
    Bomb("a table of one column", lambda: b"x\n1\n", "table", 50, 1),
    Bomb("an import of a letter", lambda: b"x", "import", 50, 1),
)
COPIES = 3  # of an upload that Streamlit has while it is read: as it arrives, as it is kept, as it is handed on


@dataclass
class Watch:
    """What is seen from outside: answers of the other window with their time, and the server's memory."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def median_s(self, since: float, until: float) -> float | None:
        """The median of the answers that were asked for or came in this time."""
        found = [seconds for at, seconds in self.answers if at >= since and at - seconds <= until]
        return statistics.median(found) if found else None

    def peak_mb(self, since: float, until: float) -> float:
        """The largest memory in this time."""
        return max((mb for at, mb in self.memory if since <= at <= until), default=0.0)


async def _slide(url: str, watch: Watch) -> None:
    for seed in itertools.count(500):
        async with opened(f"{url}/?data.seed={seed}&training.seed={seed}&v=2") as window:
            await window.until(finished)
            if await _moved(window, random.Random(seed), watch):
                return


async def _moved(window: Window, choice: random.Random, watch: Watch) -> bool:
    """Move to all values; whether it is over."""
    for stop in new_values(window, choice):
        if watch.over.is_set():
            return True
        shows, began = changed(window.picture), time.monotonic()
        await window.move(SLIDER, stop)
        await window.until(lambda now, shows=shows: finished(now) and shows(now))  # type: ignore[misc]
        watch.answers.append((time.monotonic(), time.monotonic() - began))
        await asyncio.sleep(0.2)
    return False


@contextmanager
def watched(server: Server) -> Iterator[Watch]:
    """Another window and the server's memory, each in a thread."""
    watch, process = Watch(), psutil.Process(server.process.pid)

    def slide() -> None:
        try:
            asyncio.run(_slide(server.url, watch))
        except Exception as error:
            watch.errors.append(f"the other window: {type(error).__name__}: {error}")
            raise

    def weigh() -> None:
        while not watch.over.wait(0.05):
            watch.memory.append((time.monotonic(), process.memory_info().rss / 1e6))

    threads = [threading.Thread(target=slide), threading.Thread(target=weigh)]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        watch.over.set()
        for thread in threads:
            thread.join()


def throw(page: Page, server: Server, bomb: Bomb, folder: Path) -> int:
    """Send it as a visitor does, and wait for the sentence; the bytes that were sent."""
    data = bomb.make()
    if bomb.reader in ("link", "formula"):
        query = data.decode() if bomb.reader == "link" else f"loss.name=typed&loss.formula={quote(data)}&v=2"
        page.goto(f"{server.url}/fit?{query[:LONGEST_LINK]}", wait_until="commit")
        page.wait_for_timeout(2_000)
        return min(len(data), LONGEST_LINK)
    path = folder / ("bomb.zip" if bomb.reader == "import" else "bomb.csv")
    path.write_bytes(data)
    page.goto(f"{server.url}/{'runs' if bomb.reader == 'import' else 'data'}")
    if bomb.reader == "import":
        page.get_by_text("Import a file of runs").click(timeout=LONGEST_MS)
    page.locator("input[type=file]").first.set_input_files(path, timeout=LONGEST_MS)
    page.get_by_test_id("stAlert").first.wait_for(timeout=LONGEST_MS)
    return len(data)


def upload(page: Page, server: Server, count: int, folder: Path) -> int:
    """Upload so many tables in a row; the bytes that the folder of tables then has."""
    for number in range(count):
        page.goto(f"{server.url}/data")
        rows = "\n".join(f"{i},{random.random()},{number}" for i in range(20_000))
        (folder / f"table{number}.csv").write_text(f"x,y,z{number}\n{rows}\n")
        page.locator("input[type=file]").first.set_input_files(folder / f"table{number}.csv", timeout=LONGEST_MS)
        page.get_by_text(f"table{number}.csv").first.wait_for(timeout=LONGEST_MS)
    return sum(path.stat().st_size for path in server.tables.iterdir())


def main() -> int:
    """Print the table. Returns 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of their names; all if none is given")
    parser.add_argument("--uploads", type=int, default=100)
    asked = parser.parse_args()
    found = find_browser()
    if found is None:
        print("There is no browser: make browser installs one.")
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder), HETEROSCOPE_MOST_TABLE_BYTES=str(TABLE_BYTES)) as server,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=found.executable_path, args=LAUNCH_ARGS)
        with watched(server) as watch:
            bad = _thrown(browser.new_page(), server, watch, asked.names, asked.uploads, Path(folder))
        browser.close()
        told = server.log().count("Traceback")
    print(*watch.errors, f"{told} tracebacks in the log", sep="\n")
    return 1 if bad or told or watch.errors else 0


def _thrown(page: Page, server: Server, watch: Watch, names: list[str], uploads: int, folder: Path) -> int:
    """Throw one after another; how many exceed a bound."""
    while len(watch.answers) < 3:
        time.sleep(0.2)
    began = time.monotonic()
    time.sleep(BEFORE_S)
    print(f"the other window alone: {watch.median_s(began, time.monotonic()) or 0.0:.2f} s an answer")
    began = time.monotonic()
    for harmless in HARMLESS * 3:
        throw(page, server, harmless, folder)
    alone = watch.median_s(began, time.monotonic()) or 0.0
    print(f"beside a browser that sends small files that are refused: {alone:.2f} s")
    print(f"{'bomb':50} {'sent':>8} {'grew':>8} {'bound':>8} {'answers':>8}")
    bad = 0
    thrown = [bomb for bomb in BOMBS.values() if bomb.reader in ("import", "table", "link", "formula")]
    for bomb in thrown:
        if names and not any(part in bomb.name for part in names):
            continue
        before, since = watch.memory[-1][1], time.monotonic()
        sent = throw(page, server, bomb, folder) / 1e6
        grew = watch.peak_mb(since, time.monotonic()) - before
        bad += _row(watch, bomb.name, sent, grew, bomb.most_mb + COPIES * sent, alone, since)
    if uploads:
        before, since = watch.memory[-1][1], time.monotonic()
        size = upload(page, server, uploads, folder)
        grew = watch.peak_mb(since, time.monotonic()) - before
        bad += _row(watch, f"{uploads} uploads in a row", size / 1e6, grew, 400.0, alone, since)
        bad += size > TABLE_BYTES
    return bad


def _row(watch: Watch, name: str, sent: float, grew: float, bound: float, alone: float, since: float) -> bool:
    """Print a row; whether it exceeds a bound."""
    took = watch.median_s(since, time.monotonic())
    slow = took is not None and took > max(SLOW_S, 2 * alone)
    words = "–" if took is None else f"{took:.2f} s"
    exceeds = grew > bound or slow
    print(f"{name:50} {sent:5.0f} MB {grew:5.0f} MB {bound:5.0f} MB {words:>8}{'  EXCEEDED' * exceeds}", flush=True)
    return exceeds


if __name__ == "__main__":
    sys.exit(main())
