"""The page What it does not know in a real browser: a chart for each way, ignorance wider in the gap; the slider."""

import re

from playwright.sync_api import Locator, Page, expect

from core.experiment.presets import presets
from core.ignorance.finding import finding
from core.ignorance.measured import all_experiments, answers
from core.ignorance.ways import WAYS
from core.training.loop import train
from tests.e2e.conftest import VIEWPORT
from tests.e2e.server import Server
from tests.e2e.test_fit_page import no_error, number


def row(page: Page, table: str, name: str) -> Locator:
    first = page.locator("td:first-child").get_by_text(name, exact=True)
    return page.locator(f".st-key-table-{table} tr").filter(has=first)


def link() -> str:
    query = presets["gap"].with_settings({"training.steps": 150}).to_query()
    return "&".join(f"{name}={value}" for name, value in query.items())


def test_ways_stand_side_by_side_and_ignorance_is_wider_in_the_gap(server: Server, page: Page) -> None:
    experiment = presets["gap"].with_settings({"training.steps": 150})
    found = answers(experiment, {each.key: train(each) for each in all_experiments(experiment)})
    page.goto(f"{server.url}/unknown?{link()}")
    expect(page.get_by_role("heading", name=finding(found).headline)).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2 * len(WAYS) + 1)
    cells = row(page, "unknown", "Five members").locator("td").all_inner_texts()
    points, gap = number(cells[4]), number(cells[5])
    assert gap > 2 * points > 0
    assert number(row(page, "unknown", "One network").locator("td").nth(5).inner_text()) == 0
    expect(row(page, "costs", "MC dropout")).to_contain_text("100")
    expect(page.get_by_text("Evidential (a heuristic)")).to_be_visible()
    slider = page.locator(".st-key-unknown-controls").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"data\.n=200&"))
    expect(row(page, "by-n", "800")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(row(page, "by-n", "800")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(VIEWPORT)
    no_error(page)


def test_points_without_a_gap_show_the_preset_and_open_it_on_request(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/unknown")
    expect(page.get_by_text("Your data have no gap")).to_be_visible()
    page.get_by_role("button", name="Open in the sidebar").click()
    expect(page).to_have_url(re.compile(r"data\.design=gap"))
    expect(page.get_by_text("Your data have no gap")).to_be_hidden()
    expect(row(page, "unknown", "Five members").locator("td").nth(1)).to_contain_text("%")
    no_error(page)
