"""The film in a real browser: it plays and scrubs without the server, by keyboard too, and ends where it began."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.server import Server

# A hash of all pixels of each chart, 53 bits: to compare PNGs takes thirty times as long.
PICTURES = """[...document.querySelectorAll('[data-testid=stVegaLiteChart] canvas')].map(canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let [one, other] = [1, 2];
  for (const pixel of new Uint32Array(data.buffer)) {
    one = Math.imul(one ^ pixel, 0x01000193);
    other = Math.imul(other ^ pixel, 0x5bd1e995) + 1;
  }
  return `${canvas.width}×${canvas.height} ${one} ${other}`;
})"""
STAND_STILL = f"""() => {{
  const now = {PICTURES}, same = now.length === 3 && now.join() === window.lastSeen;
  window.lastSeen = now.join();
  window.stood = same ? window.stood + 1 : 0;
  return window.stood > 3;
}}"""
SCREEN = "document.body.value"
NOTES = """() => [['.st-key-top', '::after'], ['.st-key-scores', '::before']].map(
  ([part, place]) => getComputedStyle(document.querySelector(part), place).content)"""


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Frame of the training")


def play_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Play the training")


def pictures(page: Page) -> list[str]:
    """The pixels of fit, spread and loss, once they have stood for half a second."""
    page.wait_for_function(STAND_STILL, polling=125)
    return page.evaluate(PICTURES)


def finished(page: Page) -> list[str]:
    """Wait for a finished run and its film, and return the pictures."""
    expect(slider(page)).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    return pictures(page)


def all_differ_from(page: Page, before: list[str]) -> None:
    page.wait_for_function(f"before => {PICTURES}.every((picture, i) => picture !== before[i])", arg=before)


def all_are(page: Page, before: list[str]) -> None:
    page.wait_for_function(f"before => {PICTURES}.every((picture, i) => picture === before[i])", arg=before)


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    """The server's process does nothing meanwhile, so that what moves needs no server."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_it_plays_without_the_server_and_ends_on_the_very_same_picture(server: Server, page: Page) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{server.url}/?training.steps=300&v=2")
    end = finished(page)
    sent.clear()
    with standing_still(server):
        play_button(page).click()
        all_differ_from(page, end)
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        expect(play_button(page)).to_be_visible()
        expect(slider(page)).to_have_attribute("aria-valuetext", "step 300 of 300")
        all_are(page, end)
        play_button(page).click()
        all_differ_from(page, end)
        page.get_by_role("button", name="Pause").click()
        expect(slider(page)).not_to_have_attribute("aria-valuetext", "step 300 of 300")
        paused = pictures(page)
        assert all(now != last for now, last in zip(paused, end, strict=True))
    assert sent == []


