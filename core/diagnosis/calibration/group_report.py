"""What predictions are worth in each group of a file: a table, and a sentence where groups differ beyond luck."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...data.tables.columns import Columns
from ...distributions.stated import MeanAlone, Partial, QuantilesAlone
from ...evaluation.groups import Group, Points, by_group
from ...evaluation.judged import CannotScore
from ...evaluation.kept import kept
from ...evaluation.predictions import Predictions
from ...evaluation.predictions_groups import Groups, groups_of
from ...evaluation.right_model import normal_scores
from ...words import amount, margin, number
from ..finding import Claim, Finding
from . import calibration_claims as claims

MOST_GROUPS = 200  # that are compared
MOST_SHOWN = 15
_NAME = 60  # letters of a group's name in a sentence


@dataclass(frozen=True, eq=False)
class GroupReport:
    """The groups of a column, at the level of an interval; None as a level where there are means alone.

    `groups` are all of them; `shown` the marked ones and the largest of the others. `finding` is None where no group
    differs beyond luck. `note` says why there are no groups, or what was left out.
    """

    column: str
    level: float | None
    groups: tuple[Group, ...]
    finding: Finding | None
    note: str = ""

    @property
    def shown(self) -> tuple[Group, ...]:
        """At most MOST_SHOWN groups: those that are marked, by their p-value, then the largest."""
        ordered = sorted(self.groups, key=lambda group: (not group.mark, group.p if group.mark else 0.0, -group.n))
        return tuple(ordered[:MOST_SHOWN])


@kept
def groups_by(predictions: Predictions, columns: Columns, name: str) -> Groups | None:
    """The groups of the points by a column of their table."""
    return None if predictions.kept is None else groups_of(columns[name], predictions.kept)


def group_report(predictions: Predictions, level: float, groups: Groups | None = None) -> GroupReport | None:
    """The report on the file's own column of groups, or on `groups`; None if there is no such column.

    An interval alone is judged at its own level.
    """
    groups = groups or predictions.groups
    return None if groups is None else _report(predictions, level, groups)


@kept
def _report(predictions: Predictions, level: float, groups: Groups) -> GroupReport | None:
    there = np.unique(groups.codes[groups.codes >= 0])
    if there.size > MOST_GROUPS:
        note = f"“{groups.column}” has {there.size:,} values; groups are compared for at most {MOST_GROUPS}."
        return GroupReport(groups.column, None, (), None, note)
    if there.size < 2:
        return None
    try:
        points, level_shown = _points(predictions, level, groups)
    except CannotScore:
        return None  # the verdict says why nothing can be judged
    found = by_group(points)
    without = int(np.sum(groups.codes < 0))
    note = f"{without:,} points are in no group." if without else ""
    return GroupReport(groups.column, level_shown, found, _finding(found, points, level_shown, groups.column), note)


def _points(predictions: Predictions, level: float, groups: Groups) -> tuple[Points, float | None]:
    judged, law = predictions.judged, predictions.judged.predictive
    y = judged.y
    if isinstance(law, MeanAlone):
        return Points(groups.codes, groups.names, None, None, judged.residual, judged.residual, False), None
    if isinstance(law, QuantilesAlone) and law.central is None:
        residual = y - predictions.centre
        return Points(groups.codes, groups.names, None, None, None, residual, False), None
    level = law.central or level if isinstance(law, QuantilesAlone) else level
    lower, upper = judged.interval(level)
    covered = ((lower <= y) & (y <= upper)).astype(float)
    if isinstance(law, Partial):
        half = np.maximum((upper - lower) / 2, np.finfo(np.float64).tiny)
        with np.errstate(all="ignore"):
            score = np.nan_to_num((y - (lower + upper) / 2) / half)
        residual = None if np.isnan(judged.mean).all() else judged.residual
        return Points(groups.codes, groups.names, covered, upper - lower, residual, score, False), level
    return Points(
        groups.codes, groups.names, covered, upper - lower, judged.residual, normal_scores(judged), True
    ), level


# By the way in which a group differs: the headline, and the sentence.
_SAID: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "coverage": (
            "The coverage differs in one group",
            "In **{group}** the {level} intervals contain **{coverage}** of {n_group} points; in the other "
            "groups, {coverage_elsewhere}.",
        ),
        "place": (
            "The mean is wrong in one group",
            "In **{group}** y − mean is **{bias_group}** on average over {n_group} points; in the other groups, "
            "{bias_elsewhere}.",
        ),
        "distance": (
            "The size of the errors differs in one group",
            "In **{group}** the errors are **{size_group}** times as large as predicted on {n_group} points; in "
            "the other groups, {size_elsewhere} times.",
        ),
    }
)


def _finding(found: tuple[Group, ...], points: Points, level: float | None, column: str) -> Finding | None:
    """The group that differs most, and the names of the others; None if none does."""
    marked = sorted((group for group in found if group.mark), key=lambda group: group.p)
    if not marked:
        return None
    first = marked[0]
    others = [group for group in found if not group.mark] or [group for group in found if group is not first]
    headline, words = _SAID[first.mark]
    known: tuple[Claim, ...] = (claims.GROUP(_named(first.name, column)), claims.N_GROUP(first.n))
    known += _CLAIMS[first.mark](first, others, points, level)
    if first.mark == "distance" and first.mean_z2 is None and first.rmse is not None:
        words = (
            "In **{group}** the root mean squared error is **{rmse_group}** on {n_group} points; in the other "
            "groups, {rmse_elsewhere}."
        )
        squares = _mean(others, lambda group: (group.rmse or 0.0) ** 2)
        known = (*known[:2], claims.RMSE_GROUP(first.rmse), claims.RMSE_ELSEWHERE(float(np.sqrt(squares))))
    elif first.mark != "coverage" and (first.bias is None or (first.mark == "distance" and first.mean_z2 is None)):
        words = "The errors in **{group}** ({n_group} points) differ from those of the other groups."
        known = known[:2]
    words += " If all groups were alike, so large a difference would appear in at most {alarm} of files."
    known += (claims.ALARM(max(first.p, 1e-4)),)
    if len(marked) > 1:
        words += " Also different: {more_groups}."
        listed = [_named(group.name, column) for group in marked[1:6]]
        known += (claims.MORE_GROUPS(", ".join(listed) + (" and more" if len(marked) > 6 else "")),)
    return Finding.said("warning", headline, words, known)


def _named(name: str, column: str) -> str:
    return f"{column} {name}" if name.replace(".", "").lstrip("-").isdigit() else name[:_NAME]


def _mean(groups: list[Group], of: Callable[[Group], float | None]) -> float:
    return sum((of(group) or 0.0) * group.n for group in groups) / sum(group.n for group in groups)


def _of_coverage(first: Group, others: list[Group], points: Points, level: float | None) -> tuple[Claim, ...]:
    assert level is not None
    return (
        claims.LEVEL(level),
        claims.COVERAGE(first.covered or 0.0),
        claims.COVERAGE_ELSEWHERE(_mean(others, lambda group: group.covered)),
    )


def _of_place(first: Group, others: list[Group], points: Points, level: float | None) -> tuple[Claim, ...]:
    return claims.BIAS_GROUP(first.bias or 0.0, first.bias_error), claims.BIAS_ELSEWHERE(
        _mean(others, lambda group: group.bias)
    )


def _of_distance(first: Group, others: list[Group], points: Points, level: float | None) -> tuple[Claim, ...]:
    return (
        claims.SIZE_GROUP(float(np.sqrt(first.mean_z2 or 0.0))),
        claims.SIZE_ELSEWHERE(float(np.sqrt(_mean(others, lambda group: group.mean_z2)))),
    )


_CLAIMS: Mapping[str, Callable[[Group, list[Group], Points, float | None], tuple[Claim, ...]]] = MappingProxyType(
    {"coverage": _of_coverage, "place": _of_place, "distance": _of_distance}
)


@dataclass(frozen=True)
class _Mark:
    """The words of a mark: where the group's value lies above the others', and where it lies below."""

    of: Callable[[Group], float | None]
    above: str
    below: str


_MARKS: Mapping[str, _Mark] = MappingProxyType(
    {
        "coverage": _Mark(lambda group: group.covered, "covers more", "covers fewer"),
        "place": _Mark(lambda group: group.bias, "y is higher", "y is lower"),
        "distance": _Mark(lambda group: group.mean_z2 or group.rmse, "larger errors", "smaller errors"),
    }
)


def mark_words(group: Group, report: GroupReport) -> str:
    """How a marked group differs from those that are not marked; that it is too small to be compared; or nothing."""
    if not group.mark:
        return "few points" if group.few else ""
    mark = _MARKS[group.mark]
    others = [other for other in report.groups if not other.mark] or [o for o in report.groups if o is not group]
    if (own := mark.of(group)) is None:
        return "other errors"
    return mark.above if own > _mean(others, mark.of) else mark.below


def rows(report: GroupReport) -> list[tuple[str, ...]]:
    """The table of the groups that are shown, as text, with a line of names; columns not in the form are left out."""
    share = "" if report.level is None else f"{100 * report.level:g} % covers"
    columns: list[tuple[str, Callable[[Group], str]]] = [
        (report.column, lambda group: group.name[:_NAME]),
        ("Points", lambda group: f"{group.n:,}"),
        (share, _covered),
        ("Mean width", lambda group: "" if group.width is None else amount(group.width)),
        ("Mean y − mean", _bias),
        ("Mean z²", lambda group: "" if group.mean_z2 is None else number(group.mean_z2, 2)),
        ("RMSE", lambda group: "" if group.rmse is None or group.mean_z2 is not None else amount(group.rmse)),
        ("Differs", lambda group: mark_words(group, report)),
    ]
    last = len(columns) - 1
    cells = [[words(group) for _, words in columns] for group in report.shown]
    kept = [i for i, (name, _) in enumerate(columns) if name and (i in (0, 1, last) or any(row[i] for row in cells))]
    return [
        tuple(columns[i][0] for i in kept),
        *(tuple(row[i] or "–" if i != last else row[i] for i in kept) for row in cells),
    ]


def _covered(group: Group) -> str:
    if group.covered is None or group.low is None or group.high is None:
        return ""
    return f"{100 * group.covered:.1f} % ({100 * group.low:.0f}–{100 * group.high:.0f})"


def _bias(group: Group) -> str:
    if group.bias is None:
        return ""
    return amount(group.bias) + ("" if group.bias_error is None else f" ± {margin(group.bias_error)}")
