"""A person at the front door: what a script does at once, with the time that a person would take for it."""

import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page

_PRESS_S, _BRING_S, _CHARACTER_S, _WORDS_A_SECOND = 2.0, 2.0, 0.3, 4.0
_MOST_READ = 60  # words: who looks for an answer reads the first sentences


class Person:
    """Counts the seconds that the machine takes, and those that a person adds."""

    def __init__(self, page: Page):
        self.machine, self.own, self.presses_made = 0.0, 0.0, 0
        self._page, self._since = page, time.perf_counter()

    @property
    def total(self) -> float:
        """Machine and person together."""
        return self.machine + self.own

    def opens(self, url: str) -> None:
        """An address; from here on the machine's time counts."""
        self._since = time.perf_counter()
        self._page.goto(url)

    def presses(self, what: Locator) -> None:
        """A button or a link, once it is there."""
        what.first.click()
        self._took(_PRESS_S)
        self.presses_made += 1

    def types(self, field: Locator, text: str) -> None:
        """A few characters."""
        field.fill(text)
        self._took(_PRESS_S + _CHARACTER_S * len(text))

    def pastes(self, field: Locator, text: str) -> None:
        """What was copied elsewhere."""
        field.fill(text)
        self._took(_BRING_S)

    def brings(self, field: Locator, file: Path) -> None:
        """Choose a file."""
        field.set_input_files(file)
        self._took(_BRING_S)
        self.presses_made += 1

    def waits(self, what: Locator) -> None:
        """Until it is there."""
        what.wait_for()
        self._took(0.0)

    def reads(self, place: Locator, words: re.Pattern[str]) -> None:
        """An answer, once it has these words."""
        place.filter(has_text=words).first.wait_for()
        self._took(min(len(place.first.inner_text().split()), _MOST_READ) / _WORDS_A_SECOND)

    def _took(self, own: float) -> None:
        now = time.perf_counter()
        self.machine += now - self._since
        self.own += own
        self._since = now
