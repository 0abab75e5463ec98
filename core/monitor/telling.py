"""What a monitor tells while the loop runs: each finding once, to a function, to logging, or where nothing is set up
for it, to stderr.
"""

import logging
import sys
from collections.abc import Callable, Iterable

from ..diagnosis.finding import Finding
from ..diagnosis.loss_check.check import bare
from .rules import AT_ONCE

_LOG = logging.getLogger(__name__)
_IN_A_ROW = 4  # judgements, before what may be a mood of the training is told

To = Callable[[str], None] | str | None  # a function, "log", or None for silence


class Telling:
    """Tells findings. `problem` is what the function that is told raised, "" as long as it raised nothing."""

    def __init__(self, to: To):
        self.to, self.problem = to, ""
        self._told: set[str] = set()
        self._in_a_row: dict[str, int] = {}

    def of(self, found: Iterable[Finding], step: int, ends: bool) -> None:
        """Tell each finding once: what is certain at once, the rest only if it was found at four calls in a row."""
        self._in_a_row = {each.rule: self._in_a_row.get(each.rule, 0) + 1 for each in found}
        for each in found:
            sure = ends or each.rule in AT_ONCE or self._in_a_row[each.rule] >= _IN_A_ROW
            if sure and each.rule not in self._told:
                self._told.add(each.rule)
                level = logging.INFO if each.kind == "good" else logging.WARNING
                self.say(level, f"Step {step:,}: {words_of(each)}")

    def say(self, level: int, words: str) -> None:
        """Say a sentence."""
        if callable(self.to):
            try:
                self.to(words)
            except Exception as error:  # noqa: BLE001 - the loop is somebody's own, and goes on
                self.to, self.problem = None, f"The function that is told raised {type(error).__name__}."
        elif self.to is not None and _is_logging_set_up():
            _LOG.log(level, words)
        elif self.to is not None:
            print(f"Monitor: {words}", file=sys.stderr, flush=True)


def words_of(finding: Finding) -> str:
    """A finding as text."""
    return ". ".join(filter(None, (bare(finding.headline), bare(finding.sentence))))


def _is_logging_set_up() -> bool:
    """Whether a record of this logger would reach a handler that prints."""
    logger: logging.Logger | None = _LOG
    while logger is not None:
        if any(not isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False
