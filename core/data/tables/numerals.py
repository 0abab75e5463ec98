"""Numbers as people write them (currencies, units, brackets, blanks between thousands) as plain numerals."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .decimal_sign import every

_FIRST = 1000  # cells that are tried before all are
_PLAIN = r"^[+-]?[\d.,]+([eE][+-]?\d+)?$"
BLANKS = " \u00a0\u202f\u2009\u2007\u2002\u2003\u3000\t"
_APOSTROPHES = "'’‘´`"
_MINUS = r"\-−–"
_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|RON|INR|AUD|CAD|NZD|BRL|MXN|ZAR|RUB|TRY|KRW|ILS|SGD|HKD|"
    r"US\$|A\$|C\$|R\$|NZ\$|HK\$|Fr\.|SFr\.|Rs\.|Rs|kr\.|kr|zł|Kč|Ft|euro|Euro|euros"
)
_CURRENCY = rf"^(\p{{Sc}}|{_CODES})$"
_PER_CENT = r"^(%|‰|percent|per cent|Prozent|pct\.?|p\.c\.|Pkt\.?)$"
# Attached to the number, as in 5kg, only these are units: 5x, 2A or 3B may be codes. After a blank any word is one.
_UNITS = (
    "°|°C|°F|ºC|℃|℉|kg|g|mg|µg|μg|t|lb|lbs|oz|km|m|cm|mm|µm|μm|nm|mi|ft|yd|m2|m²|m3|m³|km2|km²|cm2|cm²|cm3|cm³|ha|sqm|"
    "sqft|ccm|l|L|ml|mL|cl|dl|h|s|ms|µs|μs|ns|sec|min|mins|hrs|hr|yrs|yr|kW|MW|GW|kWh|MWh|GWh|Wh|kJ|MJ|kcal|hp|PS|"
    "kV|mV|mA|Hz|kHz|MHz|GHz|Pa|hPa|kPa|MPa|bar|mbar|psi|kN|Nm|kB|KB|MB|GB|TB|km/h|m/s|mph|kn|rpm|mpg|ppm|ppb|dB|px|pt|"
    "pts|bpm|cc|mol|mmol|g/l|mg/l|mg/dl|mg/dL|kg/m3|kg/m²|l/100km|EUR/m²|€/m²|Tage|Jahre|days|years"
)
_ATTACHED = rf"^({_UNITS})$"
_NO_UNIT = r"^([aApP]\.?[mM]\.?|Uhr|st|nd|rd|th|of|von|to|bis|or|and|und|x|X)$"
# Numbers with a word behind that says by how much to multiply; only where the words differ or a currency stands before.
_SCALES = {
    **dict.fromkeys(("k", "K", "Tsd", "Tsd."), 3),
    **dict.fromkeys(("M", "Mio", "Mio.", "mn", "Mn", "mln", "million", "Millionen"), 6),
    **dict.fromkeys(("B", "bn", "Bn", "Mrd", "Mrd.", "billion", "Milliarden"), 9),
}
_BEFORE = rf"[^\d\s.,()+{_MINUS}{_APOSTROPHES}{BLANKS}]"
_PARTS = (
    rf"^(?P<apostrophe>'?)(?P<open>\(?)[{BLANKS}]*(?P<sign>[+{_MINUS}]?)[{BLANKS}]*"
    rf"(?P<before>(?:{_BEFORE}{{1,4}}\.?)??)[{BLANKS}]*(?P<open_2>\(?)(?P<sign_2>[+{_MINUS}]?)[{BLANKS}]*"
    rf"(?P<body>[.,]?\d[\d.,{_APOSTROPHES}{BLANKS}]*)(?P<exponent>(?:[eE][+-]?\d{{1,3}})?)(?P<gap>[{BLANKS}]*)"
    rf"(?P<minus>[{_MINUS}]?)(?P<close>\)?)[{BLANKS}]*"
    r"(?P<after>(?:[\p{L}\p{Sc}%‰°º/\"′″][^\d()]{0,19}[23]?)?)"
    rf"(?P<minus_2>[{_MINUS}]?)(?P<close_2>\)?)$"
)
_GROUPED = (
    rf"^[1-9]\d{{0,2}}([{BLANKS}]\d{{3}})+([.,]\d*)?$|^[1-9]\d{{0,2}}([{_APOSTROPHES}]\d{{3}})+([.,]\d*)?$|^[\d.,]+$"
)


@dataclass(frozen=True)
class Dress:
    """What stands around the numbers of a column: sentences on what is left out, why it cannot be, and exponents."""

    told: tuple[str, ...] = ()
    trouble: str = ""
    scale: Any = None


@dataclass(frozen=True)
class Numerals:
    """The cells of a column with digits, points, commas and signs alone, null where a cell is no number.

    `told` are sentences with a place for the column's name; `trouble` says why it cannot be a column of numbers though
    every cell is one.
    """

    cells: Any
    told: tuple[str, ...] = ()
    trouble: str = ""


def is_unit(cell: str) -> bool:
    """Whether a cell names a unit or a currency, bare or in brackets."""
    bare = cell.strip().strip("[]()")
    return bare != cell.strip() or any(_matches(bare, each) for each in (_CURRENCY, _PER_CENT, _ATTACHED))


def numerals(cells: Any) -> Numerals | None:
    """The cells as plain numerals; None if most of the first ones are no numbers, in whatever dress."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = _undressed(cells.slice(0, _FIRST))
    strays = 0 if first is None else first.cells.null_count - cells.slice(0, _FIRST).null_count
    if first is None or 10 * strays > min(_FIRST, len(cells)) or len(cells) <= _FIRST:
        return first if first is None or 10 * strays <= min(_FIRST, len(cells)) else None
    if not first.told and not first.trouble and every(cells, _PLAIN):
        return Numerals(cells)
    encoded = cells.combine_chunks().dictionary_encode()
    if 2 * len(encoded.dictionary) > len(cells):
        return _undressed(cells)
    found = _undressed(pa.chunked_array([encoded.dictionary]))
    if found is None:
        return None
    plain = pc.take(found.cells.combine_chunks(), encoded.indices)
    return Numerals(pa.chunked_array([plain]), found.told, found.trouble)


