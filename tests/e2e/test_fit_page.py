"""The Fit page in a real browser: cold at a deep link, a slider, Stop, reload, restart, wrong links, two windows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.shared.state import SETTLES_S
from tests.e2e.conftest import patient_context
from tests.e2e.server import Server, running_server

LONG = "?training.steps=1000000&training.batch_size=64&v=2"
UNDER_WAY = re.compile(r"Training: step \d{1,3},\d{3} of 1,000,000")  # a thousand steps at least


def figure(page: Page, label: str) -> str:
    """What the row of scores says under a label, once it says anything."""
    expect(page.get_by_test_id("stMetric")).to_have_count(6)  # for an instant, old figures stand beside new ones
    value = page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").first
    expect(value).not_to_have_text("–")
    return value.inner_text()


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "").replace(",", "").strip())


def trained(page: Page) -> None:
    """Wait until the page shows a finished run."""
    expect(page.get_by_text("Trained in").first).to_be_visible()
    figure(page, "Trained in")


def at_rest(page: Page) -> None:
    """Wait until the script has ended that the last change began: what it has changed is to be seen by now."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()


def settled(page: Page) -> None:
    """Wait until the app takes another address for one that a person has gone back to."""
    at_rest(page)
    page.wait_for_timeout(1000 * SETTLES_S)


def press_train(page: Page) -> None:
    """Start a long run, once the page stands still."""
    expect(page.get_by_text("Not trained yet")).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    page.get_by_role("button", name=re.compile("Train$")).click()
    expect(page.get_by_text(UNDER_WAY)).to_be_visible()


def no_error(page: Page) -> None:
    assert page.get_by_test_id("stException").count() == 0


def test_a_cold_deep_link_opens_its_experiment(server: Server, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.url}/?noise.scale=0.3&training.seed=7&v=2")
    trained(page)
    assert abs(number(figure(page, "RMSE")) - 0.3) < 0.02
    assert number(figure(page, "Gap to truth")) < 0.01
    assert 93 < number(figure(page, "95 % covers")) < 97
    expect(page.get_by_role("slider", name="σ, averaged over x")).to_have_attribute("aria-valuetext", "0.3")
    assert "noise.scale=0.3" in page.url
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    no_error(page)
    assert complaints == []


def test_a_moved_slider_trains_anew_and_writes_the_link(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/fit?v=2")
    trained(page)
    before = figure(page, "NLL, full")
    slider = page.get_by_role("slider", name="σ, averaged over x")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"noise\.scale=0\.3"))
    expect(page.get_by_test_id("stMetric").filter(has_text="NLL, full").first).not_to_contain_text(before)
    assert abs(number(figure(page, "RMSE")) - 0.3) < 0.02
    no_error(page)


