"""How long scores take, and the Calibration page; prints two tables.

    python -m benchmarks.calibration [--times 7]

First every score of 100,000 points that needs no truth, for each kind of prediction, in this process. Then, in a real
browser on this machine, for a kept run: from the click on the page's link to its nine charts and its table of
recalibrations (the first such run apart, because a server's first page loads modules), and from a click on another
level to the charts of that level. Then for a file of 100,000 predictions: from the choice of the file to its seven
charts and its table, and from the click on an isotonic recalibration to its table. Exit status 1 if scores take 0.5 s
or more, or a page 1 s or more.
"""

import argparse
import io
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from core.distributions.laws import Predictive
from core.evaluation.judged import Judged
from core.evaluation.recalibration import RECALIBRATIONS
from core.evaluation.scores import SCORES, estimates
from tests.core.evaluation.samples import drawn, predictions
from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import Server, running_server

POINTS, CHARTS, CHARTS_OF_FILE = 100_000, 9, 7
MOST_SCORES_S, MOST_PAGE_S = 0.5, 1.0
WITHOUT_TRUTH = [name for name, row in SCORES.items() if not row.needs_truth]


def scored(times: int) -> dict[str, float]:
    """Seconds, the median, that all scores take, by the kind of prediction."""
    taken = {}
    for kind, predictive in predictions(POINTS).items():
        y = drawn(predictive, POINTS)
        taken[kind] = statistics.median(_seconds(predictive, y) for _ in range(times))
    return taken


def _seconds(predictive: Predictive, y: np.ndarray) -> float:
    started = time.perf_counter()
    estimates(Judged(predictive, y), WITHOUT_TRUTH)
    return time.perf_counter() - started


def opened(page: Page) -> float:
    """Seconds from the click on the page's link, on the Fit page, to its charts and its last table."""
    page.locator(".st-key-views").get_by_role("link", name="Fit", exact=True).click()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(3, timeout=30_000)
    page.wait_for_timeout(700)
    started = time.perf_counter()
    page.locator(".st-key-views").get_by_role("link", name="Calibration", exact=True).click()
    _drawn(page, CHARTS)
    return time.perf_counter() - started


def _drawn(page: Page, charts: int) -> None:
    page.wait_for_function(
        f"document.querySelectorAll('[data-testid=stVegaLiteChart] canvas').length === {charts}"
        " && document.querySelector('.st-key-table-recalibrated table')",
        timeout=30_000,
    )


def another_level(page: Page, level: int) -> float:
    """Seconds from the click on a level to the sentence under its coverage."""
    page.wait_for_timeout(700)
    started = time.perf_counter()
    page.get_by_role("radio", name=f"{level} %").click()
    page.get_by_text(f"Good: {level} % everywhere along x").wait_for()
    return time.perf_counter() - started


def brought(page: Page, file: bytes) -> float:
    """Seconds from the choice of a file to its charts and its last table."""
    page.get_by_role("radio", name="a file of mine").click()
    place = page.locator("input[type=file]").first
    place.wait_for(state="attached")
    page.wait_for_timeout(700)
    started = time.perf_counter()
    place.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": file})
    _drawn(page, CHARTS_OF_FILE)
    return time.perf_counter() - started


def isotonic(page: Page) -> float:
    """Seconds from the click on the recalibration to what it found, on the page of a file."""
    page.wait_for_timeout(700)
    started = time.perf_counter()
    page.get_by_role("radio", name=RECALIBRATIONS["isotonic"].label).click()
    page.get_by_text("Predicted probabilities redrawn").wait_for()
    return time.perf_counter() - started


def _file() -> bytes:
    """Predictions of a right model, and points; CSV."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, POINTS)
    mean, std = np.sin(x), 0.1 + 0.04 * x
    written = io.StringIO("y,mean,std,x\n")
    written.seek(0, io.SEEK_END)
    np.savetxt(written, np.column_stack([mean + std * rng.standard_normal(POINTS), mean, std, x]), "%.6g", ",")
    return written.getvalue().encode()


def in_browser(server: Server, times: int) -> dict[str, list[float]]:
    """Seconds of each thing that a person does."""
    found = find_browser()
    assert found is not None, "no Chromium: make browser tries to install one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.executable_path, args=LAUNCH_ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(server.url)
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(3, timeout=60_000)
        taken = {"the page, a server's first": [opened(page)]}
        taken["the page"] = [opened(page) for _ in range(times)]
        taken["another level"] = [another_level(page, level) for level in (50, 80, 90, 99, 95)]
        taken[f"a file of {POINTS:,}, from its choice"] = [brought(page, _file())]
        taken["its isotonic recalibration"] = [isotonic(page)]
        browser.close()
    return taken


def main() -> int:
    """Print both tables. Returns 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    scores = scored(options.times)
    print(f"{f'all scores of {POINTS:,} points':36} {'s':>6}")
    for kind, seconds in scores.items():
        print(f"{kind:36} {seconds:6.2f}")
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        pages = in_browser(server, options.times)
    print(f"\n{'in the browser':36} {'median':>6} {'worst':>6}")
    for words, taken in pages.items():
        print(f"{words:36} {statistics.median(taken):6.2f} {max(taken):6.2f}")
    late = statistics.median(pages["the page"]) >= MOST_PAGE_S or max(scores.values()) >= MOST_SCORES_S
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
