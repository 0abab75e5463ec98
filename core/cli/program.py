"""The name of the program, as the person who called it wrote it."""

import sys
from pathlib import Path

PROGRAM = "heteroscope"  # the script that an installation brings; completion is for this name
_PACKAGE = __package__.partition(".")[0]


def program_name() -> str:
    """`heteroscope`, another name of this script, `python -m heteroscope`, or `python -m core` in a checkout.

    In another program, such as a test or a notebook, it is how the module is called.
    """
    called = Path(sys.argv[0] if sys.argv else "")
    entry = getattr(sys.modules.get("__main__"), "main", None)
    by_script = getattr(entry, "__module__", "") == f"{__package__}.main" and called.stem not in ("", "__main__", "-c")
    if not by_script:
        return f"python -m {_PACKAGE}"
    return called.stem if called.suffix.lower() == ".exe" else called.name
