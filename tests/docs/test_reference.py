"""How docstrings become the reference: all of their text stays, and nothing in it is markup by accident."""

import inspect

import pytest

import core
import core.torch.heads
import core.torch.losses
from docs.site.reference import DATA, as_rst, known_types, on_docstring, on_member, summary


def test_a_docstring_becomes_a_list_of_its_fields_and_nothing_else_is_markup() -> None:
    lines = [
        "E|r|, and 2*3*4; see core.evaluation and `core.x`s.",
        "",
        "y: observed; mean_, std: predicted,",
        "    (n,). Raises ValueError.",
    ]
    assert list(as_rst(lines)) == [
        r"E\|r\|, and 2\*3\*4; see heteroscope.evaluation and ``heteroscope.x``\ s.",
        "",
        "",
        "* **y**: observed",
        r"* **mean\_, std**: predicted,",
        "  (n,). Raises ValueError.",
    ]


def test_the_headings_of_a_numpy_docstring_become_bold_words_and_its_arguments_a_list() -> None:
    lines = ["Parameters", "----------", "loss : name of a loss,", "    such as x.", "run_ : the Run."]
    expected = ["**Parameters**", "", "", "* **loss**: name of a loss,", "  such as x.", r"* **run\_**: the Run."]
    assert list(as_rst(lines)) == expected


def test_a_loss_says_its_formula_as_code_or_as_a_drawn_formula() -> None:
    lines = ["Per point: 0.5*r**2", r"Per point: \sum_k x_k", "Read as: quantiles. Unit of the value: nats."]
    assert list(as_rst(lines)) == [
        "",
        "* **Per point**: ``0.5*r**2``",
        r"* **Per point**: :math:`\sum_k x_k`",
        "* **Read as**: quantiles.",
        "* **Unit of the value**: nats.",
    ]


def test_a_signature_has_the_types_that_readers_know() -> None:
    spelled = (
        "_Buffer | _SupportsArray[dtype[Any]] | _NestedSequence[_SupportsArray[dtype[Any]]] | complex | bytes | str"
    )
    whole = (
        f"(y: {spelled} | _NestedSequence[complex | bytes | str], n: int) -> ndarray[tuple[Any, ...], dtype[float64]]"
    )
    assert known_types(whole) == "(y: ~numpy.typing.ArrayLike, n: int) -> ~numpy.ndarray"
    assert known_types(None) is None


def test_a_function_that_does_what_a_class_does_says_so() -> None:
    lines = (inspect.getdoc(core.torch.losses.beta_nll) or "").split("\n")
    on_docstring(None, "function", "heteroscope.torch.losses.beta_nll", core.torch.losses.beta_nll, None, lines)
    (line,) = lines
    assert line.endswith("see :py:obj:`~heteroscope.torch.losses.BetaNLLLoss`.")


@pytest.mark.parametrize(
    ("name", "is_left_out"), [("model_fields", True), ("set_fit_request", True), ("fit", None), ("set_params", None)]
)
def test_what_other_packages_add_to_a_class_is_left_out(name: str, is_left_out: bool | None) -> None:
    assert on_member(None, "class", name, None, False, None) is is_left_out


def test_every_public_name_is_explained_in_one_sentence() -> None:
    for room in (core, core.torch.losses, core.torch.heads):
        for name in room.__all__:
            words = summary(f"{room.__name__}.{name}", getattr(room, name))
            assert len(words) > 10, name
            assert name in DATA or inspect.getdoc(getattr(room, name)) != inspect.getdoc(dict), name
