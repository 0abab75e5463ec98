"""Signs of a formula as LaTeX writes it, or as people type it, in one spelling: tables of commands and letters."""

import re
import unicodedata
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["MathToken", "math_tokens"]


@dataclass(frozen=True)
class MathToken:
    """A sign. `kind` is "number", "name", "function", "law", a mark itself, or another key of `COMMANDS`.

    `text` is its one spelling; it stands from `start` up to `end`. `close` says that nothing is between it and the sign
    before it.
    """

    kind: str
    text: str
    start: int
    end: int
    close: bool = False


Signs = Generator[MathToken, None, int]  # signs, and where to go on


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LETTERS = _words(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
_GREEK = {
    unicodedata.lookup(f"GREEK {'SMALL' if name[0].islower() else 'CAPITAL'} LETTER {name.upper()}"): name
    for name in _LETTERS - {"lambda", "Lambda"}
} | {"λ": "lambda", "Λ": "Lambda", "µ": "mu", "ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta", "ℓ": "ell"}
# What a command, a word or a letter is: kind and spelling.
_FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "abs": "abs", "max": "max", "min": "min", "tanh": "tanh",
    "softplus": "softplus", "relu": "relu", "ReLU": "relu", "sigmoid": "sigmoid", "erf": "erf", "cosh": "cosh",
    "log1p": "log1p", "expm1": "expm1", "sign": "sign", "sgn": "sign", "square": "square", "maximum": "max",
    "minimum": "min", "Exp": "exp", "Log": "log", "sg": "stop", "stopgrad": "stop", "stop_gradient": "stop",
    "stopgradient": "stop", "StopGradient": "stop", "detach": "stop", "StopGrad": "stop", "SG": "stop", "pow": "pow",
    "lgamma": "lgamma", "gammaln": "lgamma", "SoftPlus": "softplus", "Softplus": "softplus",
}  # fmt: skip
_LAWS = {
    "N": "normal", "Normal": "normal", "Gaussian": "normal", "Laplace": "laplace", "Lap": "laplace", "St": "student",
    "Student": "student", "StudentT": "student", "Cauchy": "cauchy", "normpdf": "normal",
}  # fmt: skip
_FONTS = _words(
    "mathbf boldsymbol bm mathit mathsf mathtt vec pmb mathnormal bf rm it ensuremath underline overline textbf"
)
_ACCENTS = MappingProxyType(
    {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "dot": "dot"}
)
_COMBINING = MappingProxyType({"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar"})
_WORDS = _words("text mathrm operatorname operatorname* textrm textit mbox texttt mathop")
_SPACES = _words(
    "quad qquad , ; : ! displaystyle textstyle limits nolimits nonumber notag big Big bigg Bigg middle hspace vspace "
    "smash phantom space cdotp hfill scriptstyle left right bigl bigr Bigl Bigr biggl biggr Biggl Biggr"
)
_COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {name: ("name", name) for name in (*_LETTERS, "ell")}
    | {"varepsilon": ("name", "epsilon"), "varphi": ("name", "phi"), "vartheta": ("name", "theta")}
    | {name: ("function", op) for name, op in _FUNCTIONS.items() if name != "sqrt"}
    | dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), ("frac", "frac"))
    | {"sqrt": ("root", "sqrt"), "over": ("over", "over")}
    | dict.fromkeys(("cdot", "times", "ast", "odot", "bullet", "star"), ("*", "*"))
    | {"div": ("/", "/"), "slash": ("/", "/"), "pm": ("+", "+")}
    | dict.fromkeys(("approx", "propto", "equiv", "coloneqq", "doteq", "triangleq", "simeq"), ("=", "="))
    | {"sim": ("=", "~"), "lt": ("<", "<"), "gt": ("<", ">")}
    | dict.fromkeys(("le", "leq", "leqslant"), ("<", "<"))
    | dict.fromkeys(("ge", "geq", "geqslant"), ("<", ">"))
    | dict.fromkeys(("to", "rightarrow", "Rightarrow", "iff", "Leftrightarrow", "implies"), ("line", ""))
    | dict.fromkeys(("lvert", "rvert", "vert", "lVert", "rVert", "Vert", "|", "mid"), ("bar", "|"))
    | {"lvert": ("open", "|"), "rvert": ("close", "|"), "lVert": ("open", "|"), "rVert": ("close", "|")}
    | {"lfloor": ("open", "floor"), "rfloor": ("close", "floor"), "{": ("open", "("), "}": ("close", ")")}
    | {"lbrace": ("open", "("), "rbrace": ("close", ")"), "lbrack": ("open", "("), "rbrack": ("close", ")")}
    | {"langle": ("open", "mean"), "rangle": ("close", "mean"), "lceil": ("open", "floor"), "rceil": ("close", "floor")}
    | {
        "sum": ("sum", "sum"),
        "prod": ("sum", "prod"),
        "arg": ("skip", ""),
        "argmin": ("head", ""),
        "argmax": ("head", ""),
    }
    | {
        "underset": ("head", ""),
        "top": ("name", "T"),
        "intercal": ("name", "T"),
        "det": ("skip", ""),
        "tr": ("skip", ""),
    }
    | {"int": ("refused", "an integral"), "nabla": ("refused", "a gradient"), "partial": ("refused", "a derivative")}
    | dict.fromkeys(("ldots", "dots", "cdots"), ("refused", "dots"))
)
_LINE_WORDS = frozenset(
    {"where", "with", "and", "if", "for", "s.t.", "such that", "otherwise", "else", "or", "let", "so"}
)
_BARS = re.compile(r"\\(left|right|[bB]igg?[lr])\s*(?:\||\\\||\\[lr]?[vV]ert\b)")
_FRACTION = re.compile(r"\s*(\d)")
_MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {mark: (mark, mark) for mark in "+-*/^_,;"}
    | {"**": ("^", "^"), "·": ("*", "*"), "⋅": ("*", "*"), "×": ("*", "*"), "∗": ("*", "*"), "÷": ("/", "/")}
    | {
        "−": ("-", "-"),
        "–": ("-", "-"),
        "(": ("open", "("),
        "[": ("open", "("),
        ")": ("close", ")"),
        "]": ("close", ")"),
    }
    | {"{": ("{", "{"), "}": ("}", "}"), "|": ("bar", "|"), "||": ("bar", "|"), "‖": ("bar", "|"), "∥": ("bar", "|")}
    | {"⌊": ("open", "floor"), "⌋": ("close", "floor"), "⟨": ("open", "mean"), "⟩": ("close", "mean")}
    | {
        ":=": ("=", "="),
        "=": ("=", "="),
        "≈": ("=", "="),
        "∝": ("=", "="),
        "≡": ("=", "="),
        "≔": ("=", "="),
        "==": ("=", "="),
    }
    | {
        "√": ("root", "sqrt"),
        "Σ": ("sum", "sum"),
        "∑": ("sum", "sum"),
        "∏": ("sum", "prod"),
        ":": ("line", ""),
        "→": ("line", ""),
        "⇒": ("line", ""),
        "~": ("=", "~"),
    }
    | {"<": ("<", "<"), ">": ("<", ">"), "≤": ("<", "<"), "≥": ("<", ">"), "<=": ("<", "<"), ">=": ("<", ">")}
    | {"½": ("number", "0.5"), "¼": ("number", "0.25"), "⅓": ("number", "1/3"), "′": ("skip", ""), "'": ("skip", "")}
)
_RAISED = MappingProxyType(dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ", "0123456789-+T", strict=True)))
_LOWERED = MappingProxyType(dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₙₖₜ", "0123456789ijnkt", strict=True)))
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z][A-Za-z0-9]*)*")
_COMMAND = re.compile(r"\\(?:operatorname\*|[A-Za-z]+|.)", re.DOTALL)
_RAISED_RUN, _LOWERED_RUN = re.compile(f"[{''.join(_RAISED)}]+"), re.compile(f"[{''.join(_LOWERED)}]+")
_GROUP = re.compile(r"\s*\{([^{}]*)\}")
_SKIPPED = re.compile(r"\s*\*?\s*\{[^{}]*\}")
_ENVIRONMENTS = frozenset(
    {"begin", "end", "label", "tag", "hspace", "vspace", "ref", "eqref", "cite", "color", "textcolor"}
)


