"""The shelf: tables that people brought, by the name of their content."""

from core.data.columns import Columns, TableError


class Shelf:
    """Tables by their key."""

    def get(self, key: str) -> Columns:
        """The table of this key. Raises TableError where it is not here."""
        raise TableError(f"The table {key} is not here: open its file on the Data page.")


def shelf() -> Shelf:
    """The shelf of this machine."""
    return Shelf()
