"""The reader against loss code as people write it: read without an edit, and then with the right meaning."""

from functools import cache

import pytest

from core.loss_code.reading import read_code
from tests.core.loss_code.corpus.judging import problem
from tests.core.loss_code.corpus.pieces import CORPUS

LEAST_READ = 0.9
# What is not read yet; to be taken from here when it is.
NOT_READ = frozenset({"late torch 21"})
# What is read and not as it was meant: none should stand here.
WRONG: frozenset[str] = frozenset()


read = cache(read_code)


@cache
def judged() -> dict[str, tuple[str, str]]:
    """What is wrong with each reading: ("", "") where nothing is."""
    return {name: problem(piece, read) for name, piece in CORPUS.items()}


@pytest.mark.long
def test_nearly_all_is_read_without_an_edit() -> None:
    unread = {name for name, (kind, _) in judged().items() if kind == "unread"}
    assert 1 - len(unread) / len(CORPUS) >= LEAST_READ
    assert unread <= NOT_READ, {name: judged()[name][1] for name in unread - NOT_READ}


@pytest.mark.long
def test_all_that_is_read_is_read_rightly() -> None:
    wrong = {name: why for name, (kind, why) in judged().items() if kind == "wrong"}
    assert wrong.keys() <= WRONG, {name: why for name, why in wrong.items() if name not in WRONG}


@pytest.mark.long
def test_the_corpus_is_wide() -> None:
    assert len(CORPUS) >= 250
    assert len({piece.code for piece in CORPUS.values()}) == len(CORPUS)
    frameworks = {read(piece.code).framework for name, piece in CORPUS.items() if name not in NOT_READ}
    assert frameworks >= {"torch", "tensorflow", "keras", "jax", "numpy", ""}


@pytest.mark.parametrize("name", ["torch slip 1", "latex 1", "late math text 1"])
def test_the_judge_sees_a_wrong_reading(name: str) -> None:
    other = read_code("loss = (torch.exp(-s)*(y - mu)**2 + 7*s).mean()")
    kind, why = problem(CORPUS[name], lambda text: other)
    assert kind == "wrong"
    assert why
