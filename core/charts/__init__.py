"""Charts: tables in, Vega-Lite specs out.

A chart is two things. Its *spec* holds everything that an experiment fixes (domains, colours, words) and is built
once; its *table* holds the rows of one moment. A page that sends the same spec with new rows swaps the rows in the
view that stands, without building the chart again.
"""

from .course import final_loss
from .domains import fit_domain, loss_domain, spread_domain, weight_domain
from .fit import fit_spec, fit_table, thin
from .floor_curve import floor_spec, floor_table
from .frame import axis_extent
from .loss import loss_spec, loss_table
from .palette import DARK, LIGHT, PALETTES, Palette
from .point_curve import point_spec, point_table
from .pull import pull_map_spec, pull_map_table, pull_spec, pull_table
from .spread import spread_spec, spread_table
from .terms import terms_spec, terms_table
from .unit import domain_in_unit, table_in_unit

__all__ = [
    "DARK",
    "LIGHT",
    "PALETTES",
    "Palette",
    "axis_extent",
    "domain_in_unit",
    "final_loss",
    "fit_domain",
    "fit_spec",
    "fit_table",
    "floor_spec",
    "floor_table",
    "loss_domain",
    "loss_spec",
    "loss_table",
    "point_spec",
    "point_table",
    "pull_map_spec",
    "pull_map_table",
    "pull_spec",
    "pull_table",
    "spread_domain",
    "spread_spec",
    "spread_table",
    "table_in_unit",
    "terms_spec",
    "terms_table",
    "thin",
    "weight_domain",
]