def test_stop_keeps_what_a_long_run_had_and_a_reload_finds_it(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/{LONG}")
    press_train(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped before the end")).to_be_visible()
    kept = page.get_by_text(re.compile(r"Stopped at step [\d,]+ of 1,000,000")).inner_text()
    no_error(page)
    page.reload()
    expect(page.get_by_text(kept)).to_be_visible()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()


def test_a_restarted_server_shows_the_kept_run_and_a_killed_one_leaves_no_worker_behind(
    browser: Browser, tmp_path: Path
) -> None:
    said = []
    for kills in (True, False):
        with running_server(tmp_path) as server, patient_context(browser) as context:
            page = context.new_page()
            page.goto(f"{server.url}/fit?data.n=300&training.steps=50&v=2")
            trained(page)
            said.append([figure(page, label) for label in ("NLL, full", "Gap to truth", "Trained in")])
            assert "/fit?data.n=300" in page.url
            expect(page.get_by_role("dialog")).to_have_count(0)
            no_error(page)
            log = server.log()
            assert "Traceback" not in log, log
            if kills:
                at_rest(page)
                workers = server.descendants()
                assert len(workers) >= 2
                server.process.kill()
                _, alive = psutil.wait_procs(workers, timeout=15)
                assert alive == []
    assert said[0] == said[1]


@contextmanager
def slow_computer(page: Page) -> Iterator[None]:
    """The browser computes a quarter as fast meanwhile."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    yield
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def test_an_edit_before_the_page_stands_changes_nothing_else(server: Server, fresh_page: Page) -> None:
    page, changed = fresh_page, f"{server.url}/?noise.scale=0.3&training.steps=871&v=2"
    with slow_computer(page):
        page.goto(f"{server.url}/?training.steps=871&v=2")
        page.get_by_role("slider", name="σ, averaged over x").focus()
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(changed)
    trained(page)
    at_rest(page)
    expect(page).to_have_url(changed)


def test_an_edit_right_after_a_button_loses_neither(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=881&v=2")
    trained(page)
    page.get_by_role("slider", name="σ, averaged over x").focus()
    for seed, scale, after_ms in ((1, "0.3", 0), (2, "0.4", 100), (3, "0.5", 200)):
        with slow_computer(page):
            page.get_by_role("button", name="New seed").dispatch_event("click")
            page.wait_for_timeout(after_ms)
            page.keyboard.press("ArrowRight")
            both = f"{server.url}/?data.seed={seed}&noise.scale={scale}&training.steps=881&training.seed={seed}&v=2"
            expect(page).to_have_url(both)
        trained(page)
        at_rest(page)
        expect(page).to_have_url(both)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("noise.scale=-3", "σ, averaged over x cannot be"),
        ("a=1&![x](http://127.0.0.1:9/x.png)=2", "are not settings"),
    ],
)
def test_a_wrong_link_is_named_and_the_rest_opens(server: Server, page: Page, query: str, words: str) -> None:
    page.goto(f"{server.url}/?{query}&training.steps=60")
    alert = page.get_by_test_id("stAlert").filter(has_text=words)
    expect(alert).to_be_visible()
    assert alert.locator("img, a").count() == 0, "words of a visitor stay words"
    trained(page)
    assert "training.steps=60" in page.url
    no_error(page)


def test_two_windows_watch_one_run(server: Server, browser: Browser) -> None:
    address = f"{server.url}/{LONG}&training.seed=5"
    with patient_context(browser) as one, patient_context(browser) as other:
        first, second = one.new_page(), other.new_page()
        first.goto(address)
        press_train(first)
        second.goto(address)
        expect(second.get_by_text(re.compile("Training: step"))).to_be_visible()
        first.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
        expect(first.get_by_text("Other people are watching it, so it continues.")).to_be_visible()
        expect(second.get_by_text(re.compile("Training: step"))).to_be_visible()
        second.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
        expect(second.get_by_text("Stopped before the end")).to_be_visible()


def test_wrong_layers_are_said_beside_their_control_and_nothing_is_lost(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&v=2")
    trained(page)
    page.get_by_role("button", name="More settings · 1 changed").click()
    expect(page.get_by_text("Other than in the preset: Steps.")).to_be_visible()
    page.get_by_text("Network", exact=True).click()
    layers = page.get_by_role("textbox", name="Hidden layers")
    layers.fill("32, many")
    layers.press("Enter")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_test_id("stAlert").filter(has_text="Hidden layers")).to_be_visible()
    expect(layers).to_have_value("32, many")
    layers.fill("16, 16")
    layers.press("Enter")
    expect(page).to_have_url(re.compile("network.layers=16%2C16|network.layers=16,16"))
    trained(page)
    no_error(page)


def test_presets_and_seeds(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&training.seed=41&v=2")
    trained(page)
    page.get_by_role("button", name="New seed").click()
    expect(page).to_have_url(re.compile(r"training\.seed=42"))
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page).not_to_have_url(re.compile(r"training\.steps"))
    assert "training.seed=42" in page.url, "Reset never changes a seed"
    trained(page)
    no_error(page)


def test_the_misread_variance_is_fixed_by_one_click(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?loss.name=posted&v=2")
    trained(page)
    expect(page.get_by_text("the variance is read wrongly")).to_be_visible()
    assert number(figure(page, "Gap to truth")) > 0.25
    page.get_by_role("button", name=re.compile("Gaussian's E")).click()
    expect(page).to_have_url(re.compile(r"loss\.reading=mean_absolute"))
    expect(page.get_by_test_id("stMetric").filter(has_text="Gap to truth").first).to_contain_text("0.00")
    no_error(page)


def test_a_new_target_brings_its_range_and_noise(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&v=2")
    trained(page)
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_role("button", name="Fewer settings")).to_be_visible()
    at_rest(page)  # a click on what is drawn anew is lost
    page.get_by_test_id("stSidebar").get_by_text("Data", exact=True).click()
    expect(page.get_by_role("combobox", name="True mean f(x)")).to_be_visible()
    at_rest(page)
    page.get_by_role("combobox", name="True mean f(x)").click()
    page.get_by_role("option", name="Cubic").click()
    expect(page).to_have_url(re.compile("data.target=cubic"))
    expect(page.get_by_test_id("stNumberInput").filter(has_text="x from").locator("input")).to_have_value("-4.00")
    expect(page.get_by_role("slider", name="σ, averaged over x")).to_have_attribute("aria-valuetext", "3")
    assert "x_max" not in page.url
    no_error(page)


def test_the_last_of_many_quick_changes_wins(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/fit?v=2")
    trained(page)
    slider = page.get_by_role("slider", name="σ, averaged over x")
    slider.focus()
    for _ in range(8):
        slider.press("ArrowRight")
        page.wait_for_timeout(120)
    expect(slider).to_have_attribute("aria-valuetext", "2")
    expect(page).to_have_url(re.compile(r"noise\.scale=2\.0"))
    for _ in range(6):
        page.get_by_role("button", name="New seed").click()
    expect(page).to_have_url(re.compile(r"data\.seed=[1-6]&"))  # two clicks at once may count as one
    rmse = page.get_by_test_id("stMetric").filter(has_text="RMSE").get_by_test_id("stMetricValue").first
    expect(rmse).to_have_text(re.compile(r"^(1\.9|2\.0)"))
    expect(page.get_by_text("Stopped before the end")).to_have_count(0)
    no_error(page)


def test_back_goes_back(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?training.steps=60&v=2")
    trained(page)
    before, nll = figure(page, "NLL, full"), page.get_by_test_id("stMetric").filter(has_text="NLL, full").first
    page.get_by_role("button", name="New seed").click()
    expect(page).to_have_url(re.compile(r"training\.seed=1"))
    expect(nll).not_to_contain_text(before)
    trained(page)
    settled(page)
    page.go_back()
    expect(page).not_to_have_url(re.compile(r"training\.seed=1"))
    expect(nll).to_contain_text(before)
    trained(page)
    at_rest(page)
    assert "training.seed=1" not in page.url, "the older link stays"
    no_error(page)


def test_after_the_last_seed_comes_the_first(server: Server, page: Page) -> None:
    last = 2**31 - 1
    page.goto(f"{server.url}/?data.seed={last}&training.seed={last}&training.steps=60&v=2")
    trained(page)
    page.get_by_role("button", name="New seed").click()
    expect(page).not_to_have_url(re.compile("seed"))
    no_error(page)
