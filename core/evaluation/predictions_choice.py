"""What a person says about a file of predictions where its names do not: columns, form, and the level of bounds."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace

from ..data.tables.columns import TableError

# What a single column may hold. Several columns of one kind are chosen with a star: samples=draw_*.
SINGLE = (
    *("y", "mean", "median", "std", "variance", "log_variance", "log_std", "precision"),
    *("lower", "upper", "x", "group"),
)
SEVERAL = ("samples", "means", "stds", "variances", "log_variances")
_QUANTILE = re.compile(r"q(0?\.\d+)")


@dataclass(frozen=True)
class Choice:
    """A choice of columns by role, of a form by its name in FORMS, and of the level of lower and upper.

    What is empty is found by the names of the columns. Raises TableError for a role or a level that there is not.
    """

    columns: tuple[tuple[str, str], ...] = ()
    form: str = ""
    level: float | None = None

    def __post_init__(self) -> None:
        for role, _ in self.columns:
            if role not in SINGLE and role not in SEVERAL and not _QUANTILE.fullmatch(role):
                raise TableError(
                    f"“{role[:40]}” is not a role of a column of predictions. Choose one of "
                    f"{', '.join((*SINGLE, *SEVERAL))} and quantiles such as q0.05."
                )
        if self.level is not None and not 0 < self.level < 1:
            raise TableError(f"The level of an interval is {self.level:g}: it must be between 0 and 1, such as 0.95.")

    def __getitem__(self, role: str) -> str:
        """The column chosen for a role; empty if none is."""
        return dict(self.columns).get(role, "")

    def quantiles(self) -> dict[float, str]:
        """The columns chosen for quantiles, by level."""
        return {float(found[1]): name for role, name in self.columns if (found := _QUANTILE.fullmatch(role))}

    def with_columns(self, **columns: str) -> "Choice":
        """The same with these columns too."""
        return replace(self, columns=tuple({**dict(self.columns), **columns}.items()))

    def within(self, names: Container[str]) -> "Choice":
        """The same without the y, the x and the group that a table of these columns does not have."""
        kept = tuple((role, name) for role, name in self.columns if role not in ("y", "x", "group") or name in names)
        return replace(self, columns=kept)


NO_CHOICE = Choice()


def choice_of(text: str, form: str = "", level: float | None = None) -> Choice:
    """From "y=observed,mean=pred,std=unc" to a Choice. Raises TableError if a part is no role=column."""
    parts = [part.strip() for part in re.split(r",(?=\s*[\w.]+\s*=)", text) if part.strip()]
    for part in parts:
        if not re.fullmatch(r"[\w.]+\s*=\s*\S.*", part):
            raise TableError(f"“{part[:40]}” does not say which column is what: write y=observed,mean=pred,std=unc.")
    pairs = (part.split("=", 1) for part in parts)
    return Choice(tuple((role.strip(), name.strip()) for role, name in pairs), form, level)
