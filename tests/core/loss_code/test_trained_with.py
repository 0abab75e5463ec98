"""What a script trains with is returned where it is used."""

import ast

import pytest

from core.loss_code.trained_with import with_returns

# Code, and what it returns then, in order.
SCRIPTS = {
    "loss = f(y)\nloss.backward()": ["loss"],
    "loss = f(y)\nloss.mean().backward(retain_graph=True)": ["loss.mean()"],
    "scaler.scale(loss).backward()\nscaler.step(opt)": ["loss"],
    "accelerator.backward(loss)": ["loss"],
    "def step(self, batch):\n    self.manual_backward(loss)": ["loss"],
    "for x, y in loader:\n    loss = f(x, y)\n    loss.backward()\n    opt.step()": ["loss"],
    "a.backward()\nb.backward()": [],  # which of the two is the loss is not said
    "def f(y):\n    return mu, sigma, loss.mean()": ["loss.mean()"],
    "def f(y):\n    return mu, sigma": ["(mu, sigma)"],
    "def f(y):\n    return loss, nll_loss": ["(loss, nll_loss)"],
    "print(-ll.mean())": ["-ll.mean()"],
    "print('loss', loss)": [],
    "print(model)": [],
}


@pytest.mark.parametrize("text", SCRIPTS)
def test_what_is_trained_with_is_returned(text: str) -> None:
    tree = with_returns(ast.parse(text))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    assert [ast.unparse(value) for value in returned if value is not None] == SCRIPTS[text]
    assert all(hasattr(node, "lineno") for node in ast.walk(tree) if isinstance(node, ast.stmt))


def test_a_target_that_may_be_left_out_is_given() -> None:
    tree = with_returns(ast.parse("def forward(self, x, y=None, hidden=None):\n    return x"))
    assert ast.unparse(tree).startswith("def forward(self, x, y=y, hidden=None)")
