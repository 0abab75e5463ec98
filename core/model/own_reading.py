"""What the second output of a typed formula is by itself: the std as a formula in s, where no other reading says it.

A typed loss may be written with any head: 0.5*r**2/softplus(s)**2 + log(softplus(s)) is a sound Gaussian NLL, and its
std is softplus(s). Such a loss brings the reading "own" along, with that formula.
"""

from functools import lru_cache

import numpy as np

from ..data.noise import NOISES
from .formulas.printing import text_of
from .head_curve import grid_curve, slope_of
from .head_formula import SAME, std_as_formula
from .losses import loss_with
from .readings import READINGS

_CENTRE = 1e-3  # in σ: how far from the mean its first output may lie


@lru_cache(maxsize=256)
def own_std(formula: str) -> str:
    """The std of a typed loss on Gaussian noise as a formula in s, which `std_formula` takes.

    Empty where a reading in the list says the same, where no simple formula in s is the std, or where the first output
    is not the mean. A tenth of a second for a formula that was not asked before, then none.
    """
    loss = loss_with("typed", {"formula": formula})
    if not loss.has_scale:
        return ""
    noise = NOISES["gaussian"]
    found = std_as_formula(loss, noise, everywhere=True)
    everywhere, found = found is not None, found or std_as_formula(loss, noise, everywhere=False)
    if found is None or abs(slope_of(loss, noise).place) > _CENTRE:
        return ""
    curve = grid_curve(loss, noise)
    s = curve.s[(np.isfinite(curve.log_std) | (~curve.live & curve.defined & everywhere)) & (curve.s != 0)]
    expected, outputs = found.std(s), np.stack([np.zeros_like(s), s], axis=-1)
    with np.errstate(all="ignore"):
        for name in loss.readings:
            if np.allclose(READINGS[name].predictive(outputs, ()).std, expected, rtol=SAME, atol=0):
                return ""
    return text_of(found.tree)
