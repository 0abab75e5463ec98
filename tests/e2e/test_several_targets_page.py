"""Several targets in a real browser: chosen on the Data page, trained as one net, shown one at a time."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.server import Server
from tests.e2e.test_fit_page import at_rest, figure, no_error, number, trained
from tests.e2e.test_pages import open_page


def test_another_target_is_shown_without_training(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?data.table=cars&training.steps=300&training.seed=5&v=2")
    page.get_by_role("combobox", name="Further targets").click()
    page.get_by_role("option", name="weight").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("data.y=mpg&data.also=weight"))
    page.get_by_role("button", name="Fit it").click()
    trained(page)
    at_rest(page)
    mileage, seconds = number(figure(page, "RMSE")), figure(page, "Trained in")
    page.get_by_role("combobox", name="Target shown").click()
    page.get_by_role("option", name="weight").click()
    expect(page).to_have_url(re.compile("data.y=weight&data.also=mpg"))
    trained(page)
    at_rest(page)
    assert number(figure(page, "RMSE")) > 50 * mileage, "pounds, not miles per gallon"
    assert figure(page, "Trained in") == seconds
    no_error(page)
    open_page(page, "predict")
    expect(page.get_by_text("Mean of weight")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "new.csv", "mimeType": "text/csv", "buffer": b"horsepower\n90\n120\n"}
    )
    expect(page.get_by_text("2 rows predicted.")).to_be_visible()
    no_error(page)
