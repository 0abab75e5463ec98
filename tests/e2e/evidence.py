"""What a browser test leaves when it fails: a picture of the page, what the page said, and what the server printed.

All of it is bounded, in size and in time, because the page of a failed test may answer nothing any more.
"""

import os
import re
import time
from collections import deque
from pathlib import Path

import psutil
from playwright.sync_api import Error, Page

ANSWERS_MS = 10_000  # a page that says nothing within this time counts as hung
MOST_EVENTS, MOST_WORDS, MOST_SHOWN, MOST_LOG = 40, 300, 3_000, 2_000


class Witness:
    """Notes what a page does from the moment it opens: messages, errors, addresses, connections; the latest ones."""

    def __init__(self, page: Page):
        self.page, self._begun = page, time.monotonic()
        self._events: deque[str] = deque(maxlen=MOST_EVENTS)
        page.on("console", lambda message: message.type in ("error", "warning") and self._note(message.text))
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("crash", lambda page: self._note("its process crashed"))
        page.on("framenavigated", lambda frame: self._note(f"address {frame.url}"))
        page.on("requestfailed", lambda request: self._note(f"failed {request.url}: {request.failure}"))
        page.on("websocket", self._note_connection)

    def _note_connection(self, socket) -> None:
        self._note("connection opened")
        socket.on("close", lambda socket: self._note("connection closed"))

    def _note(self, words: str) -> None:
        self._events.append(f"{time.monotonic() - self._begun:6.1f} s  {words[:MOST_WORDS]}")

    def report(self, folder: Path, name: str) -> str:
        """What is known of the page now; its picture and its elements are written to `folder`."""
        if self.page.is_closed():
            return "The page was closed."
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / re.sub(r"\W+", "-", name)
        lines = [f"Page {self.page.url[:MOST_WORDS]} after {time.monotonic() - self._begun:.1f} s. {_machine()}"]
        try:
            state = self.page.get_by_test_id("stApp").get_attribute("data-test-script-state", timeout=ANSWERS_MS)
            lines.append(f"State of the script: {state}.")
        except Error as error:
            lines.append(f"State of the script: not known ({str(error).splitlines()[0][:MOST_WORDS]})")
        try:
            elements = self.page.locator("body").aria_snapshot(timeout=ANSWERS_MS)
            path.with_suffix(".txt").write_text(elements)
            lines.append(f"Its elements, in full in {path}.txt:\n{elements[:MOST_SHOWN]}")
            self.page.screenshot(path=path.with_suffix(".png"), timeout=ANSWERS_MS)
            lines.append(f"Its picture: {path}.png")
        except Error as error:
            lines.append(f"It does not answer: {str(error).splitlines()[0][:MOST_WORDS]}")
        return "\n".join([*lines, "What it did last:", *self._events])


def _machine() -> str:
    """How busy the machine is, and with what: a page that is late may only have had no processor."""
    busiest = sorted(psutil.process_iter(["name", "cpu_times", "memory_info"]), key=_seconds, reverse=True)[:5]
    used = ", ".join(f"{each.info['name']} {_seconds(each):.0f} s" for each in busiest)
    load, free = os.getloadavg()[0], psutil.virtual_memory().available / 2**30
    return f"Load {load:.1f}, {free:.1f} GiB free; most of the processors' time: {used}."


def _seconds(process: psutil.Process) -> float:
    times = process.info["cpu_times"]
    return 0.0 if times is None else times.user + times.system
