"""The settings of the data: where the points come from."""

import csv
import io
from collections.abc import Iterable
from typing import Self

from pydantic import model_validator

from core.data.dataset import DESIGNS
from core.data.tables.choice import MOST_INPUTS
from core.data.tables.missing_codes import codes_in
from core.data.tables.shipped import TABLES
from core.data.targets import TARGETS
from core.experiment.settings import InvalidExperiment, Problem, Section, setting

MOST_FEATURES = MOST_INPUTS  # each makes an input at least
MOST_TARGETS = 8  # of one net
MOST_NAME = 200  # characters of a column's
NO_TABLE, OWN_TABLE = "none", "own"
SPLITS = {"random": "at random", "order": "the last rows", "column": "by a column", "group": "whole groups"}
OWN_FEATURES = {
    "few": "of few words, the first that fit",
    "all": "of many words too, the strongest that fit",
}
MISSING = {"drop": "leave the row out", "median": "take the column's median"}


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


def _missing_values(text: str) -> str:
    if not text.isprintable():
        raise ValueError("values that stand for a missing one have visible characters alone")
    return names_as_text(codes_in(text))


def _column_names(text: str) -> str:
    if not text.isprintable():
        raise ValueError("names of columns have visible characters alone")
    names = next(csv.reader([text]), [])
    if len(names) > MOST_FEATURES or len(set(names)) < len(names) or any(not name for name in names):
        raise ValueError(f"it takes 1 to {MOST_FEATURES} names of columns, each once")
    return names_as_text(map(_column_name, names))


def _more_targets(text: str) -> str:
    names = next(csv.reader([_column_names(text)]), [])
    if len(names) >= MOST_TARGETS:
        raise ValueError(f"a net has at most {MOST_TARGETS} targets in all")
    return names_as_text(sorted(names))


class Data(Section):
    """Where the points come from."""

    section = "data"

    table: str = setting(
        NO_TABLE,
        "Table",
        "A real table instead of drawn points.",
        choices={NO_TABLE: "none: draw points", **TABLES, OWN_TABLE: "a table of your own"},
    )
    csv: str = setting(
        "",
        "Your table",
        "The name of its content: 16 letters and digits, that the Data page gives to a file.",
        takes="16 of the digits 0 … 9 and a … f, as the Data page names a file, or nothing",
        own_table_only=True,
        read=_content_name,
    )
    y: str = setting(
        "",
        "Target",
        "The column to predict; empty: the table's own.",
        takes="the name of a column, at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    also: str = setting(
        "",
        "Further targets",
        "Columns that one net predicts together with the target, each with a spread of its own; commas between.",
        takes=f"names of at most {MOST_TARGETS - 1} columns with commas between, beside data.y, which is named too",
        table_only=True,
        neutral="",
        longest=2000,
        read=_more_targets,
    )
    features: str = setting(
        "",
        "Features",
        "The columns to predict from, with commas between; empty: the table's own.",
        takes=f'names of 1 to {MOST_FEATURES} columns with commas between, "…" around a name that has a comma, '
        "at most 8,000 characters in all",
        table_only=True,
        neutral="",
        longest=8000,
        read=_column_names,
    )
    log_y: bool = setting(
        False,
        "Log of the target",
        "The net fits log y; what it predicts is turned back into the unit of y. For targets above 0.",
        table_only=True,
        neutral=False,
    )
    missing: str = setting(
        "drop",
        "Missing values",
        "What to do with a row that lacks a feature; one that lacks the target is left out.",
        choices=MISSING,
        table_only=True,
        neutral="drop",
    )
    missing_values: str = setting(
        "",
        "Stands for missing",
        "Values that count as missing: −999 in any column, age=99 in that of this name; commas between.",
        takes="at most 100 values that stand for a missing one, with commas between, such as -999, age=99",
        table_only=True,
        neutral="",
        longest=2000,
        read=_missing_values,
    )
    own_features: str = setting(
        "few",
        "Features by default",
        "The columns that are taken where none are named: numbers, dates, and words.",
        choices=OWN_FEATURES,
        own_table_only=True,
        neutral="few",
    )
    rare_words: int = setting(
        0,
        "Rare words together",
        "Words of a category with fewer training rows than this share one input.",
        within=(0, 1000),
        table_only=True,
        neutral=0,
    )
    split: str = setting(
        "random",
        "Split",
        "Which rows are kept from training: any, the last ones in time, as a column says, or whole groups.",
        choices=SPLITS,
        table_only=True,
        neutral="random",
    )
    split_by: str = setting(
        "",
        "Split along",
        "The last rows: of this column, empty: of the file. By a column: that says train, validation or test. Whole "
        "groups: rows with one value of this column, empty: equal rows.",
        takes="the name of a column, at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    weights: str = setting(
        "",
        "Weights",
        "The column that says how much each row counts in training; empty: all the same. Scores count each row once.",
        takes="the name of a column, at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    target: str = setting(
        "two_sines", "True mean f(x)", "The curve the points scatter around.", choices=TARGETS, synthetic_only=True
    )
    n: int = setting(
        20_000, "Points", "More points: less luck in the fit.", within=(10, 1_000_000), log=True, synthetic_only=True
    )
    x_min: float = setting(50.0, "x from", "Left end of the data.", within=(-1e6, 1e6), synthetic_only=True, step=1.0)
    x_max: float = setting(150.0, "x to", "Right end of the data.", within=(-1e6, 1e6), synthetic_only=True, step=1.0)
    design: str = setting("stratified", "x values", "How the points lie along x.", choices=DESIGNS, synthetic_only=True)
    held_out: float = setting(
        0.2,
        "Held out",
        "Share of the rows kept from training, to score on.",
        within=(0.05, 0.5),
        step=0.05,
        table_only=True,
    )
    validation: float = setting(
        0.0,
        "Validation",
        "Share of the rows that say when to stop, and recalibrate; it is neither trained nor scored on.",
        within=(0, 0.4),
        step=0.05,
        table_only=True,
        neutral=0.0,
    )
    seed: int = setting(0, "Data seed", "Another seed draws other points, or another split.", within=(0, 2**31 - 1))

    @model_validator(mode="after")
    def _range_is_open(self) -> Self:
        if not self.x_max - self.x_min >= 1e-6 * max(1.0, abs(self.x_min), abs(self.x_max)):
            allowed = f"a number above data.x_min, here {self.x_min:g}"
            raise InvalidExperiment([Problem("data.x_max", self.x_max, allowed)])
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that share a net, in an order that does not ask which one is shown; of one net alone (y,)."""
        return tuple(sorted((self.y, *self.further_targets)))

    @property
    def further_targets(self) -> tuple[str, ...]:
        """The targets that share the net of data.y."""
        return tuple(next(csv.reader([self.also]), ()))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns chosen as features; empty for those that the table recommends."""
        return tuple(next(csv.reader([self.features]), ()))
