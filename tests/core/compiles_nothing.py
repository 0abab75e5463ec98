"""scoringrules by NumPy alone: with Numba in sight it compiles ten functions at import, for seconds of every process.

No test uses those: scores of densities have closed forms, which are NumPy's either way.
"""

import sys

known = sys.modules.pop("numba", None)
sys.modules["numba"] = None  # type: ignore[assignment]  # so that to import it is an ImportError
try:
    import scoringrules
finally:
    del sys.modules["numba"]
    if known is not None:
        sys.modules["numba"] = known

__all__ = ["scoringrules"]
