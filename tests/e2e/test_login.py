"""People who log in: their runs are theirs on every browser, and an administrator sees what trains and stops it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import patient_context
from tests.e2e.server import Server, free_port, running_server
from tests.e2e.test_fit_page import no_error, trained
from tests.e2e.test_runs_page import listed, open_runs
from tests.oidc import provider, secrets_for

QUICK = "training.steps=60&v=2"
LONG = "training.steps=1000000&training.batch_size=10&v=2"
ANNA = {"sub": "1", "name": "Anna", "email": "anna@example.org"}
HOST = {"sub": "2", "name": "The host", "email": "host@example.org", "email_verified": True}


@pytest.fixture
def place(tmp_path: Path):
    """A server with a login, and its provider."""
    with provider() as identities:
        port = free_port()
        path = secrets_for(identities, f"http://127.0.0.1:{port}", tmp_path / "secrets.toml")
        with running_server(
            tmp_path,
            STREAMLIT_SERVER_PORT=str(port),
            STREAMLIT_SECRETS_FILES=str(path),
            HETEROSCOPE_ADMINISTRATORS="someone@example.org, Host@Example.org",
        ) as server:
            yield server, identities


def log_in(server: Server, page: Page) -> None:
    open_runs(server, page)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name=re.compile("Log out"))).to_be_visible()


@pytest.mark.long
def test_runs_follow_a_person_and_an_administrator_stops_what_trains(browser: Browser, place) -> None:
    server, identities = place
    with patient_context(browser) as one, patient_context(browser) as other, patient_context(browser) as third:
        page = one.new_page()
        page.goto(f"{server.url}/?noise.scale=0.3&{QUICK}")
        trained(page)
        identities.next = None  # the login fails: one stays who one was
        open_runs(server, page)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_timeout(2000)
        open_runs(server, page)
        listed(page, 1)
        identities.next = ANNA
        log_in(server, page)
        open_runs(server, page)
        page.get_by_role("button", name="Move to my account").click()
        listed(page, 1)
        expect(page.get_by_text("Only you see them.")).to_be_visible()
        # On another browser they are there once she has logged in.
        page = other.new_page()
        open_runs(server, page)
        expect(page.get_by_text("No run is kept yet")).to_be_visible()
        log_in(server, page)
        open_runs(server, page)
        listed(page, 1)
        page.goto(f"{server.url}/host")
        expect(page.get_by_text("This page is for whoever runs this server")).to_be_visible()
        expect(page.get_by_role("heading", name="Visitors")).to_have_count(0)
        # Anna trains something long, and closes her window.
        page.goto(f"{server.url}/fit?{LONG}")
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        page.close()
        identities.next = HOST
        page = third.new_page()
        log_in(server, page)
        page.goto(f"{server.url}/host")
        expect(page.get_by_text("1 running, 0 waiting")).to_be_visible()
        assert "Anna" not in page.content()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("0 running, 0 waiting")).to_be_visible()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        no_error(page)
        page = other.new_page()
        page.goto(f"{server.url}/fit?{LONG}")
        expect(page.get_by_text("Stopped by whoever runs this server")).to_be_visible()
    assert "Traceback" not in server.log()
