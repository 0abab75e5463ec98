"""From a released slider to the repainted charts, in a real browser on this machine; prints one table.

    python -m benchmarks.interface [--times 20]

Starts the app with a store of its own, drags two sliders with the mouse, and takes the time in the page from the
release of the button to the first frame after which the fit chart's pixels have changed and the new scores stand. A
value seen for the first time is trained; going back to it is served from memory.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import running_server

# The axes of the charts follow σ, so that they are built anew; with another n they stay and only their rows change.
SLIDERS = {"noise σ": "σ, averaged over x", "points n": "Points"}

_WATCH = """() => {
  const chart = () => document.querySelector('[data-testid=stVegaLiteChart] canvas');
  const scores = () => [...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.textContent).join();
  const before = [chart().toDataURL(), scores()];
  window.measured = null;
  addEventListener('pointerup', () => {
    const start = performance.now();
    const look = () => {
      const now = scores();
      const done = now !== before[1] && !now.startsWith('–') && chart().toDataURL() !== before[0];
      done ? window.measured = performance.now() - start : requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, {once: true, capture: true});
}"""


def drag(page: Page, name: str, pixels: float) -> float:
    """Milliseconds from the release of a slider, moved by so many pixels, to the new picture."""
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
    page.wait_for_timeout(400)
    return page.evaluate("window.measured")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    browser = find_browser()
    assert browser is not None, "no Chromium: make browser tries to install one"
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server, sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=browser.executable_path, args=LAUNCH_ARGS).new_page(
            viewport={"width": 1440, "height": 900}
        )
        start = time.perf_counter()
        page.goto(server.url)
        expect(page.get_by_text("Negative, and right")).to_be_visible(timeout=60_000)
        first = time.perf_counter() - start
        taken: dict[str, list[float]] = {}
        for _ in range(times):
            page.get_by_role("button", name="New seed").click()
            page.wait_for_timeout(2000)
            for words, slider in SLIDERS.items():
                taken.setdefault(f"{words}, fresh quick run", []).append(drag(page, slider, 6))
                taken.setdefault(f"{words}, cached run", []).append(drag(page, slider, -6))
    print(f"first page after the server's start: {first:.1f} s")
    print(f"{'released slider to picture':34} {'median':>8} {'worst':>8}   of {times}")
    for name, values in taken.items():
        print(f"{name:34} {statistics.median(values):6.0f}ms {max(values):6.0f}ms")


if __name__ == "__main__":
    main()
