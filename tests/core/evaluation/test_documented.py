"""docs/scores.md names every score and every recalibration, as the tables have them; its example runs."""

import numpy as np
import pytest

from core import scores
from core.evaluation.scores import SCORES
from docs.tables import FOLDER, TABLES, written
from tests.core.compiles_nothing import scoringrules

DOCUMENT = (FOLDER / "scores.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", sorted({table.document for table in TABLES.values()}))
def test_a_document_has_the_tables_as_they_are(document: str) -> None:
    """Where this fails: python -m docs.tables."""
    assert (FOLDER / document).read_text(encoding="utf-8") == written(document)


def test_every_score_is_documented() -> None:
    assert all(f"| `{name}` |" in DOCUMENT for name in SCORES)


def test_the_example_for_a_notebook_runs() -> None:
    names: dict[str, object] = {}
    exec(DOCUMENT.split("```python\n")[1].split("```")[0], names)  # noqa: S102 - a document of ours
    found = names["found"]
    y, mean = np.array([0.3, -1.2, 0.8]), np.array([0.0, -1.0, 1.0])
    assert found["nll"].value == pytest.approx(np.mean(scoringrules.logs_normal(y, mean, 0.5)), abs=1e-9)
    assert found == scores(y, mean, np.full(3, 0.5))


@pytest.mark.parametrize("std", [1.0, [1.0, 2.0], [[1.0, 1.0, 1.0]]])
def test_arrays_of_other_shapes_are_refused(std: object) -> None:
    with pytest.raises(ValueError, match=r"must (be|have)"):
        scores([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], std)
