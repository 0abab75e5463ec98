"""The settings of the data: where the points come from."""

import csv
import io
from collections.abc import Iterable
from typing import Self

from pydantic import model_validator

from ..data.dataset import DESIGNS
from ..data.tables.choice import MOST_INPUTS
from ..data.tables.missing_codes import codes_in
from ..data.tables.shipped import TABLES
from ..data.targets import TARGETS
from .settings import InvalidExperiment, Problem, Section, setting

MOST_FEATURES = MOST_INPUTS  # each makes an input at least
MOST_TARGETS = 8  # of one net
MOST_NAME = 200  # characters of a column's
NO_TABLE, OWN_TABLE = "none", "own"
SPLITS = {"random": "at random", "order": "the last rows", "column": "by a column", "group": "whole groups"}
OWN_FEATURES = {
    "few": "words with few values, the first that fit",
    "all": "words with many values too, the strongest that fit",
}
MISSING = {"drop": "leave out the row", "median": "use the column's median"}


def names_as_text(names: Iterable[str]) -> str:
    """Names of columns in the form of `data.features`: one record of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(names))
    return line.getvalue()


def _content_name(text: str) -> str:
    if text and not (len(text) == 16 and set(text) <= set("0123456789abcdef")):
        raise ValueError("a file's name here has 16 characters, each 0–9 or a–f")
    return text


def _column_name(text: str) -> str:
    if len(text) > MOST_NAME or not text.isprintable():
        raise ValueError(f"a column name has at most {MOST_NAME} characters, all printable")
    return text


def _missing_values(text: str) -> str:
    if not text.isprintable():
        raise ValueError("codes for missing values must be printable characters")
    return names_as_text(codes_in(text))


def _column_names(text: str) -> str:
    if not text.isprintable():
        raise ValueError("column names must be printable characters")
    names = next(csv.reader([text]), [])
    if len(names) > MOST_FEATURES or len(set(names)) < len(names) or any(not name for name in names):
        raise ValueError(f"it must be 1 to {MOST_FEATURES} column names, each once")
    return names_as_text(map(_column_name, names))


def _more_targets(text: str) -> str:
    names = next(csv.reader([_column_names(text)]), [])
    if len(names) >= MOST_TARGETS:
        raise ValueError(f"a network has at most {MOST_TARGETS} targets in total")
    return names_as_text(sorted(names))


class Data(Section):
    """Where the points come from."""

    section = "data"

    table: str = setting(
        NO_TABLE,
        "Data source",
        "Simulated points, a table that comes with the app, or a table of yours.",
        choices={NO_TABLE: "Simulated data", **TABLES, OWN_TABLE: "A table of yours"},
    )
    csv: str = setting(
        "",
        "Your table",
        "The 16-character name that the Data page gives to your file.",
        takes="the 16-character name that the Data page gives to a file, or empty",
        own_table_only=True,
        read=_content_name,
    )
    y: str = setting(
        "",
        "Target",
        "The column to predict. Empty: the table's default.",
        takes="a column name of at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    also: str = setting(
        "",
        "Further targets",
        "Columns that the same network predicts too, each with its own std. Separate with commas.",
        takes=f"at most {MOST_TARGETS - 1} column names separated by commas, with Target named as well",
        table_only=True,
        neutral="",
        longest=2000,
        read=_more_targets,
    )
    features: str = setting(
        "",
        "Features",
        "The columns to predict from, separated by commas. Empty: the table's default.",
        takes=f'1 to {MOST_FEATURES} column names separated by commas ("…" around a name that has a comma), at '
        "most 8,000 characters in total",
        table_only=True,
        neutral="",
        longest=8000,
        read=_column_names,
    )
    log_y: bool = setting(
        False,
        "Log of the target",
        "The network fits log y; its predictions are converted back to y's units. For targets above 0.",
        table_only=True,
        neutral=False,
    )
    missing: str = setting(
        "drop",
        "Missing values",
        "What to do with a row whose feature is missing. Rows without a target are always left out.",
        choices=MISSING,
        table_only=True,
        neutral="drop",
    )
    missing_values: str = setting(
        "",
        "Codes for missing values",
        "Values that mean “missing”, separated by commas: −999 in any column, age=99 only in column age.",
        takes="at most 100 codes separated by commas, such as -999, age=99",
        table_only=True,
        neutral="",
        longest=2000,
        read=_missing_values,
    )
    own_features: str = setting(
        "few",
        "Default features",
        "Which columns are used if none are named: numbers, dates, and words.",
        choices=OWN_FEATURES,
        own_table_only=True,
        neutral="few",
    )
    rare_words: int = setting(
        0,
        "Merge rare words",
        "Words of a category with fewer training rows than this are merged into one input.",
        within=(0, 1000),
        table_only=True,
        neutral=0,
    )
    split: str = setting(
        "random",
        "Split",
        "Which rows are held out: random rows, the last ones in time, those a column marks, or whole groups.",
        choices=SPLITS,
        table_only=True,
        neutral="random",
    )
    split_by: str = setting(
        "",
        "Split column",
        "The last rows: sorted by this column; empty: in file order. By a column: the one that says train, "
        "validation or test. Whole groups: rows that share a value of this column; empty: identical rows.",
        takes="a column name of at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    weights: str = setting(
        "",
        "Weights",
        "The column with each row's weight in training. Empty: all equal. Scores count each row once.",
        takes="a column name of at most 200 characters",
        table_only=True,
        neutral="",
        read=_column_name,
    )
    target: str = setting(
        "two_sines", "True mean f(x)", "The curve that the points scatter around.", choices=TARGETS, synthetic_only=True
    )
    n: int = setting(
        20_000,
        "Points",
        "Number of points. With more points the fit depends less on chance.",
        within=(10, 1_000_000),
        log=True,
        synthetic_only=True,
    )
    x_min: float = setting(50.0, "x from", "Left end of the data.", within=(-1e6, 1e6), synthetic_only=True, step=1.0)
    x_max: float = setting(150.0, "x to", "Right end of the data.", within=(-1e6, 1e6), synthetic_only=True, step=1.0)
    design: str = setting(
        "stratified", "x values", "How the points are distributed along x.", choices=DESIGNS, synthetic_only=True
    )
    held_out: float = setting(
        0.2,
        "Held out",
        "Share of the rows that are not trained on, but used for scores.",
        within=(0.05, 0.5),
        step=0.05,
        table_only=True,
    )
    validation: float = setting(
        0.0,
        "Validation",
        "Share of the rows used to decide when to stop and to recalibrate; neither trained nor scored on.",
        within=(0, 0.4),
        step=0.05,
        table_only=True,
        neutral=0.0,
    )
    seed: int = setting(0, "Data seed", "Another seed gives other points, or another split.", within=(0, 2**31 - 1))

    @model_validator(mode="after")
    def _range_is_open(self) -> Self:
        if not self.x_max - self.x_min >= 1e-6 * max(1.0, abs(self.x_min), abs(self.x_max)):
            allowed = f"above “x from”, which is {self.x_min:g}"
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
