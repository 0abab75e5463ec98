"""What a pasted text is, what is taken off it, and what is refused in one sentence."""

import json

import pytest

from core.loss_code.loss_code import CodeError
from core.loss_code.sources import source_of

LINE = "loss = 0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s"
FUNCTION = "def nll(y, mu, s):\n    r = y - mu\n    return (0.5*torch.exp(-s)*r**2 + 0.5*s).mean()"
TYPED = ">>> " + FUNCTION.replace("\n", "\n... ")
CELLS = [("markdown", ["The loss"]), ("code", ["r = y - m\n", "loss = r**2"])]
NOTEBOOK = json.dumps({"cells": [{"cell_type": kind, "source": lines} for kind, lines in CELLS]})
# What is pasted, and the code in it.
PASTED = {
    "as it is": (FUNCTION, FUNCTION),
    "windows": (FUNCTION.replace("\n", "\r\n"), FUNCTION),
    "byte order mark": ("\ufeff" + FUNCTION, FUNCTION),
    "prompts": (TYPED + "\n...\n>>> nll(y, mu, s)\ntensor(-0.38)", FUNCTION + "\n\nnll(y, mu, s)"),
    "notebook prompts": ("In [3]: " + LINE + "\nOut[3]: tensor(-0.38)", LINE),
    "fence": ("My loss\n```python\n" + FUNCTION + "\n```\nis negative.", FUNCTION),
    "fence without a language": ("```\n" + LINE + "\n```", LINE),
    "two fences": ("```bash\npip install torch\n```\n```py\n" + LINE + "\n```", LINE),
    "in backticks": ("`" + LINE + "`", LINE),
    "entities": ("loss = torch.where(r &gt; 0, r, -r) &amp; 1", "loss = torch.where(r > 0, r, -r) & 1"),
    "spaces that do not break": (LINE.replace(" ", "\u00a0"), LINE),
    "characters without width": (LINE.replace("mu", "mu\u200b"), LINE),
    "typographic quotes": ("f = nn.MSELoss(reduction=‘none’)", "f = nn.MSELoss(reduction='none')"),
    "typographic signs": ("loss = 0.5·exp(−s)×r**2", "loss = 0.5*exp(-s)*r**2"),
    "tabs": ("\tr = y - mu\n\tloss = r**2", "r = y - mu\nloss = r**2"),
    "indented": ("        r = y - mu\n        loss = r**2\n", "r = y - mu\nloss = r**2"),
    "copied from its first letter": ("r = y - mu\n        loss = r**2", "r = y - mu\nloss = r**2"),
    "line numbers": ("1 def f(y, m):\n2   r = y - m\n3\n4   return r", "def f(y, m):\n  r = y - m\n\n  return r"),
    "line numbers with colons": ("  9: r = y - m\n 10: loss = r**2", "r = y - m\nloss = r**2"),
    "line numbers with bars": ("1 | r = y - m\n2 | loss = r**2", "r = y - m\nloss = r**2"),
    "a diff": ("@@ -1,2 +1,2 @@\n r = y - m\n-loss = r.abs()\n+loss = r**2", "r = y - m\nloss = r**2"),
    "a backslash at the end": (LINE + " \\", LINE),
    "a backslash with a space": ("loss = r**2 \\ \n  + s", "loss = r**2 \\\n  + s"),
    "quoted": ("> r = y - m\n> loss = r**2", "r = y - m\nloss = r**2"),
    "text around": ("Hi all, this is my loss:\n\n    " + LINE + "\n\nWhy does it go below zero?", LINE),
    "a page's buttons": ("Python\n\nCopy code\n" + LINE, LINE),
    "mathematical letters": (LINE.replace("mu", "𝑚𝑢"), LINE),
    "a note behind an arrow": (LINE + "  <-- negative?", LINE),
    "a magic": ("%matplotlib inline\n" + LINE, LINE),
    "print of Python 2": ("print 'loss'\n" + LINE, "pass\n" + LINE),
    "a notebook": (NOTEBOOK, "r = y - m\nloss = r**2"),
}  # fmt: skip
KINDS = {
    LINE: "python",
    "0.5*exp(-s)*abs(r) + 0.5*s": "formula",
    "L = 1/(2σ²)(y-μ)² + ½ log σ²": "formula",
    r"L = \frac{1}{2\sigma^2}(y-\mu)^2 + \frac{1}{2}\log\sigma^2": "latex",
}
# What is pasted, and words of the one sentence that refuses it.
REFUSED = {
    "": "empty",
    " \n\t\n": "empty",
    "x" * 100_001: "at most 100 kB",
    "loss <- mean(0.5*exp(-s)*(y-mu)^2 + 0.5*s)": "This looks like R,",
    "loss = mean(0.5*exp(-s).*(y-mu).^2 + 0.5*s);": "This looks like MATLAB,",
    "nll(y, μ, s) = mean(@. 0.5 * exp(-s) * (y - μ)^2 + 0.5 * s)": "This looks like Julia,",
    "model {\n  y ~ normal(mu, sigma);\n}": "This looks like Stan,",
    "auto loss = torch::mean(torch::exp(-s) * r.pow(2) + s);": "This looks like C++,",
    "const loss = tf.mean(tf.mul(tf.exp(tf.neg(s)), tf.square(r)));": "This looks like JavaScript,",
    "why does the loss become negative after a few epochs": "text without code",
    "\x00\x01\x02": "binary",
    '{"a": 1}': "not a notebook",
    '{"loss": [0.5, 0.2], "val_loss": [0.6, 0.3]}': "a training log",
    "Epoch 12/50 - loss: -0.3812 - val_loss: -0.3520": "a training log",
    "y,mean,std\n1.0,0.9,0.2\n2.0,2.1,0.3": "a table of numbers",
    '{"cells": []}': "no cell of code",
    "def f(у, m): return (у - m)**2": "Cyrillic",
    "def f(ｙ, m): return (ｙ - m)**2": "double width",
    "loss = r**2 # \u202e s": "direction",
}


