"""The settings of the data: where the points come from."""

import csv
import io
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.data.dataset import DESIGNS
from core.data.tables.shipped import TABLES
from core.data.tables.split import MOST_INPUTS
from core.data.targets import TARGETS
from core.experiment.section import Section
from core.experiment.settings import InvalidExperiment, Problem, Setting

MOST_FEATURES = MOST_INPUTS  # each makes an input at least


MOST_NAME = 200  # characters of a column's


NO_TABLE, OWN_TABLE = "none", "own"


SPLITS = {"random": "at random", "order": "the last rows", "column": "by a column"}


MISSING = {"drop": "leave the row out", "median": "take the column's median"}


class Data(Section):
    """Where the points come from."""

    section = "data"

    table: Annotated[
        str,
        Setting(
            "Table",
            "A real table instead of drawn points.",
            choices={NO_TABLE: "none: draw points", **TABLES, OWN_TABLE: "a table of your own"},
        ),
    ] = NO_TABLE
    csv: Annotated[
        str,
        Setting(
            "Your table",
            "The name of its content: 16 letters and digits, that the Data page gives to a file.",
            takes="16 of the digits 0 … 9 and a … f, as the Data page names a file, or nothing",
            own_table_only=True,
            read=lambda text: _content_name(text),
        ),
    ] = ""
    y: Annotated[
        str,
        Setting(
            "Target",
            "The column to predict; empty: the table's own.",
            takes="the name of a column, at most 200 characters",
            table_only=True,
            neutral="",
            read=lambda text: _column_name(text),
        ),
    ] = ""
    features: Annotated[
        str,
        Setting(
            "Features",
            "The columns to predict from, with commas between; empty: the table's own.",
            takes=f'names of 1 to {MOST_FEATURES} columns with commas between, "…" around a name that has a comma, '
            "at most 8,000 characters in all",
            table_only=True,
            neutral="",
            longest=8000,
            read=lambda text: _column_names(text),
        ),
    ] = ""
    log_y: Annotated[
        bool,
        Setting(
            "Log of the target",
            "The net fits log y; what it predicts is turned back into the unit of y. For targets above 0.",
            table_only=True,
            neutral=False,
        ),
    ] = False
    missing: Annotated[
        str,
        Setting(
            "Missing values",
            "What to do with a row that lacks a feature; one that lacks the target is left out.",
            choices=MISSING,
            table_only=True,
            neutral="drop",
        ),
    ] = "drop"
    split: Annotated[
        str,
        Setting(
            "Split",
            "Which rows are kept from training: any, the last ones in time, or as a column says.",
            choices=SPLITS,
            table_only=True,
            neutral="random",
        ),
    ] = "random"
    split_by: Annotated[
        str,
        Setting(
            "Split along",
            "The last rows: of this column, empty: of the file. By a column: that says train, validation or test.",
            takes="the name of a column, at most 200 characters",
            table_only=True,
            neutral="",
            read=lambda text: _column_name(text),
        ),
    ] = ""
    target: Annotated[
        str,
        Setting("True mean f(x)", "The curve the points scatter around.", choices=TARGETS, synthetic_only=True),
    ] = "two_sines"
    n: Annotated[
        int,
        Setting("Points", "More points: less luck in the fit.", log=True, synthetic_only=True),
        Field(ge=10, le=1_000_000),
    ] = 20_000
    x_min: Annotated[
        float,
        Setting("x from", "Left end of the data.", synthetic_only=True, step=1.0),
        Field(ge=-1e6, le=1e6),
    ] = 50.0
    x_max: Annotated[
        float,
        Setting("x to", "Right end of the data.", synthetic_only=True, step=1.0),
        Field(ge=-1e6, le=1e6),
    ] = 150.0
    design: Annotated[str, Setting("x values", "How the points lie along x.", choices=DESIGNS, synthetic_only=True)] = (
        "stratified"
    )
    held_out: Annotated[
        float,
        Setting("Held out", "Share of the rows kept from training, to score on.", step=0.05, table_only=True),
        Field(ge=0.05, le=0.5),
    ] = 0.2
    validation: Annotated[
        float,
        Setting(
            "Validation",
            "Share of the rows that say when to stop, and recalibrate; it is neither trained nor scored on.",
            step=0.05,
            table_only=True,
            neutral=0.0,
        ),
        Field(ge=0, le=0.4),
    ] = 0.0
    seed: Annotated[
        int,
        Setting("Data seed", "Another seed draws other points, or another split."),
        Field(ge=0, le=2**31 - 1),
    ] = 0

    @model_validator(mode="after")
    def _range_is_open(self) -> Self:
        if not self.x_max - self.x_min >= 1e-6 * max(1.0, abs(self.x_min), abs(self.x_max)):
            raise InvalidExperiment(
                [Problem("data.x_max", self.x_max, f"a number above data.x_min, here {self.x_min:g}")]
            )
        return self

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns chosen as features; empty for those that the table recommends."""
        return tuple(next(csv.reader([self.features]), ()))


def names_as_text(names: Iterable[str]) -> str:
    """Names of columns in the form of `data.features`: one record of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(names))
    return line.getvalue()


def _content_name(text: str) -> str:
    if text and not (len(text) == 16 and set(text) <= set("0123456789abcdef")):
        raise ValueError("a table's name has 16 of the digits 0 … 9 and a … f")
    return text


def _column_name(text: str) -> str:
    if len(text) > MOST_NAME or not text.isprintable():
        raise ValueError(f"the name of a column has at most {MOST_NAME} characters, all of them visible")
    return text


def _column_names(text: str) -> str:
    if not text.isprintable():
        raise ValueError("names of columns have visible characters alone")
    names = next(csv.reader([text]), [])
    if len(names) > MOST_FEATURES or len(set(names)) < len(names) or any(not name for name in names):
        raise ValueError(f"it takes 1 to {MOST_FEATURES} names of columns, each once")
    return names_as_text(map(_column_name, names))
