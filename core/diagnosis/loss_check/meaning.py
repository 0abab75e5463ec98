"""WHAT A LOSS MAKES A NET LEARN: the meaning of its outputs in the code's own names, and what is wrong with it.

Nothing is trained: each quantity of the code is held, at the optimum, beside σ, E|r| and their powers and logs, on
several noises and σ. Rules, each a small function, speak in their order; the first gives the headline.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from ...loss_code.loss_code import LossCode, Place
from ...model.formulas.tree import Node
from ..finding import Finding
from . import mistake_rules, place_rules, range_rules, remark_rules, right_rules, std_rules
from .known_rows import KnownRow
from .loss_evidence import LossEvidence
from .loss_optima import AT, SIGMAS
from .own_words import OwnStd
from .quantity_laws import Law
from .remark_rules import Rule
from .std_rules import not_known

# What is wrong, in the order of its weight; where nothing is, what is right; and what is said beside either.
WRONG = (*remark_rules.RULES, *mistake_rules.RULES, *std_rules.RULES, *range_rules.RULES)
RIGHT, BESIDE = right_rules.RULES, (*right_rules.BESIDE, *remark_rules.NOTES)


_LONGEST = 40  # characters of a quantity without a name, in the table


@dataclass(frozen=True)
class QuantityRow:
    """A quantity of the code and what it is at the optimum: "½σ²" on "any noise".

    `text` is its name, else how the code writes it; `name` is "" for what has none. `law` has the power of σ and the
    factors by noise.
    """

    text: str
    stands_for: str
    on: str
    tree: Node
    place: Place | None
    name: str
    law: Law


@dataclass(frozen=True)
class Meaning:
    """What a loss means. `kind` as in Finding; the first of `findings` gives the headline.

    `status` is that of the second output on Gaussian noise of σ = 0.2: "found", "level", "escapes", "unbounded",
    "undefined", or "one output" or "several outputs" where there is not one second, or it is no spread. `location` says
    where the first output goes: "the mean", "the median", "the 0.9 quantile", "the middle" of symmetric noise, or "".
    `floors` are the lowest expected losses on Gaussian noise, by σ, for what the code returns times −1 where
    `is_maximised`. `nll_of` is the family whose negative log likelihood `likelihood_factor` times the loss is; "" for
    none that is known. `row` is the row of LOSSES that the loss is, up to a factor and a constant.
    """

    code: LossCode
    kind: str
    headline: str
    findings: tuple[Finding, ...]
    status: str
    std: OwnStd | None
    quantities: tuple[QuantityRow, ...]
    location: str
    floors: Mapping[float, float]
    is_maximised: bool
    nll_of: str
    likelihood_factor: float | None
    row: KnownRow | None


@dataclass(frozen=True)
class _Asked:
    """A code as a key: without its remarks, whose facts have no hash, and with these as text."""

    bare: LossCode
    remarks: tuple[tuple[str, ...], ...]
    code: LossCode = field(compare=False)


def meaning_of(code: LossCode) -> Meaning:
    """What a loss means. Kept: asked again, it costs nothing."""
    remarks = tuple((each.name, each.text, each.severity, repr(sorted(each.facts.items()))) for each in code.remarks)
    return _meaning(_Asked(replace(code, remarks=()), remarks, code))


@lru_cache(maxsize=64)
def _meaning(asked: _Asked) -> Meaning:
    code = asked.code
    it = LossEvidence(code)
    early = _early(it)
    single = it.is_single and not early
    if single and it.is_strange:
        it = LossEvidence(code, graded=True)
    found = early or _findings(it)
    first = found[0]
    return Meaning(
        code=code,
        kind=first.kind,
        headline=first.headline,
        findings=found,
        status=it.statuses[AT] if single else "several outputs" if it.others else "one output",
        std=it.std if single else None,
        quantities=_rows(it) if single else (),
        location="" if early else it.first.place,
        floors=MappingProxyType({sigma: it.rest(sigma).value for sigma in SIGMAS} if single else {}),
        is_maximised=single and it.is_maximised,
        nll_of=it.first.family if single and it.likelihood else "",
        likelihood_factor=it.likelihood if single else None,
        row=None if early else it.row,
    )


def _early(it: LossEvidence) -> tuple[Finding, ...]:
    """What is certain before an optimum is looked for, with what is said beside it; () for most losses."""
    if any(remark.name in remark_rules.ALONE for remark in it.code.remarks):
        return ()
    told = next((finding for rule in place_rules.RULES if (finding := rule(it)) is not None), None)
    return (
        ()
        if told is None
        else (told, *(each for each in _said_by(remark_rules.ANY, it) if each.headline != told.headline))
    )


def _findings(it: LossEvidence) -> tuple[Finding, ...]:
    if any(remark.name in remark_rules.ALONE for remark in it.code.remarks):
        return tuple(finding for rule in remark_rules.RULES if (finding := rule(it)) is not None)
    if alone := tuple(finding for rule in mistake_rules.ALONE if (finding := rule(it)) is not None):
        return alone
    wrong = list(_said_by(WRONG, it))
    told = wrong or list(_said_by(RIGHT, it)) or [not_known(it)]  # what is said beside it never gives the headline
    return (*told, *_said_by(BESIDE, it))


def _said_by(rules: Iterable[Rule], it: LossEvidence) -> Iterator[Finding]:
    for rule in rules:
        finding = rule(it)
        if finding is not None:
            it.std_is_said |= any(claim.name == "own_std" for claim in finding.claims)
            yield finding


def _rows(it: LossEvidence) -> tuple[QuantityRow, ...]:
    rows = []
    for named in it.named:
        law, quantity = named.law, named.quantity
        if not quantity.name and (_is_multiple(quantity.tree) or len(named.text) > _LONGEST):
            continue
        on = "any noise" if law.base else "Gaussian noise"
        if not law.everywhere:
            on += f", σ from {law.sigmas[0]:g} to {law.sigmas[-1]:g}"
        rows.append(QuantityRow(named.text, law.stands_for, on, quantity.tree, quantity.place, quantity.name, law))
    return tuple({row.text: row for row in rows}.values())  # of a name given twice the last


def _is_multiple(tree: Node) -> bool:
    """Whether it is a number times another quantity, which says what that one says."""
    return tree.op == "neg" or (tree.op in ("mul", "div") and any(below.op == "number" for below in tree.of))