def math_tokens(text: str, latex: bool) -> Iterator[MathToken]:
    """The signs of a text; what is none is of kind "bad". In LaTeX each letter is a name of its own."""
    before, font, cases = 0, -1, 0
    for token in _signs(text, latex):
        cases += (token.kind == "cases") - (token.kind == "endcases")
        if token.kind in ("&", "line"):
            token = _parting(token, cases > 0)
            if token.kind == "&" and not cases:
                continue
        if token.kind == "font":  # \\mathbf{y} is written from its backslash on
            font = token.start if font < 0 else font
            continue
        start = token.start if font < 0 or token.kind not in ("name", "accent", "{") else font
        yield MathToken(token.kind, token.text, start, token.end, start == before)
        before, font = token.end, -1
    yield MathToken("end", "", len(text), len(text))


def _parting(token: MathToken, in_cases: bool) -> MathToken:
    """& and ends of lines part the cells and rows of cases; elsewhere & is nothing, and a word such as "if" in them."""
    if not in_cases or token.kind == "&":
        return token
    kind = "row" if token.text == "row" else "skip"
    return MathToken(kind, "", token.start, token.end)


def _signs(text: str, latex: bool) -> Iterator[MathToken]:
    at = 0
    while at < len(text):
        character = text[at]
        if character == "&" and latex:
            yield MathToken("&", "", at, at + 1)
            at += 1
        elif character.isspace() or (character in "$~" and latex) or character == "\u200b":
            ends_line = (character == "\n" and not latex) or character == "$"
            if ends_line:
                yield MathToken("line", "", at, at + 1)
            at += 1
        elif character == "\\" and (found := _BARS.match(text, at)):
            yield MathToken("open" if found[1] == "left" or found[1][-1] == "l" else "close", "|", at, found.end())
            at = found.end()
        elif character == "\\" and (found := _COMMAND.match(text, at)):
            name, at = found.group()[1:], found.end()
            at = yield from _command(text, name, found.start(), at)
        elif found := _NUMBER.match(text, at):
            yield MathToken("number", found.group(), at, found.end())
            at = found.end()
        elif found := _RAISED_RUN.match(text, at):
            raised = "".join(_RAISED[sign] for sign in found.group())
            if raised != "T":
                yield MathToken("raised", raised, at, found.end())
            at = found.end()
        elif found := _LOWERED_RUN.match(text, at):
            yield MathToken("lowered", "".join(_LOWERED[sign] for sign in found.group()), at, found.end())
            at = found.end()
        elif found := _WORD.match(text, at):
            at = yield from _word(text, found, latex)
        else:
            at = yield from _mark(text, at)


