"""A training log in any of the forms that people have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .log_columns import read_numbers, read_table
from .log_json import read_json
from .log_lines import read_lines
from .log_text import lines_of, text_of
from .monitor_record import is_record, read_record
from .training_log import EXPECTED, LogError, TrainingLog


@dataclass(frozen=True)
class Form:
    """A form of logs: `read(lines, name)` gives the log, or None where the lines are of another form."""

    name: str
    help: str
    read: Callable[[list[str], str], TrainingLog | None]


# The first that finds a loss has it: what is strict comes before what takes any line.
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        form.name: form
        for form in (
            Form("json", "JSON: Keras' history, TensorBoard's, a trainer's state, lists", read_json),
            Form("table", "A table with a line of names: CSV, tabs, bars, blanks", read_table),
            Form("numbers", "Numbers alone, one or a few in each line", read_numbers),
            Form("lines", "Lines that name their numbers, as training prints them", read_lines),
        )
    }
)


def read_log(source: str | bytes, name: str = "") -> TrainingLog:
    """The training log in a text or a file's bytes; `name` is the file's, which may say what its values are.

    Raises LogError with one sentence where it is too large, no text, or of none of the FORMS. The
    record of a monitor is a log too, and brings code and predictions.
    """
    text = text_of(source, name)
    if is_record(text):  # its code must not lose what looks like a time or a level of a logger
        return read_record(text, name)
    lines = lines_of(text, name)
    for form in FORMS.values():
        found = form.read(lines, name)
        if found is not None:
            return found
    log = f"“{name}”" if name else "this text"
    raise LogError(f"No loss was found in {log}: {EXPECTED}.")
