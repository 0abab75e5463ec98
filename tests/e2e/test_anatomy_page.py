"""The Anatomy page: why the loss is negative, in numbers that move as they should."""

import math
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import VIEWPORT
from tests.e2e.server import Server
from tests.e2e.test_fit_page import UNDER_WAY, at_rest, no_error, number, trained
from tests.e2e.test_pages import open_page

SHORT = "training.steps=60"
CHARTS = 9  # of a run, before the three of Seitzer's sine are trained


def section(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-section-{name}")


def bold(place: Locator, words: str) -> list[float]:
    """The numbers in bold of the paragraph that has these words."""
    paragraph = place.locator("p").filter(has_text=words).first
    expect(paragraph).to_be_visible()
    texts = paragraph.locator("strong").all_inner_texts()
    return [number(re.search(r"−?[\d.,]*\d", text)[0]) for text in texts if re.search(r"\d", text)]


def shown(page: Page) -> None:
    """Wait until the page shows a run and stands still."""
    expect(section(page, "terms").get_by_text("The final loss is")).to_be_visible()
    at_rest(page)


def test_a_cold_deep_link_opens_every_section(cold_server: Server, fresh_page: Page) -> None:
    page = fresh_page
    page.goto(f"{cold_server.url}/anatomy?{SHORT}&v=2")
    shown(page)
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(CHARTS)
    loss, residual, scale, floor = bold(section(page, "terms"), "The final loss is")
    assert abs(residual + scale - loss) < 0.0021
    assert floor == -1.109
    chart = section(page, "terms").get_by_test_id("stVegaLiteChart").first.bounding_box()
    assert chart["y"] + chart["height"] < VIEWPORT["height"], "the terms stand on the first screen"
    expect(page).to_have_url(f"{cold_server.url}/anatomy?{SHORT}&v=2")
    no_error(page)


def test_the_constant_moves_the_zero_from_0607_to_0242(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?{SHORT}&v=2")
    shown(page)
    place = section(page, "terms")
    assert bold(place, "The floor is zero")[0] == 0.607
    before = bold(place, "The final loss is")[0]
    place.get_by_text("With ½ log 2π").click()
    expect(place.locator("p").filter(has_text="The floor is zero").first).to_contain_text("0.242")
    at_rest(page)
    assert bold(place, "The final loss is")[0] == pytest.approx(before + 0.919, abs=0.0011)
    no_error(page)


@pytest.mark.parametrize(
    ("loss", "moved"),
    [
        ("gaussian_nll", lambda value, k: value - math.log(k)),
        ("posted", lambda value, k: value - 0.5 * math.log(k)),
        ("squared_error", lambda value, k: value / k**2),
    ],
)
def test_another_unit_moves_the_loss_by_its_law(server: Server, page: Page, loss: str, moved) -> None:
    page.goto(f"{server.url}/anatomy?loss.name={loss}&{SHORT}&v=2")
    shown(page)
    place = section(page, "unit")
    before = bold(place, "is now")
    slider = place.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0.01")
    expect(place.get_by_text("Nothing was retrained")).to_be_visible()
    at_rest(page)
    assert bold(place, "is now") == pytest.approx([moved(value, 0.01) for value in before], rel=0.005, abs=0.0011)
    no_error(page)


def test_a_constant_subtracted_leaves_every_parameter(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?{SHORT}&v=2")
    shown(page)
    place = section(page, "offset")
    place.get_by_role("button", name="Train with this constant").click()
    expect(place.get_by_text("10,754 parameters, all identical to the bit")).to_be_visible()
    _, before, after = bold(place, "identical to the bit")
    assert before - after == pytest.approx(17.2, abs=0.0011)
    assert page.url.endswith(f"anatomy?{SHORT}&v=2"), "the experiment of the page is the same"
    no_error(page)


def test_the_residual_moves_the_minimum(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?{SHORT}&v=2")
    shown(page)
    place = section(page, "point")
    expect(place.get_by_text("exp(s) = 0.0400 = r²")).to_be_visible()
    slider = place.get_by_role("slider")
    slider.focus()
    slider.press("End")
    expect(place.get_by_text("exp(s) = 0.640 = r²")).to_be_visible()
    slider.press("Home")
    expect(place.get_by_text("no minimum")).to_be_visible()
    no_error(page)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("loss.name=squared_error", ["predicts only a mean", "grows with σ²"]),
        ("loss.name=mixture", ["has 9 outputs", "no output that is the mean"]),
        ("loss.name=typed", ["has no simple rule for units"]),
        ("loss.name=wrong_sign", ["has no floor", "no minimum"]),
        ("data.table=engel", ["The truth is not known here"]),
    ],
)
def test_what_a_loss_has_not_is_said(server: Server, page: Page, settings: str, words: list[str]) -> None:
    page.goto(f"{server.url}/anatomy?{settings}&{SHORT}&v=2")
    shown(page)
    for each in words:
        expect(page.get_by_text(each).first).to_be_visible()
    no_error(page)


def test_a_run_that_diverges_is_taken_apart_too(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?loss.name=relu_variance&training.learning_rate=1&training.steps=200&v=2")
    expect(page.get_by_text("Diverged").first).to_be_visible()
    expect(section(page, "seitzer").get_by_role("button", name="Train 3 runs")).to_be_visible()
    no_error(page)


def test_a_long_run_is_asked_for_and_a_stopped_one_is_shown(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?training.steps=1000000&training.seed=78&v=2")
    main = page.get_by_test_id("stMain")
    main.locator(".st-key-training").get_by_role("button", name=re.compile("Train$")).click()
    expect(page.get_by_text(UNDER_WAY)).to_be_visible()
    main.locator(".st-key-training").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped before the end").first).to_be_visible()
    shown(page)
    no_error(page)


def test_seitzers_three_start_and_can_be_stopped(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/anatomy?{SHORT}&v=2")
    shown(page)
    place = section(page, "seitzer")
    place.get_by_text("80,000 steps").click()
    expect(place.get_by_text("20,000 large steps")).to_be_visible()
    shown(page)
    place.get_by_role("button", name="Train 3 runs").click()
    expect(place.get_by_text(re.compile(r"Training: step \d{1,2},\d{3} of 80,000"))).to_be_visible()
    place.get_by_role("button", name="Stop").click()
    expect(place.get_by_role("button", name="Train again")).to_be_visible()
    expect(place.get_by_text("Gaussian NLL.")).to_be_visible()
    shown(page)
    no_error(page)


def test_its_buttons_lead_to_the_other_pages(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?{SHORT}&v=2")
    trained(page)
    open_page(page, "anatomy")
    shown(page)
    section(page, "verdict").get_by_role("button", name="Compare").click()
    expect(page).to_have_url(f"{server.url}/compare?{SHORT}&v=2&pin=training.steps%3D60%26v%3D2")
    open_page(page, "anatomy")
    shown(page)
    section(page, "verdict").get_by_role("button", name="Fit").click()
    trained(page)
    no_error(page)
