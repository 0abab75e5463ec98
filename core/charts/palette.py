"""The colours of the laboratory, by what they mean.

A colour means the same on every chart and page. The hues are those of Okabe and Ito (2008), which colour-blind people
can distinguish; in the dark scheme they are lighter, not inverted. In the light scheme those that also write names are
darker than there: a name needs a contrast of 4.5 (WCAG 2.1). No chart distinguishes two things by colour alone.
"""

from collections.abc import Mapping
from types import MappingProxyType

Palette = Mapping[str, str]  # the colours of one scheme, hex strings by their meaning

_COLOURS = {  # in the light scheme, and in the dark one
    "background": ("#FFFFFF", "#12161C"),  # of the page, for the halo of labels; charts themselves are transparent
    "text": ("#111318", "#F0F2F5"),
    "muted": ("#676E7B", "#9AA2AE"),  # axis labels, notes
    "grid": ("#E6E8EC", "#2B323C"),
    "zero": ("#9BA1AC", "#6C7480"),  # the line that a loss crosses when it turns negative
    "data": ("#7D8590", "#9AA2AE"),
    "truth": ("#111318", "#F0F2F5"),  # always dashed as well
    "prediction": ("#0072B2", "#56B4E9"),  # mean, std and band
    "previous": ("#A3A9B4", "#6F7884"),  # the previous run
    "loss": ("#111318", "#F0F2F5"),
    "residual": ("#BF4F00", "#F28E5C"),
    "scale": ("#008060", "#2CC295"),
    "epistemic": ("#CC79A7", "#DE9BC0"),
    "warning": ("#E69F00", "#E6A91C"),
}

PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        scheme: MappingProxyType({meaning: pair[i] for meaning, pair in _COLOURS.items()})
        for i, scheme in enumerate(("light", "dark"))
    }
)
