"""Each spec is valid Vega-Lite, reads what its table holds, and draws in the colours of the palette."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from core.charts.dependence import dependence_spec, dependence_table
from core.charts.family_grid import family_spec, family_table
from core.charts.fit import fit_spec, fit_table
from core.charts.floor_curve import floor_spec, floor_table
from core.charts.groups import groups_spec, groups_table
from core.charts.heatmap import heatmap_spec, heatmap_table
from core.charts.ignorance import by_n_spec, by_n_table, ignorance_spec, ignorance_table, parts_spec
from core.charts.intervals import intervals_spec, intervals_table, observed_spec, observed_table
from core.charts.log_chart import log_spec, log_std_spec, log_std_table, log_table
from core.charts.loss import loss_spec, loss_table
from core.charts.palette import PALETTES
from core.charts.parallel import parallel_spec, parallel_table
from core.charts.pit import pit_spec, pit_table
from core.charts.point_curve import point_spec, point_table
from core.charts.promises import (
    coverage_spec,
    coverage_table,
    error_by_std_spec,
    error_by_std_table,
    qq_spec,
    qq_table,
    reliability_spec,
    reliability_table,
)
from core.charts.pull import pull_map_spec, pull_map_table, pull_spec, pull_table
from core.charts.residuals import residuals_spec, residuals_table
from core.charts.scatter import scatter_spec, scatter_table
from core.charts.seeds import seeds_spec, seeds_table
from core.charts.sigma import sigma_spec, sigma_table
from core.charts.spread import spread_spec, spread_table
from core.charts.terms import terms_spec, terms_table
from core.charts.truth_map import kl_spec, kl_table, ratio_spec, ratio_table
from core.evaluation.unequal_variance import running_spread
from tests.core.charts.test_spec import contrast

GRID = np.linspace(50.0, 150.0, 200)
STEP = np.arange(1, 501)
HISTORY = pd.DataFrame({"step": STEP, "loss": 1.5 - STEP / 200, "residual": 0.5, "scale": 1 - STEP / 200})
LOSSES = 1.5 - STEP / 200
X, Y, SPREAD, STEPS, LOSS = (50.0, 150.0), (-1.0, 5.0), (0.0, 0.5), (0, 500), (-2.0, 1.5)
SIZES = (50.0, 800.0)
SIGMAS, S, WEIGHTS = (0.01, 10.0), (-8.0, 4.0), (0.01, 10.0)
SIGMA, LOG_VARIANCE, PULL = np.geomspace(*SIGMAS, 50), np.linspace(*S, 50), np.ones((2, 200))
UNIT, Z, RATIO, KL, RANKS, DENSITY = (0.0, 1.0), (-4.0, 4.0), (0.25, 4.0), (0.0, 2.0), (0, 200), (0.0, 2.5)
SHARES, NORMAL = np.linspace(0.01, 0.99, 100), np.linspace(-5.0, 5.0, 100)
NAMES = ("plain", "Laplace")
INSIDE = np.arange(200) % 9 > 0
BANDS = ignorance_table(GRID, GRID, *[GRID] * 6, (80.0, 120.0))
WAVE, Z2 = GRID + 15 * np.sin(np.arange(200)), 3 * np.sin(np.arange(200.0))

TABLES = MappingProxyType(
    {
        "fit": fit_table(GRID, GRID, GRID, GRID, GRID, GRID, GRID),
        "spread": spread_table(GRID, GRID, GRID, GRID),
        "loss": loss_table(HISTORY, step_domain=STEPS, loss_domain=LOSS, floor=-1.1, previous=HISTORY),
        "log": log_table((STEP, LOSSES), (STEP, LOSSES), x_domain=STEPS, loss_domain=LOSS, std=np.exp(LOSSES)),
        "log_std": log_std_table(STEP, np.exp(LOSSES)),
        "terms": terms_table(HISTORY, step_domain=STEPS, loss_domain=LOSS, floor=(-1.2, -1.0)),
        "floor": floor_table(
            SIGMA, SIGMA, loss_domain=LOSS, constant=0.9, crossings=(0.6, 0.2), own=[0.1, 0.2], reached=0.1
        ),
        "point": point_table(LOG_VARIANCE, 2 * LOG_VARIANCE, LOG_VARIANCE, loss_domain=LOSS, minimum=(0.0, 0.0)),
        "pull": pull_table(GRID, [0, 500], PULL, weight_domain=WEIGHTS),
        "pull_map": pull_map_table(np.linspace(*X, 201), [0, 500], PULL),
        "reliability": reliability_table(SHARES, SHARES, SHARES, SHARES),
        "qq": qq_table(NORMAL, NORMAL, NORMAL, NORMAL),
        "error_by_std": error_by_std_table(SHARES, SHARES, SHARES, SHARES, domain=SPREAD),
        "coverage": coverage_table(GRID, GRID, GRID, GRID, GRID, level=0.9, x_domain=X, exact=(GRID, GRID)),
        "ratio": ratio_table(GRID, GRID, x_domain=X),
        "kl": kl_table(GRID, GRID, x_domain=X, kl_domain=KL),
        "pit": pit_table(np.linspace(0.0, 1.0, 21), np.ones(20), 0.8, 1.2),
        "intervals": intervals_table(np.arange(200), -GRID, GRID, GRID, GRID, INSIDE, y_domain=Y),
        "observed": observed_table(GRID / 50, GRID / 50 - 1, GRID / 50 + 1, GRID / 30, domain=Y),
        "family": family_table(NAMES, NAMES, [0.0, 0.1], [0.01, 0.2], own=(NAMES[0], NAMES[0])),
        "seeds": seeds_table(NAMES, [0.0, 0.1], variants=NAMES, mean=[0, 0.1], low=[-0.1, 0.0], high=[0.1, 0.2]),
        "groups": groups_table(NAMES, [0.9, 0.7], [0.8, 0.6], [0.95, 0.8], [False, True], level=0.9),
        "scatter": scatter_table(GRID, GRID, running_spread(GRID, GRID)),
        "sigma": sigma_table(GRID, GRID, running_spread(GRID, GRID)),
        "residuals": residuals_table(GRID, WAVE - GRID, np.full(200, 4.0), y_domain=Y),
        "residuals_by_name": residuals_table(np.resize(NAMES, 200), Z2, np.ones(200), y_domain=Y, names=NAMES),
        "ignorance": BANDS,
        "ignorance_parts": BANDS[BANDS["layer"] != "data"],
        "ignorance_by_n": by_n_table([50, 100], [0.1, 0.1], [0.02, 0.01], [0.1, 0.1], [0.1, 0.1]),
        "heatmap": heatmap_table(NAMES * 2, np.repeat(NAMES, 2), [0.0, 0.2, 0.4, 1.0], ["1"] * 4, ["3"] * 4),
        "parallel": parallel_table(
            NAMES, np.eye(2), [["a", "b"]] * 2, [0.0, 1.0], {name: [(0, "0")] for name in NAMES}
        ),
        "dependence": dependence_table(GRID, GRID, GRID - 1, GRID + 1),
        "dependence_by_name": dependence_table([0, 1], [0.0, 1.0], [-1.0, 0.0], [1.0, 2.0], NAMES),
    }
)
SPECS: MappingProxyType[str, Callable[..., dict[str, Any]]] = MappingProxyType(
    {
        "fit": lambda scheme, **options: fit_spec(scheme, X, Y, **options),
        "spread": lambda scheme, **options: spread_spec(scheme, X, SPREAD, **options),
        "loss": lambda scheme, **options: loss_spec(scheme, STEPS, LOSS, **options),
        "log": lambda scheme, **options: log_spec(scheme, STEPS, LOSS, **options),
        "log_std": lambda scheme, **options: log_std_spec(scheme, STEPS, SPREAD, **options),
        "terms": lambda scheme, **options: terms_spec(scheme, STEPS, LOSS, **options),
        "floor": lambda scheme, **options: floor_spec(scheme, SIGMAS, LOSS, **options),
        "point": lambda scheme, **options: point_spec(scheme, S, LOSS, **options),
        "pull": lambda scheme, **options: pull_spec(scheme, X, WEIGHTS, **options),
        "pull_map": lambda scheme, **options: pull_map_spec(scheme, X, STEPS, WEIGHTS, **options),
        "reliability": lambda scheme, **options: reliability_spec(scheme, before=True, **options),
        "qq": lambda scheme, **options: qq_spec(scheme, before=True, **options),
        "error_by_std": lambda scheme, **options: error_by_std_spec(scheme, SPREAD, before=True, **options),
        "coverage": lambda scheme, **options: coverage_spec(scheme, X, exact=True, before=True, **options),
        "ratio": lambda scheme, **options: ratio_spec(scheme, X, before=True, **options),
        "kl": lambda scheme, **options: kl_spec(scheme, X, KL, before=True, **options),
        "pit": lambda scheme, **options: pit_spec(scheme, DENSITY, **options),
        "intervals": lambda scheme, **options: intervals_spec(scheme, RANKS, Y, **options),
        "observed": lambda scheme, **options: observed_spec(scheme, Y, **{"y_label": "y", **options}),
        "family": lambda scheme, **options: family_spec(scheme, NAMES, NAMES, KL, **options),
        "seeds": lambda scheme, **options: seeds_spec(scheme, NAMES, LOSS, title="NLL", **options),
        "groups": lambda scheme, **options: groups_spec(scheme, NAMES, UNIT, **{"title": "Share inside", **options}),
        "scatter": lambda scheme, **options: scatter_spec(scheme, X, Y, **options),
        "sigma": lambda scheme, **options: sigma_spec(scheme, X, SPREAD, **options),
        "residuals": lambda scheme, **options: residuals_spec(scheme, X, Y, **options),
        "residuals_by_name": lambda scheme, **options: residuals_spec(scheme, NAMES, Y, **options),
        "ignorance": lambda scheme, **options: ignorance_spec(scheme, X, Y, **{"title": "Five members", **options}),
        "ignorance_parts": lambda scheme, **options: parts_spec(scheme, X, SPREAD, **options),
        "ignorance_by_n": lambda scheme, **options: by_n_spec(scheme, SIZES, SPREAD, title="By points", **options),
        "heatmap": lambda scheme, **options: heatmap_spec(
            scheme, NAMES, NAMES, **{"title": "Median NLL", "axes": ("loss", "σ"), **options}
        ),
        "parallel": lambda scheme, **options: parallel_spec(scheme, NAMES, **{"title": "All settings", **options}),
        "dependence": lambda scheme, **options: dependence_spec(scheme, X, Y, **options),
        "dependence_by_name": lambda scheme, **options: dependence_spec(scheme, NAMES, Y, **options),
    }
)
AXES = MappingProxyType(
    {
        "fit": (X, Y),
        "spread": (X, SPREAD),
        "loss": (STEPS, LOSS),
        "log": (STEPS, LOSS),
        "log_std": (STEPS, SPREAD),
        "terms": (STEPS, LOSS),
        "floor": (SIGMAS, LOSS),
        "point": (S, LOSS),
        "pull": (X, WEIGHTS),
        "pull_map": (X, STEPS),
        "reliability": (UNIT, UNIT),
        "qq": (Z, Z),
        "error_by_std": (SPREAD, SPREAD),
        "coverage": (X, UNIT),
        "ratio": (X, RATIO),
        "kl": (X, KL),
        "pit": (UNIT, DENSITY),
        "intervals": (RANKS, Y),
        "observed": (Y, Y),
        "family": (NAMES, NAMES),
        "seeds": (LOSS, NAMES),
        "groups": (UNIT, NAMES),
        "scatter": (X, Y),
        "sigma": (X, SPREAD),
        "residuals": (X, Y),
        "residuals_by_name": (NAMES, Y),
        "ignorance": (X, Y),
        "ignorance_parts": (X, SPREAD),
        "ignorance_by_n": (SIZES, SPREAD),
        "heatmap": (NAMES, NAMES),
        "parallel": (NAMES, (-0.04, 1.04)),
        "dependence": (X, Y),
        "dependence_by_name": (NAMES, Y),
    }
)
# What is positive may be logarithmic; a loss never is.
LOGARITHMIC = MappingProxyType({"ignorance_by_n": {"x"}, "floor": {"x"}, "pull": {"y"}, "ratio": {"y"}})
TOLD = MappingProxyType(
    {
        "fit": ["x", "now_mean", "now_std", "truth"],
        "spread": ["x", "now_std", "truth"],
        "loss": ["step", "loss", "residual", "scale"],
        "log": ["x", "training", "validation", "std"],
        "log_std": ["x", "std"],
        "terms": ["step", "loss", "residual", "scale"],
        "floor": ["sigma", "floor"],
        "point": ["s", "loss", "residual", "scale"],
        "pull": ["x", "weight", "step"],
        "pull_map": ["x", "step", "weight"],
        "reliability": ["x", "y", "low", "high", "before"],
        "qq": ["x", "y", "low", "high", "before"],
        "error_by_std": ["x", "y", "low", "high", "before"],
        "coverage": ["x", "y", "low", "high", "before"],
        "ratio": ["x", "y", "before"],
        "kl": ["x", "y", "before"],
        "pit": ["left", "right", "y"],
        "intervals": ["rank", "y", "low", "high"],
        "observed": ["x", "y", "low", "high"],
        "family": ["noise", "loss", "theory_text", "measured_text"],
        "seeds": ["variant", "mean", "low", "high"],
        "groups": ["group", "covered", "low", "high"],
        "scatter": ["x", "y", "std"],
        "sigma": ["x", "y"],
        "residuals": ["x", "y", "std"],
        "residuals_by_name": ["name", "y", "std"],
        "ignorance": ["x", "y", "noise", "ignorance", "truth"],
        "ignorance_parts": ["x", "noise", "true_noise", "ignorance"],
        "ignorance_by_n": ["n", "noise", "truth", "inside", "gap"],
        "heatmap": ["across", "down", "text", "runs"],
        "parallel": ["axis", "text"],
        "dependence": ["x", "y", "low", "high"],
        "dependence_by_name": ["name", "y", "low", "high"],
    }
)
WITHOUT_A_CURVE = (
    "pull_map",
    "family",
    "seeds",
    "groups",
    "heatmap",
    "parallel",
)  # each of their marks tells its own numbers
EACH = pytest.mark.parametrize("name", SPECS)
SCHEMES = pytest.mark.parametrize("scheme", PALETTES)


def parts(spec: Any) -> Iterator[dict[str, Any]]:
    """Every dict within a spec, itself included."""
    if isinstance(spec, dict):
        yield spec
        spec = list(spec.values())
    if isinstance(spec, list):
        for part in spec:
            yield from parts(part)


def layers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers that draw something."""
    yield from (part for part in parts(spec.get("layer")) if "mark" in part)