def _command(text: str, name: str, start: int, end: int) -> Signs:
    """The signs that a command stands for."""
    if name == "\\" or name in ("[", "]", "(", ")", "par"):
        yield MathToken("line", "row" if name == "\\" else "", start, end)
    elif name in _ENVIRONMENTS:
        skipped = _SKIPPED.match(text, end)
        if skipped and "cases" in skipped.group() and name in ("begin", "end"):
            yield MathToken("cases" if name == "begin" else "endcases", name, start, skipped.end())
        else:
            yield MathToken("line" if name in ("begin", "end") else "skip", "", start, end)
        return skipped.end() if skipped else end
    elif name in _ACCENTS:
        yield MathToken("accent", _ACCENTS[name], start, end)
    elif name in ("mathcal", "mathbb", "mathscr", "mathfrak", "Bbb"):
        letter = re.compile(r"\s*\{?\s*([A-Za-z1])\s*\}?").match(text, end)
        end = letter.end() if letter else end
        sign = letter[1] if letter else ""
        kind, spelt = _LETTERS_OF_FONTS.get((name, sign)) or _LETTERS_OF_FONTS.get(("", sign), ("name", f"cal {sign}"))
        yield MathToken(kind, spelt, start, end)
        return end
    elif name in _WORDS:
        group = _GROUP.match(text, end)
        if group is None:
            return end
        yield _named(group[1].strip().replace("\\_", "_").replace("\\", ""), start, group.end(), written=True)
        return group.end()
    elif name in _COMMANDS:
        kind, spelt = _COMMANDS[name]
        yield MathToken(kind, spelt, start, end)
        # \\frac12 is a half: what follows without a group is a digit each.
        for _ in range(2 * (kind == "frac")):
            if digit := _FRACTION.match(text, end):
                yield MathToken("number", digit[1], digit.start(1), digit.end())
                end = digit.end()
    elif name in _FONTS:
        yield MathToken("font", "", start, end)
    elif name not in _SPACES and name != " ":
        yield MathToken("unknown", f"\\{name}", start, end)
    return end


