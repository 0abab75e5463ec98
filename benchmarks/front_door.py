"""A first visit, and five tasks of somebody who has never been here, in a real browser; prints two tables.

    python -m benchmarks.front_door [--only visits|tasks]

A visit is the first one to a server that has just started, with an empty cache: seconds from the address to the first
words that the server sends, to the first that the app draws, and to the first chart, and all that is sent to it. The
slow net has 200 kB/s and 100 ms, and the processor is slowed four times, both by Chrome's own tools.

A task is played as a person would, without its pauses: "machine" is what was waited for. "Person" adds a pace to it: 2
s to find and press something, 2 s to paste or to choose a file, 0.3 s for each typed character, and a second to read
four words. Exit status 1 if a limit is exceeded; the limits are meant for a machine with nothing else to do.
"""

import argparse
import math
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.front_door_pace import Person
from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import Server, running_server

LONGEST_MS = 120_000
SLOW_BYTES, SLOW_LATENCY_MS, SLOW_CPU = 200_000, 100, 4
MOST_MB = 2.5
_TEXT = "[data-testid=stMain] [data-testid=stElementContainer] :is(h1, h2, h3)"
_CHART = "[data-testid=stVegaLiteChart] :is(canvas, svg.marks)"


@dataclass
class Visit:
    """One first visit: seconds, and megabytes sent."""

    name: str
    first_words: float = 0.0
    text: float = 0.0
    chart: float | None = None
    sent: dict[str, float] = field(default_factory=dict)

    @property
    def megabytes(self) -> float:
        """All that was sent."""
        return sum(self.sent.values()) / 1e6


def visit(browser: Browser, url: str, name: str, *, slow: bool, chart: bool) -> Visit:
    """Open an address with an empty cache and take the times."""
    with _page(browser) as page:
        found = Visit(name)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda e: _add(found, e["requestId"], e["encodedDataLength"]))
        session.on("Network.webSocketFrameReceived", lambda e: _add(found, "socket", _length(e["response"])))
        if slow:
            limits = {"latency": SLOW_LATENCY_MS, "downloadThroughput": SLOW_BYTES, "uploadThroughput": SLOW_BYTES}
            session.send("Network.emulateNetworkConditions", {"offline": False, **limits})
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
        start = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_selector("#first-words h1, " + _TEXT)
        found.first_words = time.perf_counter() - start
        page.wait_for_selector(_TEXT)
        found.text = time.perf_counter() - start
        if chart:
            page.wait_for_selector(_CHART)
            found.chart = time.perf_counter() - start
        page.wait_for_timeout(3000)  # what still comes counts too
        return found


def _add(found: Visit, request: str, length: float) -> None:
    found.sent[request] = found.sent.get(request, 0.0) + length


def _length(frame: dict) -> float:
    return len(frame["payloadData"]) * (0.75 if frame["opcode"] == 2 else 1.0)  # binary frames come as base64


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(LONGEST_MS)
    yield context.new_page()
    context.close()


# Limits: to the first text, and to the first chart.
VISITS = {
    "Start": ("/", False, False, 1.0, None),
    "Fit": ("/fit", False, True, 1.0, 4.0),
    "Start, slow": ("/", True, False, 6.0, None),
    "Fit, slow": ("/fit", True, True, 6.0, 15.0),
}


def visits(browser: Browser) -> bool:
    """Each visit to a fresh server of its own; prints the table. Returns whether a limit is exceeded."""
    print("| first visit | first words, s | app's text, s | first chart, s | sent, MB |\n|---|---|---|---|---|")
    late = False
    for name, (path, slow, chart, most_text, most_chart) in VISITS.items():
        with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
            found = visit(browser, server.url + path, name, slow=slow, chart=chart)
        drawn = "–" if found.chart is None else f"{found.chart:.1f}"
        print(f"| {name} | {found.first_words:.2f} | {found.text:.2f} | {drawn} | {found.megabytes:.2f} |", flush=True)
        late |= found.first_words > most_text or (found.chart or 0.0) > (most_chart or 0.0) or found.megabytes > MOST_MB
    return late


CODE = "loss = 1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()"
NUMBERS = {"Loss value": "-0.38", "Std of y": "0.83", "Predicted variance": "0.16"}


def own_numbers(person: Person, page: Page, server: Server, folder: Path) -> None:
    """Why is my loss negative? From one's own code and numbers."""
    person.opens(server.url)
    person.pastes(page.get_by_role("textbox", name="Your loss"), CODE)
    for label, value in NUMBERS.items():
        person.types(page.get_by_role("textbox", name=label), value)
    person.presses(page.get_by_role("button", name="Check it"))
    person.reads(page.locator(".st-key-start-answer"), re.compile("negative"))


