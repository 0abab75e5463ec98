"""The table of groups and its sentence: true numbers, and silence where groups are alike."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from core.diagnosis.calibration.group_report import MOST_SHOWN, GroupReport, group_report, rows
from core.evaluation.predictions import read_predictions


def report(seed: int, form: str, factor: float = 1.0, shift: float = 0.0, groups: int = 4, n: int = 600) -> GroupReport:
    rng = np.random.default_rng([seed, n])
    mean, std = rng.normal(size=n), np.exp(0.2 * rng.normal(size=n))
    region = rng.integers(0, groups, n)
    z = np.where(region == 0, factor * rng.normal(size=n) + shift, rng.normal(size=n))
    columns = {
        "spread": {"mean": mean, "std": std},
        "interval": {"lower_90": mean + std * norm.ppf(0.05), "upper_90": mean + std * norm.ppf(0.95)},
        "mean": {"mean": mean},
    }
    table = pd.DataFrame({"y": mean + std * z, **columns[form], "region": [f"r{code}" for code in region]})
    found = group_report(read_predictions(table.to_csv(index=False).encode(), "t.csv"), 0.95)
    assert found is not None
    return found


@pytest.mark.parametrize("form", ["spread", "interval", "mean"])
def test_alike_groups_say_nothing(form: str) -> None:
    assert sum(report(seed, form).finding is not None for seed in range(20)) <= 4


@pytest.mark.parametrize("form", ["spread", "interval", "mean"])
@pytest.mark.parametrize(("factor", "shift"), [(2.5, 0.0), (1.0, 1.0)])
def test_the_group_at_fault_is_named_with_its_numbers(form: str, factor: float, shift: float) -> None:
    found = report(1, form, factor, shift)
    assert found.finding is not None
    assert "r0" in found.finding.sentence
    first = found.shown[0]
    assert (first.name, bool(first.mark)) == ("r0", True)
    claims = {claim.name: claim.value for claim in found.finding.claims}
    assert claims["n_group"] == first.n
    if "rmse_group" in claims:
        assert claims["rmse_group"] == first.rmse
    if "coverage" in claims:
        assert claims["coverage"] == first.covered
        others = [group for group in found.groups if not group.mark]
        expected = sum((group.covered or 0) * group.n for group in others) / sum(group.n for group in others)
        assert claims["coverage_elsewhere"] == pytest.approx(expected)


def test_the_table_has_what_the_form_has() -> None:
    assert rows(report(1, "spread"))[0] == (
        "region", "Points", "95 % covers", "Mean width", "Mean y − mean", "Mean z²", "Differs",
    )  # fmt: skip
    assert rows(report(1, "interval"))[0] == ("region", "Points", "90 % covers", "Mean width", "Differs")
    assert rows(report(1, "mean"))[0] == ("region", "Points", "Mean y − mean", "RMSE", "Differs")
    assert rows(report(1, "spread", 2.5))[1][-1] in ("covers fewer", "larger errors")


def test_many_groups_are_cut_in_the_table_and_too_many_are_told() -> None:
    many = report(1, "spread", groups=40, n=2000)
    assert (len(many.groups), len(many.shown)) == (40, MOST_SHOWN)
    assert "has 300 values" in report(1, "spread", groups=300, n=20_000).note