@pytest.mark.long
@EACH
def test_valid_vega_lite(name: str) -> None:
    spec = copy.deepcopy(SPECS[name]("light"))
    # Vega lays legends out by this; Vega-Lite passes it on, but its schema does not know it.
    del spec["config"]["legend"]["layout"]
    alt.LayerChart.from_dict(spec, validate=True)


@EACH
def test_a_spec_that_is_not_valid_is_refused(name: str) -> None:
    spec = copy.deepcopy(SPECS[name]("light"))
    del spec["config"]["legend"]["layout"]
    next(layers(spec))["mark"]["opacity"] = "half"
    with pytest.raises(Exception, match="half"):
        alt.LayerChart.from_dict(spec, validate=True)


@EACH
def test_every_layer_reads_rows_and_columns_that_the_table_has(name: str) -> None:
    spec, table = SPECS[name]("light"), TABLES[name]
    filters = [part["filter"] for part in parts(spec) if isinstance(part.get("filter"), str)]
    read = {found for text in filters for found in re.findall(r"datum\.layer == '(\w+)'", text)}
    assert read - {"lone"} == set(table["layer"])  # which a table of one row has
    made = {part["as"] for part in parts(spec) if "calculate" in part}
    fields = {part["field"] for part in parts(spec) if "field" in part}
    assert fields <= set(table.columns) | made
    assert all(any("filter" in step for step in layer["transform"]) for layer in layers(spec))


