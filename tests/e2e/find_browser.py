"""Which Chromium the browser tests drive; run as a script, gets one where there is none.

In this order: a Chromium on the PATH, else Debian's package where one may install it, else Playwright's own
download.
"""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NOT_RUN = "browser tests not run: no Chromium on the PATH nor of Playwright's own"
LAUNCH_ARGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True)
class Browser:
    """A Chromium that starts; `executable_path` is None for Playwright's own, as `launch` takes it."""

    name: str
    executable_path: str | None


def find_browser() -> Browser | None:
    """Return the browser to drive, or None where there is none; installs nothing."""
    return _on_path() or _playwrights_own()


def main() -> int:
    """Print which browser the tests will drive, having installed one if need be; 1 if CI goes without."""
    browser = find_browser() or _install_debians() or _install_playwrights()
    if browser:
        print(f"Browser tests drive {browser.name}.")
        return 0
    print(
        "There is no Chromium on the PATH, and none could be installed: browser tests will not run.",
        file=sys.stderr,
    )
    return 1 if in_ci() else 0


def in_ci() -> bool:
    """Whether a missing browser is a failure (CI=true) or a line in the summary."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def _on_path() -> Browser | None:
    for path in filter(None, map(shutil.which, ON_PATH)):
        # Ubuntu's chromium-browser may be a stub that only says where to get the real one.
        asked = subprocess.run([path, "--version"], capture_output=True, text=True)
        if asked.returncode == 0:
            return Browser(f"{path} ({asked.stdout.strip()})", path)
    return None


def _playwrights_own() -> Browser | None:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(args=LAUNCH_ARGS)
        except Error:  # not downloaded, or the machine has not all its libraries
            return None
        name = f"Playwright's own Chromium {browser.version}"
        browser.close()
    return Browser(name, None)


def _install_debians() -> Browser | None:
    root = _root_prefix()
    # Ubuntu's package of this name holds no browser, it asks a running snapd for one.
    if root is None or not shutil.which("apt-get") or _system() == "ubuntu":
        return None
    print("No Chromium here: installing Debian's package.", flush=True)
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"])
    subprocess.run([*apt, "install", "-y", "--no-install-recommends", "chromium"])
    return _on_path()


def _install_playwrights() -> Browser | None:
    print("No Chromium here: downloading Playwright's own.", flush=True)
    playwright = [sys.executable, "-m", "playwright"]
    if subprocess.run([*playwright, "install", "chromium"]).returncode != 0:
        return None
    browser = _playwrights_own()
    if browser is None and _root_prefix() is not None:
        subprocess.run([*playwright, "install-deps", "chromium"])  # the libraries that are missing here
        browser = _playwrights_own()
    return browser


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it as root without a question; None where one may not."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return platform.system().lower()


if __name__ == "__main__":
    sys.exit(main())
