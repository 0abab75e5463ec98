"""What a notebook shows of a run: the verdict, the charts of the Fit page, and its scores."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..charts.drawing import Style
from ..charts.of_run.chart import Chart
from ..charts.of_run.chart_table import CHARTS
from ..charts.of_run.scene import Shown
from ..charts.spec import Spec
from ..diagnosis.finding import Finding, Fix
from ..diagnosis.verdict.findings import verdict as verdict_on
from ..evaluation.scores import QUICK
from ..export.chart_files import foot_of
from ..export.pictures import pixels, stacked
from ..training.run import Run
from .score_tables import score_table, shown_scores
from .sheet import Kinds, Sheet, Shows

if TYPE_CHECKING:
    import pandas as pd

_CHARTS = {"fit": 8.0, "spread": 5.0, "observed": 10.0, "loss": 7.0}  # with their heights, cm


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Shows):
    """What is right or wrong with a run: the first rule that applies, in words, with the numbers behind them.

    >>> verdict(run).kind, verdict(run).headline  # doctest: +SKIP
    ('good', 'Your loss is negative, and that is correct')
    """

    run: Run
    finding: Finding

    @property
    def kind(self) -> str:
        """One of "good", "warning" and "mistake", or "open" if there is nothing to judge yet."""
        return self.finding.kind

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        return self.finding.headline

    @property
    def sentence(self) -> str:
        """What was found, with its numbers."""
        return self.sheet.words[0] if self.sheet.words else ""

    @property
    def claims(self) -> "pd.DataFrame":
        """The numbers in the words, by name: value, std_error (NaN where it has none) and what it means."""
        import pandas as pd

        rows = {each.name: (each.value, each.std_error, each.means) for each in self.finding.claims}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "std_error", "means"])
        return table.astype({"std_error": float}).rename_axis("claim")

    @property
    def causes(self) -> "pd.DataFrame":
        """The causes, the likeliest first: name, and the nats per point that each costs (NaN if not known)."""
        import pandas as pd

        return pd.DataFrame([(each.name, each.nats) for each in self.finding.causes], columns=["cause", "nats"])

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Settings that fix it: `train(run.experiment.with_settings(fix.settings))`."""
        return self.finding.fixes

    @property
    def sheet(self) -> Sheet:
        """What it shows: the words, what fixes it, and the charts of the run."""
        labels = [fix.label for fix in self.finding.fixes]
        fixes = f"Possible fixes: {'; '.join(labels)}." if labels else ""
        return Sheet(
            self.finding.kind,
            self.finding.headline,
            (self.finding.sentence, fixes),
            charts=lambda: charts_of(self.run),
            alt=lambda: seen_of(self.run),
        )


def verdict(run: Run) -> Verdict:
    """The verdict on a run that has ended, as the Fit page gives it. It may train for half a second.

    Raises TypeError for anything but a run; TableError if the table of the run is not here.
    """
    if not isinstance(run, Run):
        raise TypeError(f"A verdict is about a run, the result of train(); this is a {type(run).__name__}.")
    return Verdict(run, verdict_on(run))


def run_sheet(run: Run) -> Sheet:
    """The verdict, the charts and the scores of a run."""
    found = verdict(run).sheet
    table = shown_scores(score_table(run.judged, QUICK)) if run.has_curve else None
    others = [name for name in run.by_target if name != run.experiment.data.y]
    more = f"Other targets of this network: {', '.join(others)}. See run.of_target." if others else ""
    return Sheet(
        found.kind,
        found.headline,
        (*found.sentences, more),
        {} if table is None else {repr(run)[1:-1]: table},
        found.charts,
        found.alt,
    )


def run_bundle(run: Run, include: Kinds, exclude: Kinds) -> dict[str, Any]:
    """What a notebook shows of a run, by MIME type. Where its table is gone, its one line and why."""
    try:
        return run_sheet(run).bundle(include, exclude)
    except (ValueError, OSError) as reason:  # TableError, or a chart whose axis has no numbers
        return {"text/plain": f"{run!r}\nIt cannot be shown in full: {reason}"}


def charts_of(run: Run) -> Spec | None:
    """Fit, spread and loss as one specification, or observed over predicted and the loss; None without weights."""
    if not run.has_curve:
        return None
    rows, shown = _drawn(run)
    panels = [(*row.draw(shown, Style(height=pixels(_CHARTS[row.name]))), _CHARTS[row.name]) for row in rows]
    return stacked(panels, foot=foot_of(run))


def seen_of(run: Run) -> str:
    """What is seen on these charts, in sentences with numbers."""
    if not run.has_curve:
        return ""
    rows, shown = _drawn(run)
    return " ".join(f"{row.alt}. {row.told(shown)}" for row in rows)


def with_curve(run: Run) -> Run:
    """The run with its last frame, which a run from a file of weights does not have: its outputs on the grid."""
    if len(run.frame_steps) or not run.has_curve:
        return run
    steps, loss = np.array([run.steps_done]), np.array([np.nan])
    outputs = run.outputs(run.dataset.x_grid)[None]
    others = tuple(map(with_curve, run.others))
    return replace(run, frame_steps=steps, frame_outputs=outputs, frame_held_out_loss=loss, others=others)


def charts_at_end(run: Run, shown: Shown, names: Iterable[str]) -> list[Chart[Any]]:
    """Those of the named charts that apply; without the loss where no step of it was kept."""
    kept = (CHARTS[name] for name in names if name != "loss" or len(run.history_rows))
    return [row for row in kept if row.applies(shown)]


def _drawn(run: Run) -> tuple[list[Chart[Any]], Shown]:
    shown = Shown.at_end(with_curve(run))
    return charts_at_end(run, shown, _CHARTS), shown
