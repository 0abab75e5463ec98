"""docs/scores.md names every score and every recalibration, as the tables have them."""

from pathlib import Path

from core.evaluation.recalibration import RECALIBRATIONS
from core.evaluation.scores import SCORES

DOCUMENT = (Path(__file__).parents[3] / "docs" / "scores.md").read_text(encoding="utf-8")


def test_every_score_is_documented_as_it_is() -> None:
    for name, row in SCORES.items():
        assert f"| `{name}` | {row.label} | {row.unit} | {row.direction} | {row.range} | {row.help} |" in DOCUMENT


def test_every_recalibration_is_documented_as_it_is() -> None:
    for name, row in RECALIBRATIONS.items():
        assert f"| `{name}` | {row.label} | {row.help} | {row.reference} |" in DOCUMENT
