"""Why?: the section that shows what a verdict says. A kind of finding has a page and a section of it.

A section is a heading drawn by `elements.section`, or a chart or table by its key. The link holds the experiment, so it
also opens in a new tab; within the window the bars' script goes there and scrolls: see `bars`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from core.diagnosis.finding import Finding

PREFIX = "see-"  # of a section in an address, which tells it from other anchors

# Of a run, by the rule that found it: (page, section). A run without a net has nothing more to show.
OF_RULE: Mapping[str, tuple[str, str] | None] = MappingProxyType(
    {
        "failed": None,
        "stopped": ("fit", "loss-chart"),
        "diverged": ("fit", "loss-chart"),
        "runs_away": ("anatomy", "point"),
        "has_no_mean": ("calibration", "width"),
        "fits_one_constant": ("fit", "loss-chart"),
        "no_mean": ("anatomy", "point"),
        "dead_head": ("anatomy", "head"),
        "misread": ("calibration", "reliability-chart"),
        "bounded": ("calibration", "along"),
        "penalised": ("anatomy", "terms"),
        "overfitted": ("fit", "loss-chart"),
        "underfitted": ("fit", "loss-chart"),
        "one_spread": ("calibration", "along"),
        "mistaken": ("anatomy", "terms"),
        "other_family": ("seeds", "families"),
        "at_floor": ("anatomy", "floor"),
        "at_floor_together": ("anatomy", "floor"),
        "real_data": ("calibration", "reliability-chart"),
    }
)
# By the first cause that is named: of predictions, which are judged on the Calibration page, and some of a run.
_ALONG, _WIDTH = (("calibration", section) for section in ("along", "width"))
OF_CAUSE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bias": _ALONG,
        "bias_along_x": _ALONG,
        "width_along_x": _ALONG,
        "dependence": _ALONG,
        "std_not_with_points": _WIDTH,
        "head": ("anatomy", "head"),
        "shared_trunk": ("anatomy", "pull"),
    }
)


def place_of(finding: Finding, otherwise: tuple[str, str] | None = None) -> tuple[str, str] | None:
    """The page and the section that show a finding; `otherwise` where no table has it."""
    first = finding.causes[0].name if finding.causes else ""
    return OF_CAUSE.get(first) or OF_RULE.get(finding.rule, otherwise)


def why_link(place: tuple[str, str] | None, link: Mapping[str, str]) -> str:
    """“Why?” as a Markdown link to a section, with the experiment; nothing without a place."""
    if place is None:
        return ""
    page, section = place
    return f"[Why?](<{page}?{urlencode(link)}#{PREFIX}{section}>)"
