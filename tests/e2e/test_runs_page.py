"""The Runs page in a real browser: runs are starred, named, found, deleted, had back, opened, carried away."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.experiment.experiment import Experiment
from core.runs.library import Library
from core.runs.store import Store
from core.studies.over_seeds import seeded
from core.training.loop import train
from tests.e2e.conftest import patient_context
from tests.e2e.server import Server, running_server
from tests.e2e.test_fit_page import no_error, trained

SHORT = {"data.n": 500, "training.steps": 60}
HOSTILE = "<b>![x](http://127.0.0.1:9/x.png)</b> $x$"


@pytest.fixture
def own(browser: Browser, tmp_path: Path):
    """A server with a store of its own, a page on it, and the library of that store as the tests look at it."""
    # What the tests put into the store themselves is in the list too.
    with running_server(tmp_path, HETEROSCOPE_SPACES="one") as server, patient_context(browser) as context:
        library = Library(Store(server.store))
        yield server, context.new_page(), library
        library.store.close()


def open_runs(server: Server, page: Page, query: str = "") -> None:
    page.goto(f"{server.url}/runs{query}")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()


def listed(page: Page, count: int) -> None:
    """Wait until the table has so many rows: its head is one more."""
    expect(page.locator("[data-testid=stDataFrame] table[role=grid]")).to_have_attribute(
        "aria-rowcount", str(count + 1)
    )


def tick(page: Page, row: int) -> None:
    """Select a row, or unselect it, by the box at its left edge."""
    page.locator("[data-testid=stDataFrame] .dvn-scroller").click(position={"x": 16, "y": 35 + 35 * row + 17})


def selected(page: Page, words: str) -> None:
    expect(page.locator(".st-key-actions").get_by_text(words)).to_be_visible()


def test_a_run_is_kept_found_named_starred_deleted_had_back_and_opened(own) -> None:
    server, page, library = own
    open_runs(server, page)
    expect(page.get_by_text("No run is kept yet")).to_be_visible()
    for scale in ("0.3", "0.4"):
        page.goto(f"{server.url}/?noise.scale={scale}&training.steps=60&v=2")
        trained(page)
    open_runs(server, page)
    listed(page, 2)
    tick(page, 1)
    selected(page, "1 run selected")
    page.locator(".st-key-actions").get_by_role("button", name="Star").click()
    expect(page.locator(".st-key-actions").get_by_role("button", name="Unstar")).to_be_visible()
    name = page.get_by_role("textbox", name="Name")
    name.fill(HOSTILE)
    name.press("Enter")
    notes = page.get_by_role("textbox", name="Notes")
    notes.fill("first line\nsecond line")
    notes.press("Control+Enter")
    search = page.get_by_role("textbox", name="Search")
    search.fill("SECOND noise.scale=0.3")
    search.press("Enter")
    listed(page, 1)
    (entry,) = library.entries("second")
    assert (entry.name, entry.notes, entry.starred) == (HOSTILE, "first line\nsecond line", True)
    assert entry.experiment.noise.scale == 0.3
    selected(page, "1 run selected")
    page.locator(".st-key-actions").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run was deleted")).to_be_visible()
    expect(page.get_by_text("No run matches")).to_be_visible()
    assert library.count() == 1
    page.get_by_role("button", name="Undo").click()
    listed(page, 1)
    assert library.count() == 2
    tick(page, 0)
    page.get_by_role("button", name="Reopen").click()
    trained(page)
    expect(page).to_have_url(f"{server.url}/fit?noise.scale=0.3&training.steps=60&v=2")
    expect(page.get_by_role("slider", name="σ, averaged over x")).to_have_attribute("aria-valuetext", "0.3")
    no_error(page)


def test_two_runs_are_compared_by_what_differs(own) -> None:
    server, page, library = own
    for loss in ("gaussian_nll", "laplace_nll"):
        library.store.put(train(Experiment.from_settings({**SHORT, "loss.name": loss})))
    library.rename(1, HOSTILE)
    open_runs(server, page)
    listed(page, 2)
    tick(page, 0)
    selected(page, "1 run selected")
    tick(page, 1)
    selected(page, "2 runs selected")
    rows = page.locator(".st-key-compared-runs tr")
    expect(rows.nth(0)).to_contain_text("<b>![x](http:")
    expect(rows.nth(0)).to_contain_text("</b> $x$")
    assert page.locator(".st-key-compared-runs img, .st-key-compared-runs a").count() == 0
    assert rows.nth(1).locator("td").all_inner_texts() == ["Loss", "Laplace NLL", "Gaussian NLL"]
    labels = [text.split("\n")[0] for text in rows.locator("td:first-child").all_inner_texts()]
    assert labels == ["Loss", "Second output read as", "NLL, full", "CRPS", "RMSE", "95 % covers", "Gap to truth"]
    page.get_by_role("button", name="Open side by side").click()
    expect(page).to_have_url(re.compile(r"/compare\?.*loss.name=gaussian_nll|/compare\?.*pin=.*laplace_nll"))
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(6)
    no_error(page)


def test_runs_are_carried_to_another_library_as_one_file(own, tmp_path: Path) -> None:
    server, page, library = own
    for seed in range(3):
        library.store.put(train(Experiment.from_settings({**SHORT, "training.seed": seed})))
    library.rename(1, "the first")
    open_runs(server, page)
    listed(page, 3)
    for row, words in ((0, "1 run selected"), (2, "2 runs selected")):
        tick(page, row)
        selected(page, words)
    with page.expect_download() as download:
        page.locator(".st-key-actions").get_by_role("button", name="Export").click()
    exported = tmp_path / "runs.zip"
    download.value.save_as(exported)
    other = Library(Store(f"sqlite:///{tmp_path / 'other.sqlite'}"))
    assert other.import_file(exported.read_bytes()).added == 2
    assert {entry.name for entry in other.entries()} == {"", "the first"}
    other.store.close()
    page.locator(".st-key-actions").get_by_role("button", name="Delete").click()
    listed(page, 1)
    page.get_by_text("Import a file of runs").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(exported)
    expect(page.get_by_text("2 added, 0 already here.")).to_be_visible()
    listed(page, 3)
    chooser.set_input_files({"name": "x.zip", "mimeType": "application/zip", "buffer": b"PK nonsense"})
    expect(page.get_by_text("The file is not an export of runs, or is incomplete.")).to_be_visible()
    assert library.count() == 3
    no_error(page)


def test_an_experiment_over_seeds_is_one_line_that_unfolds(own) -> None:
    """Its runs are found by a search all the same, and what is selected together is acted on together."""
    server, page, library = own
    short = Experiment.from_settings(SHORT)
    for loss in ("gaussian_nll", "squared_error"):
        for each in seeded(short.with_settings({"loss.name": loss}), 3):
            library.store.put(train(each))
    library.store.put(train(short.with_settings({"noise.scale": 0.4})))
    open_runs(server, page)
    listed(page, 2)
    tick(page, 1)
    selected(page, "6 runs selected")
    page.get_by_role("button", name="Show its 6 runs").click()
    listed(page, 8)
    page.get_by_role("button", name="Hide its runs").click()
    listed(page, 2)
    search = page.get_by_role("textbox", name="Search")
    search.fill("data.seed=2")
    search.press("Enter")
    listed(page, 2)
    assert {entry.loss for entry in library.entries("data.seed=2")} == {"gaussian_nll", "squared_error"}
    no_error(page)
