"""The rows of who pulls at the mean: lines over x, and the map over x and step."""

import numpy as np
import pandas as pd
import pytest

from core.charts.pull import MAP_COLUMNS, NUMBERS, TEXTS, pull_map_table, pull_table, strengths

EDGES = np.linspace(0.0, 12.0, 25)
X = (EDGES[1:] + EDGES[:-1]) / 2
WEIGHTS = np.stack([np.ones(24), np.where(X < 6, 1.9, 0.1), np.where(X < 6, 1.99, 0.01)])
DOMAIN = (0.001, 10.0)


def table(steps: list[float], weights: np.ndarray) -> pd.DataFrame:
    return pull_table(X, steps, weights, weight_domain=DOMAIN, height=260.0)


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_columns_and_layers() -> None:
    found = table([0, 100, 5000], WEIGHTS)
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert found["layer"].value_counts().to_dict() == {"curve": 72, "level": 1, "name": 3}
    assert layer(found, "level")["weight"].item() == 1


def test_the_later_the_stronger_and_the_last_is_marked() -> None:
    curves = layer(table([0, 100, 5000], WEIGHTS), "curve").groupby("step")
    assert curves["strength"].first().is_monotonic_increasing
    assert curves["strength"].first()[5000] == 1
    assert curves["last"].first().to_dict() == {0: 0, 100: 0, 5000: 1}
    assert strengths(1).tolist() == [1]


def test_each_line_is_named_by_its_step_where_it_is() -> None:
    names = layer(table([0, 100, 5000], WEIGHTS), "name")
    assert list(names["text"]) == ["step 5,000", "step 100", "step 0"]
    gap = 15 * 4 / 260
    logs = np.log10(WEIGHTS[::-1])
    for (_, name), line in zip(names.iterrows(), logs, strict=True):
        assert np.min(np.abs(line - np.log10(name["weight"]))) == pytest.approx(0.85 * gap, rel=1e-3)
    assert names["weight"].between(*DOMAIN).all()


def test_lines_that_lie_over_one_another_have_one_name() -> None:
    assert list(layer(table([0, 100, 5000], np.ones((3, 24))), "name")["text"]) == ["at every step"]
    assert list(layer(table([7], np.ones((1, 24))), "name")["text"]) == ["step 7"]


def test_gaps() -> None:
    weights = np.where(X < 3, np.nan, WEIGHTS)
    weights[0] = np.nan
    found = table([0, 100, 5000], weights)
    assert layer(found, "curve")["weight"].isna().sum() == 24 + 2 * np.sum(X < 3)
    assert list(layer(found, "name")["text"]) == ["step 5,000", "step 100"]


@pytest.mark.parametrize(("steps", "weights"), [([0, 1], WEIGHTS), (list(range(5)), np.ones((5, 24)))])
def test_shapes_that_do_not_fit_are_refused(steps: list[float], weights: np.ndarray) -> None:
    with pytest.raises(ValueError, match="weights has shape"):
        table(steps, weights)


def test_the_map_covers_x_and_steps_without_gaps() -> None:
    found = pull_map_table(EDGES, [0.0, 100.0, 5000.0], WEIGHTS)
    assert tuple(found.columns) == MAP_COLUMNS
    assert len(found) == 72
    area = (found["x2"] - found["x"]) * (found["step2"] - found["step"])
    assert area.sum() == pytest.approx(12 * 5000)
    bounds = found[["step", "step2"]].drop_duplicates().to_numpy()
    assert bounds.tolist() == [[0, 50], [50, 2550], [2550, 5000]]


def test_the_map_leaves_out_bins_without_a_weight() -> None:
    weights = WEIGHTS.copy()
    weights[1, 3], weights[2, 5] = np.nan, 0.0
    assert len(pull_map_table(EDGES, [0.0, 100.0, 5000.0], weights)) == 70
    with pytest.raises(ValueError, match="weights has shape"):
        pull_map_table(EDGES[:-1], [0.0, 100.0, 5000.0], weights)
