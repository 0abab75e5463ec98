"""Which sign stands before the decimals: what the cells of one column show, and what two readings of them give."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

_EXPONENT = r"([eE][+-]?\d+)?$"
# A group of thousands begins with 1 to 9 unless decimals follow, so that 0,125 and 0.125 are never thousands.
PATTERNS = {
    ".": r"^[+-]?(\d+\.?\d*|\.\d+|[1-9]\d{0,2}(,\d{3})+|\d{1,3}(,\d{3})+\.\d*|[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?)"
    + _EXPONENT,
    ",": r"^[+-]?(\d+,?\d*|,\d+|[1-9]\d{0,2}(\.\d{3})+|\d{1,3}(\.\d{3})+,\d*)" + _EXPONENT,
}
_OTHER = {".": ",", ",": "."}
_OPEN = r"^[+-]?[1-9]\d{0,2}([.,]\d{3})?$"
_MARKED = r"[.,]"


@dataclass(frozen=True)
class Signs:
    """What a column of plain numerals shows of its decimal sign.

    `readings` has its numbers (n,) by sign, one or both, or by "" where both signs stand before decimals; `sure` is the
    sign that the cells settle, empty where they have no mark or allow both; `example` is the first cell with a mark,
    `bare` whether some cells have none, and `groups` whether the other sign stands between thousands.
    """

    readings: dict[str, np.ndarray]
    sure: str = ""
    example: str = ""
    bare: bool = False
    groups: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the two signs give two columns."""
        return len(self.readings) > 1


def signs(cells: Any) -> Signs | None:
    """The readings of plain numerals, null where missing; None if neither sign fits every cell."""
    fitting = [sign for sign, pattern in PATTERNS.items() if every(cells, pattern)]
    if not fitting:
        return _mixed(cells)
    example = first_that(cells, _MARKED)
    if not example:
        return Signs({".": _values(cells, ".")})
    if len(fitting) == 2:
        fitting = _settled(cells, example)
    readings = {sign: _values(cells, sign) for sign in fitting}
    if len(fitting) == 1:
        groups = bool(first_that(cells, re.escape(_OTHER[fitting[0]])))
        return Signs(readings, fitting[0], example, groups=groups)
    return Signs(readings, "", example, bool(first_that(cells, r"^[+-]?\d+$")))


def _mixed(cells: Any) -> Signs | None:
    """A column with decimal commas and decimal points, if no cell may be a thousand."""
    import pyarrow.compute as pc

    if not every(cells, r"^[+-]?\d+([.,]\d+)?$") or first_that(cells, r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"):
        return None
    return Signs({"": pc.replace_substring(cells, ",", ".").cast("float64").to_numpy()}, "", first_that(cells, ","))


def signs_of_floats(cells: Any, values: np.ndarray) -> Signs:
    """The same for cells that are floats as they stand, `values`; the first cells mostly tell, at almost no cost."""
    import pyarrow.compute as pc

    if pc.any(pc.match_substring_regex(cells.slice(0, 1000), r"\.(\d{0,2}|\d{4,})([eE].*)?$|^[+-]?0*\.")).as_py():
        return Signs({".": values}, ".")
    if not pc.any(pc.match_substring(cells, "."), min_count=0).as_py():
        return Signs({".": values})
    example = first_that(cells, r"\.")
    if not every(cells, _OPEN) or _settled(cells, example) == ["."]:
        return Signs({".": values}, ".", example)
    return Signs({".": values, ",": _values(cells, ",")}, "", example, bool(first_that(cells, r"^[+-]?\d+$")))


def _settled(cells: Any, example: str) -> list[str]:
    """The signs that are left where both fit: a number of four digits without a mark shows that none are grouped."""
    if not first_that(cells, r"\d{4}"):
        return list(PATTERNS)
    return ["," if "," in example else "."]


def _values(cells: Any, sign: str) -> np.ndarray:
    import pyarrow.compute as pc

    plain = pc.replace_substring(pc.replace_substring(cells, _OTHER[sign], ""), sign, ".")
    return plain.cast("float64").to_numpy()


def every(cells: Any, pattern: str) -> bool:
    """Whether every cell that is not missing has the pattern."""
    import pyarrow.compute as pc

    # The first cells rule out most patterns at almost no cost.
    return all(
        pc.all(pc.match_substring_regex(some, pattern), min_count=0).as_py() for some in (cells.slice(0, 1000), cells)
    )


def first_that(cells: Any, pattern: str) -> str:
    """The first cell that has the pattern; empty if there is none."""
    import pyarrow.compute as pc

    for some in (cells.slice(0, 1000), cells):
        place = pc.index(pc.match_substring_regex(some, pattern), True).as_py()
        if place >= 0:
            return str(some[place].as_py())
    return ""


def as_number(cell: str, sign: str) -> str:
    """A cell as it reads with a decimal sign, in plain digits: for a sentence."""
    return re.sub(re.escape(_OTHER[sign]), "", cell).replace(sign, ".")
