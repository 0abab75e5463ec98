"""One score over seeds: a dot for each seed, and each variant's mean with its interval."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

import altair as alt
import numpy as np
import pandas as pd

from ..words import amount
from .domains import nice
from .marks import haloed, rows, told
from .rows import table_of
from .spec import Domain, Names, Spec, finished, slot, template, x_axis

NUMBERS = ("value", "mean", "low", "high")
TEXTS = ("variant", "text")
_NAME, _MEAN, _DOTS = -17, 0, 13  # pixels from the middle of the row of a variant


def seeds_domain(*values: Iterable[float | None]) -> Domain | None:
    """An axis with round ends that holds all values; None where there are none."""
    known = [value for value in chain(*values) if value is not None and np.isfinite(value)]
    return nice(min(known), max(known), count=6) if known else None


def seeds_table(
    variant: Sequence[str],
    value: Sequence[float | None],
    *,
    variants: Sequence[str],
    mean: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
) -> pd.DataFrame:
    """The rows of a score over seeds, float32, ``layer`` by ``layer``.

    ``value`` (runs,) is the score of a run of the ``variant`` beside it, None or NaN where it has none; ``mean``,
    ``low`` and ``high`` (variants,) are of each of the ``variants``. Layers: "seed" (one per run that has a score),
    "mean", and "name" (the variant, and how many of its seeds have no score). Raises ValueError where lengths differ.
    """
    runs, scores = np.array(variant, dtype=object), np.asarray(value, dtype=float)
    names = np.array(variants, dtype=object)
    levels = {name: np.asarray(v, dtype=float) for name, v in (("mean", mean), ("low", low), ("high", high))}
    if runs.size != scores.size or any(values.size != names.size for values in levels.values()):
        raise ValueError(
            f"{runs.size} runs have {scores.size} scores, and {names.size} variants "
            f"{[values.size for values in levels.values()]} means, lows and highs"
        )
    held = np.isfinite(scores)
    texts = [_name(name, runs == name, held) for name in variants]
    return table_of(
        [
            ("seed", {"variant": runs[held], "value": scores[held]}),
            ("mean", {"variant": names, **levels}),
            ("name", {"variant": names, "text": np.array(texts, dtype=object)}),
        ],
        NUMBERS,
        TEXTS,
    )


def _name(name: str, own: np.ndarray, held: np.ndarray) -> str:
    missing = int(np.sum(own & ~held))
    return f"{name}: no value for {missing} of {int(np.sum(own))} seeds" if missing else name


@lru_cache(maxsize=64)
def seeds_spec(scheme: str, variants: Names, score_domain: Domain, *, title: str) -> Spec:
    """The chart for tables of ``seeds_table``, the ``variants`` from the top; a row takes some 55 pixels."""
    return finished(_template(), scheme, score_domain, variants, title=title, axes=("score", "loss"))


@lru_cache(maxsize=1)
def _template() -> Spec:
    y = alt.Y("variant:N", axis=None, scale=alt.Scale(type="band", domain=slot("y_domain")))
    seed, mean, name = (rows(layer).encode(y=y) for layer in ("seed", "mean", "name"))
    tooltip = [alt.Tooltip("variant:N", title="variant"), *told("@x_format", mean="mean", low="95 % from", high="to")]
    interval = mean.mark_rule(color="@prediction", strokeWidth=4, opacity=0.45, yOffset=_MEAN, clip=True)
    middle = mean.mark_point(
        color="@prediction", shape="diamond", filled=True, size=110, opacity=1, clip=True, yOffset=_MEAN
    )
    text = name.mark_text(color="@text", align="left", baseline="middle", x=0, dy=_NAME)
    return template(
        interval.encode(x=x_axis("low"), x2="high"),
        middle.encode(x=x_axis("mean"), tooltip=tooltip),
        seed.mark_circle(color="@data", size=36, opacity=0.8, yOffset=_DOTS, clip=True).encode(x=x_axis("value")),
        *haloed(text.encode(text="text:N")),
    )


def seeds_seen(
    variants: Sequence[str],
    mean: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    label: str,
) -> str:
    """What is seen: the mean of each variant, with its 95 % interval where it has one."""
    words = []
    for name, middle, least, most in zip(variants, mean, low, high, strict=True):
        if middle is None:
            words.append(f"{name}: no value.")
        else:
            ends = "" if least is None or most is None else f", interval {amount(least)} to {amount(most)}"
            words.append(f"{name}: mean {label} {amount(middle)}{ends}.")
    return " ".join(words)
