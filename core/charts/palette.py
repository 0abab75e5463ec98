"""The colours of the laboratory, by what they mean.

A colour means the same on every chart and page. The hues are those of Okabe and Ito (2008), which colour-blind people
can distinguish; in the dark scheme they are lighter, not inverted. No chart distinguishes two things by colour alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme, each a hex string named by its meaning."""

    background: str  # of the page, for the halo of labels; charts themselves are transparent
    text: str
    muted: str  # axis labels, notes
    grid: str
    zero: str  # the line that a loss crosses when it turns negative
    data: str
    truth: str  # always dashed as well
    prediction: str  # mean, std and band
    previous: str  # the previous run
    loss: str
    residual: str
    scale: str
    epistemic: str
    warning: str


LIGHT = Palette(
    background="#FFFFFF",
    text="#1A1C21",
    muted="#676E7B",
    grid="#E6E8EC",
    zero="#9BA1AC",
    data="#7D8590",
    truth="#1A1C21",
    prediction="#0072B2",
    previous="#A3A9B4",
    loss="#1A1C21",
    residual="#D55E00",
    scale="#009E73",
    epistemic="#CC79A7",
    warning="#E69F00",
)

DARK = Palette(
    background="#12161C",
    text="#F0F2F5",
    muted="#9AA2AE",
    grid="#2B323C",
    zero="#6C7480",
    data="#9AA2AE",
    truth="#F0F2F5",
    prediction="#56B4E9",
    previous="#6F7884",
    loss="#F0F2F5",
    residual="#F28E5C",
    scale="#2CC295",
    epistemic="#DE9BC0",
    warning="#E6A91C",
)

PALETTES: Mapping[str, Palette] = MappingProxyType({"light": LIGHT, "dark": DARK})
