"""The name that the program was called by: `heteroscope`, or `python -m core` in a checkout."""

import sys
from pathlib import Path

_INSTALLED = "heteroscope"


def called() -> str:
    """What a person types before a command, as they did this time."""
    if Path(sys.argv[0] or "").stem.lower() == _INSTALLED:
        return _INSTALLED
    return f"python -m {(__package__ or '').partition('.')[0]}"
