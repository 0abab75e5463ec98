"""Text that is made to harm or to hang: one sentence or a reading, fast, and nothing is run, opened or imported."""

import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from core.loss_code.loss_code import CodeError, LossCode
from core.loss_code.reading import read_code
from core.model.formulas.operations import OPS
from tests.pace import at_most

LONGEST_S = 0.5
ROOT = Path(__file__).parents[3]
LOSS = "loss = (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()"
DEEP = 1_500  # a line has at most 5,000 characters
VERY_DEEP = 10_000


def script(functions: int) -> str:
    """A script of many functions with one loss in it."""
    many = [f"def step_{i}(x):\n    h = x * {i}\n    return relu(h) + {i}\n" for i in range(functions)]
    many.insert(functions // 2, "def nll(y, mu, s):\n    return (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()\n")
    return "\n".join(many)


HOSTILE: dict[str, str] = {
    "empty": "",
    "spaces": " " * 50_000,
    "lines": "\n" * 50_000,
    "an import": "__import__('os').system('touch HARMED')",
    "import os": "import os\nos.system('touch HARMED')\n" + LOSS,
    "exec": "exec(\"open('HARMED', 'w')\")\n" + LOSS,
    "eval": "loss = eval(\"open('HARMED', 'w')\") + (y - mu)**2",
    "open": "open('HARMED', 'w').write('x')\n" + LOSS,
    "subclasses": "().__class__.__bases__[0].__subclasses__()",
    "a decorator": "@__import__('os').system\ndef f(y, mu):\n    return (y - mu)**2",
    "a decorator that calls": "@exec\n@input\nclass X: pass\n" + LOSS,
    "default arguments": "def f(y, mu, s=open('HARMED', 'w')):\n    return (y - mu)**2/s",
    "a class body": "class Loss:\n    open('HARMED', 'w')\n    def forward(self, y, mu):\n        return (y - mu)**2",
    "a metaclass": "class Loss(metaclass=__import__('os').system):\n    def forward(self, y, mu): return (y - mu)**2",
    "an f-string": "loss = f\"{open('HARMED', 'w')}\"\n" + LOSS,
    "a walrus": "loss = (x := open('HARMED', 'w')) + (y - mu)**2",
    "a comprehension": "loss = sum([i for i in range(10**9)])*(y - mu)**2",
    "nested comprehensions": "loss = sum(a*b for a in range(10**6) for b in range(10**6))*(y - mu)**2",
    "a long loop": "for i in range(10**12):\n    loss = (y - mu)**2*i",
    "loops in loops": (
        "loss = 0\n"
        "for i in range(1000):\n"
        "  for j in range(1000):\n"
        "    for k in range(1000):\n"
        "      loss += (y-mu)**2"
    ),
    "an endless loop": "while True:\n    loss = (y - mu)**2",
    "a growing loop": "loss = (y - mu)**2\nfor i in range(60):\n    loss = loss*loss + loss",
    "doubling names": "a0 = (y - mu)**2\n" + "\n".join(f"a{i + 1} = a{i}*a{i}" for i in range(200)) + "\nloss = a200",
    "a long list": "loss = sum([y - mu]*10**9)",
    "a long string": "loss = len('x'*10**12)*(y - mu)**2",
    "a recursion": "def loss(y, mu):\n    return loss(y, mu) + (y - mu)**2",
    "two recursions": "def f(y, mu):\n    return loss(y, mu)\ndef loss(y, mu):\n    return f(y, mu) + f(y, mu)",
    "a recursive lambda": "Y = lambda f: f(f)\nloss = Y(lambda x: x(x))",
    "a class that calls itself": (
        "class L:\n"
        "    def __init__(self): self.a = L()\n"
        "    def forward(self, y, m): return (y - m)**2"
    ),
    "powers": "loss = 9**9**9*(y - mu)**2",
    "powers of ten": "loss = 10**10**10 + (y - mu)**2",
    "shifts": "loss = (1 << 10**10)*(y - mu)**2",
    "factorials": "loss = math.factorial(10**8)*(y - mu)**2",
    "large numbers": "loss = " + "9" * 490 + "*(y - mu)**2",
    "many digits": "loss = 0." + "1" * 490 + "*(y - mu)**2",
    "open brackets": "(" * VERY_DEEP,
    "many open brackets": "(" * DEEP,
    "closed brackets": ")" * DEEP,
    "brackets": "(" * DEEP + "r" + ")" * DEEP,
    "square brackets": "[" * DEEP + "]" * DEEP,
    "mixed brackets": "([{" * 3000,
    "signs": "loss = " + "-" * DEEP + "r**2",
    "nots": "loss = " + "not " * DEEP + "r",
    "a chain of sums": "loss = " + "+".join(["r**2"] * 900),
    "a chain of powers": "loss = r" + "**2" * DEEP,
    "a chain of attributes": "loss = r" + ".abs()" * 700,
    "a chain of calls": "loss = f" + "()" * DEEP,
    "nested calls": "loss = " + "torch.exp(" * 400 + "r" + ")" * 400,
    "nested lambdas": "loss = " + "lambda: " * 500 + "r",
    "nested conditions": "loss = " + "r if s else " * 350 + "mu",
    "nested ifs": "\n".join(" " * i + "if s:" for i in range(95)) + "\n" + " " * 95 + "loss = r",
    "nested functions": "\n".join(" " * i + f"def f{i}(r):" for i in range(90)) + "\n" + " " * 90 + "return r",
    "many functions": script(2000)[:99_000],
    "a script of 400 lines": script(100),
    "many assignments": "\n".join(f"a{i} = y - mu" for i in range(3_000)),
    "numbered": "\n".join(f"{i} x" for i in range(5_000)),
    "many arguments": "def f(" + ", ".join(f"a{i}" for i in range(900)) + "):\n    return a0 - a1",
    "one long line": "loss = r # " + "x" * 4_900,
    "a long name": "a" * 4_900,
    "one hundred kilobytes": LOSS + "\n" + "#" * 100_000,
    "binary": "".join(map(chr, range(32))),
    "an image": "\x89PNG\r\n\x1a\n\x00\x00",
    "surrogates": "loss = \ud800 + (y - mu)**2",
    "private letters": "loss = \ue000 + (y - mu)**2",
    "a Cyrillic letter": "loss = (у - mu)**2",
    "a Greek letter that looks Latin": "loss = (y - μu)**2 + Α*(y - mu)",
    "full width": "ｌｏｓｓ = (ｙ - mu)**2",
    "mathematical letters": "loss = (𝑦 - 𝜇)**2",
    "turned around": "loss = (y - mu)**2 # \u202e txet",
    "a hidden turn": "def f(y\u2066, mu): return (y - mu)**2",
    "combining marks": "loss = (y\u0301\u0301\u0301 - mu)**2",
    "emoji": "loss = 🔥 + (y - mu)**2",
    "a notebook": json.dumps({"cells": [{"cell_type": "code", "source": [LOSS]}], "nbformat": 4}),
    "a notebook of nothing": json.dumps({"cells": [None, {"cell_type": "code"}, {"cell_type": "code", "source": 7}]}),
    "a notebook cut off": '{"cells": [{"cell_type": "code", "source": ["loss = r',
    "deep JSON": '{"cells": ' + "[" * 50_000,
    "other JSON": '{"loss": [0.1, 0.2], "val_loss": [0.3, 0.4]}',
    "a log": "Epoch 12/50 - loss: -0.3812 - val_loss: -0.3520\nEpoch 13/50 - loss: -0.3912 - val_loss: -0.3420",
    "a table": "y,mean,std\n1.0,0.9,0.2\n2.0,2.1,0.3",
    "a traceback": 'Traceback (most recent call last):\n  File "a.py", line 3\n    loss = f(x)\nValueError: no',
    "HTML": "<script>alert(1)</script>",
    "prose": "Why is my loss negative, and is this a problem for my network at all?",
    "R": "nll <- function(y, mu, s) mean(0.5*exp(-s)*(y - mu)^2 + 0.5*s)",
    "MATLAB": "function L = nll(y, mu, s)\nL = mean(0.5*exp(-s).*(y-mu).^2 + 0.5*s);\nend",
    "Julia": "nll(y, μ, s) = mean(@. 0.5exp(-s)*(y - μ)^2 + 0.5s)",
    "Stan": "model {\n  target += normal_lpdf(y | mu, sigma);\n}",
    "C++": "auto loss = torch::mean(torch::exp(-s) * (y - mu).pow(2) + s);",
    "JavaScript": "const loss = tf.mean(y.sub(mu).square().mul(s.neg().exp()).add(s));",
    "Python 2": "print 'loss', loss\nexec 'x = 1'",
    "async": "async def loss(y, mu):\n    await y\n    return (y - mu)**2",
    "a generator": "def loss(y, mu):\n    while True:\n        yield (y - mu)**2",
    "global": "def loss(y, mu):\n    global x\n    x = 1\n    del x\n    return (y - mu)**2",
    "match": "match s:\n    case 1:\n        loss = (y - mu)**2",
    "try": "try:\n    loss = (y - mu)**2\nexcept:\n    raise SystemExit",
    "raise": "raise SystemExit(1)",
    "exit": "exit()\n" + LOSS,
    "deep LaTeX": r"L = \frac{1}{" * 350,
    "many LaTeX groups": "{" * 4_900 + "\\sigma",
    "deep LaTeX fractions": r"\frac{1}{" * 100 + r"\sigma" + "}" * 100,
    "a long LaTeX sum": r"L = \sigma" + r" + \sigma^2" * 300,
    "LaTeX powers": r"L = (y-\mu)" + "^{9" * 30 + "}" * 30,
    "LaTeX large numbers": r"L = 10^{999999999} \sigma (y-\mu)",
    "LaTeX macros": r"\def\x{\x\x}\x \sigma",
    "LaTeX input": r"\input{/etc/passwd} \sigma (y-\mu)^2",
    "accents": r"\hat{" * 900 + "y",
    "bars": "|" * 4_900 + "σ²",
    "math powers": "σ" + "²" * 4_900,
    "math signs": "σ² " + "-" * 3000 + "μ",
    "fences": "```" * 1_600,
    "quotes": "'" * 4_901,
    "triple quotes": '"""' * 1_601,
    "backslashes": "\\" * 4_900,
    "ampersands": "&amp;" * 980,
    "prompts": ">>> " * 1_200,
    "prose lines": "this is a line of text that says nothing\n" * 1_600,
    "half lines": "loss = (\n" * 4_000,
    "tabs": "\t" * 4_900 + "loss = r",
    "commas": "," * 4_900,
    "colons": "f:" * 2_400,
    "stars": "*" * 4_900,
    "at signs": "@" * 4_900,
    "string joins": "loss = " + "'a' " * 1_200,
    "a dictionary": "loss = {" + ",".join(f"{i}:{i}" for i in range(400)) + "}",
}  # fmt: skip


def outcome(text: str) -> LossCode | CodeError:
    """What reading gives, within the time it may take."""
    with at_most(LONGEST_S):
        try:
            found: LossCode | CodeError = read_code(text)
        except CodeError as error:
            found = error
    return found


def assert_whole(code: LossCode) -> None:
    """No operation but those of the table, no name but those of targets and outputs, and no number without a value."""
    trees = [code.tree, *filter(None, [code.trained]), *(one.tree for one in (*code.quantities, *code.parts))]
    for node in (node for tree in trees for node in tree.walk()):
        assert node.op in OPS if node.of else node.op == "number" or node.op.isidentifier(), node.op
        assert math.isfinite(node.value)


def assert_one_sentence(error: CodeError) -> None:
    sentence = str(error)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert 20 < len(sentence) < 600, sentence
    assert all(character.isprintable() for character in sentence), ascii(sentence)


def assert_fit(found: LossCode | CodeError) -> None:
    """One of the two that may come back, and fit to go on with."""
    if isinstance(found, CodeError):
        assert_one_sentence(found)
    else:
        assert_whole(found)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_fast_with_one_sentence_or_a_reading(name: str) -> None:
    assert_fit(outcome(HOSTILE[name]))


def mutated(rng: random.Random, text: str) -> str:
    """The text after a few changes such as hands make, and some that none would."""
    marks = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "**",
        "-",
        "=",
        ":",
        ",",
        "\n",
        " ",
        "\\",
        '"',
        "'",
        "^",
        "²",
        "σ",
        "|",
        "$",
        "#",
    ]
    words = [
        "lambda",
        "def",
        "return",
        "if",
        "torch",
        "mean",
        "exp",
        "log",
        "0",
        "1e9",
        "None",
        "self",
        "\\frac",
        "for",
        "in",
    ]
    for _ in range(rng.randint(1, 6)):
        at, other = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        change = rng.randrange(5)
        if change == 0:
            text = text[:at] + text[at + 1 :]
        elif change == 1:
            text = text[:at] + rng.choice(marks + words) + text[at:]
        elif change == 2:
            text = text[:at] + text[at:other][: rng.randint(1, 40)] * rng.randint(1, 4) + text[at:]
        elif change == 3:
            text = text[:other] + text[at:]
        else:
            text = text.replace(rng.choice(["(", ")", "mu", "y", "*", " ", "="]), rng.choice(marks + words), 1)
    return text[:4000]


