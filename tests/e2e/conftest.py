"""A real server and a real browser for the tests in this folder.

Where there is no browser these tests are left out, and a line of the summary says so; with CI=true they fail.
"""

from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest

from tests.e2e.find_browser import LAUNCH_ARGS, Browser, find_browser, in_ci
from tests.e2e.server import Server, running_server

TIMEOUT_MS = 15_000
VIEWPORT = {"width": 1440, "height": 900}

found = pytest.StashKey[Browser | None]()
not_run = pytest.StashKey[int]()


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
        config.stash[not_run] = len(browsers)
        config.hook.pytest_deselected(items=browsers)
        items[:] = others


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(not_run, 0):
        terminalreporter.write_line(
            f"browser tests not run: no Chromium on the PATH nor of Playwright's own, {count} tests left out"
            " (make browser tries to install one)",
            yellow=True,
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, started once for all tests; `running_server` starts one of a test's own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[playwright.Browser]:
    """One Chromium for all tests."""
    choice = pytestconfig.stash[found]
    if choice is None:
        pytest.fail("browser tests need a Chromium, and with CI=true they must run: make browser tries to install one")
    playwright.expect.set_options(timeout=TIMEOUT_MS)
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=choice.executable_path, args=LAUNCH_ARGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: playwright.Browser) -> Iterator[playwright.Page]:
    """A laptop's screen in a fresh profile."""
    with browser.new_context(viewport=VIEWPORT) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context.new_page()
