"""PARTS: the four places of the app; and what is known of a page before it is drawn.

Each page belongs to one place, and a place with several pages shows them in a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Part:
    """A place of the app. It opens at the first of its listed pages."""

    label: str
    icon: str
    of_experiment: bool  # its pages show the experiment of the window, and so links to them hold it


@dataclass(frozen=True)
class Page:
    """A page of a place. It answers at the name of its file."""

    title: str
    icon: str  # ":material/name:", of fonts.google.com/icons
    place: int
    part: str
    show: Callable[[], None]
    listed: bool = True
    own_heading: bool = False  # it draws its main heading itself


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "start": Part("Start", ":material/home:", of_experiment=False),
        "laboratory": Part("Laboratory", ":material/science:", of_experiment=True),
        "experiments": Part("Experiments", ":material/compare_arrows:", of_experiment=True),
        "check": Part("Check a loss", ":material/fact_check:", of_experiment=False),
    }
)