def _undressed(cells: Any) -> Numerals | None:
    """The same for all cells at once, each with every step."""
    import pyarrow as pa
    import pyarrow.compute as pc

    hits = pc.sum(pc.match_substring_regex(cells, r"^[^\d]{0,12}\d")).as_py() or 0
    if hits * 10 < 9 * (len(cells) - cells.null_count):
        return None
    cells = pc.replace_substring_regex(cells, r"(\d)[.,][-–—]{1,2}", r"\1")  # 12,– is a price without cents
    parts = pc.extract_regex(cells.combine_chunks(), _PARTS)
    part = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    written = pc.binary_join_element_wise(part["body"], part["gap"], part["close"], "")
    part["attached"] = pc.and_(_has(part["after"]), pc.match_substring_regex(written, r"\d$"))
    part["body"], part["after"] = pc.utf8_trim(part["body"], BLANKS), pc.utf8_trim(part["after"], BLANKS)
    dress = _units(part)
    if dress is None:
        return None
    is_number = pc.and_(pc.match_substring_regex(part["body"], _GROUPED), _signs_fit(part))
    body, more = _ungrouped(part["body"])
    negative, how = _negative(part)
    sign = pc.if_else(negative, "-", "")
    exponent = part["exponent"] if dress.scale is None else dress.scale
    plain = pc.binary_join_element_wise(sign, body, exponent, "")
    plain = pc.if_else(is_number.fill_null(False), plain, pa.scalar(None, plain.type))
    return Numerals(pa.chunked_array([plain]), (*dress.told, *more, *how), dress.trouble)


def _has(cells: Any) -> Any:
    import pyarrow.compute as pc

    return pc.not_equal(cells, "")


def _any(mask: Any) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(mask, min_count=0).as_py())


def _signs_fit(part: dict[str, Any]) -> Any:
    """One sign at most, and brackets that open and close."""
    import pyarrow.compute as pc

    signs = [pc.cast(_has(part[name]), "int8") for name in ("sign", "sign_2", "minus", "minus_2", "open", "open_2")]
    total = signs[0]
    for each in signs[1:]:
        total = pc.add(total, each)
    opened = pc.or_(_has(part["open"]), _has(part["open_2"]))
    closed = pc.xor(_has(part["close"]), _has(part["close_2"]))
    neither = pc.invert(pc.or_(_has(part["close"]), _has(part["close_2"])))
    return pc.and_(pc.less_equal(total, 1), pc.if_else(opened, closed, neither))


