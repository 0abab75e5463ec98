"""Names of columns that settings and links accept."""

from itertools import count

from .table_limits import how_many

LONGEST_NAME = 100  # characters


def repaired_names(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The names made usable (white space trimmed, no empty names, no duplicates), and sentences on what changed.

    An empty name becomes “column 3”, by its position; the second “a” becomes “a.2”.
    """
    plain = [visible(name) for name in names]
    notes = []
    empty = [place for place, name in enumerate(plain, 1) if not name]
    if empty and len(empty) < len(plain):
        which = ", ".join(str(place) for place in empty[:5]) + (", …" if len(empty) > 5 else "")
        notes.append(f"{how_many(len(empty), 'column')} had no name: named “column” and its place here ({which}).")
    plain = [name or f"column {place}" for place, name in enumerate(plain, 1)]
    result, again, taken = dict[str, None](), dict[str, str](), set(plain)
    for name in plain:
        new = name
        if name in result:
            new = next(copy for number in count(2) if (copy := f"{name}.{number}") not in taken)
            taken.add(new)
            again.setdefault(name, new)
        result[new] = None
    for name, new in list(again.items())[:5]:
        times = plain.count(name)
        notes.append(f"{times} columns were named “{name}”: all but the first got a number here, as in “{new}”.")
    return list(result), tuple(notes)


def visible(name: str) -> str:
    """The name as one line of printable characters, which settings and links accept."""
    text = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(text.split())[:LONGEST_NAME].strip()