@EACH
@SCHEMES
def test_what_is_written_on_a_chart_can_be_read(name: str, scheme: str) -> None:
    """Text has a contrast of 4.5 with the page (WCAG 2.1), and is of a palette's colour in either scheme."""
    spec = SPECS[name](scheme)
    for layer in layers(spec):
        mark, colour = layer["mark"], layer["encoding"].get("color", {})
        if mark.get("type") == "text" and "stroke" not in mark:  # the others are halos
            written = colour.get("scale", {}).get("range") or [colour.get("value", mark.get("color"))]
            assert all(contrast(each, PALETTES[scheme]["background"]) >= 4.5 for each in written), (layer, written)


@EACH
def test_no_slot_is_left_open(name: str) -> None:
    assert "@" not in json.dumps(SPECS[name]("dark"))


@EACH
@SCHEMES
def test_only_colours_of_the_palette(name: str, scheme: str) -> None:
    used = set(re.findall(r"#[0-9A-Fa-f]{6}", json.dumps(SPECS[name](scheme))))
    assert used <= set(PALETTES[scheme].values())


def colour_of(spec: dict[str, Any], field: str, mark: str = "line") -> str:
    """The colour in which a field is drawn: the mark's own, or its name's in the scale."""
    (layer,) = [
        layer
        for layer in layers(spec)
        if layer["mark"]["type"] == mark and layer["encoding"].get("y", {}).get("field") == field
    ]
    if "color" in layer["mark"]:
        return str(layer["mark"]["color"])
    scale = layer["encoding"]["color"]["scale"]
    made = next((step["calculate"].strip("'") for step in layer["transform"] if "calculate" in step), None)
    return str(scale["range"][scale["domain"].index(made) if "domain" in scale else 0])


