"""A formula from a paper, corrected: the Gaussian NLL in its own letters, where it is not sound."""

from collections.abc import Mapping
from types import MappingProxyType

from ...loss_code.loss_code import LossCode
from ...loss_code.reading import read_code
from ...model.formulas.printing import ATOM, latex_of
from .correction import Change, Corrected
from .meaning import Meaning, meaning_of
from .name_spellings import expected_of

# The Gaussian NLL by what the letter of the second output stands for: % is that letter, r the residual.
_NLL: Mapping[str, str] = MappingProxyType(
    {
        "log σ²": r"\tfrac12 e^{-%} (r)^2 + \tfrac12 %",
        "log σ": r"\tfrac12 e^{-2 %} (r)^2 + %",
        "σ²": r"\frac{(r)^2}{2 %} + \tfrac12 \log %",
        "σ": r"\frac{(r)^2}{2 %^2} + \log %",
        "1/σ²": r"\tfrac12 % (r)^2 - \tfrac12 \log %",
    }
)
_OUTPUTS: Mapping[str, str] = MappingProxyType({"mean": "mu", "second": "s", "third": "t", "fourth": "u"})
_REASON = "This is the Gaussian negative log likelihood in these letters."


def corrected_formula(code: LossCode) -> Corrected:
    """The corrected formula of a loss that was read from LaTeX or plain math."""
    meaning = meaning_of(code)
    line = _std_line(meaning)
    on = meaning.std.on if meaning.std is not None else ""
    if meaning.kind != "mistake":
        return Corrected(code.source, (), line, on, "", True, True)
    names: dict[str, str] = {}
    for role in code.roles:
        names.setdefault(role.kind, role.name)
    second, residual = names.get("second", ""), _residual(names)
    meant = (*expected_of(second.strip("\\{}")), "log σ²")[0]
    if not second or not residual or meant not in _NLL:
        return Corrected(code.source, (), line, on, "", False, False)
    text = "L = " + _NLL[meant].replace("(r)", f"({residual})").replace("%", second)
    new = _std_line(meaning_of(read_code(text)))
    return Corrected(text, (Change(1, code.source, text, _REASON),), new, "any noise", line, False, True)


def _residual(names: Mapping[str, str]) -> str:
    if {"target", "mean"} <= set(names):
        return f"{names['target']} - {names['mean']}"
    return names.get("residual", "")


def _std_line(meaning: Meaning) -> str:
    """The std in the letters of the formula; "" where it is not known."""
    if meaning.std is None:
        return ""
    if meaning.code.language != "latex":
        return f"std = {meaning.std.text}"
    roles = meaning.code.roles
    names = {_OUTPUTS[role.kind]: (role.name, ATOM) for role in roles if role.kind in _OUTPUTS}
    return f"std = {latex_of(meaning.std.tree, names)}"
