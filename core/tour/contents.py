"""The contents of the tour: its steps by their names, in order. It needs nothing, so that a page shows it at once."""

from collections.abc import Mapping
from types import MappingProxyType

QUESTION = "Why is my loss negative, and why does my variance look wrong?"
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "noise": "The noise varies, and the network sees it",
        "crossing": "The loss crosses zero",
        "floor": "Move σ, and the floor itself crosses zero",
        "unit": "Change the unit of y: the loss moves, the fit does not",
        "constant": "Subtract a constant: the same parameters, to the bit",
        "posted": "The posted loss: the right curve, the wrong std",
        "stuck": "Negative is not enough: Seitzer’s sine",
    }
)
LAST = "own"  # the page after the steps
LAST_TITLE = "Now your own"
NAMES = (*TITLES, LAST)


def before_and_after(name: str) -> tuple[str | None, str | None]:
    """The names of the steps before and after one; None at the ends."""
    at = NAMES.index(name)
    return (NAMES[at - 1] if at else None), (NAMES[at + 1] if at + 1 < len(NAMES) else None)
