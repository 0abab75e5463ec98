"""The glossary: a term opens its meaning on the page, by key and by click, and all terms can be searched."""

import re

from playwright.sync_api import Page, expect

from core.glossary.glossary import GLOSSARY
from tests.e2e.server import Server
from tests.e2e.test_fit_page import no_error


def test_a_term_opens_its_meaning_by_key_and_by_click(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/check")
    term = page.locator('a[href^="glossary#"]', has_text="residual").first
    expect(term).to_have_attribute("title", GLOSSARY["residual"].meaning)
    meaning, pages = page.get_by_role("dialog"), len(page.context.pages)
    expect(page.locator(".definition")).to_be_attached()
    term.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_contain_text(GLOSSARY["residual"].meaning)
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(term).to_be_focused()
    term.click()
    expect(meaning).to_be_visible()
    assert len(page.context.pages) == pages, "a click opens no other page"
    with page.context.expect_page() as opened:
        meaning.get_by_role("link", name="More in the glossary").click()
    heading = opened.value.get_by_role("heading", name="residual", exact=True)
    expect(heading).to_be_in_viewport()
    opened.value.close()
    no_error(page)


def test_the_glossary_is_searched(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/glossary")
    names = page.locator(".st-key-glossary h2")
    expect(names).to_have_count(len(GLOSSARY))
    search = page.get_by_role("textbox", name="Search")
    search.fill("nats")
    search.press("Enter")
    expect(names.first).to_have_text(re.compile("^nat$"))
    search.fill("<script>")
    search.press("Enter")
    expect(page.get_by_text("No term matches “<script>”")).to_be_visible()
    page.get_by_role("button", name="Show all terms").click()
    expect(names).to_have_count(len(GLOSSARY))
    no_error(page)
