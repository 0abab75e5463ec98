"""The row of a page: what the navigation says of it, declared in the page's own file as PAGE."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageRow:
    """A page of the navigation; it answers at the name of its file, and the module's `show` draws it.

    `place` orders the navigation, and the lowest opens at the bare address. Places go in tens, so that a page fits
    between two others.
    """

    title: str
    icon: str  # ":material/name:", of fonts.google.com/icons
    place: int
