"""Quantities of a loss in the words of the code it was read from: its own names, with the signs of print."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from unicodedata import normalize

from ...loss_code.loss_code import LossCode
from ...model.formulas.printing import ATOM, TEXT
from ...model.formulas.tree import Node, made, number
from .quantity_laws import Law, named

_OUTPUT_KINDS: Mapping[str, str] = MappingProxyType(
    {"mean": "mu", "second": "s", "third": "t", "fourth": "u", "fifth": "v", "sixth": "w"}
    | {"seventh": "a", "eighth": "b", "ninth": "c"}
)
_ACCENTS: Mapping[str, str] = MappingProxyType(
    {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304"}
)
_GREEK: Mapping[str, str] = MappingProxyType(
    {"sigma": "σ", "mu": "μ", "tau": "τ", "theta": "θ", "lambda": "λ", "nu": "ν", "rho": "ρ", "eta": "η"}
    | {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "phi": "φ", "psi": "ψ", "omega": "ω", "epsilon": "ε"}
)
_ACCENTED = re.compile(rf"\\({'|'.join(_ACCENTS)})\s*\{{?\s*(\\?[a-zA-Z]+)")
_MARK = "\u0302-\u0304"
_PLAIN_NAME = re.compile(rf"[^\W\d][\w.{_MARK}]*(\[[\w:, .-]{{1,8}}\])?")
_CALLED = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_ATOM = re.compile(rf"[\w.{_MARK}]+(\[[^\]]*\])?|\|[^|]*\||[\w√]+{_CALLED}")  # that needs no brackets around it
_LONGEST_NAME, _LONGEST_NUMBER = 24, 7


@dataclass(frozen=True)
class OwnStd:
    """The standard deviation in the code's own names.

    It is factor·base**power, or factor·exp(power·base) if `of_exp`. `text` says so in words ("sigma", "√2·exp(s)",
    "√var"), `base` is what the code writes for the quantity that it is made of ("sigma", "log_var"), and `tree` the
    whole in the symbols of the outputs. `on` is the noise on which it holds: "any noise", "Gaussian noise" …
    """

    text: str
    tree: Node
    base: str
    factor: float
    power: float
    of_exp: bool
    on: str


def names_of(code: LossCode) -> dict[str, str]:
    """What the code calls each output, by its symbol; the symbol where the code's words would not fit a formula."""
    names = {}
    for role in code.roles:
        symbol = _OUTPUT_KINDS.get(role.kind)
        name = spelled(role.name)
        if symbol and symbol not in names and len(name) <= _LONGEST_NAME and _PLAIN_NAME.fullmatch(name):
            names[symbol] = name
    return names


def spelled(name: str) -> str:
    """A name as it is printed, where it was written in LaTeX: "σ̂" for "\\hat{\\sigma}"."""
    if "\\" not in name:
        return name
    name = _ACCENTED.sub(lambda found: f"{_letter(found[2])}{_ACCENTS[found[1]]}", name)
    name = re.sub(r"\\([a-zA-Z]+)", lambda found: _letter(found[1]), name)
    return normalize("NFC", re.sub(r"[\\{} ]", "", name))


def _letter(word: str) -> str:
    return _GREEK.get(word.removeprefix("\\"), word.removeprefix("\\"))


def shown(tree: Node, names: Mapping[str, str]) -> str:
    """A tree as text, with the code's own names."""
    dialect = replace(TEXT, names={symbol: (name, ATOM) for symbol, name in names.items()}, number=_number)
    return plain(dialect.write(tree)[0])


def _number(value: float) -> tuple[str, int]:
    text, holds = TEXT.number(value)
    return (text, holds) if len(text) <= _LONGEST_NUMBER else (f"{value:.4g}", holds)


def plain(text: str) -> str:
    """A formula for a sentence: with the signs of print for those of code."""
    for code, sign in (("**2", "²"), ("*", "·"), ("-", "−"), ("sqrt", "√")):
        text = text.replace(code, sign)
    text = re.sub(r"\bpi\b", "π", text)
    return re.sub(rf"abs\(([\w.{_MARK}\[\]]+)\)", r"|\1|", text)


def own_std(law: Law, base: str, noise: str, on: str, times: float = 1.0) -> OwnStd:
    """The std that a law makes of its quantity, which the code writes as `base`, by its factor on a noise.

    Of a quantity that may be below 0 and is one with its opposite, such as s where s² is taken, the size. `times` is
    a factor on the std for what the law does not know.
    """
    factor, power = law.std_factor(noise) * times, 1 / law.power
    factor = 1.0 if abs(factor - 1) < 1e-3 else factor
    tree = made("abs", law.tree) if law.has_two_signs else law.tree
    written = f"|{base}|" if law.has_two_signs else base
    text = _text(written, factor, power, law.of_exp)
    return OwnStd(text, _tree(tree, factor, power, law.of_exp), base, factor, power, law.of_exp, on)


def _text(base: str, factor: float, power: float, of_exp: bool) -> str:
    name = named(factor)
    if of_exp:
        return f"{name}exp({_exponent(base, power)})"
    size = abs(power)
    atom = base if _ATOM.fullmatch(base) else f"({base})"
    bare = base if size == 1 else f"√{atom}" if size == 0.5 else f"{atom}²" if size == 2 else f"{atom}^{size:g}"
    if power < 0:
        bare = bare if size != 1 or atom == base else atom
        return f"{name.removesuffix('·') or '1'}/{bare}"
    return name + (atom if name and size == 1 else bare)


def _exponent(base: str, power: float) -> str:
    atom = base if _ATOM.fullmatch(base) else f"({base})"
    sign, size = "−" if power < 0 else "", abs(power)
    if size == 1:
        return sign + (base if not sign else atom)
    return f"{sign}{atom}/{1 / size:g}" if size < 1 else f"{sign}{size:g}·{atom}"


def _tree(base: Node, factor: float, power: float, of_exp: bool) -> Node:
    if of_exp:
        inner = base if power == 1 else made("neg", base) if power == -1 else made("mul", number(power), base)
        raised = made("exp", inner)
    else:
        raised = made("pow", base, number(power))
    return raised if factor == 1 else made("mul", number(factor), raised)