@pytest.mark.parametrize(
    ("name", "field", "meaning"),
    [
        ("fit", "now_mean", "prediction"),
        ("fit", "truth", "truth"),
        ("fit", "previous", "previous"),
        ("spread", "now_std", "prediction"),
        ("spread", "truth", "truth"),
        ("spread", "previous", "previous"),
        ("loss", "loss", "loss"),
        ("loss", "smooth_residual", "residual"),
        ("loss", "smooth_scale", "scale"),
        ("terms", "smooth_loss", "loss"),
        ("log", "training", "loss"),
        ("log", "validation", "prediction"),
        ("floor", "floor", "loss"),
        ("point", "loss", "loss"),
        ("point", "residual", "residual"),
        ("point", "scale", "scale"),
        ("pull", "weight", "residual"),
        ("ignorance", "y", "prediction"),
        ("ignorance", "truth", "truth"),
        ("ignorance_parts", "noise", "prediction"),
        ("ignorance_parts", "ignorance", "epistemic"),
        ("ignorance_by_n", "noise", "prediction"),
        ("ignorance_by_n", "inside", "epistemic"),
        *((name, "before", "previous") for name in ("reliability", "qq", "error_by_std", "coverage", "ratio", "kl")),
    ],
)
@SCHEMES
def test_a_colour_means_one_thing(name: str, field: str, meaning: str, scheme: str) -> None:
    assert colour_of(SPECS[name](scheme), field) == PALETTES[scheme][meaning]