@pytest.mark.parametrize("name", PASTED)
def test_what_is_no_code_is_taken_off(name: str) -> None:
    pasted, code = PASTED[name]
    source = source_of(pasted)
    assert (source.kind, source.text.strip()) == ("python", code)


@pytest.mark.parametrize("name", PASTED)
def test_places_are_those_of_what_was_pasted(name: str) -> None:
    pasted, _ = PASTED[name]
    source = source_of(pasted)
    if name == "a notebook":
        return
    rows = pasted.replace("\r\n", "\n").split("\n")
    for line, row in enumerate(source.text.split("\n"), 1):
        for column, character in enumerate(row, 1):
            at_line, at_column = source.at(line, column)
            if character.isalpha() and name not in ("entities", "mathematical letters") and row != "pass":
                assert rows[at_line - 1][at_column - 1] == character


# Python that has a sign or a word of another language in it.
PYTHON = (
    "loss = 2.*torch.log(sigma) + (y - mu)**2/(2.*sigma**2)",
    "loss = 1./var*(y - mu)**2 + torch.log(var)",
    "mu, var = out[:, 0::2], out[:, 1::2]\nloss = (y - mu)**2/var",
    "target += 0.1*noise\nloss = (target - mu)**2",
    "using Adam, my loss is\nloss = (y - mu)**2/var + torch.log(var)",
    "var = out[:, 1]\nlet = 2\nloss = var*(y - mu)**2",
    "function = torch.exp\nloss = function(-s)*(y - mu)**2",
)


@pytest.mark.parametrize("text", PYTHON)
def test_python_is_not_taken_for_another_language(text: str) -> None:
    assert source_of(text).kind == "python"


@pytest.mark.parametrize("text", KINDS)
def test_kinds(text: str) -> None:
    assert source_of(text).kind == KINDS[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text)[:40])
def test_what_is_no_loss_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(CodeError) as refused:
        source_of(text)
    sentence = str(refused.value)
    assert REFUSED[text] in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300
