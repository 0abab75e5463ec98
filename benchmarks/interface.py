"""From a released slider to the repainted charts, in a real browser on this machine; prints one table.

    python -m benchmarks.interface [--times 20] [--members 5]

Starts the app with a store of its own, drags two sliders with the mouse, and takes the time in the page from the
release of the button to the moment when the fit chart's pixels have changed and the new scores stand. A
value seen for the first time is trained; going back to it is served from memory. Then it opens pages in windows without
a browser and counts what the server sends. Exit status 1 where that is a megabyte or more.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.streamlit_client import page_bytes
from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import Server, running_server

# With another σ the axes change, and the charts are built anew; with another n only their rows change.
SLIDERS = {"noise σ": "σ, averaged over x", "points n": "Points"}
PAGES = {"20,000 points": "v=2", "1,000,000 points": "data.n=1000000&v=2"}
MOST_BYTES = 1_000_000

_WATCH = """() => {
  const picture = () => document.querySelector('[data-testid=stVegaLiteChart] canvas')?.toDataURL();
  const scores = () => [...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.textContent).join();
  const before = [picture(), scores()];
  window.measured = null;
  addEventListener('pointerup', () => {
    const start = performance.now();
    const look = () => {
      const now = scores();
      const done = now !== before[1] && !now.startsWith('–') && ![undefined, before[0]].includes(picture());
      done ? window.measured = performance.now() - start : setTimeout(look, 8);
    };
    look();
  }, {once: true, capture: true});
}"""


def settle(page: Page) -> None:
    """Wait until the scores have not changed for a second."""
    before, since = "", time.monotonic()
    while time.monotonic() - since < 1.0:
        page.wait_for_timeout(100)
        now = ",".join(page.get_by_test_id("stMetricValue").all_inner_texts())
        if now != before or "–" in now:
            before, since = now, time.monotonic()


def drag(page: Page, name: str, pixels: float) -> float:
    """Milliseconds from the release of a slider, moved by so many pixels, to the new picture."""
    settle(page)
    thumb = page.get_by_role("slider", name=name).locator("xpath=../..")
    thumb.scroll_into_view_if_needed()
    box = thumb.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(_WATCH)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels, y, steps=4)
    page.wait_for_timeout(150)
    page.mouse.up()
    page.wait_for_function("window.measured !== null", timeout=30_000)
    return page.evaluate("window.measured")


def measured(page: Page, times: int) -> dict[str, list[float]]:
    """Milliseconds for each slider, fresh and cached, on a page in use."""
    taken: dict[str, list[float]] = {}
    for _ in range(times):
        page.get_by_role("button", name="New seed").click()
        for words, slider in SLIDERS.items():
            taken.setdefault(f"{words}, fresh quick run", []).append(drag(page, slider, 6))
            taken.setdefault(f"{words}, cached run", []).append(drag(page, slider, -6))
    return taken


def table(title: str, taken: dict[str, list[float]]) -> None:
    """Print one table."""
    print(f"{title:34} {'median':>8} {'worst':>8}")
    for name, values in taken.items():
        print(f"{name:34} {statistics.median(values):6.0f}ms {max(values):6.0f}ms   of {len(values)}")


def in_browser(server: Server, times: int, members: int) -> None:
    """Print what is measured in a browser, on the quick run of so many members."""
    found = find_browser()
    assert found is not None, "no Chromium: make browser tries to install one"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found.executable_path, args=LAUNCH_ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        start = time.perf_counter()
        page.goto(f"{server.url}/?training.members={members}&v=2")
        expect(page.locator("h2").filter(has_text="right" if members > 1 else "correct")).to_be_visible(timeout=60_000)
        print(f"first page after the server's start: {time.perf_counter() - start:.1f} s")
        page.get_by_role("button", name="More settings").click()  # where the slider of points is
        page.get_by_test_id("stSidebar").get_by_text("Data", exact=True).click()
        table("released slider to picture", measured(page, times))
        other = browser.new_page()
        other.goto(f"{server.url}/?training.steps=1000000&training.batch_size=128&v=2")
        other.get_by_role("button", name="Train", exact=True).click()
        expect(other.get_by_text("Training: step")).to_be_visible(timeout=60_000)
        page.bring_to_front()
        table("the same beside a long run", measured(page, max(1, times // 4)))
        assert other.get_by_text("Training: step").is_visible(), "the long run ended too soon"


def sent(server: Server) -> bool:
    """Print how much each page sends to a new window until it is complete. Returns whether all are below the limit."""
    print(f"{'sent to a new window':34} {'bytes':>9}")
    sizes = {words: page_bytes(f"{server.url}/?{query}") for words, query in PAGES.items()}
    for words, size in sizes.items():
        print(f"{words:34} {size:9,}")
    return max(sizes.values()) < MOST_BYTES


def main() -> int:
    """Print the tables. Returns 1 if a page sends too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--members", type=int, default=1, help="of the quick run (1)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        in_browser(server, options.times, options.members)
        return 0 if sent(server) else 1


if __name__ == "__main__":
    sys.exit(main())