@SCHEMES
def test_a_term_is_named_in_its_lines_colour(scheme: str) -> None:
    texts = [layer for layer in layers(SPECS["loss"](scheme)) if "color" in layer["encoding"]]
    for layer in texts:
        scale = layer["encoding"]["color"]["scale"]
        named = dict(zip(scale["domain"], scale["range"], strict=True))
        assert named == {term: PALETTES[scheme][term] for term in ("loss", "residual", "scale")}
    assert len(texts) == 2


@SCHEMES
def test_an_area_has_its_terms_colour_and_a_mark_on_the_floor_that_of_what_it_is(scheme: str) -> None:
    wanted = {
        "terms": {"residual": "residual", "regulariser": "muted", "scale": "scale", "loss": "loss"},
        "floor": {"floor": "loss", "other": "muted", "truth": "truth", "prediction": "prediction"},
        "point": {"residual": "residual", "scale": "scale", "loss": "loss"},
    }
    for name, meanings in wanted.items():
        colours = [
            layer["encoding"]["color"]["scale"] for layer in layers(SPECS[name](scheme)) if "color" in layer["encoding"]
        ]
        assert colours
        for scale in colours:
            named = dict(zip(scale["domain"], scale["range"], strict=True))
            assert named == {role: PALETTES[scheme][meaning] for role, meaning in meanings.items()}


@SCHEMES
def test_the_maps_valleys_are_dark_in_both_schemes(scheme: str) -> None:
    (layer,) = layers(SPECS["pull_map"](scheme))
    scale = layer["encoding"]["color"]["scale"]
    assert scale["domain"] == [0.01, 0.1, 10.0]
    assert scale["range"] == [
        min((PALETTES[scheme]["text"], PALETTES[scheme]["background"]), key=brightness),
        PALETTES[scheme]["residual"],
        max((PALETTES[scheme]["text"], PALETTES[scheme]["background"]), key=brightness),
    ]


def brightness(colour: str) -> int:
    return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@EACH
def test_equal_arguments_give_the_same_spec(name: str) -> None:
    assert SPECS[name]("light") is SPECS[name]("light")
    assert SPECS[name]("light") != SPECS[name]("dark")


