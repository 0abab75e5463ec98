"""A chart for a projector: the same specification with larger letters and lines."""

from typing import Any

from .spec import Spec

FACTOR = 1.5
# What has a size in pixels of its own; the areas of dots grow with the square, and are left as they are.
_GROWS = frozenset({"fontSize", "labelFontSize", "minExtent", "maxExtent", "strokeWidth", "symbolStrokeWidth"})


def enlarged(spec: Spec, factor: float = FACTOR) -> Spec:
    """A copy of a finished spec with everything that has a size in pixels ``factor`` times larger."""
    grown = {key: _grown(key, part, factor) for key, part in spec.items()}
    config = grown["config"]
    legend = {**config["legend"], "labelLimit": 160 * factor}  # Vega's own limit, above which it cuts a name
    return grown | {"config": {**config, "legend": legend}}


def _grown(key: str, part: Any, factor: float) -> Any:
    if isinstance(part, dict):
        return {inner: _grown(inner, value, factor) for inner, value in part.items()}
    if isinstance(part, list):
        return [_grown("", value, factor) for value in part]
    sized = key in _GROWS and isinstance(part, (int, float)) and not isinstance(part, bool)
    return part * factor if sized else part