def own_predictions(person: Person, page: Page, server: Server, folder: Path) -> None:
    """Is this variance right? From a file of predictions."""
    rng = np.random.default_rng(0)
    rows = [f"{0.4 * rng.normal():.4f},0,0.2" for _ in range(400)]
    file = folder / "predictions.csv"
    file.write_text("\n".join(["y,mean,std", *rows]))
    person.opens(server.url)
    person.presses(page.get_by_role("link", name="Check a file of predictions"))
    person.brings(page.locator("input[type=file]").first, file)
    person.reads(page.get_by_test_id("stMain"), re.compile("too (small|narrow)", re.IGNORECASE))


def crossing(person: Person, page: Page, server: Server, folder: Path) -> None:
    """Show a class the loss that crosses zero."""
    person.opens(server.url)
    person.presses(page.get_by_role("link", name="Start the tour"))
    person.waits(page.locator(_CHART).first)
    person.presses(page.locator(".st-key-tour-next a"))
    person.waits(page.locator(_CHART).first)
    person.reads(page.locator(".st-key-tour-sentence"), re.compile("zero"))


def own_table(person: Person, page: Page, server: Server, folder: Path) -> None:
    """Intervals from one's own table."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 10, 400)
    rows = [f"{a:.3f},{a + (0.1 + 0.1 * a) * rng.normal():.3f}" for a in x]
    file = folder / "mine.csv"
    file.write_text("\n".join(["dose,response", *rows]))
    person.opens(server.url)
    person.brings(page.locator(".st-key-start-table input[type=file]"), file)
    person.presses(page.get_by_role("button", name="Train and predict with intervals"))
    person.reads(page.get_by_test_id("stMain"), re.compile("95 % interval|One row by hand"))
    person.waits(page.locator(_CHART).first)


def colleague(person: Person, page: Page, server: Server, folder: Path) -> None:
    """Reproduce the run that a colleague's link holds: the same scores in another window."""
    link = f"{server.url}/fit?noise.scale=0.35&training.steps=400&v=2"
    with _page(page.context.browser) as other:  # type: ignore[arg-type]
        other.goto(link)
        theirs = _scores(other)
    person.opens(link)
    mine = _scores(page)
    assert mine == theirs, f"{mine} are not {theirs}"
    person.reads(page.get_by_test_id("stMetricValue"), re.compile(re.escape(mine[0])))


def _scores(page: Page) -> list[str]:
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('[data-testid=stMetricValue]')];"
        " return all.length > 2 && all.every(e => e.innerText.trim() !== '–') }"
    )
    return page.get_by_test_id("stMetricValue").all_inner_texts()


Task = Callable[[Person, Page, Server, Path], None]
TASKS: dict[str, tuple[Task, float]] = {  # and at most so many seconds of a person
    "my loss is negative: why?": (own_numbers, 60.0),
    "is this variance right?": (own_predictions, 90.0),
    "show the crossing of zero": (crossing, 30.0),
    "my table, to intervals": (own_table, 120.0),
    "a colleague's link": (colleague, 10.0),
}


def tasks(browser: Browser) -> bool:
    """Each task in a new window of one server; prints the table. Returns whether a limit is exceeded."""
    print("\n| task | presses | machine, s | person, s | at most, s |\n|---|---|---|---|---|")
    late = False
    with tempfile.TemporaryDirectory() as name, running_server(Path(name)) as server:
        for words, (task, most) in TASKS.items():
            with _page(browser) as page:
                person = Person(page)
                try:
                    task(person, page, server, Path(name))
                except TimeoutError as error:
                    print(f"{words}: {str(error).splitlines()[-1]}", file=sys.stderr)
                    person.own = math.inf
            row = f"| {words} | {person.presses_made} | {person.machine:.1f} | {person.total:.0f} | {most:.0f} |"
            print(row, flush=True)
            late |= person.total > most
    return late


def main() -> int:
    """Run and print. Returns 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("visits", "tasks"))
    asked = parser.parse_args().only
    found = find_browser()
    if found is None:
        print("There is no Chromium here: make browser installs one.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.executable_path, args=LAUNCH_ARGS)
        late = [part(browser) for name, part in (("visits", visits), ("tasks", tasks)) if asked in (None, name)]
        browser.close()
    return int(any(late))


if __name__ == "__main__":
    sys.exit(main())
