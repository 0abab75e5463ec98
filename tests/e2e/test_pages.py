"""The pages together: the experiment goes along from one to the other, and two runs stand side by side."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.shared.navigation import PAGES
from pages.shared.parts import PARTS
from tests.e2e.server import Server
from tests.e2e.test_data_page import own_table, upload
from tests.e2e.test_fit_page import UNDER_WAY, at_rest, no_error, number, settled, trained

SHORT = "training.steps=60"
LISTED = {name: page for name, page in PAGES.items() if page.listed}
PIN_POSTED = "pin=loss.name%3Dposted%26training.steps%3D60%26v%3D2"


def open_page(page: Page, name: str) -> None:
    """By the bars: a page of the place one is in by its view, another by its place and then its view."""
    part = PAGES[name].part
    place = page.locator(".st-key-places").get_by_role("link", name=PARTS[part].label)
    view = page.locator(".st-key-views").get_by_role("link", name=PAGES[name].title, exact=True)
    expect(page.locator(".st-key-places [aria-current]")).to_have_count(1)
    if place.get_attribute("aria-current") is None:
        place.click()
        expect(place).to_have_attribute("aria-current", "page")
    if sum(other.part == part for other in LISTED.values()) > 1:
        view.click()
        expect(view).to_have_attribute("aria-current", "page")


def table(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-{name} table")


def compared(page: Page) -> dict[str, tuple[str, str]]:
    """The table of scores once both runs have theirs: its two values by their name."""
    at_rest(page)
    rows = table(page, "compared").locator("tr")
    expect(rows).to_have_count(3)
    for row in (1, 2):
        expect(rows.nth(row).locator("td").nth(1)).not_to_have_text("–")
    cells = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    names, pinned, current = ([text.split("\n")[0] for text in row[1:]] for row in cells)
    return {name: (one, other) for name, one, other in zip(names, pinned, current, strict=True)}


def value(text: str) -> float:
    return number(re.match(r"[−\d.,]+", text)[0])


def test_the_experiment_goes_along_from_page_to_page(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?noise.scale=0.3&{SHORT}&v=2")
    trained(page)
    link = f"?noise.scale=0.3&{SHORT}&v=2"
    open_page(page, "compare")
    expect(page).to_have_url(f"{server.url}/compare{link}")
    slider = page.get_by_role("slider", name="σ, averaged over x")
    expect(slider).to_have_attribute("aria-valuetext", "0.3")
    slider.focus()
    slider.press("ArrowRight")
    moved = link.replace("0.3", "0.4")
    expect(page).to_have_url(f"{server.url}/compare{moved}")
    open_page(page, "fit")
    expect(page).to_have_url(f"{server.url}/fit{moved}")
    trained(page)
    expect(slider).to_have_attribute("aria-valuetext", "0.4")
    no_error(page)


def test_back_and_forward_go_across_pages(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?noise.scale=0.3&{SHORT}&v=2")
    trained(page)
    open_page(page, "compare")
    expect(page).to_have_url(f"{server.url}/compare?noise.scale=0.3&{SHORT}&v=2")
    settled(page)
    slider = page.get_by_role("slider", name="σ, averaged over x")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(f"{server.url}/compare?noise.scale=0.4&{SHORT}&v=2")
    settled(page)
    page.go_back()
    expect(slider).to_have_attribute("aria-valuetext", "0.3")
    settled(page)
    page.go_back()
    trained(page)
    expect(page).to_have_url(f"{server.url}/?noise.scale=0.3&{SHORT}&v=2")
    page.go_forward()
    expect(page).to_have_url(f"{server.url}/compare?noise.scale=0.3&{SHORT}&v=2")
    no_error(page)


def test_a_bare_address_names_its_experiment_in_the_links_and_a_phone_has_them_all(server: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/fit")
    trained(page)
    link = "?noise.profile=linear&noise.scale=0.3&v=2"
    expect(page).to_have_url(f"{server.url}/fit")
    places = page.get_by_role("navigation", name="Places")
    assert places.bounding_box()["y"] + places.bounding_box()["height"] == 844
    main = page.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, main.scrollHeight)")
    last = page.locator(".st-key-foot").bounding_box()
    assert last["y"] + last["height"] < places.bounding_box()["y"], "the end of the page is not hidden behind the bar"
    page.get_by_role("link", name="Why?").click()  # the loss is negative, and right
    expect(page).to_have_url(f"{server.url}/anatomy{link}")
    expect(page).to_have_title(re.compile("Anatomy · Gaussian NLL · .* · seed 0 · Heteroscope"))
    expect(page.locator("#see-floor")).to_be_in_viewport()
    expect(page.locator("#see-floor")).to_be_focused()
    page.go_back()
    expect(page).to_have_url(re.compile(rf"/fit({re.escape(link)})?$"))
    trained(page)
    no_error(page)


def test_a_cold_deep_link_opens_both_runs(cold_server: Server, fresh_page: Page) -> None:
    page, link = fresh_page, f"{cold_server.url}/compare?{SHORT}&v=2&{PIN_POSTED}"
    page.goto(link)
    assert value(compared(page)["Gap to truth"][0]) > 0.2
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(6)
    expect(page).to_have_url(link)
    expect(page.get_by_role("dialog")).to_have_count(0)
    no_error(page)


def test_an_uploaded_table_goes_along_on_a_server_never_opened_at_its_root(cold_server: Server, page: Page) -> None:
    page.goto(f"{cold_server.url}/data?{SHORT}&v=2&{PIN_POSTED}")
    upload(page, "mine.csv", own_table())
    expect(page).to_have_url(re.compile(r"data\.table=own&data\.csv=[0-9a-f]{16}"))
    link = page.url.partition("?")[2]
    assert PIN_POSTED in link
    open_page(page, "runs")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    for name in ("fit", "predict", "data"):
        open_page(page, name)
        expect(page).to_have_url(f"{cold_server.url}/{name}?{link}")
    expect(page.get_by_text("Your table: 200 rows, 3 columns")).to_be_visible()
    no_error(page)


def links(page: Page) -> list[str]:
    """The addresses in the bars, of pages that show an experiment."""
    every = [link.get_attribute("href") for link in page.locator(".st-key-bars a").all()]
    return [link for link in every if link not in (".", "check")]


@pytest.mark.parametrize("name", ["fit", "unknown", "compare", "runs"])  # two of each place
def test_a_page_opens_at_its_own_address_and_its_links_keep_the_experiment(
    cold_server: Server, page: Page, name: str
) -> None:
    link = f"?data.table=engel&{SHORT}&v=2&{PIN_POSTED}"
    page.goto(f"{cold_server.url}/{name}{link}")
    expect(page).to_have_title(f"{PAGES[name].title} · Gaussian NLL · Engel · seed 0 · Heteroscope")
    at_rest(page)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("h1")).to_contain_text(f"{PAGES[name].title} Gaussian NLL · Engel")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Views").locator("[aria-current=page]")).to_have_text(PAGES[name].title)
    assert {to.partition("?")[2] for to in links(page)} == {link[1:]}
    no_error(page)


def test_the_bars_open_every_page_with_the_experiment(cold_server: Server, page: Page) -> None:
    link = f"?data.table=engel&{SHORT}&v=2&{PIN_POSTED}"
    page.goto(f"{cold_server.url}/{link}")
    trained(page)
    for name in [*reversed(LISTED), "fit"]:
        open_page(page, name)
        own = link if PARTS[PAGES[name].part].of_experiment else ""
        expect(page).to_have_url(f"{cold_server.url}/{'' if name == 'start' else name}{own}")
        expect(page.locator("h1")).to_have_count(1)
        no_error(page)


def test_a_file_of_one_column_is_predicted(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/predict?data.table=engel&{SHORT}&v=2")
    expect(page.get_by_text("Many rows from a file")).to_be_visible()
    upload(page, "new.csv", b"income\n900\n\n90000\n")
    expect(page.get_by_text("3 rows predicted. 2 of them are unlike the training rows")).to_be_visible()
    no_error(page)


def test_pin_change_and_see_both(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?{SHORT}&v=2")
    trained(page)
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_role("button", name="Pinned", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{server.url}/?{SHORT}&v=2&pin=training.steps%3D60%26v%3D2")
    slider = page.get_by_role("slider", name="σ, averaged over x")
    slider.focus()
    slider.press("ArrowRight")
    page.mouse.move(640, 5)  # off the charts, whose toolbar may lie over the buttons
    page.get_by_role("button", name="Compare", exact=True).click()
    both = f"{server.url}/compare?noise.scale=0.3&{SHORT}&v=2&pin=training.steps%3D60%26v%3D2"
    expect(page).to_have_url(both)
    pinned, current = compared(page)["RMSE"]
    assert abs(value(pinned) - 0.2) < 0.1
    assert value(current) > value(pinned)
    expect(table(page, "differences").locator("td")).to_have_text(["σ, averaged over x", "0.2", "0.3"])
    page.reload()
    assert compared(page)["RMSE"] == (pinned, current)
    expect(page).to_have_url(both)
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(f"{server.url}/compare?{SHORT}&v=2&pin=noise.scale%3D0.3%26training.steps%3D60%26v%3D2")
    expect(slider).to_have_attribute("aria-valuetext", "0.2")
    expect(table(page, "differences").locator("td").nth(1)).to_have_text("0.3")
    page.get_by_role("button", name="Unpin").click()
    expect(page).to_have_url(f"{server.url}/compare?{SHORT}&v=2")
    no_error(page)


def test_the_posted_loss_beside_the_right_one_is_one_click(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/compare?noise.scale=0.15&v=2")
    page.get_by_role("button", name="Posted loss beside the right one").click()
    expect(page.get_by_text("the variance is read wrongly")).to_be_visible()
    expect(page.get_by_text("Your loss is negative, and that is correct")).to_be_visible()
    found = compared(page)
    assert value(found["Gap to truth"][0]) > 0.1 > 0.02 > value(found["Gap to truth"][1])
    assert value(found["NLL, full"][1]) < value(found["NLL, full"][0])
    assert set(found) == {"NLL, full", "CRPS", "RMSE", "95 % covers", "Gap to truth"}, "no raw loss is ranked"
    assert "noise.scale=0.15" in page.url
    assert "pin=noise.scale%3D0.15%26loss.name%3Dposted" in page.url
    no_error(page)


def test_one_run_read_in_two_ways(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?noise.scale=0.15&training.seed=3&loss.name=posted&v=2")
    trained(page)
    open_page(page, "compare")
    page.get_by_role("button", name="Read as a scale beside a variance").click()
    differs = table(page, "differences").locator("td")
    expect(differs.first).to_have_text("Second output read as")  # another pair was there before
    at_rest(page)
    found = compared(page)
    assert value(found["Gap to truth"][0]) < 0.1 < 0.2 < value(found["Gap to truth"][1])
    assert found["RMSE"][0] == found["RMSE"][1], "it is the same run"
    expect(differs).to_have_count(3)
    no_error(page)


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        ("![x](http://127.0.0.1:9/x.png)", "The pinned run cannot be"),
        ("pin=v%3D2", "In the pinned run: “pin” is not a setting"),
    ],
)
def test_a_wrong_pin_is_named_and_the_rest_opens(server: Server, page: Page, pin: str, words: str) -> None:
    page.goto(f"{server.url}/compare?{SHORT}&pin={page.evaluate('encodeURIComponent', pin)}")
    alert = page.get_by_test_id("stAlert").filter(has_text=words)
    expect(alert).to_be_visible()
    assert alert.locator("img, a").count() == 0, "words of a visitor stay words"
    expect(page.get_by_role("button", name=re.compile("Unpin|Pin this experiment")).first).to_be_visible()
    assert SHORT in page.url
    no_error(page)


def test_a_long_pinned_run_waits_for_a_button_and_can_be_stopped(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/compare?{SHORT}&v=2&pin=training.steps%3D1000000%26training.seed%3D77%26v%3D2")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(6)
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        assert chart.bounding_box()["width"] > 400, "a side is as wide with few words as with many"
    page.get_by_test_id("stMain").get_by_role("button", name=re.compile("Train$")).click()
    expect(page.get_by_text(UNDER_WAY)).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped before the end").first).to_be_visible()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()
    no_error(page)
