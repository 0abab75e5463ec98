"""Kendall & Gal 2017, arXiv:1703.04977, table 3, in one dimension: which part of the variance more points reduce."""

from .measured import parts_of_the_variance
from .study import ENDED, Check, Claim, Study, Variant, all_between

_SIZES = {"n = 2000": 2000, "n/2 = 1000": 1000, "n/4 = 500": 500}
_WORDS = ("flat", "flat", "falls with n", "falls with n")


def _changes_less_than(column: str, factor: float) -> Check:
    """Whether for each seed the largest value over the variants is below `factor` times the smallest."""
    return lambda table: (
        table[column].max(axis=1, skipna=False) < factor * table[column].min(axis=1, skipna=False)
    ).all()


def _falls(column: str) -> Check:
    """Whether the median over the seeds is lower with all points than with a quarter of them."""
    return lambda table: table[column]["n = 2000"].median() < table[column]["n/4 = 500"].median()


KENDALL_GAL = Study(
    name="kendall-gal-table-3",
    label="Kendall & Gal's table 3 in one dimension: five networks, in parts of the true variance",
    preset="kendall-gal",
    measures=("aleatoric_inside", "aleatoric_outside", "epistemic_inside", "epistemic_outside"),
    variants={name: Variant({"data.n": n}, _WORDS) for name, n in _SIZES.items()},
    claims=(
        ENDED,
        Claim(
            "Inside the range the aleatoric part is the true variance, however many points: 0.8 to 1.2 of it.",
            all_between("aleatoric_inside", 0.8, 1.2, *_SIZES),
        ),
        Claim(
            "Outside it stays near: 0.7 to 1.8 of the true variance.",
            all_between("aleatoric_outside", 0.7, 1.8, *_SIZES),
        ),
        Claim(
            "It is flat in n: with one seed it changes by less than a fifth inside, and by less than a half outside.",
            lambda table: (
                _changes_less_than("aleatoric_inside", 1.2)(table)
                and _changes_less_than("aleatoric_outside", 1.5)(table)
            ),
        ),
        Claim(
            "Inside, the epistemic part falls from n/4 to n, by the median of the seeds.", _falls("epistemic_inside")
        ),
        Claim("Outside, it falls too, by the median of the seeds.", _falls("epistemic_outside")),
        Claim(
            "With every n and seed it is more than three times as large outside as inside.",
            lambda table: (table["epistemic_outside"] > 3 * table["epistemic_inside"]).all(axis=None),
        ),
    ),
    seeds=5,
    reference="Kendall & Gal 2017, arXiv:1703.04977, table 3; of ensembles: arXiv:1612.01474",
    measured=parts_of_the_variance,
    members=5,
    columns=("error",),
)
