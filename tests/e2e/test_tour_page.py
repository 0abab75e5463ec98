"""The tour in a real browser: walked by keyboard in class mode, and opened by a link that is wrong."""

from playwright.sync_api import Page, expect

from core.tour.contents import LAST, LAST_TITLE
from core.tour.tour_table import STEPS
from tests.e2e.server import Server
from tests.e2e.test_fit_page import at_rest, no_error

LAPTOP, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
OVERFLOW = "e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth]"


def heading(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def overflow(page: Page) -> tuple[int, int]:
    """How many pixels of the page are outside the window: below it, and to the right."""
    down, right = page.get_by_test_id("stMain").evaluate(OVERFLOW)
    return down, right


def test_a_class_walks_it_by_keyboard_on_a_server_never_opened_at_its_root(
    cold_server: Server, fresh_page: Page
) -> None:
    page, names = fresh_page, list(STEPS)
    page.set_viewport_size(LAPTOP)
    page.goto(f"{cold_server.url}/tour?class=1")
    for name, after in zip(names, [*names[1:], LAST], strict=True):
        heading(page, STEPS[name].title)
        if name != names[-1]:  # which trains for seconds: whoever walks on need not wait
            expect(page.locator(".st-key-tour-sentence p")).to_be_visible()
            expect(page.get_by_test_id("stVegaLiteChart").locator("canvas").first).to_be_visible()
            expect(page.get_by_role("img", name=f"QR code of {cold_server.url}/tour?step={name}")).to_be_visible()
            assert overflow(page) == (0, 0)
        if name == "floor":
            slider = page.get_by_role("slider", name="σ of the noise")
            slider.focus()
            slider.press("ArrowRight")  # belongs to the slider
            expect(page.locator(".st-key-tour-sentence")).to_contain_text("σ = 0.5")
            page.get_by_text(STEPS[name].questions[1].ask).click()
            expect(page.get_by_text("0.242")).to_be_visible()
            heading(page, STEPS[name].title)
            slider.blur()
        page.locator("body").press("ArrowRight")
        expect(page).to_have_url(f"{cold_server.url}/tour?step={after}&class=1")
    heading(page, LAST_TITLE)
    for _ in range(2):  # at once: none is lost
        page.locator("body").press("ArrowLeft")
    heading(page, STEPS[names[-2]].title)
    page.go_back()
    heading(page, STEPS[names[-1]].title)
    no_error(page)


def test_a_link_to_no_step_opens_the_first_and_says_so(server: Server, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{server.url}/tour?step=nope&class=banana")
    heading(page, STEPS["noise"].title)
    expect(page.get_by_text("The tour has no step “nope”: this is its first one.")).to_be_visible()
    expect(page.get_by_text("“class” is 1 or 0, not “banana”: class mode is off.")).to_be_visible()
    expect(page.locator(".st-key-tour-sentence p")).to_be_visible()
    at_rest(page)  # a click on what is drawn anew is lost
    page.wait_for_function("[...document.querySelectorAll('.stMain')].every(e => e.scrollWidth <= e.clientWidth)")
    page.get_by_role("link", name="Next").click()
    heading(page, STEPS["crossing"].title)
    expect(page).to_have_url(f"{server.url}/tour?step=crossing")
    expect(page.get_by_text("no step")).to_have_count(0)
    no_error(page)
