"""Scores as tables: the numbers with their standard errors, and the words in which they are shown."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..evaluation.judged import Judged
from ..evaluation.scores import SCORES, Score, estimates

if TYPE_CHECKING:
    import pandas as pd


def score_table(judged: Judged, names: Iterable[str] = tuple(SCORES)) -> "pd.DataFrame":
    """A row for each score, by name: value, std_error, unit, better, label and reason; NaN where there is no value."""
    import pandas as pd

    found = estimates(judged, tuple(names))
    rows = {
        name: (each.value, each.std_error, SCORES[name].unit, SCORES[name].direction, SCORES[name].label, each.reason)
        for name, each in found.items()
    }
    columns = ["value", "std_error", "unit", "better", "label", "reason"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("score")
    return table.astype({"value": float, "std_error": float})


def shown_scores(table: "pd.DataFrame", scores: Mapping[str, Score] = SCORES) -> "pd.DataFrame":
    """A score table as it is read: label, value ± standard error, and what is better; without what has no value."""
    import pandas as pd

    known = table[table["value"].notna()]
    return pd.DataFrame(
        {
            "Score": known["label"],
            "Value": [_words(scores[str(name)], row) for name, row in known.iterrows()],
            "Better": known["better"],
        }
    )


def _words(score: Score, row: "pd.Series") -> str:
    error = None if row["std_error"] != row["std_error"] else float(row["std_error"])
    words = score.words(float(row["value"]), error)
    return words if error is None else f"{words} ± {score.margin(error)}"
