"""A table of 1,000,000 rows and 10 columns in a real browser: uploaded, looked at, fitted; prints one table.

    python -m benchmarks.upload

Starts the app with its own stores of runs and tables. Seconds are from the choice of the file, or from the click on
"Fit it"; memory is the server's own process at that moment, and the data are all messages it has sent since. Exit
status 1 if a limit is exceeded: 10 s to the drawn page, 2 GB, and a megabyte a page.
"""

import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.table import write
from tests.e2e.find_browser import LAUNCH_ARGS, find_browser
from tests.e2e.server import Server, running_server

RECIPE = "network.layers=50&network.init=torch&training.batch_size=256&training.steps=2000&v=2"
MOST_S, MOST_MB, MOST_KB = 10.0, 2000.0, 1000.0
LONGEST_MS = 120_000


def stand(page: Page, words: str) -> None:
    """Wait until the page says so."""
    page.get_by_text(words).first.wait_for(timeout=LONGEST_MS)


def measure(page: Page, server: Server, table: Path) -> list[tuple[str, float, float, float]]:
    """What, seconds, the server's MB and the kB sent, row by row."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(len(data))))
    memory = psutil.Process(server.process.pid).memory_info

    def row(what: str, since: float) -> tuple[str, float, float, float]:
        return what, time.perf_counter() - since, memory().rss / 1e6, sum(sent) / 1e3

    page.goto(f"{server.url}/data?{RECIPE}")
    stand(page, "Choose a table to fit real ones")
    sent.clear()
    start = time.perf_counter()
    page.locator("input[type=file]").first.set_input_files(table)
    stand(page, "1,000,000 rows, 10 columns")
    rows = [row("uploaded and read", start)]
    stand(page, "First rows")
    rows.append(row("checked and drawn", start))
    page.wait_for_timeout(1000)
    sent.clear()
    start = time.perf_counter()
    page.get_by_role("button", name="Fit it").click()
    stand(page, "Trained in")
    rows.append(row("fitted", start))
    stand(page, "The largest errors")
    rows.append(row("whole page", start))
    return rows


def main() -> int:
    """Run and print. Returns 1 if a limit is exceeded."""
    found = find_browser()
    if found is None:
        print("There is no Chromium here: make browser installs one.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        write(table)
        with running_server(Path(folder)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found.executable_path, args=LAUNCH_ARGS)
            rows = measure(browser.new_page(), server, table)
            browser.close()
    print("| what | s | server, MB | sent, kB |\n|---|---|---|---|")
    for what, seconds, memory, sent in rows:
        print(f"| {what} | {seconds:.1f} | {memory:,.0f} | {sent:,.0f} |")
    late = rows[1][1] > MOST_S
    return int(late or any(memory > MOST_MB or sent > MOST_KB for _, _, memory, sent in rows))


if __name__ == "__main__":
    sys.exit(main())