@pytest.mark.parametrize("query", ["", "&data.table=engel"])
def test_the_keyboard_scrubs_and_the_end_is_the_very_same_picture(server: Server, page: Page, query: str) -> None:
    page.goto(f"{server.url}/?training.steps=60{query}&v=2")
    end = finished(page)
    expect(slider(page)).to_have_attribute("aria-valuetext", "step 60 of 60")
    slider(page).focus()
    with standing_still(server):
        page.keyboard.press("Home")
        expect(slider(page)).to_have_attribute("aria-valuetext", "step 0 of 60")
        all_differ_from(page, end)
        assert page.evaluate(NOTES) == ['"Words and scores are of step 60, the last one."'] * 2
        first = pictures(page)
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        all_differ_from(page, first)
        all_differ_from(page, end)
        page.keyboard.press("Home")
        all_are(page, first)
        page.keyboard.press("End")
        expect(slider(page)).to_have_attribute("aria-valuetext", "step 60 of 60")
        assert page.evaluate(NOTES) == ["none"] * 2
        all_are(page, end)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_key_plays_and_pauses(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&v=2")
    finished(page)
    play_button(page).focus()
    for key in ("Space", "Enter"):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
        page.keyboard.press(key)
        expect(play_button(page)).to_be_focused()
        expect(slider(page)).not_to_have_attribute("aria-valuetext", "step 60 of 60")


def test_a_new_run_ends_the_film_of_the_one_before(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&training.seed=1&v=2")
    finished(page)
    slider(page).focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"{SCREEN}?.length > 0")
    old_frame = page.evaluate(SCREEN)
    play_button(page).click()
    page.get_by_role("button", name="New seed").click()
    expect(page).to_have_url(re.compile(r"training\.seed=2"))
    page.wait_for_function(f"{SCREEN} === ''")
    expect(play_button(page)).to_be_visible()
    expect(slider(page)).to_have_attribute("aria-valuetext", "step 60 of 60")
    new = finished(page)
    page.evaluate(
        f"text => {{ {SCREEN} = text; document.body.dispatchEvent(new Event('film')); }}",
        old_frame,
    )
    assert pictures(page) == new, "a frame of one run is never drawn into the picture of another"
    slider(page).focus()
    page.keyboard.press("Home")
    all_differ_from(page, new)
    page.keyboard.press("End")
    all_are(page, new)


def test_another_reading_is_another_film(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?loss.name=posted&training.steps=60&v=2")
    finished(page)
    slider(page).focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"{SCREEN}?.length > 0")
    first = page.evaluate(SCREEN).split(";")
    page.get_by_role("button", name=re.compile("Gaussian's E")).click()
    expect(page).to_have_url(re.compile(r"loss\.reading=mean_absolute"))
    page.wait_for_function(f"{SCREEN} === ''")
    finished(page)
    slider(page).focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"{SCREEN}?.length > 0")
    other = page.evaluate(SCREEN).split(";")
    assert other[0] != first[0]
    assert other[1:3] == first[1:3], "the means stay"
    assert other[3] != first[3], "the spread is read otherwise"


def test_little_motion_is_a_few_stills(server: Server, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{server.url}/?training.steps=60&v=2")
    end = finished(page)
    page.evaluate("() => { window.frames = 0; document.body.addEventListener('film', () => { window.frames += 1; }); }")
    play_button(page).click()
    all_differ_from(page, end)
    expect(play_button(page)).to_be_visible()
    all_are(page, end)
    assert page.evaluate("window.frames") <= 10


def test_a_stopped_run_has_the_film_of_what_it_had(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=1000000&training.batch_size=64&training.seed=11&v=2")
    page.get_by_role("button", name=re.compile("Train$")).click()
    expect(page.get_by_text(re.compile(r"Training: step \d{1,3},\d{3} of 1,000,000"))).to_be_visible()
    expect(slider(page)).to_have_count(0)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    end = finished(page)
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(r"^step [\d,]+ of 1,000,000$"))
    slider(page).focus()
    page.keyboard.press("Home")
    expect(slider(page)).to_have_attribute("aria-valuetext", "step 0 of 1,000,000")
    all_differ_from(page, end)
    page.keyboard.press("End")
    all_are(page, end)


def test_on_a_phone_controls_stand_beneath_the_first_chart_and_the_film_before_the_loss(
    server: Server, page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/?training.steps=60&v=2")
    finished(page)
    charts, main = page.get_by_test_id("stVegaLiteChart"), page.get_by_test_id("stMain")
    sigma = main.get_by_role("slider", name="σ, averaged over x")
    expect(sigma).to_be_visible()
    finished(page)
    parts = (charts.nth(0), sigma, charts.nth(1), slider(page), charts.nth(2))
    tops = [place.bounding_box() for place in parts]
    assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in tops)


def test_the_drawn_net_follows_the_film(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/fit?training.steps=60&v=2")
    finished(page)
    page.get_by_text("The network, drawn").click()
    expect(page.get_by_text("Each small curve is a unit over x")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(4)
    slider(page).focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.documentElement.value?.length > 1000")
    first = page.evaluate("document.documentElement.value")
    assert first.split(";")[0] == page.evaluate(SCREEN).split(";")[0], "a frame of the same run"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("first => document.documentElement.value !== first", arg=first)
    page.keyboard.press("End")
    page.wait_for_function("document.documentElement.value === ''")
    expect(page.get_by_test_id("stException")).to_have_count(0)
