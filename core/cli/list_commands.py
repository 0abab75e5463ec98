"""What `python -m core presets`, `losses` and `settings` do: list what there is to choose from."""

import argparse
import json
import math
from collections.abc import Callable
from typing import Any

from ..data.noise import NOISES
from ..experiment.experiment import FIELDS, Experiment, setting_of
from ..experiment.presets import GROUPS, PRESETS
from ..experiment.settings import allowed_in, to_text
from ..model.losses import LOSSES

_FLOOR_AT = 0.2  # σ at which the floors of the losses are listed


def presets(options: argparse.Namespace) -> int:
    """The named experiments."""
    rows = [
        {
            "group": row.group,
            "name": row.name,
            "label": row.label,
            "look_for": row.look_for,
            "settings": dict(row.settings),
        }
        for row in PRESETS.values()
    ]
    if options.json:
        return _show(rows, True, str)
    for group, title in GROUPS.items():
        print(title)
        _show(
            [row for row in rows if row["group"] == group], False, lambda row: f"  {row['name']:20} {row['look_for']}"
        )
    return 0


def losses(options: argparse.Namespace) -> int:
    """The losses."""
    rows = [
        {
            "name": row.name,
            "label": row.label,
            "help": row.help,
            "latex": row.latex,
            "outputs": [output.name for output in row.outputs],
            "reading": row.readings[0],
            "readings": list(row.readings),
            "heads": list(row.heads),
            "floor": _finite(float(row.floor(NOISES["gaussian"], _FLOOR_AT))),
            "unit": row.unit,
            "mistake": bool(row.mistake),
            "outcome": row.mistake or None,
            "reference": row.reference,
        }
        for row in LOSSES.values()
    ]
    return _show(rows, options.json, lambda row: f"{row['name']:22} {row['outcome'] or row['help']}")


def _finite(value: float) -> float | None:
    """The value, or None for what JSON has no number for."""
    return value if math.isfinite(value) else None


def settings(options: argparse.Namespace) -> int:
    """The settings."""
    default = Experiment()
    rows = [
        {
            "name": path,
            "default": default.value(path),
            "takes": allowed_in(FIELDS[path]),
            "unit": setting_of(path).unit,
            "help": setting_of(path).help,
        }
        for path in FIELDS
    ]
    return _show(rows, options.json, lambda row: f"{row['name']:24} {to_text(row['default']):14} {row['takes']}")


def _show(rows: list[dict[str, Any]], as_json: bool, line: Callable[[dict[str, Any]], str]) -> int:
    print(json.dumps(rows) if as_json else "\n".join(line(row) for row in rows))
    return 0
