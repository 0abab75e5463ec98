"""The Ask page: a few numbers about a run that was trained elsewhere, and the diagnosis beside them."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.server import Server
from tests.e2e.test_fit_page import no_error, settled, trained
from tests.e2e.test_pages import open_page

POSTED = "The loss is fine; what you call a variance is not one"


def headline(page: Page, words: str) -> None:
    expect(page.locator(".st-key-diagnosis h3").filter(has_text=words)).to_be_visible()


def test_a_cold_page_answers_the_question(cold_server: Server, fresh_page: Page) -> None:
    page = fresh_page
    page.goto(f"{cold_server.url}/ask")
    headline(page, POSTED)
    expect(page.locator(".st-key-diagnosis").get_by_text("0.216").first).to_be_visible()
    expect(page.locator(".st-key-readings tr")).to_have_count(5)
    expect(page.get_by_test_id("stCode")).to_contain_text("0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s")
    expect(page).to_have_url(f"{cold_server.url}/ask")
    no_error(page)


def test_an_example_fills_the_form_and_the_link(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/ask")
    headline(page, POSTED)
    page.get_by_role("button", name="Negative and fine").click()
    headline(page, "Negative and fine")
    expect(page.get_by_role("spinbutton", name="Loss value")).to_have_value("-1.1")
    expect(page).to_have_url(f"{server.url}/ask?ask.loss=gaussian_nll&ask.value=-1.1&ask.variance=0.04")
    page.get_by_text("My loss includes ½ log 2π").click()
    headline(page, "These two numbers do not belong together")
    no_error(page)


def test_a_link_opens_its_question(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/ask?ask.loss=gaussian_nll&ask.value=-1.1&ask.variance=&ask.noise=0.3")
    headline(page, "Lower than is possible")
    no_error(page)


def test_a_bad_formula_is_one_sentence(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/ask?ask.loss=typed&ask.value=-1.1")
    field, alert = page.get_by_role("textbox", name="Formula", exact=True), page.get_by_test_id("stAlert")
    for formula, words in (("__import__('os')", "__import__"), ("1/0", "zero"), ("0.5*exp(-s)*r**2 + z", "z")):
        field.fill(formula)
        field.press("Enter")
        expect(alert).to_contain_text("cannot be")
        expect(alert).to_contain_text(words)
        field.fill("0.5*exp(-s)*r**2 + 0.5*s")
        field.press("Enter")
        expect(alert).to_have_count(0)
        expect(page.locator(".st-key-diagnosis").get_by_text("By this formula exp(s) learns")).to_be_visible()
    no_error(page)


def test_a_hostile_link_is_refused_in_words(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/ask?ask.value=nan&ask.std=-1&ask.loss=%3Cscript%3E&other=1")
    for words in ("ask.value cannot be", "ask.std cannot be", "ask.loss cannot be", "there is no such setting"):
        expect(page.get_by_test_id("stAlert")).to_contain_text(words)
    headline(page, POSTED)
    no_error(page)


def test_the_experiment_of_other_pages_is_kept(server: Server, page: Page) -> None:
    link = "?noise.scale=0.3&training.steps=60&v=2"
    page.goto(f"{server.url}/{link}")
    trained(page)
    open_page(page, "Ask")
    headline(page, POSTED)
    settled(page)
    open_page(page, "Fit")
    expect(page).to_have_url(f"{server.url}/{link}")
    trained(page)
    no_error(page)


def test_a_link_of_the_laboratory_is_kept_for_the_other_pages(server: Server, page: Page) -> None:
    link = "noise.scale=0.3&training.steps=60&v=2"
    page.goto(f"{server.url}/ask?{link}&ask.value=-1.1")
    expect(page.get_by_role("spinbutton", name="Loss value")).to_have_value("-1.1")
    expect(page.locator("[data-testid=stAlert]")).to_have_count(0)
    open_page(page, "Fit")
    expect(page).to_have_url(f"{server.url}/?{link}")
    trained(page)
    no_error(page)


def test_a_phone_has_one_column(browser: Browser, server: Server) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{server.url}/ask")
        headline(page, POSTED)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        form, answer = page.get_by_role("spinbutton", name="Std of y"), page.locator(".st-key-diagnosis")
        assert form.bounding_box()["y"] < answer.bounding_box()["y"]
        no_error(page)