def _negative(part: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    import pyarrow.compute as pc

    bracket = pc.or_(_has(part["open"]), _has(part["open_2"]))
    behind = pc.or_(_has(part["minus"]), _has(part["minus_2"]))
    before = [pc.and_(_has(part[name]), pc.not_equal(part[name], "+")) for name in ("sign", "sign_2")]
    dashes = [pc.match_substring_regex(part[name], "[−–]") for name in ("sign", "sign_2", "minus", "minus_2")]
    told = []
    if _any(_has(part["apostrophe"])):
        told.append("Apostrophes before numbers were left out in {}.")
    if _any(bracket):
        told.append("Numbers in brackets were read as negative in {}.")
    if _any(behind):
        told.append("A minus sign after a number was moved before it in {}.")
    if any(map(_any, dashes)):
        told.append("Dashes before numbers were read as minus signs in {}.")
    return pc.or_(pc.or_(bracket, behind), pc.or_(*before)), tuple(told)


def _ungrouped(body: Any) -> tuple[Any, tuple[str, ...]]:
    import pyarrow.compute as pc

    told = []
    for marks, words in ((BLANKS, "Blanks"), (_APOSTROPHES, "Apostrophes")):
        if _any(pc.match_substring_regex(body, f"[{marks}]")):
            told.append(f"{words} between thousands were left out in {{}}.")
            body = pc.replace_substring_regex(body, f"[{marks}]", "")
    return body, tuple(told)


def _units(part: dict[str, Any]) -> Dress | None:
    """What stands around the numbers; None if that is neither a currency nor a unit, as in codes such as x5 or 2A."""
    import pyarrow.compute as pc

    # A bare 0 needs no unit.
    bare = pc.match_substring_regex(part["body"], r"^0+([.,]0*)?$")
    dressed = pc.or_(pc.invert(bare), pc.or_(_has(part["before"]), _has(part["after"])))
    before, after = (_distinct(part[name].filter(dressed)) for name in ("before", "after"))
    words = [word for word in (*before, *after) if word]
    if not words:
        return Dress()
    if not all(_matches(word, _CURRENCY) for word in before if word):
        return None
    scales = all(word in _SCALES for word in after if word) and any(after) and (len(after) > 1 or any(before))
    if scales:
        told = f"{_quoted(filter(None, after))} behind a number multiplied it by a power of ten in {{}}."
        return _dress(part, before, [""], (told,), _scaled(part["after"], after))
    return _dress(part, before, after)


def _dress(
    part: dict[str, Any], before: list[str], after: list[str], told: tuple[str, ...] = (), scale: Any = None
) -> Dress | None:
    words = list(dict.fromkeys(word for word in (*before, *after) if word))
    known = {word: any(_matches(word, each) for each in (_CURRENCY, _PER_CENT, _ATTACHED)) for word in words}
    if any(_matches(word, _NO_UNIT) for word in words):
        return None
    several = len(before) > 1 or not _one_unit(after) or (any(before) and any(_matches(w, _CURRENCY) for w in after))
    if several:
        if len(words) == 1 or not all(known.values()):  # some cells have the unit and others none
            return None
        few = _quoted(words[:4])
        return Dress(trouble=f"Column {{}} holds numbers with several units, {few}: give all the same one.")
    attached = _any(part["attached"])
    if not all(known[word] or not (attached or re.search(r"\s", word)) for word in words):
        return None
    if any(_matches(word, _PER_CENT) for word in words):
        return Dress((*told, "Per cent signs were left out in {}: 12 % is 12."), scale=scale)
    if words:
        what = "currency" if _matches(words[0], _CURRENCY) else "unit"
        told = (*told, f"The {what} {_quoted(words)} was left out in {{}}.")
    return Dress(told, scale=scale)


def _scaled(behind: Any, after: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    exponents = pa.array([f"e{_SCALES[word]}" if word else "" for word in after])
    return pc.take(exponents, pc.index_in(behind, pa.array(after))).fill_null("")


def _one_unit(words: list[str]) -> bool:
    """Whether the words mean one unit: the same, in capitals or not, or year and years."""
    first = min(words, key=len)
    alike = len({word.casefold() for word in words}) == 1 and len(first) > 1
    return len(words) == 1 or alike or (len(words) == 2 and len(first) > 2 and all(w.startswith(first) for w in words))


def _distinct(cells: Any) -> list[str]:
    import pyarrow.compute as pc

    return sorted(word for word in pc.unique(cells).slice(0, 12).to_pylist() if word is not None)


def _matches(word: str, pattern: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.match_substring_regex(pa.scalar(word), pattern).as_py())


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
