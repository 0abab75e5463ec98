"""The Loss doctor in a real browser: a cold link, formulas typed and refused, examples, predicted beside trained."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.server import Server


def field_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Or type one")


def type_formula(page: Page, formula: str) -> None:
    field = field_of(page)
    field.fill(formula)
    field.press("Enter")


def predicted(page: Page) -> str:
    table = page.locator(".st-key-table-predicted")
    expect(table).to_contain_text("loss on new points")
    return table.inner_text()


def test_a_cold_link_to_a_typed_formula_opens_it(cold_server: Server, fresh_page: Page) -> None:
    """Links to the other pages are there too."""
    page = fresh_page
    page.goto(f"{cold_server.url}/doctor?loss.name=typed&loss.formula=exp(-s)*abs(r)%2Bs&v=2")
    expect(page.get_by_text("The spread comes out wrong, as it is read")).to_be_visible()
    expect(field_of(page)).to_have_value("exp(-s)*abs(r) + s")
    expect(page.get_by_text("exp(s) learns E|r|: 0.160, where σ is 0.200.")).to_be_visible()
    page.get_by_test_id("stTopNavLink").filter(has_text="Fit").click()
    expect(page.get_by_text("Trained in").first).to_be_visible()


def test_a_typed_formula_is_examined_and_trained(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/doctor")
    expect(page.get_by_text("The spread comes out right")).to_be_visible()
    type_formula(page, "exp(-s)*r^2 + 0.5*s")
    expect(page.get_by_text("exp(s) learns 2σ²: 0.0800, where σ² is 0.0400.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"loss\.formula=exp"))
    expect(field_of(page)).to_have_value("exp(-s)*r**2 + 0.5*s")
    row = page.locator(".st-key-table-predicted tr").filter(has=page.get_by_text("exp(s)", exact=True)).locator("td")
    expect(row.nth(1)).to_have_text("0.0800")
    expect(row.nth(2)).to_have_text(re.compile(r"^[\d.]+$"))  # once it is trained
    assert float(row.nth(2).inner_text()) == pytest.approx(0.08, rel=0.05)


NO_FORMULAS = {
    "__import__('os')": "no such name",
    "(1).__class__": "cannot be read at character 4",
    "9**9**9": "a constant exponent lies between",
    "sigmund*r": "no such name",
    "r/0": "nothing can be divided by zero",
    "<b>r</b>": "cannot be read at character 1",
    "(" * 10_000: "loss.formula cannot be",
    "   ": "there is no formula",
}


def test_what_is_no_formula_is_refused_in_a_sentence(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/doctor")
    expect(page.get_by_text("The spread comes out right")).to_be_visible()
    alert = page.get_by_test_id("stAlert")
    for formula, said in NO_FORMULAS.items():
        type_formula(page, formula)
        expect(alert).to_contain_text(said)
        expect(field_of(page)).to_have_value(formula)
        assert page.get_by_test_id("stException").count() == 0
        page.get_by_role("button", name="Log std", exact=True).click()
        expect(alert).to_have_count(0)
        expect(page.get_by_text("exp(s) learns σ: 0.200.")).to_be_visible()


def test_a_loss_without_an_end_says_so_and_is_mended_by_a_click(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/doctor?loss.name=wrong_sign&v=2")
    expect(page.get_by_text("This loss falls for ever")).to_be_visible()
    page.get_by_role("button", name="Use Gaussian NLL").click()
    expect(page.get_by_text("The spread comes out right")).to_be_visible()
    assert "exp(s)" in predicted(page)


def test_a_refusal_goes_when_another_loss_is_chosen_or_the_page_is_left(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/doctor?loss.name=posted&v=2")
    expect(page.get_by_text("The spread comes out wrong, as it is read")).to_be_visible()
    type_formula(page, "sigmund*r")
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("no such name")
    page.get_by_role("button", name="Use Gaussian NLL").click()
    expect(alert).to_have_count(0)
    expect(field_of(page)).to_have_value("")
    type_formula(page, "sigmund*r")
    expect(alert).to_contain_text("no such name")
    page.get_by_role("link", name="Compare").first.click()
    page.get_by_role("link", name="Loss doctor").first.click()
    expect(page.get_by_text("The spread comes out right")).to_be_visible()
    expect(alert).to_have_count(0)


def test_a_loss_stands_beside_the_sound_one_by_a_click(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/doctor?loss.name=no_half_residual&training.steps=60&v=2")
    page.get_by_role("button", name="Compare with the sound loss").click()
    expect(page).to_have_url(
        f"{server.url}/compare?training.steps=60&v=2&pin=loss.name%3Dno_half_residual%26training.steps%3D60%26v%3D2"
    )
    expect(page.locator(".st-key-differences table")).to_contain_text("No ½ on the residual")
