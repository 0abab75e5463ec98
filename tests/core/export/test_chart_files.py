"""All charts of a run in one zip: valid pictures of print size, what a run has and nothing else, and a readme."""

import io
import socket
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core.charts.of_run.chart_table import CHARTS, MOST_FEATURES
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.experiment.experiment import Experiment
from core.export.chart_files import README, charts_zip
from core.export.chart_files import drawn as drawn_of
from core.training.loop import train
from core.training.run import Run

pytestmark = pytest.mark.long

ANY = {"loss", "reliability", "quantiles", "pit", "qq", "coverage", "recalibrated", "error_by_std", "intervals"}
ANY |= {"terms", "floor"}
CURVE, TRUTH, ANATOMY = {"fit", "spread"}, {"ratio", "kl"}, {"one_point", "head_pull", "pull", "pull_map"}
PRINT_SIZE = (16 / 2.54 * 300, 9 / 2.54 * 300)
SVG = "{http://www.w3.org/2000/svg}"


def made(settings: Mapping[str, object]) -> Run:
    return train(Experiment.from_settings({"data.n": 200, "training.steps": 60} | settings))


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def drawn() -> Run:
    return made({})


@pytest.fixture(scope="module")
def concrete() -> Run:
    return made({"data.table": "concrete"})


def charts_in(files: Mapping[str, bytes]) -> set[str]:
    """The names of the charts in a zip; each is there as SVG and PNG, whole and of print size."""
    names = {name.removesuffix(".svg") for name in files if name.endswith(".svg")}
    assert set(files) == {README} | {f"{name}.{form}" for name in names for form in ("svg", "png")}
    for name in names:
        picture = files[f"{name}.png"]
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert picture[-12:] == b"\x00\x00\x00\x00IEND\xaeB`\x82"
        assert struct.unpack(">II", picture[16:24]) == pytest.approx(PRINT_SIZE, abs=2)
        assert marks_in(files[f"{name}.svg"]) > 0, name
    return names


def marks_in(picture: bytes) -> int:
    """How many paths of an SVG picture are of data: a chart whose axes stand in nothing has none of them."""
    tree = ElementTree.fromstring(picture)
    assert (tree.tag, tree.get("width"), tree.get("height")) == (f"{SVG}svg", "605", "340")
    groups = [group for group in tree.iter(f"{SVG}g") if "role-mark" in group.get("class", "")]
    return sum(len(path.get("d", "")) > 10 for group in groups for path in group.iter(f"{SVG}path"))


def test_of_drawn_points_every_chart_is_there_without_a_network(drawn: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a picture asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    told: list[tuple[str, float]] = []
    files = opened(charts_zip(drawn, lambda label, share: told.append((label, share))))
    assert charts_in(files) == ANY | CURVE | TRUTH | ANATOMY
    assert [label for label, _ in told] == [row.label for row in CHARTS.values()], "each is told before it is drawn"
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert 0 <= told[0][1] < told[-1][1] < 1
    words = files[README].decode()
    assert drawn.key in words
    assert "not drawn" not in words
    assert all(f"{name}: {CHARTS[name].label}" in words for name in charts_in(files))


def test_of_many_features_each_has_its_dependence(concrete: Run) -> None:
    names = charts_in(opened(charts_zip(concrete)))
    features = {name for name in names if name.startswith("dependence_")}
    assert names - features == ANY | {"observed", "z", "residuals", "one_point", "head_pull"}
    assert len(features) == 2 * 8
    assert {"dependence_01_cement_mean", "dependence_08_age_std"} <= features


@pytest.mark.parametrize("log_target", [False, True])
def test_of_quantiles_and_of_a_log_target(log_target: bool) -> None:
    run = made({"data.table": "engel", "data.log_y": True} if log_target else {"loss.name": "pinball"})
    names = charts_in(opened(charts_zip(run)))
    assert names == ANY | CURVE | (ANATOMY if log_target else TRUTH)


def test_what_cannot_be_drawn_is_named(drawn: Run) -> None:
    """With a scale of 1e38 for y the spread is beyond all numbers: no chart of calibration can be."""
    broken = replace(drawn, weights=np.where(np.arange(drawn.weights.size) == drawn.weights.size - 1, 3e38, 0.0))
    files = opened(charts_zip(broken))
    words = files[README].decode()
    assert "reliability: not drawn. " in words
    assert "reliability.svg" not in files
    assert "terms.svg" in files


def test_names_of_features_are_only_text(concrete: Run) -> None:
    hostile = ["../../etc/passwd", "<b>a</b>\r\nb", "σ", "a" * 300]
    features = tuple(
        replace(feature, name=name)
        for feature, name in zip(concrete.encoding.features, [*hostile, *"efgh"], strict=True)
    )
    renamed = replace(concrete, encoding=replace(concrete.encoding, features=features))
    names = [row.name for row, _ in drawn_of(renamed) if row.name.startswith("dependence")]
    assert names[::2][:4] == [
        "dependence_01_etc_passwd_mean",
        "dependence_02_b_a_b_b_mean",
        "dependence_03_feature_mean",
        f"dependence_04_{'a' * 40}_mean",
    ]


def test_of_very_many_features_the_first_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))
    values = np.random.default_rng(0).normal(size=(60, MOST_FEATURES + 3))
    rows = "\n".join(",".join(f"{value:.4f}" for value in row) for row in values)
    names = ",".join(f"c{i}" for i in range(values.shape[1]))
    key = table_store().put(read_table(f"{names}\n{rows}\n".encode(), "wide.csv"), "wide")
    run = made({"data.csv": key, "training.steps": 5})
    files = opened(charts_zip(run))
    assert sum("dependence" in name for name in charts_in(files)) == 2 * MOST_FEATURES
    assert "The partial dependence of 2 more features is not included." in files[README].decode()