SEEDS = (
    LOSS,
    "def nll(y_true, y_pred):\n    mu, sigma = y_pred[:, :1], K.softplus(y_pred[:, 1:]) + 1e-3\n"
    "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
    "class L(nn.Module):\n    def forward(self, p, t):\n        m, v = p.chunk(2, -1)\n"
    "        return F.gaussian_nll_loss(m, t, v.exp())",
    r"\mathcal{L} = \frac{1}{N}\sum_i \frac{(y_i-\mu_i)^2}{2\sigma_i^2} + \frac12\log\sigma_i^2",
    "L = 1/(2σ²)(y-μ)² + ½ log σ²",
    "-torch.distributions.Normal(mu, torch.exp(0.5*logvar)).log_prob(y).mean()",
    "lambda q, y, e: max(q*(y-e), (q-1)*(y-e))",
)  # fmt: skip


@pytest.mark.long
def test_mutated_losses_end_fast_with_one_sentence_or_a_reading() -> None:
    rng = random.Random(20)
    for _ in range(400):
        text = mutated(rng, rng.choice(SEEDS))
        try:
            found = outcome(text)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for {text!r}") from error
        assert_fit(found)


def test_random_signs_end_fast_with_one_sentence_or_a_reading() -> None:
    rng = random.Random(21)
    signs = [
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        " ",
        "\n",
        "y",
        "mu",
        "s",
        "exp",
        "log",
        "2",
        ".",
        ",",
        "[",
        "]",
        ":",
        "\\sigma",
        "{",
        "}",
        "^",
        "_",
        "σ",
        "|",
        "torch.",
        "def f(",
        "return ",
    ]
    for _ in range(250):
        text = "".join(rng.choice(signs) for _ in range(rng.randint(1, 60)))
        assert_fit(outcome(text))