@EACH
def test_axes_have_names(name: str) -> None:
    """Of heat maps on the page too: a title cannot say which way is which."""
    spec = SPECS[name]("light")
    assert all(spec["usermeta"]["axes"]), "finished(…, axes=(x, y))"
    titles = {axis["title"] for part in parts(spec) if isinstance(axis := part.get("axis"), dict) and axis.get("title")}
    assert titles == (set(spec["usermeta"]["axes"]) if name in ("family", "pull_map", "heatmap") else set())


@EACH
def test_axes_are_fixed_linear_for_losses_and_marks_clipped(name: str) -> None:
    spec = SPECS[name]("light")
    encodings = [layer["encoding"] for layer in layers(spec)]
    for axis, domain in zip("xy", AXES[name], strict=True):
        scales = [encoding[axis]["scale"] for encoding in encodings if axis in encoding]
        assert {tuple(scale["domain"]) for scale in scales} == {domain}
        kind = "log" if axis in LOGARITHMIC.get(name, ()) else "band" if domain == NAMES else None
        assert {scale.get("type") for scale in scales} == {kind}
    drawn = [layer["mark"] for layer in layers(spec) if layer["mark"]["type"] in ("line", "area", "circle", "rect")]
    assert drawn
    assert all(mark["clip"] for mark in drawn)


def test_fit_and_spread_share_their_left_edge() -> None:
    def extents(spec: dict[str, Any]) -> set[tuple[float, float]]:
        return {(part["minExtent"], part["maxExtent"]) for part in parts(spec) if "minExtent" in part}

    assert extents(SPECS["fit"]("light", extent=37)) == extents(SPECS["spread"]("light", extent=37)) == {(37, 37)}


@pytest.mark.parametrize("name", ["fit", "spread"])
def test_without_a_truth_none_is_promised(name: str) -> None:
    spec = SPECS[name]("light", truth=False)
    assert "tru" not in json.dumps([spec["title"], spec["layer"]]).replace("true", "")
    assert "truth" in json.dumps(SPECS[name]("light")["layer"])


@EACH
def test_numbers_have_a_true_minus_and_the_pages_font(name: str) -> None:
    config = SPECS[name]("light")["config"]
    assert config["locale"]["number"]["minus"] == "\u2212"
    assert config["font"].startswith("Source Sans")
    assert config["background"] == "transparent"


@EACH
def test_hover_tells_the_nearest_rows_numbers(name: str) -> None:
    spec = SPECS[name]("light")
    hover = [part for part in parts(spec) if part.get("name") == "hover"]
    assert [part["select"]["nearest"] for part in hover] == ([] if name in WITHOUT_A_CURVE else [True])
    (tooltip,) = [layer["encoding"]["tooltip"] for layer in layers(spec) if "tooltip" in layer["encoding"]]
    assert [entry["field"] for entry in tooltip] == TOLD[name]


@pytest.mark.parametrize(("name", "axis"), [("terms", "step"), ("point", "s")])
def test_hover_tells_only_the_terms_that_a_loss_has(name: str, axis: str) -> None:
    spec = SPECS[name]("light", terms=("residual",))
    (tooltip,) = [layer["encoding"]["tooltip"] for layer in layers(spec) if "tooltip" in layer["encoding"]]
    assert [entry["field"] for entry in tooltip] == [axis, "loss", "residual"]


def test_titles_name_the_table_and_the_unit() -> None:
    assert fit_spec("light", X, Y, x_label="income", y_label="food")["title"]["text"] == "Fit: food over income"
    assert spread_spec("light", X, SPREAD)["title"]["text"] == "Standard deviation over x: predicted, true dashed"
    assert loss_spec("light", STEPS, LOSS)["title"]["text"] == "Loss by step, nats per point"
    for name in ("terms", "floor", "point"):
        assert "nats" in SPECS[name]("light")["title"]["text"]


@EACH
def test_an_unknown_scheme_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"'sepia'.*light, dark"):
        SPECS[name]("sepia")


def test_few_points_are_drawn_larger_and_a_thousand_alike() -> None:
    def dots(points: int) -> int:
        spec = fit_spec("light", X, Y, points=points)
        return next(layer["mark"]["size"] for layer in layers(spec) if layer["mark"]["type"] == "circle")

    assert dots(10) > dots(100) > dots(500) == dots(1_000_000)
