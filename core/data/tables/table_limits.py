"""Whether a file has a table's number of rows and columns: sentences for one that has too few or too many."""

from .columns import FEWEST_COLUMNS, MOST_COLUMNS, MOST_ROWS, TableError

COMMENTS = ("#", "% ", "//")  # how lines begin that are no rows
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars (|)"}


def check_count(count: int, name: str, fewest: int = FEWEST_COLUMNS) -> None:
    """Raise TableError for thousands of columns, or fewer than `fewest`, which is 1 or 2."""
    if count > MOST_COLUMNS:
        raise TableError(f"The file “{name}” has {count:,} columns: at most {MOST_COLUMNS:,} can be read.")
    if not count:
        raise TableError(f"The file “{name}” has no column: a line of column names is needed, and rows below it.")
    if count < fewest:
        *most, last = SEPARATORS.values()
        between = f"{', '.join(most)} or {last} between the columns of a text"
        raise TableError(
            f"The file “{name}” has one column. At least two are needed: a target and a feature, with {between}."
        )


def check_rows(rows: int, name: str, fewest: int = 1) -> None:
    """Raise TableError for too few rows, or too many."""
    if rows < fewest:
        needed = "at least 1 is needed" if fewest == 1 else f"at least {fewest} are needed"
        raise TableError(f"The file “{name}” has {how_many(rows, 'row')} of data: {needed}.")
    if rows > MOST_ROWS:
        raise TableError(f"The file “{name}” has {rows:,} rows: at most {MOST_ROWS:,} can be read.")


def about_comments(count: int) -> tuple[str, ...]:
    """A note on comments above the names that were left out."""
    were = "was" if count == 1 else "were"
    return (f"{how_many(count, 'comment')} above the names {were} left out.",) if count else ()


def how_many(number: int, noun: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def first_line(error: Exception) -> str:
    """The first line of a library's error message, short enough for a sentence."""
    return str(error).partition("\n")[0][:200].rstrip(". ")
