"""Two people at one server, each with a browser of their own: what is one's the other sees only if it is shared."""

import json
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import patient_context
from tests.e2e.server import Server, running_server
from tests.e2e.test_fit_page import at_rest, no_error, trained
from tests.e2e.test_runs_page import listed, open_runs, tick

ROWS = "height,wealth\n" + "\n".join(f"{i},{i * 7 % 11}" for i in range(60))
QUICK = "training.steps=60&v=2"


@pytest.fixture
def two(browser: Browser, tmp_path: Path):
    """A server, and the pages of two people."""
    with running_server(tmp_path) as server, patient_context(browser) as anna, patient_context(browser) as bert:
        yield server, anna.new_page(), bert.new_page()


def bring_table(server: Server, page: Page) -> str:
    """Upload a table on the Data page; returns its key."""
    page.goto(f"{server.url}/data?{QUICK}")
    at_rest(page)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
        {"name": "patients of anna.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    page.wait_for_url("**data.csv=**")
    return page.url.partition("data.csv=")[2].partition("&")[0]


def shared_list(page: Page) -> None:
    page.get_by_role("radio", name="Shared").click()
    expect(page.get_by_text("Everybody who opens this server sees them.")).to_be_visible()
    at_rest(page)


@pytest.mark.long
def test_runs_and_tables_are_of_those_who_brought_them_until_they_are_shared(two) -> None:
    server, anna, bert = two
    key = bring_table(server, anna)
    link = f"?data.table=own&data.csv={key}&{QUICK}"
    anna.goto(f"{server.url}/fit{link}")
    trained(anna)
    open_runs(server, anna)
    listed(anna, 1)
    expect(anna.get_by_text("Only this browser sees them")).to_be_visible()
    assert key not in anna.content(), "keys of tables are not shown"
    bert.goto(f"{server.url}/fit{link}")
    expect(bert.get_by_text("is not here, or is not shared with you")).to_be_visible()
    assert "patients" not in bert.content()
    open_runs(server, bert)
    expect(bert.get_by_text("No run is kept yet")).to_be_visible()
    # Anna shares it, with its rows.
    tick(anna, 0)
    anna.get_by_role("button", name="Share").click()
    at_rest(anna)
    anna.get_by_text("Also the rows of its table").click()
    at_rest(anna)
    anna.get_by_role("button", name="Share this run").click()
    expect(anna.get_by_text("1 run is shared now.")).to_be_visible()
    open_runs(server, bert)
    shared_list(bert)
    listed(bert, 1)
    tick(bert, 0)
    expect(bert.get_by_role("button", name="Stop sharing")).to_be_disabled()
    bert.get_by_role("button", name="Reopen").click()
    trained(bert)
    no_error(bert)
    # and takes it back
    open_runs(server, anna)
    shared_list(anna)
    tick(anna, 0)
    anna.get_by_role("button", name="Stop sharing").click()
    expect(anna.get_by_text("Nobody has shared a run yet")).to_be_visible()
    anna.goto(f"{server.url}/data{link}")
    no_error(anna)


def cookie(context: BrowserContext) -> dict:
    (found,) = [each for each in context.cookies() if each["name"] == "heteroscope"]
    return found


def test_a_browser_keeps_its_runs_when_the_server_starts_again(browser: Browser, tmp_path: Path) -> None:
    with patient_context(browser) as context:
        page = context.new_page()
        with running_server(tmp_path) as server:
            page.goto(f"{server.url}/?noise.scale=0.3&{QUICK}")
            trained(page)
            made = cookie(context)
            assert made["httpOnly"]
            assert made["sameSite"] == "Lax"
            assert len(made["value"]) == 43
        with running_server(tmp_path) as server:
            open_runs(server, page)
            listed(page, 1)
            assert cookie(context)["value"] == made["value"]
            # With a cookie that nobody has made one is nobody else, and nothing breaks.
            for value in ("x", made["value"][:-1] + "!", "a" * 3000, "%00", made["value"].swapcase()):
                context.clear_cookies()
                context.add_cookies([{"name": "heteroscope", "value": value, "url": server.url}])
                open_runs(server, page)
                expect(page.get_by_text("No run is kept yet")).to_be_visible()
            assert "Traceback" not in server.log()


def test_one_list_for_all_where_the_host_says_so(browser: Browser, tmp_path: Path) -> None:
    with (
        running_server(tmp_path, HETEROSCOPE_SPACES="one") as server,
        patient_context(browser) as one,
        patient_context(browser) as other,
    ):
        page = one.new_page()
        page.goto(f"{server.url}/?noise.scale=0.3&{QUICK}")
        trained(page)
        page = other.new_page()
        open_runs(server, page)
        listed(page, 1)
        expect(page.get_by_role("radio", name="Shared")).to_have_count(0)


@pytest.mark.parametrize(
    "header",
    ["heteroscope=", "heteroscope=x; heteroscope=y", "=;;=", "a" * 8000, 'heteroscope="\\', "heteroscope=\tx"],
)
def test_a_hostile_cookie_is_replaced(server: Server, header: str) -> None:
    asked = urllib.request.Request(f"{server.url}/runs", headers={"Cookie": header, "Accept": "text/html"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200
        assert "heteroscope=" in answer.headers["Set-Cookie"]
        assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "Traceback" not in json.dumps(server.log())
