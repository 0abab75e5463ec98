"""A recalibration fitted to one file corrects the rows of another."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from core.evaluation.predictions import Predictions, predictions_of, read_predictions
from core.evaluation.recalibration import RECALIBRATIONS, ways_for
from core.evaluation.recalibration_applied import applied


def frame(seed: int, n: int = 400, factor: float = 2.0) -> pd.DataFrame:
    """Predictions whose std are `factor` times too small, in four forms."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, n))
    mean, std = np.sin(x), 0.2 + 0.05 * x
    found = pd.DataFrame({"y": mean + factor * std * rng.normal(size=n), "mean": mean, "std": std, "x": x})
    for p in (0.05, 0.5, 0.95):
        found[f"q{p}"] = mean + std * norm.ppf(p)
    return found.join(pd.DataFrame({f"sample_{k}": mean + std * rng.normal(size=n) for k in range(20)}))


def read(table: pd.DataFrame, *, needs_y: bool = True) -> Predictions:
    columns = read_predictions(table.to_csv(index=False).encode(), "t.csv") if needs_y else None
    if columns is not None:
        return columns
    from core.data.tables.reading import read_table

    return predictions_of(read_table(table.to_csv(index=False).encode(), "t.csv", 1, 1), needs_y=False)


FORMS = {
    "spread": ["mean", "std", "x"],
    "quantiles": ["q0.05", "q0.5", "q0.95", "x"],
    "samples": ["x", *(f"sample_{k}" for k in range(20))],
    "interval": ["q0.05", "q0.95", "x"],
    "mean": ["mean", "x"],
}


@pytest.mark.parametrize("form", FORMS)
def test_each_way_that_a_form_can_have_holds_its_share_on_new_rows(form: str) -> None:
    source, other = read(frame(1)[["y", *FORMS[form]]]), read(frame(2)[["y", *FORMS[form]]], needs_y=False)
    assert source.form == form
    ways = [
        name for name in ways_for(source.judged.predictive) if not name.startswith("shift_along") and name != "shift"
    ]
    assert ways
    for name in ways:
        found = applied(name, source, other, (0.9,), 0.9)
        lower, upper = found.columns["lower_90"], found.columns["upper_90"]
        held = np.mean((lower <= other.y) & (other.y <= upper))
        assert 0.85 < held < 0.96, (form, name)
        assert found.comparison is not None
        assert found.comparison.changes["coverage"].after.value == pytest.approx(held)


def test_one_factor_is_that_of_all_points_of_the_first_file() -> None:
    source, other = read(frame(1)[["y", "mean", "std"]]), read(frame(2)[["mean", "std"]], needs_y=False)
    found = applied("scale", source, other)
    factor = np.sqrt(np.mean(((source.y - source.mean) / source.std) ** 2))
    np.testing.assert_allclose(found.columns["std"], factor * other.std, rtol=1e-9)
    np.testing.assert_allclose(found.columns["upper_95"], other.mean + norm.ppf(0.975) * factor * other.std, rtol=1e-7)
    assert list(found.columns) == ["mean", "std", *(f"{s}_{p}" for p in (50, 90, 95) for s in ("lower", "upper"))]
    assert found.comparison is None
    assert found.n_fitted == 400


def test_rows_without_a_prediction_stay_as_empty_rows() -> None:
    table = frame(2)[["y", "mean", "std"]]
    table.loc[3, "mean"], table.loc[5, "y"], table.loc[7, "std"] = np.nan, np.nan, -1
    found = applied("scale", read(frame(1)[["y", "mean", "std"]]), read(table, needs_y=False))
    assert len(found.columns["std"]) == 400
    assert np.isnan(found.columns["std"][[3, 7]]).all()
    assert np.isfinite(found.columns["std"][[5, 6]]).all()
    assert np.isnan(found.columns["y"][5])
    assert found.comparison is not None
    assert found.comparison.test.size == 397


def test_files_of_different_forms_are_refused() -> None:
    source = read(frame(1)[["y", "mean", "std"]])
    with pytest.raises(ValueError, match="The first file has mean and std, the second an interval of 90 % alone"):
        applied("scale", source, read(frame(2)[["q0.05", "q0.95"]], needs_y=False))
    with pytest.raises(ValueError, match="needs x in both files, but the second has none"):
        applied(
            "scale_along", read(frame(1)[["y", "mean", "std", "x"]]), read(frame(2)[["mean", "std"]], needs_y=False)
        )


def test_too_few_points_for_a_level_leave_a_note_or_a_reason() -> None:
    few, other = read(frame(1, 15)[["y", "mean"]]), read(frame(2)[["mean"]], needs_y=False)
    with pytest.raises(ValueError, match="needs at least 19 points for intervals of 95 %, but there are 15"):
        applied("conformal", few, other)
    found = applied("conformal", few, other, level=0.9)
    assert "lower_95" not in found.columns
    assert any("A conformal interval of 95 % needs at least 19" in note for note in found.notes)


def test_a_whole_distribution_is_due_where_an_interval_is_given() -> None:
    source = read(frame(1)[["y", "q0.05", "q0.95"]])
    assert ways_for(source.judged.predictive) == ("conformal_bounds",)
    with pytest.raises(ValueError, match=r"corrects a whole distribution\. There is only an interval of 90 %"):
        applied("scale", source, read(frame(2)[["q0.05", "q0.95"]], needs_y=False))
    assert {row.needs for row in RECALIBRATIONS.values()} == {"distribution", "mean", "interval"}
