"""Every chart that the pages draw of a run, as SVG and PNG at print size, in one zip. CHARTS is the table of them."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from core.charts.domains import weight_domain
from core.diagnosis.calibration.chart_words import Examined, examined
from core.diagnosis.calibration.effect import effect_of
from core.diagnosis.chart_data.feature_data import Axis, features_of, prediction_of
from core.diagnosis.chart_data.loss_data import floor_curve, typical_std
from core.diagnosis.chart_data.point_data import one_point, why_no_curve
from core.diagnosis.chart_data.pull_data import Pull, pull
from core.drawings import anatomy, calibration, many
from core.drawings.calibration import along_domain
from core.drawings.drawing import Drawing
from core.experiment.loss_settings import loss_of
from core.export.facts import ExportError
from core.export.figures import HEIGHT_CM, both, pixels
from core.export.panels import loss_axis, loss_by_step, observed, over_x
from core.export.run_tables import LEVEL
from core.training.run import Run

MOST_FEATURES = 12  # of which the dependence is drawn
README = "readme.txt"
_LIGHT = "light"
_HEIGHT = pixels(HEIGHT_CM)
_LONGEST_NAME = 40  # characters of a feature in the name of a file
_DAY = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the first that a zip can tell: its pictures are of a run, and not of the day they were drawn


@dataclass(frozen=True)
class Chart:
    """One chart of a run: the name of its files, what it is called, whether a run has it, and how it is made.

    `make` raises ValueError, one sentence, where the run's numbers cannot be drawn.
    """

    name: str
    label: str
    applies: Callable[[Run], bool]
    make: Callable[[Run], Drawing]


def _one_input(run: Run) -> bool:
    return run.dataset.inputs == 1


def _many_inputs(run: Run) -> bool:
    return not _one_input(run)


def _always(run: Run) -> bool:
    return True


def _truth_known(run: Run) -> bool:
    return run.dataset.truth is not None


def _judged(draw: Callable[[Examined, str], Drawing], form: str = "interval") -> Callable[[Run], Drawing]:
    return lambda run: draw(examined(run, LEVEL, form), _LIGHT)


def _coverage(run: Run) -> Drawing:
    dates, found = run.dataset.x_is_date, examined(run, LEVEL, "interval")
    return calibration.coverage(found, _LIGHT, along_domain(run), run.along_label, dates=dates)


def _recalibrated(run: Run) -> Drawing:
    dates, found = run.dataset.x_is_date, effect_of(run, "scale", LEVEL)
    return calibration.coverage_recalibrated(found, _LIGHT, along_domain(run), run.along_label, dates=dates)


def _of_truth(draw: Callable[..., Drawing]) -> Callable[[Run], Drawing]:
    return lambda run: draw(examined(run, LEVEL, "interval").maps, _LIGHT, along_domain(run), run.dataset.x_label)


def _terms(run: Run) -> Drawing:
    return anatomy.terms(
        run.experiment,
        run.history,
        _LIGHT,
        step_domain=(0, run.steps_done),
        loss_domain=loss_axis(run),
        height=_HEIGHT,
    )


def _floor(run: Run) -> Drawing:
    drawing = anatomy.floor(run.experiment, run, _LIGHT, height=_HEIGHT)
    assert drawing is not None  # for it applies
    return drawing


def _point(run: Run) -> Drawing:
    found = one_point(loss_of(run.experiment.loss), typical_std(run.experiment), 1.0)
    return anatomy.point(run.experiment, found, _LIGHT, height=_HEIGHT)


def _pulled(draw: Callable[[Run, Pull], Drawing]) -> Callable[[Run], Drawing]:
    def make(run: Run) -> Drawing:
        found = pull(run)
        assert found is not None  # for it applies
        return draw(run, found)

    return make


def _pull(run: Run, found: Pull) -> Drawing:
    return anatomy.pull(run, found, weight_domain(found.weights), _LIGHT, height=_HEIGHT)


def _pull_map(run: Run, found: Pull) -> Drawing:
    return anatomy.pull_map(run, found, weight_domain(found.weights), _LIGHT)


def _residuals(as_z: bool) -> Callable[[Run], Drawing]:
    return lambda run: many.residuals(run, prediction_of(run), _LIGHT, as_z=as_z)


_ROWS = (
    Chart("fit", "Fit over x", _one_input, lambda run: Drawing(*over_x(run)[0][:2])),
    Chart("spread", "Spread over x", _one_input, lambda run: Drawing(*over_x(run)[1][:2])),
    Chart("observed", "Observed over predicted", _many_inputs, lambda run: Drawing(*observed(run)[:2])),
    Chart("loss", "Loss by step", _always, lambda run: Drawing(*loss_by_step(run, HEIGHT_CM)[:2])),
    Chart("z", "z over the prediction", _many_inputs, _residuals(as_z=True)),
    Chart("residuals", "Residuals over the prediction", _many_inputs, _residuals(as_z=False)),
    Chart("reliability", "Reliability of central intervals", _always, _judged(calibration.reliability)),
    Chart("quantiles", "Reliability of quantiles", _always, _judged(calibration.reliability, "quantile")),
    Chart("pit", "PIT histogram", _always, _judged(calibration.pit)),
    Chart("qq", "Normal QQ plot", _always, _judged(calibration.qq)),
    Chart("coverage", "Coverage along x, or along the prediction", _always, _coverage),
    Chart("recalibrated", "Coverage after recalibration by one factor, before in grey", _always, _recalibrated),
    Chart("ratio", "Predicted over true std", _truth_known, _of_truth(calibration.ratio)),
    Chart("kl", "KL divergence from the truth", _truth_known, _of_truth(calibration.kl)),
    Chart("error_by_std", "RMSE by predicted std", _always, _judged(calibration.by_std)),
    Chart("intervals", "Intervals by width", _always, _judged(calibration.intervals)),
    Chart("terms", "The loss and its terms by step", _always, _terms),
    Chart("floor", "Lowest possible loss by σ", lambda run: floor_curve(run.experiment) is not None, _floor),
    Chart("one_point", "Loss of one point at 1 σ", lambda run: not why_no_curve(loss_of(run.experiment.loss)), _point),
    Chart("pull", "Who pulls at the mean", lambda run: pull(run) is not None, _pulled(_pull)),
    Chart("pull_map", "Who pulls at the mean, by step", lambda run: pull(run) is not None, _pulled(_pull_map)),
)

CHARTS: Mapping[str, Chart] = MappingProxyType({row.name: row for row in _ROWS})


def charts_of(run: Run) -> dict[str, Drawing]:
    """Every chart of a run that can be drawn, (spec, table) by the name of its files, in the light scheme.

    Raises ExportError where the run has no curve.
    """
    return {row.name: drawing for row, drawing in _drawn(run) if isinstance(drawing, Drawing)}


def charts_zip(run: Run) -> bytes:
    """The zip of NAME.svg and NAME.png of every chart, 16 × 9 cm and 300 dots per inch, with a readme of them.

    Raises ExportError where the run has no curve.
    """
    buffer, told = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w") as file:
        for row, drawing in _drawn(run):
            if isinstance(drawing, str):
                told.append(f"{row.name}: not drawn. {drawing}")
                continue
            svg, png = both(*drawing)
            _write(file, f"{row.name}.svg", svg, zipfile.ZIP_DEFLATED)
            _write(file, f"{row.name}.png", png, zipfile.ZIP_STORED)  # it is packed already
            told.append(f"{row.name}: {row.label}")
        _write(file, README, _readme(run, told).encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _drawn(run: Run) -> Iterator[tuple[Chart, Drawing | str]]:
    """Each chart that a run has, with its drawing, or the sentence that says why there is none."""
    if not run.has_curve:
        raise ExportError("This run has no curve to draw: train it, and export it then.")
    for row in (*CHARTS.values(), *_of_features(run)):
        if row.applies(run):
            yield row, _attempt(row, run)


def _attempt(row: Chart, run: Run) -> Drawing | str:
    try:
        return row.make(run)
    except ValueError as reason:  # CannotScore is one, and so is what a chart says of an axis without numbers
        return str(reason)


def _of_features(run: Run) -> list[Chart]:
    """Partial dependence of mean and std on each of the first features, where there are many inputs."""
    if _one_input(run):
        return []
    rows = []
    for i, axis in enumerate(list(features_of(run).values())[:MOST_FEATURES], 1):
        for part in ("mean", "std"):
            name = f"dependence_{i:02d}_{_file_name(axis.label)}_{part}"
            label = f"Predicted {part} by {axis.label}, on average over rows"
            rows.append(Chart(name, label, _always, partial(_dependence, axis, part)))
    return rows


def _dependence(axis: Axis, part: str, run: Run) -> Drawing:
    return many.dependence(run, axis, _LIGHT)[part]


def _file_name(name: str) -> str:
    """What of a name can stand in that of a file on any system."""
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:_LONGEST_NAME] or "feature"


def _readme(run: Run, told: list[str]) -> str:
    lines = [f"Charts of run {run.key}", "Each as NAME.svg and NAME.png, 16 × 9 cm, 300 dots per inch.", "", *told]
    left = 0 if _one_input(run) else len(features_of(run)) - MOST_FEATURES
    if left > 0:
        lines.append(f"Of {left:,} more features no partial dependence was drawn.")
    return "\r\n".join(" ".join(line.split()) for line in lines) + "\r\n"


def _write(file: zipfile.ZipFile, name: str, content: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.external_attr = 0o644 << 16
    file.writestr(entry, content, how)
