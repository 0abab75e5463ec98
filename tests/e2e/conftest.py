"""A real server and a real browser for the tests in this folder.

Where there is no browser these tests are left out, and a line of the summary says so; with CI=true they fail.
"""

from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest

from tests.e2e.find_browser import LAUNCH_ARGS, NOT_RUN, Browser, find_browser, in_ci
from tests.e2e.server import Server, running_server

TIMEOUT_MS = 60_000  # on a machine that others use too; what passes waits no longer for it
VIEWPORT = {"width": 1440, "height": 900}

found = pytest.StashKey[Browser | None]()
not_run = pytest.StashKey[str]()


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the browser's tests last, or leave them out where no browser is."""
    browsers = [item for item in items if item.get_closest_marker("e2e")]
    others = [item for item in items if not item.get_closest_marker("e2e")]
    # Last: as long as Playwright lives, the main thread counts as being in an asyncio loop.
    items[:] = others + browsers
    if not browsers:
        return
    config.stash[found] = find_browser()
    if config.stash[found] is None and not in_ci():
        config.stash[not_run] = f"{NOT_RUN}, {len(browsers)} tests left out (make browser tries to install one)"
        getattr(config, "workeroutput", {})[NOT_RUN] = config.stash[not_run]
        config.hook.pytest_deselected(items=browsers)
        items[:] = others


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if line := config.stash.get(not_run, ""):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, started once for all tests of this process; `running_server` starts one of a test's own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def cold_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody opens at /: each page is drawn without the navigation of app.py."""
    with running_server(tmp_path_factory.mktemp("cold")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[playwright.Browser]:
    """One Chromium for all tests of this process."""
    choice = pytestconfig.stash[found]
    if choice is None:
        pytest.fail("browser tests need a Chromium, and with CI=true they must run: make browser tries to install one")
    playwright.expect.set_options(timeout=TIMEOUT_MS)
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=choice.executable_path, args=LAUNCH_ARGS)
        yield launched
        launched.close()


@pytest.fixture
def fresh_page(browser: playwright.Browser) -> Iterator[playwright.Page]:
    """A laptop's screen in a profile and a process of its own: nothing is in a cache."""
    with browser.new_context(viewport=VIEWPORT) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context.new_page()


@pytest.fixture(scope="session")
def opener(browser: playwright.Browser, server: Server) -> Iterator[playwright.Page]:
    """A page that stays. The pages that it opens share its process, which keeps the app's code: they load faster."""
    with browser.new_context(viewport=VIEWPORT) as context:
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.goto(f"{server.url}/_stcore/health")
        yield page


@pytest.fixture
def page(opener: playwright.Page) -> Iterator[playwright.Page]:
    """A laptop's screen with nothing stored: a new page for each test, see `opener`."""
    with opener.expect_popup() as opened:
        opener.evaluate("void window.open('about:blank')")
    yield opened.value
    opened.value.close()
    opener.context.clear_cookies()
    opener.evaluate("localStorage.clear()")
