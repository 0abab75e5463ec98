"""A person's own code, corrected: what it is, line by line, and the line for the standard deviation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Lines that changed: the number of the first in the corrected text, from 1, what they were and are, and why."""

    line: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class Corrected:
    """A person's code, corrected. `text` is the whole of it; without `changes` it is as it was.

    `was_sound` says whether nothing was wrong before, `is_sound` whether nothing is now. `std_line` makes the standard
    deviation after these lines, on the noise `std_on`; "" where it is not known. `std_before` makes it of the code as
    it was, for a net that is trained already. `sound_loss` is a sound loss in the code's names, where no small change
    makes one of its lines.
    """

    text: str
    changes: tuple[Change, ...]
    std_line: str
    std_on: str
    std_before: str
    was_sound: bool
    is_sound: bool
    sound_loss: str = ""