# Letters that are more than a name in a font of theirs, or in all.
_LETTERS_OF_FONTS: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("", "E"): ("mean", ""),
        ("", "N"): ("law", "normal"),
        ("", "1"): ("indicator", ""),
        ("mathbb", "I"): ("indicator", ""),
    }
)


def _named(word: str, start: int, end: int, written: bool = False) -> MathToken:
    """A word: a function, a law, or a name."""
    word = word.strip(" .:")
    if word in _FUNCTIONS:
        return MathToken("function", _FUNCTIONS[word], start, end)
    if word in _LAWS and (written or len(word) > 1):
        return MathToken("law", _LAWS[word], start, end)
    if word.lower().strip(",") in _LINE_WORDS:
        return MathToken("line", "", start, end)
    if written and (" " in word or not word):
        return MathToken("line", "", start, end)
    if word in ("E", "avg"):
        return MathToken("mean", "", start, end)
    if word in ("sum", "Sum"):
        return MathToken("sum", "sum", start, end)
    if word in ("argmin", "argmax", "minimize", "maximize", "minimise", "maximise"):
        return MathToken("head", "", start, end)
    return MathToken("name", word, start, end)


def _word(text: str, found: re.Match[str], latex: bool) -> Signs:
    word, start = found.group(), found.start()
    if latex:
        # In LaTeX x y z are three names, unless the word is one that people write without \text.
        whole = re.compile(r"[A-Za-z]+").match(text, start)
        assert whole is not None
        word = whole.group()
        if len(word) == 1 or not _is_word(word):
            yield MathToken("name", word[0], start, start + 1)
            return start + 1
    head, _, below = word.partition("_")
    if head.lower() in ("sum", "mean", "max", "min") and below:
        word = head  # sum_i: the subscript comes next
    end = start + len(word)
    if word.lower() in ("mean", "average") and _BRACKET.match(text, end) and not _OF_X.match(text, end):
        yield MathToken("mean", "", start, end)
        return end
    if word == "N" and _DENSITY.match(text, end):
        yield MathToken("law", "normal", start, end)
        return end
    accent = next(
        (_COMBINING[sign] for sign in text[start + len(word) : start + len(word) + 1] if sign in _COMBINING), ""
    )
    if accent:
        yield MathToken("accent", accent, start, start)
    yield _named(word, start, start + len(word) + bool(accent))
    return start + len(word) + bool(accent)


_BRACKET, _OF_X = re.compile(r"\s*[(\[]"), re.compile(r"\s*[(\[]\s*[xX]\w*\s*[)\]]")
_DENSITY = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*(?:[;|]|,[^()]*,)")
_PLAIN = _words(
    "mse nll loss const constant pred true target where with and for var mean std sigma mu otherwise logvar if"
)


def _is_word(word: str) -> bool:
    return word in _FUNCTIONS or (word in _LAWS and len(word) > 1) or word.lower() in _PLAIN


def _mark(text: str, at: int) -> Signs:
    for length in (2, 1):
        if (sign := text[at : at + length]) in _MARKS:
            kind, spelt = _MARKS[sign]
            yield MathToken(kind, spelt, at, at + length)
            return at + length
    plain = unicodedata.normalize("NFD", text[at])
    accent = next((_COMBINING[sign] for sign in (*plain[1:], *text[at + 1 : at + 2]) if sign in _COMBINING), "")
    if accent:
        yield MathToken("accent", accent, at, at)
    end = at + 1 + (text[at + 1 : at + 2] in _COMBINING)
    letter = plain[0]
    if letter in _GREEK or letter.isalpha():
        yield MathToken("name", _GREEK.get(letter, letter), at, end)
    elif letter == ".":
        yield MathToken("skip", "", at, end)
    else:
        yield MathToken("bad", letter, at, end)
    return end
