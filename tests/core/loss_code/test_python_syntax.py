"""Python that cannot be parsed: one sentence, with the place as it was pasted and the likely cause."""

import pytest

from core.loss_code.loss_code import CodeError
from core.loss_code.pasted_lines import lines_of
from core.loss_code.python_syntax import DEEPEST, python_tree
from core.loss_code.sources import Source, source_of

# Code, where the mistake is, and words of its cause.
BROKEN = {
    "loss = torch.mean((y - mu)**2": ("Line 1, column 18", "never closed"),
    "loss = torch.mean(y - mu))**2": ("Line 1, column 26", "no open bracket"),
    "loss = torch.mean([y - mu)**2]": ("Line 1, column 26", "cannot close"),
    "def f(y, mu)\n    return (y - mu)**2": ("Line 1", "colon"),
    "def f(y, mu):\nreturn (y - mu)**2": ("Line 2", "indented"),
    "r = y - mu\n   loss = r**2 + (\n)": ("Line 2", "indented further"),
    "def f(y):\n    r = y\n  return r": ("Line 3", "indentation matches no line"),
    "loss = (y - mu)**2 + 'a": ("Line 1", "quotation mark"),
    "loss = 0.5(r = 2) r**2": ("Line 1", "missing"),
    "loss = f(y mu) + 2": ("Line 1", "comma"),
    "loss = 2r**2 + mu*y": ("Line 1", "put a * between them"),
    "loss = r**2 + (s = 2)*r": ("Line 1", "= is inside"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_wrong_is_said_with_its_place(text: str) -> None:
    with pytest.raises(CodeError) as refused:
        python_tree(Source("python", lines_of(text)))
    place, cause = BROKEN[text]
    sentence = str(refused.value)
    assert place in sentence
    assert cause in sentence
    assert "\n" not in sentence


def test_the_place_is_that_of_what_was_pasted() -> None:
    with pytest.raises(CodeError, match="Line 4, column 23"):
        python_tree(source_of("My loss:\n```python\nr = y - mu\n    loss = torch.mean((r**2\n```"))


def test_deep_code_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(CodeError, match=f"more than {DEEPEST} nested brackets"):
        python_tree(Source("python", lines_of("loss = " + "(" * 90 + "r" + ")" * 90)))
    with pytest.raises(CodeError, match="nested too deeply"):
        python_tree(Source("python", lines_of("loss = " + "+".join(["r"] * 400))))


def test_more_statements_than_anybody_pastes_are_refused() -> None:
    with pytest.raises(CodeError, match="3,000 statements"):
        python_tree(Source("python", lines_of("\n".join(f"a{i} = y - mu" for i in range(3_000)))))


def test_brackets_in_strings_and_comments_are_no_brackets() -> None:
    python_tree(Source("python", lines_of('a = \'((((\' # ((((\nb = """\n((((\n"""\nloss = (r)')))
