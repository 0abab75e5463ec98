"""Which recalibration answers the causes that were found: the one that a page offers first."""

from collections.abc import Mapping
from types import MappingProxyType

from ...distributions.stated import Partial
from ...evaluation.judged import CannotScore
from ...evaluation.predictions import Predictions
from ...evaluation.recalibration import RECALIBRATIONS, ways_for
from ...training.run import Run
from .case import Case, case_of
from .diagnosis import diagnosed

DEFAULT = "scale"
_LEVEL = 0.95

# By the first cause. Nothing that trains no network helps where points depend on each other.
_OF_CAUSE: Mapping[str, str] = MappingProxyType(
    {
        "bias": "shift",
        "bias_along_x": "shift_along",
        "width": "scale",
        "width_along_x": "scale_along",
        "width_along_prediction": "scale_along",
        "width_along_std": "power",
        "shape": "isotonic",
        "std_not_with_points": "conformal",
        "variance_as_std": "power",
        "std_as_variance": "power",
    }
)


def offered(subject: Run | Predictions | Case) -> str:
    """The name in RECALIBRATIONS of the one for the first cause, or for a bias and a width together.

    One factor where no cause was found, or where there are too few points for another.
    """
    case = case_of(subject)
    law = case.judged.predictive
    if isinstance(law, Partial):
        return "conformal_bounds" if "conformal_bounds" in ways_for(law) else "conformal"
    if case.ignorance_alone and RECALIBRATIONS["conformal"].least(_LEVEL) <= case.judged.y.size // 2:
        return "conformal"
    try:
        causes = [blame.cause for blame in diagnosed(case).causes if blame.cause in _OF_CAUSE]
    except CannotScore:
        return DEFAULT
    name = _OF_CAUSE[causes[0]] if causes else DEFAULT
    if {"bias", "width"} <= set(causes):
        name = "shift_scale"
    return name if RECALIBRATIONS[name].least(_LEVEL) <= case.judged.y.size // 2 else DEFAULT
