"""STUDIES: published results trained again, and one that theory predicts. A new study is a module and a row here."""

from collections.abc import Mapping
from types import MappingProxyType

from .kendall_gal import KENDALL_GAL
from .seitzer_sine import SEITZER_SINE
from .stirn_toy import STIRN_TOY
from .study import Claim, Study, Variant, checked, conduct, recipe, settings_of, summary
from .uci_concrete import UCI_CONCRETE
from .wrong_families import WRONG_FAMILIES

__all__ = ["STUDIES", "Claim", "Study", "Variant", "checked", "conduct", "recipe", "settings_of", "summary"]

_ROWS = (SEITZER_SINE, STIRN_TOY, KENDALL_GAL, WRONG_FAMILIES, UCI_CONCRETE)

STUDIES: Mapping[str, Study] = MappingProxyType({row.name: row for row in _ROWS})
