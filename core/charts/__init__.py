"""Charts: tables in, Vega-Lite specs out.

A chart is two things. Its *spec* holds everything that an experiment fixes (domains, colours, words) and is built
once; its *table* holds the rows of one moment. A page that sends the same spec with new rows swaps the rows in the
view that stands, without building the chart again.
"""

from .domains import fit_domain, loss_domain, spread_domain
from .fit import fit_spec, fit_table, thin
from .frame import axis_extent
from .loss import final_loss, loss_spec, loss_table
from .palette import DARK, LIGHT, PALETTES, Palette
from .spread import spread_spec, spread_table

__all__ = [
    "DARK",
    "LIGHT",
    "PALETTES",
    "Palette",
    "axis_extent",
    "final_loss",
    "fit_domain",
    "fit_spec",
    "fit_table",
    "loss_domain",
    "loss_spec",
    "loss_table",
    "spread_domain",
    "spread_spec",
    "spread_table",
    "thin",
]
