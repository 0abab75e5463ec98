"""A table of predictions with the columns that a person chose under the names that are read by themselves."""

from types import MappingProxyType

from ..data.tables.columns import Column, Columns
from .predictions_choice import SINGLE, Choice


def renamed(columns: Columns, choice: Choice) -> Columns:
    """The table whose chosen columns have the names of their roles: y, mean, std, lower_90.

    A column that has such a name already, and was not chosen for it, steps aside as "mean (not used)". The choice then
    lies in the table itself, and a link to it needs no more. Raises TableError for a column that there is not.
    """
    level = "" if choice.level is None else f"_{100 * choice.level:g}"
    new = {
        columns[name].name: f"{role}{level}" if role in ("lower", "upper") else role
        for role, name in choice.columns
        if role in SINGLE and role != "group"
    }
    taken = set(new.values())
    kept: dict[str, Column] = {}
    for name, column in columns.columns.items():
        called = new.get(name) or (f"{name} (not used)" if name in taken else name)
        kept[called] = Column(
            called, column.kind, column.values, column.categories, column.trouble, column.written, column.codes
        )
    return Columns(MappingProxyType(kept), columns.rows, columns.notes, columns.asks)
