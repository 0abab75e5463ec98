"""A real server and a real browser for the tests in this folder.

Where there is no browser these tests are left out, and a line of the summary says so; with CI=true they fail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import playwright.sync_api as playwright
import pytest

from tests.e2e.evidence import MOST_LOG, Witness
from tests.e2e.find_browser import LAUNCH_ARGS, NOT_RUN, Browser, find_browser, in_ci
from tests.e2e.server import Server, running_server

TIMEOUT_MS = 120_000  # on a machine that others use too; what passes waits no longer for it
MOST_REASON = 4000  # characters of why a test failed that was tried again
VIEWPORT = {"width": 1440, "height": 900}

found = pytest.StashKey[Browser | None]()
not_run = pytest.StashKey[str]()
witness = pytest.StashKey[Witness]()  # of a test
pictures = pytest.StashKey[Path]()


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.e2e)
    item.add_marker(pytest.mark.flaky(reruns=1))


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
    if tried_again := terminalreporter.stats.get("rerun", []):
        terminalreporter.section("failed once and passed or failed when tried again: each a fault to look for")
        for report in tried_again:
            terminalreporter.line(f"{report.nodeid}\n{report.longreprtext[-MOST_REASON:]}")
            for name, text in report.sections:
                terminalreporter.line(f"{name}: {text[:MOST_REASON]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Where a test fails, say with it what its page showed and what its server printed: see `evidence`."""
    report = yield
    if report.when == "call" and report.failed and (seen := item.stash.get(witness, None)) is not None:
        folder = item.config.stash[pictures]
        report.sections.append(("browser", seen.report(folder, item.name)))
        for name, value in item.funcargs.items():
            if isinstance(value, Server):
                report.sections.append((f"{name}'s log", value.log()[-MOST_LOG:]))
    return report


@pytest.fixture(scope="session", autouse=True)
def _pictures(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The folder of the pictures of failed tests, in pytest's own."""
    pytestconfig.stash[pictures] = tmp_path_factory.mktemp("failed")


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


@contextmanager
def patient_context(browser: playwright.Browser, **options: Any) -> Iterator[playwright.BrowserContext]:
    """A profile with a laptop's screen, whose clicks and addresses have as long as all other waits."""
    with browser.new_context(**{"viewport": VIEWPORT, **options}) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context


@pytest.fixture
def fresh_page(browser: playwright.Browser, request: pytest.FixtureRequest) -> Iterator[playwright.Page]:
    """A laptop's screen in a profile and a process of its own: nothing is in a cache."""
    with patient_context(browser) as context:
        page = context.new_page()
        request.node.stash[witness] = Witness(page)
        yield page


@pytest.fixture(scope="session")
def opener(browser: playwright.Browser, server: Server) -> Iterator[playwright.Page]:
    """A page that stays. The pages that it opens share its process, which keeps the app's code: they load faster."""
    with patient_context(browser) as context:
        page = context.new_page()
        page.goto(f"{server.url}/_stcore/health")
        yield page


@pytest.fixture
def page(opener: playwright.Page, request: pytest.FixtureRequest) -> Iterator[playwright.Page]:
    """A laptop's screen with nothing stored: a new page for each test, see `opener`."""
    with opener.expect_popup() as opened:
        opener.evaluate("void window.open('about:blank')")
    request.node.stash[witness] = Witness(opened.value)
    yield opened.value
    opened.value.close()
    opener.context.clear_cookies()
    opener.evaluate("localStorage.clear()")
