"""Start in a real browser: a loss is answered on the spot; a table is read, trained on and predicted with intervals."""

import json
import re
import urllib.request

import numpy as np
from playwright.sync_api import Page, expect

from tests.e2e.server import Server
from tests.e2e.test_fit_page import at_rest, no_error

BOX = "Your loss, as code or as a formula"
QUESTION = "Why is my loss negative, and why does my variance look wrong?"


def answered(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator(".st-key-start-answer").get_by_text(words).first).to_be_visible()


def ask(page: Page, code: str, *numbers: str) -> None:
    page.get_by_role("textbox", name=BOX).fill(code)
    for label, value in zip(("Loss value", "Std of y", "Predicted variance"), numbers, strict=False):
        page.get_by_role("textbox", name=label).fill(value)
    page.get_by_role("button", name="Check it").click()


def test_a_loss_is_answered_on_the_spot_and_opens_in_full(server: Server, page: Page) -> None:
    page.goto(server.url)
    expect(page.get_by_test_id("stMain").get_by_role("heading", name=QUESTION, level=1)).to_be_visible()
    expect(page.locator("#first-words")).to_have_count(0)
    page.get_by_role("button", name="Check it").click()
    answered(page, "Paste your loss or type a number first")
    page.get_by_role("button", name="Try an example").click()
    answered(page, re.compile("E.r."))
    ask(page, "loss <- mean(r^2)")
    answered(page, "This looks like R")
    ask(page, "", "−0,9", "0,83", "0,16")
    answered(page, "No code was given")
    answered(page, "comma was read as a decimal point")
    answered(page, "0.247")  # the σ on which a perfect model has this loss
    page.get_by_role("button", name="Open the full check").click()
    expect(page).to_have_url(re.compile(r"/check\?.*check\.value=-0\.9"))
    expect(page.get_by_role("spinbutton", name="Loss value")).to_have_value("-0.9")
    page.get_by_role("link", name="Start").first.click()
    expect(page.get_by_role("textbox", name="Loss value")).to_have_value("−0,9")
    no_error(page)


def test_a_table_is_predicted_with_intervals(server: Server, page: Page) -> None:
    rng = np.random.default_rng(0)
    x, z = rng.uniform(0, 10, 60), rng.normal(size=60)
    rows = [f"{a:.3f},{b:.3f},{a + (0.1 + 0.1 * a) * b:.3f}" for a, b in zip(x, z, strict=True)]
    page.goto(server.url)
    box = page.locator(".st-key-start-table")
    broken = {"name": "broken.csv", "mimeType": "text/csv", "buffer": b"\x00\x01\x02"}
    box.locator("input[type=file]").set_input_files(broken)
    expect(box.get_by_test_id("stAlert")).to_contain_text("broken.csv")
    table = {"name": "mine.csv", "mimeType": "text/csv", "buffer": "\n".join(["dose,age,response", *rows]).encode()}
    box.locator("input[type=file]").set_input_files(table)
    expect(box.get_by_text("60 rows, 3 columns")).to_be_visible()
    expect(box.get_by_text("From dose, age")).to_be_visible()
    at_rest(page)
    page.get_by_role("button", name="Train and predict with intervals").click()
    expect(page).to_have_url(re.compile(r"/predict\?data\.table=own"))
    expect(page.get_by_text("95 % interval").first).to_be_visible()
    no_error(page)


def test_a_host_may_ask_whether_it_works_before_anybody_came(cold_server: Server) -> None:
    for path, parts in (("readyz", ("store", "workers")), ("healthz", ("store", "workers", "training"))):
        with urllib.request.urlopen(f"{cold_server.url}/{path}", timeout=60) as answer:
            words = json.load(answer)
        assert words["status"] == "ok", words
        assert all(words[part] == "ok" for part in parts)
    with urllib.request.urlopen(f"{cold_server.url}/metrics", timeout=60) as answer:
        assert re.search(rb"^heteroscope_workers [1-9]", answer.read(), re.MULTILINE)
