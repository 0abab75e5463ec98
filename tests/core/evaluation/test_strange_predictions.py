"""Tables of strange names and strange numbers are read or refused in one sentence, and judged without an exception."""

import numpy as np
import pytest

from core.data.tables.columns import Columns, TableError, number_column
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.group_report import group_report
from core.evaluation.predictions import predictions_of
from core.evaluation.scores import scores_for

PIECES = (
    *("y", "Y_true", "mean", "mu", "pred", "q", "p", "0.5", "5%", "95", "1", "2", "10", "std", "var", "log", "lower"),
    *("upper", "lo", "hi", "sample", "s", "m", "member", "(kg)", "_", "-", " ", "[3]", "%", "é", "σ", "²", "id", "x"),
)


@pytest.mark.parametrize("seed", range(60))
def test_random_names_and_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 9, 60]))
    names = ["".join(rng.choice(PIECES, rng.integers(1, 4))) for _ in range(rng.integers(1, 9))]
    if seed % 2:
        names = ["y", "mean", *names]
    special = [0.0, -1.0, 1e30, -1e200, 1e-300, np.nan, 5.0]
    named = {
        name: np.where(rng.random(n) < 0.2, rng.choice(special, n), rng.normal(size=n)) for name in dict.fromkeys(names)
    }
    table = Columns({name: number_column(name, values) for name, values in named.items()}, n)
    try:
        found = predictions_of(table)
    except TableError:
        return
    assert calibration_verdict(found).headline
    for row in scores_for(found.judged.predictive).values():
        estimate = row.estimate(found.judged)
        assert (estimate.value is None) == bool(estimate.reason)
    group_report(found, 0.95)
    assert found.n == found.y.size <= n
    assert (found.typical_std is None) or found.typical_std > 0
