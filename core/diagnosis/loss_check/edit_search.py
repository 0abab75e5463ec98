"""The smallest change that makes a loss sound: proposals, each read again and judged, the smallest first."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...loss_code.loss_code import CodeError, LossCode
from ...loss_code.reading import read_code
from . import call_edits, head_edits, term_edits
from .code_faults import Judged, judged
from .edit_sheet import EditSheet
from .meaning import meaning_of
from .own_source import Edit

_DEEPEST = 3  # edits one after another
_FALLING = 0.3  # weight of a second output that falls with the std
_MOST = 150  # proposals that are read at each

# Edits that have one fault to take away, so that it need not be seen what else would.
_ALONE = frozenset(
    {
        "minus",
        "no_minus",
        "relu",
        "limit",
        "clamp",
        "root",
        "logsumexp",
        "shape",
        "slice",
        "axis",
        "unstopped",
        "unstopped_mean",
        "no_head",
    }
)

_BEYOND = frozenset({"kl", "batch_statistic"})  # what no edit of a line makes a likelihood

Propose = Callable[[EditSheet], Iterator[Edit]]

# Each with the faults that it may take away.
EDITS: Mapping[Propose, tuple[str, ...]] = MappingProxyType(
    {
        term_edits.minus: ("sign",),
        term_edits.squares: ("shape", "dies", "half", "name"),
        term_edits.halves: ("name", "factor", "half", "shape"),
        term_edits.unweighted: ("name", "factor", "floor"),
        term_edits.natural: ("name", "factor", "shape"),
        call_edits.swapped: ("shape",),
        term_edits.unsquared: ("name", "factor", "shape"),
        term_edits.inverted: ("name", "shape"),
        term_edits.doubles: ("name", "factor", "half", "shape"),
        term_edits.signs: ("shape",),
        term_edits.missing_log: ("shape",),
        term_edits.log_of_exp: ("shape",),
        call_edits.exponents: ("name", "factor", "shape"),
        call_edits.wrapped: ("name", "factor", "shape"),
        head_edits.heads: ("dead", "floor", "shape"),
        head_edits.softened: ("dead",),
        call_edits.shapes: ("remark",),
        call_edits.mixtures: ("remark",),
        call_edits.unstopped: ("stopped",),
    }
)


# Those that a loss of any family may need.
_WHOLE: tuple[Propose, ...] = (term_edits.minus, call_edits.mixtures, call_edits.shapes)


@dataclass(frozen=True)
class Step:
    """An edit, the line of the text before it where it begins, and the code that it makes."""

    edit: Edit
    line: int
    code: LossCode
    judged: Judged


def searched(code: LossCode, found: Judged) -> list[Step]:
    """The edits, one after another, after which no fault is left; [] where there are none."""
    if any(each.name in _BEYOND for each in code.remarks):
        return []
    steps: list[Step] = []
    roles = _chosen(code)
    for _ in range(_DEEPEST):
        step = _best(code, found, roles)
        if step is None:
            return []
        steps.append(step)
        code, found = step.code, step.judged
        if not found.faults:
            return steps
    return []


def _chosen(code: LossCode) -> dict[str, str | float]:
    """The roles that a person chose."""
    return {role.name: role.kind if role.value is None else role.value for role in code.roles if role.chosen}


def _best(code: LossCode, found: Judged, roles: Mapping[str, str | float]) -> Step | None:
    """The edit after which the least is wrong; of those after which nothing is, the smallest and plainest."""
    best: Step | None = None
    may_stop = "stopped" not in found.kinds
    for edit, text, line in _proposals(code, found):
        if best is not None and not best.judged.faults and edit.weight > _size(best):
            break
        try:
            read = read_code(text, roles, code.function)
        except (CodeError, ArithmeticError):
            continue
        step = Step(edit, line, read, judged(read, may_stop=may_stop))
        if step.judged.needs_positive and not found.needs_positive:
            continue
        if step.judged.faults < found.faults and edit.kind in _ALONE:
            return step
        best = _better(best, step, found)
    return best


def _better(best: Step | None, step: Step, found: Judged) -> Step | None:
    cost = found.cost if best is None else best.judged.cost
    if step.judged.cost == 0 and best is not None and best.judged.cost == 0:
        return step if _size(step) < _size(best) else best
    return step if step.judged.cost < cost else best


def _size(step: Step) -> float:
    """How large a change it is; a likelihood times a factor, or of a precision, counts as more of a change."""
    shape = step.judged.shape
    if shape is None:
        return step.edit.weight
    falls = _FALLING if shape.scale[-1] < shape.scale[0] else 0.0
    return step.edit.weight + falls + 0.5 * abs(math.log2(abs(shape.times)))


def _proposals(code: LossCode, found: Judged) -> Iterator[tuple[Edit, str, int]]:
    """The edits that may help, the smallest first, each with the text that it makes and its line."""
    sheet, kinds = EditSheet(code), found.kinds
    asked = [propose for propose, helps in EDITS.items() if not kinds.isdisjoint(helps)]
    edits = sorted((edit for propose in asked for edit in propose(sheet)), key=lambda edit: edit.weight)
    seen = {code.source}
    for edit in edits[:_MOST]:
        text = sheet.source.edited(edit)
        if text not in seen:
            seen.add(text)
            first = min(each.start for each in edit.replacements)
            yield edit, text, sheet.source.text.count("\n", 0, first) + 1


def searched_by_meaning(code: LossCode) -> list[Step]:
    """One edit, or two, after which a loss of another family or of more outputs is sound, judged by its meaning."""
    steps: list[Step] = []
    for proposers in (_WHOLE, _WHOLE[:1]):
        sheet = EditSheet(code)
        for edit in (edit for propose in proposers for edit in propose(sheet)):
            try:
                read = read_code(sheet.source.edited(edit), _chosen(code), code.function)
            except (CodeError, ArithmeticError):
                continue
            meaning = meaning_of(read)
            if meaning.kind == "good" or (meaning.is_maximised and not steps):
                line = sheet.source.text.count("\n", 0, min(each.start for each in edit.replacements)) + 1
                steps.append(Step(edit, line, read, judged(read)))
                if meaning.kind == "good":
                    return steps
                code = read
                break
        else:
            return []
    return []
