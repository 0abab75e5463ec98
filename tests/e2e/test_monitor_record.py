"""The record of a monitor, opened on the page Check a loss in a real browser: one file brings code, log and points."""

from playwright.sync_api import Page, expect

from core import Monitor
from tests.core.monitor.loops import GAUSSIAN, watched
from tests.e2e.server import Server
from tests.e2e.test_check_page import CODE, answer, open_section
from tests.e2e.test_fit_page import no_error


def test_a_record_brings_code_log_and_predictions(server: Server, page: Page) -> None:
    record = watched(Monitor(GAUSSIAN, tell=None), steps=300).record().encode()
    page.goto(f"{server.url}/check")
    open_section(page, "A training log")
    file = {"name": "record.json", "mimeType": "application/json", "buffer": record}
    page.locator(".st-key-log input[type=file]").set_input_files(file)
    answer(page, "Your predictions")
    answer(page, "Your log")
    expect(page.get_by_role("textbox", name=CODE)).to_have_value(GAUSSIAN)
    answer(page, "The loss stays where it started")  # a perfect model from the first step on
    expect(page.locator(".st-key-log").get_by_text("Recorded by a monitor over 300 steps.")).to_be_visible()
    no_error(page)