_WATCHED = """
import json, resource, sys
from core.loss_code.loss_code import CodeError
from core.loss_code.reading import read_code

texts = json.load(sys.stdin)

def read(text):
    try:
        read_code(text)
    except CodeError:
        return

for text in texts[:3] + [r"L = (y-\\\\mu)^2/\\\\sigma^2 + \\\\log\\\\sigma^2"]:
    read(text + " ")  # what is imported when it is first needed
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
harms, watching = [], True

def watch(event, args):
    if not watching or event.startswith(("gc.", "object.", "builtins.id", "sys._getframe", "code.__new__")):
        return
    # Parsing tells of itself, and Python looks for the line of a syntax error in a file that cannot be.
    if event == "compile" and args[1] in ("<pasted>/", None) or event == "open" and args[0] == "<pasted>/":
        return
    harms.append((event, repr(args)[:200]))

sys.addaudithook(watch)
for text in texts:
    read(text)
watching = False
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
json.dump({"harms": harms, "grown": grown}, sys.stdout)
"""


def test_nothing_is_run_opened_or_imported_and_memory_is_bounded(tmp_path: Path) -> None:
    large = (
        "a long list",
        "a long string",
        "nested functions",
        "powers",
        "a chain of powers",
        "LaTeX input",
        "deep JSON",
    )
    texts = [LOSS, *SEEDS, *(HOSTILE[name] for name in large), *(text for text in HOSTILE.values() if "HARMED" in text)]
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""},
        input=json.dumps(texts), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert seen["harms"] == []
    assert seen["grown"] < 200  # MB
    assert not list(tmp_path.iterdir())
