"""Outputs that a loss teaches one by one: several quantiles, or a scale for each of several errors."""

from collections.abc import Mapping

import numpy as np

from ...model.formulas.tree import Node, number
from .first_output import first_output
from .loss_optima import Optima
from .own_words import shown
from .quantity_laws import law_of
from .tree_gradient import program_of

_POINTS = 6
_HELD = 0.6  # where the others stand while one is looked at


def separate_outputs(tree: Node, outputs: tuple[str, ...], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What each output learns, as (what, what it comes to): ("q10", "the 0.1 quantile of y"), ("exp(s1)", "E|r|").

    () where an output's slope depends on another output, or where one of them cannot be told.
    """
    if not all(_is_alone(tree, name, outputs) for name in outputs if name != "mu"):
        return ()
    found = []
    for name in outputs:
        others = {other: _HELD for other in outputs if other != name}
        first = first_output(tree, others, 1.0, name)
        if first.of_residual and first.place:
            found.append((names.get(name, name), f"{first.place} of y"))
            continue
        optima = Optima(
            tree.put({other: number(value) for other, value in others.items() if other != "mu"}), None, name
        )
        law = law_of(Node(name), optima)
        if law is None or not law.everywhere:
            return ()
        words = shown(Node(name), names)
        found.append((f"exp({words})" if law.of_exp else words, law.stands_for_exp))
    return tuple(found)


def _is_alone(tree: Node, name: str, outputs: tuple[str, ...]) -> bool:
    """Whether the slope by an output does not change with the other outputs but the mean."""
    rng = np.random.default_rng(1)
    given = {each: rng.uniform(0.3, 1.6, _POINTS) for each in ("y", "mu", *outputs)}
    moved = given | {each: rng.uniform(0.3, 1.6, _POINTS) for each in outputs if each not in (name, "mu")}
    one, other = (program_of(tree).slopes(at, np.float64(1.0), (name,))[1][name] for at in (given, moved))
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))
