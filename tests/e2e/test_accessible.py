"""For everyone: axe-core finds nothing serious, nothing is wider than the window, and a keyboard reaches all."""

import json
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.shared.navigation import PAGES
from tests.e2e.conftest import patient_context
from tests.e2e.server import Server
from tests.e2e.test_fit_page import at_rest, trained

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ADDRESSES = [*(name for name in PAGES if name not in ("start", "ask", "doctor")), "", "tour?class=1"]
# A window of the first size opens each page, and axe is asked there in light and dark; in the second size it is asked
# in one of them, which alternate from page to page; in the others a page must fit.
LAPTOP, LAPTOP_TOO = ((1440, 900), (1280, 720)), ((720, 450),)  # the last is the first at a zoom of 200 %
PHONE, PHONE_TOO = ((390, 844),), ((844, 390),)
TRIES = 20  # a page that still changes is asked again
STOPS = 30  # of Tab, from the top of a page

Sizes = tuple[tuple[int, int], ...]

FIND = """async () => {
  const found = await axe.run({ resultTypes: ["violations"], RULES });
  const serious = found.violations.filter((each) => ["serious", "critical"].includes(each.impact));
  const told = (node) => `${node.html.slice(0, 160)} ${node.failureSummary}`;
  return serious.flatMap((each) => each.nodes.map((node) => `${each.id}: ${told(node)}`));
}"""
EVERYTHING, COLOURS = FIND.replace(", RULES", ""), FIND.replace("RULES", 'runOnly: ["color-contrast"]')
WIDER = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.tagName} is ${each.scrollWidth} wide in ${each.clientWidth}`)"""
UNTOLD = """() => [...document.querySelectorAll("[data-testid=stVegaLiteChart]")]
  .map((chart) => chart.getAttribute("aria-label") ?? "").filter((words) => !/[0-9]/.test(words))"""
COVERED = """() => {
  const at = document.activeElement, { left, top, width, height } = at.getBoundingClientRect();
  const middle = (low, size, most) => Math.min(Math.max(low + size / 2, 1), most - 2);
  const seen = document.elementFromPoint(middle(left, width, innerWidth), middle(top, height, innerHeight));
  const parts = [at, at.closest("label")].filter(Boolean);
  if (at === document.body || parts.some((part) => part.contains(seen) || seen?.contains(part))) return null;
  return `${at.outerHTML.slice(0, 120)} is under ${seen?.outerHTML.slice(0, 120)}`;
}"""


def settles(page: Page, script: str) -> list[str]:
    """What a script finds wrong once the page stands still; it is asked again as long as it finds something."""
    found: list[str] = []
    for _ in range(TRIES):
        at_rest(page)
        found = page.evaluate(script)
        if not found:
            break
        page.wait_for_timeout(250)
    return found


def wrong_with(page: Page, sizes: Sizes, others: Sizes, schemes: tuple[str, str]) -> list[str]:
    """What is wrong with a page in windows of these sizes and in these schemes; in the `others` it must fit alone."""
    page.evaluate(AXE)
    found = settles(page, UNTOLD)
    first, *more = sizes
    asked = [(first, schemes[0], EVERYTHING), (first, schemes[1], COLOURS)]  # all else is the same in both schemes
    asked += [(size, schemes[1], EVERYTHING) for size in more]
    for (width, height), scheme, script in asked:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{width} × {height}, {scheme}: {each}" for each in settles(page, script)]
    for width, height in (*sizes, *others):
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} × {height}: {each}" for each in settles(page, WIDER)]
    return found


@pytest.mark.parametrize(("sizes", "others"), [(LAPTOP, LAPTOP_TOO), (PHONE, PHONE_TOO)], ids=["laptop", "phone"])
def test_every_page_is_for_everyone(server: Server, browser: Browser, sizes: Sizes, others: Sizes) -> None:
    """axe-core finds nothing serious, each chart says what is seen on it, one main heading, nothing too wide."""
    width, height = sizes[0]
    wrong: dict[str, list[str]] = {}
    schemes = ("light", "dark")
    with patient_context(browser, viewport={"width": width, "height": height}, color_scheme="light") as context:
        page = context.new_page()
        page.goto(f"{server.url}/fit")
        trained(page)
        for address in ADDRESSES:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{server.url}/{address}")
            expect(page.locator("h1")).to_have_count(1)
            if found := wrong_with(page, sizes, others, schemes):
                wrong[address] = found
            schemes = (schemes[1], schemes[0])  # a page begins in the scheme that the one before ended in
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_a_keyboard_goes_from_control_to_control(server: Server, browser: Browser) -> None:
    """No "?" is a stop of Tab, Shift+Tab leads to a control's own; nothing with the focus is covered; nothing moves."""
    with patient_context(browser, viewport={"width": 720, "height": 450}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{server.url}/fit")
        trained(page)
        at_rest(page)
        seen: list[str] = []
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            focused = page.evaluate("() => document.activeElement.getAttribute('aria-label') ?? ''")
            assert not focused.startswith("Help for"), focused
            assert page.evaluate(COVERED) is None, page.evaluate(COVERED)
            seen.append(focused)
        assert len(set(seen)) > STOPS / 3
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{server.url}/fit")  # with its sidebar
        trained(page)
        with_help = page.locator(".stSidebar [data-testid=stElementContainer]:has(button[aria-label^='Help for'])")
        control = with_help.locator("input").first
        control.focus()
        page.keyboard.press("Shift+Tab")
        expect(page.locator("button[aria-label^='Help for']:focus")).to_have_count(1)
        expect(page.get_by_test_id("stTooltipContent").first).to_be_visible()
        moving = (
            "() => [...document.querySelectorAll('.stMain *')].filter((each) => "
            "parseFloat(getComputedStyle(each).transitionDuration) > 0.01).length"
        )
        assert page.evaluate(moving) == 0
