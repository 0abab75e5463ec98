"""THE CORRECTED LINES: a person's own code, changed where it is wrong and nowhere else, and the line for the std.

A table of edits proposes changes to the text, each at its place in the syntax tree. Every proposal is read again as
loss code and judged by its values: is it a likelihood, of the right sign, and are its names what they say? The smallest
change after which nothing is wrong is taken. Nothing is run.
"""

from difflib import SequenceMatcher
from functools import lru_cache

from ...loss_code.loss_code import LossCode
from .code_faults import Judged, judged
from .corrected_formula import corrected_formula
from .correction import Change, Corrected
from .edit_reasons import reason_of
from .edit_search import Step, searched, searched_by_meaning
from .edit_sheet import EditSheet
from .meaning import Meaning, meaning_of
from .sound_lines import sound_loss
from .std_lines import line_of_meaning, std_line

__all__ = ["Change", "Corrected", "corrected"]


def corrected(code: LossCode) -> Corrected:
    """The corrected lines of a loss. Kept: asked again, it costs nothing."""
    if code.language != "python":
        return corrected_formula(code)
    chosen = [(role.name, role.kind if role.value is None else role.value) for role in code.roles if role.chosen]
    return _corrected(_Asked((code.source, code.function, tuple(chosen)), code))


class _Asked:
    """A code, told from others by its text and what was chosen."""

    def __init__(self, key: tuple[object, ...], code: LossCode):
        self.key, self.code = key, code

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self.key == other.key


@lru_cache(maxsize=64)
def _corrected(asked: _Asked) -> Corrected:
    code, meaning = asked.code, meaning_of(asked.code)
    before = judged(code, may_stop=meaning.kind != "mistake")
    line, on = _line(code, before, meaning)
    if meaning.kind == "good" or (not before.faults and meaning.kind != "mistake"):
        return Corrected(code.source, (), line, on, "", True, True)
    steps = searched_by_meaning(code) if before.shape is None and _is_whole(meaning) else []
    steps = steps or searched(code, before)
    if not steps or _is_doubted(steps[-1]):
        misnamed_alone = before.kinds == {"name"}  # the loss is sound, and so is the line of the std
        return Corrected(code.source, (), line, on, "", False, misnamed_alone, "" if misnamed_alone else _sound(code))
    last = steps[-1]
    new_line, new_on = _line(last.code, last.judged, meaning_of(last.code))
    changes = _changes(code.source, last.code.source, steps)
    return Corrected(last.code.source, changes, new_line, new_on, line, False, True)


def _is_doubted(step: Step) -> bool:
    """Whether what was found is a mistake by its meaning; what is a likelihood by its values is not doubted."""
    by_values = step.judged.shape is not None and step.code.trained is None
    return not by_values and meaning_of(step.code).kind == "mistake"


def _is_whole(meaning: Meaning) -> bool:
    """Whether it is a likelihood of another family, with the wrong sign, or one of several outputs."""
    return meaning.is_maximised or len(meaning.code.outputs) > 2 or bool(meaning.code.remarks)


def _sound(code: LossCode) -> str:
    """A sound loss in the names of a code that is meant to be one."""
    return "" if any(remark.name == "kl" for remark in code.remarks) else sound_loss(code)


def _line(code: LossCode, found: Judged, meaning: Meaning) -> tuple[str, str]:
    """The line of the std, and the noise on which it holds."""
    spell, shape = EditSheet(code).spell, found.shape
    family = "" if shape is None else "any noise" if shape.family == "gaussian" else "Laplace noise"
    if meaning.kind == "mistake" and meaning.std is None:
        return "", ""  # it comes to rest nowhere, or learns nothing
    for to_the_digit in (True, False):
        if shape is not None and (line := std_line(code, shape, spell, to_the_digit=to_the_digit)):
            return line, family
    if meaning.std is not None and (line := line_of_meaning(meaning.std, spell)):
        return line, meaning.std.on
    return "", ""


def _changes(before: str, after: str, steps: list[Step]) -> tuple[Change, ...]:
    """The lines that differ, with the reasons of the edits that were made in them."""
    old, new = before.split("\n"), after.split("\n")
    found = []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            own = [step.edit for step in steps if i < step.line <= i_end] or [step.edit for step in steps]
            reasons = " ".join(dict.fromkeys(map(reason_of, own)))
            found.append(Change(j + 1, "\n".join(old[i:i_end]), "\n".join(new[j:j_end]), reasons))
    return tuple(found)
