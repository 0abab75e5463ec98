"""Two runs beside each other in a notebook: what differs, which score is better, and their charts on shared axes."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..charts.drawing import Style
from ..charts.of_run.scene import Shown, shared_scenes
from ..charts.spec import Spec
from ..evaluation.compared import better, difference, shown
from ..evaluation.scores import COMPARED, SCORES
from ..export.pictures import pixels, stacked
from ..runs.entry import changed_settings
from ..training.ranked import why_not_ranked
from ..training.run import Run
from .of_run import Verdict, charts_at_end, seen_of, verdict, with_curve
from .sheet import Sheet, Shows

if TYPE_CHECKING:
    import pandas as pd

_CHARTS = {"fit": 6.5, "spread": 4.5, "observed": 6.5, "loss": 6.0}  # with their heights, cm
_WIDTH_CM = 11.0  # of one side


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Shows):
    """Two runs beside each other: `settings` that differ, `scores` with what is better, `verdicts`, and charts."""

    runs: tuple[Run, Run]
    names: tuple[str, str]

    @property
    def settings(self) -> "pd.DataFrame":
        """What differs between the two experiments: a row for each setting, with the value of either run."""
        import pandas as pd

        rows = changed_settings(*(run.experiment for run in self.runs))
        return pd.DataFrame(rows, columns=["setting", *self.names])

    @property
    def scores(self) -> "pd.DataFrame":
        """A row for each score that ranks runs: both values, difference (first − second), std_error, unit and better.

        The difference is taken point by point where both runs are judged on the same points. `better` names the run
        that is better by more than two standard errors; it is empty if that cannot be said. There is neither where
        scores do not rank the runs: they predict different quantities, points of another noise, or training rows.
        """
        import pandas as pd

        left, right = (run.judged for run in self.runs)
        rows = {}
        for name, score in COMPARED.items():
            values = [SCORES[name].estimate(judged).value for judged in (left, right)]
            apart = error = None
            if not self._unranked and None not in values:
                apart = values[0] - values[1]  # type: ignore[operator]
                error = self._error(name, values)
            rows[name] = (*values, apart, error, score.unit, self._better(name))
        columns = [*self.names, "difference", "std_error", "unit", "better"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("score")
        return table.astype(dict.fromkeys(columns[:4], float))

    @property
    def verdicts(self) -> tuple[Verdict, Verdict]:
        """The verdict on either run."""
        return verdict(self.runs[0]), verdict(self.runs[1])

    @property
    def sheet(self) -> Sheet:
        """What it shows: which is better, both verdicts, what differs, the scores, and both charts on shared axes."""
        wins: dict[str, list[str]] = {name: [] for name in self.names}
        for name, score in COMPARED.items():
            if winner := self._better(name):
                wins[winner].append(score.label)
        said = [f"{name} is better by {_joined(labels)}" for name, labels in wins.items() if labels]
        headline = "; ".join(said) or f"No score differs clearly between {_joined(list(self.names))}"
        pairs = zip(self.names, self.verdicts, strict=True)
        sentences = [f"{name}: {each.headline}." for name, each in pairs]
        settings = self.settings
        if settings.empty:
            sentences.append("Both have the same settings.")
        return Sheet(
            "open" if not said else "",
            self._unranked.rstrip(".") or headline,
            (*sentences, self._warning()),
            {"What differs": settings, "Scores": self._shown_scores()},
            self._charts,
            lambda: " ".join(f"{name}: {seen_of(run)}" for name, run in zip(self.names, self.runs, strict=True)),
        )

    @cached_property
    def _unranked(self) -> str:
        return why_not_ranked(*self.runs)

    def _better(self, name: str) -> str:
        if self._unranked:
            return ""
        left, right = (run.judged for run in self.runs)
        return {-1: self.names[0], 1: self.names[1]}.get(better(name, left, right), "")

    def _error(self, name: str, values: list[float | None]) -> float | None:
        """The standard error of the difference; none for a gap, which has no sampling error."""
        error = None if name == "gap" else difference(name, *(run.judged for run in self.runs)).std_error
        if error is None or name != "rmse":
            return error
        both = math.fsum(value or 0.0 for value in values)
        return error / both if both else None  # of √: the difference of two squares is (a − b)(a + b)

    def _warning(self) -> str:
        if self._unranked:
            return ""
        left, right = (run.y_held_out for run in self.runs)
        same = left.shape == right.shape and bool((left == right).all())
        return "" if same else "The two runs are judged on different points, so a better score may be due to them."

    def _shown_scores(self) -> "pd.DataFrame":
        import pandas as pd

        left, right = (run.judged for run in self.runs)
        rows = [(row.label, *shown(name, left, right), self._better(name)) for name, row in COMPARED.items()]
        return pd.DataFrame(rows, columns=["Score", *self.names, "Better"])

    def _charts(self) -> Spec:
        """Both sides as one specification, each with the charts that apply to it, on shared axes."""
        scenes = shared_scenes(*(run.experiment for run in self.runs))
        sides = []
        for name, run, scene in zip(self.names, self.runs, scenes, strict=True):
            side = replace(Shown.at_end(with_curve(run)), scene=scene)
            rows = charts_at_end(run, side, _CHARTS)
            panels = [(*row.draw(side, Style(height=pixels(_CHARTS[row.name]))), _CHARTS[row.name]) for row in rows]
            sides.append((name, stacked(panels, width_cm=_WIDTH_CM)))
        return side_by_side(sides)


def compare(first: Run, second: Run, *, names: tuple[str, str] = ("first", "second")) -> Comparison:
    """Two finished runs beside each other: what differs between their settings, and which is better by which score.

    `names` stand for the two in tables and charts. Raises TypeError for what is not a run, and ValueError for a run
    without finite weights or for two names that are not different and short.
    """
    for run in (first, second):
        if not isinstance(run, Run):
            raise TypeError(f"Runs are compared, the results of train(); this is a {type(run).__name__}.")
        if not run.has_curve:
            raise ValueError(f"Run {run.key} has no prediction: it ended as {run.status}. {run.message}".strip())
    if isinstance(names, str) or len(names) != 2:
        raise ValueError(f"names is {names!r}: it must be two words, such as ('small', 'large').")
    one, other = (str(name).strip() for name in names)
    if not (one and other and one != other and max(len(one), len(other)) <= 40):
        raise ValueError("The names must be two different words of at most 40 characters.")
    return Comparison((first, second), (one, other))


def side_by_side(sides: list[tuple[str, Spec]]) -> Spec:
    """Specifications beside each other, each below its name, with the rows of all of them."""
    datasets: dict[str, Any] = {}
    columns = []
    for i, (name, spec) in enumerate(sides):
        views = []
        for view in spec["vconcat"]:
            own = view["data"]["name"]
            datasets[f"{own}_{i}"] = spec["datasets"][own]
            views.append({**view, "data": {"name": f"{own}_{i}"}})
        columns.append({"title": name, "vconcat": views, "spacing": spec["spacing"]})
    kept = {name: part for name, part in sides[0][1].items() if name not in ("vconcat", "datasets", "spacing")}
    return {**kept, "hconcat": columns, "spacing": 24, "datasets": datasets}


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
