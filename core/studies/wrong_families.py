"""Every noise under every family of loss: the price of a wrong family by theory, beside the gap of trained nets."""

from types import MappingProxyType

from .measured import against_the_price
from .study import ENDED, Check, Claim, Study, Variant, all_between, ordered

FAMILIES = MappingProxyType(
    {
        "Gaussian NLL": "gaussian_nll",
        "Laplace NLL": "laplace_nll",
        "Student-t NLL": "student_t",
        "mixture of 3": "mixture",
    }
)

# The price of each loss under each noise, in the order above. A test compares them with core.evaluation.price.
PRICES = MappingProxyType(
    {
        "gaussian": ("0.0000", "0.0484", "0.0181", "0.0000"),
        "laplace": ("0.0724", "0.0000", "0.0136", "0.0009"),
        "student_t": ("0.0468", "0.0133", "0.0000", "0.0003"),
        "skewed": ("0.0887", "0.1021", "0.0749", "0.0062"),
        "outliers": ("0.2911", "0.0641", "0.0488", "0.0000"),
    }
)

_ONE_SHAPE = tuple(label for label in FAMILIES if label != "mixture of 3")


def _named(noise: str, *labels: str) -> tuple[str, ...]:
    return tuple(f"{noise} noise, {label}" for label in labels)


def _everywhere(*labels: str) -> tuple[str, ...]:
    return tuple(name for noise in PRICES for name in _named(noise, *labels))


def _in_the_order_of_prices(noise: str) -> Check:
    prices = dict(zip(FAMILIES, PRICES[noise], strict=True))
    return ordered("gap", *(_named(noise, label) for label in sorted(_ONE_SHAPE, key=prices.__getitem__)))


def _below_the_others(noise: str, best: str) -> Claim:
    others = (label for label in FAMILIES if label != best)
    words = f"With {noise} noise the {best} has the smallest gap of all four, with every seed."
    return Claim(words, ordered("gap", _named(noise, best), _named(noise, *others)))


WRONG_FAMILIES = Study(
    name="wrong-families",
    label="What the wrong noise model costs: the gap in nats, in theory and in training",
    preset="wrong-family",
    measures=("gap",),
    variants={
        f"{noise} noise, {label}": Variant({"noise.family": noise, "loss.name": loss}, (theory,))
        for noise, prices in PRICES.items()
        for (label, loss), theory in zip(FAMILIES.items(), prices, strict=True)
    },
    claims=(
        ENDED,
        Claim(
            "Gaussian, Laplace and Student-t NLL reach the gap of theory: from 0.002 nats below it to 0.01 above.",
            all_between("over", -0.002, 0.01, *_everywhere(*_ONE_SHAPE)),
        ),
        Claim(
            "Mixtures, which have more to learn, are within 0.03 nats of theirs.",
            all_between("over", -0.002, 0.03, *_everywhere("mixture of 3")),
        ),
        Claim(
            "With every noise and seed the gaps of these three are in the order of theory: where one is right, "
            "it is first.",
            lambda table: all(_in_the_order_of_prices(noise)(table) for noise in PRICES),
        ),
        _below_the_others("laplace", "Laplace NLL"),
        _below_the_others("student_t", "Student-t NLL"),
        _below_the_others("skewed", "mixture of 3"),
        _below_the_others("outliers", "mixture of 3"),
    ),
    seeds=3,
    reference="White 1982, doi:10.2307/1912526",
    measured=against_the_price,
    beside="theory",
    columns=("over",),
)
