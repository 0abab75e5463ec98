"""Which of many functions is the loss, by what speaks for each."""

import ast

import pytest

from core.loss_code.finding_loss import REASONS, candidates, chosen, functions_of
from core.loss_code.loss_code import CodeError

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(1, 64)
        self.b = nn.Linear(64, 2)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))
"""
NLL = """
def nll(y, mu, s):
    return (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()
"""
OTHERS = """
def rmse(a, b):
    return torch.sqrt(((a - b)**2).mean())

def make_data(n):
    x = torch.rand(n, 1)
    return x, torch.sin(x) + 0.1*torch.randn(n, 1)

def plot(x, y):
    plt.plot(x, y)
"""
TRAIN = """
def train(net, x, y):
    opt = torch.optim.Adam(net.parameters())
    for _ in range(100):
        opt.zero_grad()
        mu, s = net(x).chunk(2, -1)
        loss = nll(y, mu, s)
        loss.backward()
        opt.step()
"""
# A script, and the name of its loss; "" for the lines outside of functions.
SCRIPTS = {
    "one function": (NLL, "nll"),
    "a net beside it": (NET + NLL, "nll"),
    "a whole script": (NET + OTHERS + NLL + TRAIN, "nll"),
    "in another order": (TRAIN + OTHERS + NET + NLL, "nll"),
    "bare lines": ("r = y - mu\nloss = 0.5*torch.exp(-s)*r**2 + 0.5*s", ""),
    "lines of a loop": (
        "for x, y in loader:\n"
        "    mu, s = net(x)\n"
        "    loss = (torch.exp(-s)*(y - mu)**2 + s).mean()\n"
        "    loss.backward()", ""),
    "a class": (
        "class NLLLoss(nn.Module):\n"
        "    def forward(self, mu, s, y):\n"
        "        return (torch.exp(-s)*(y - mu)**2 + s).mean()" + NET, "NLLLoss.forward"),
    "a Keras class": (
        "class L(keras.losses.Loss):\n"
        "    def __init__(self, a): self.a = a\n"
        "    def call(self, y_true, y_pred):\n"
        "        return K.square(y_true - y_pred)", "L.call"),
    "a lambda": ("negloglik = lambda y, p: -p.log_prob(y)", "negloglik"),
    "a lambda of compile": ("model.compile(optimizer='adam', loss=lambda y, p: K.mean(K.exp(-p)*K.abs(y)))", "loss"),
    "a factory": (
        "def make_loss(s):\n"
        "    def f(y, m):\n"
        "        return K.exp(-s)*K.square(y - m) + s\n"
        "    return f", "make_loss"),
    "told by compile": (
        "def a(y, p):\n"
        "    return K.exp(-p)*K.square(y)\n"
        "def b(y, p):\n"
        "    return K.log(p)*K.square(y)\n"
        "model.compile(loss=b)", "b"),
    "told by backward": (
        "def a(y, p):\n"
        "    return (torch.log(p)*y).mean()\n"
        "def b(y, p):\n"
        "    return (torch.exp(p)*y).mean()\n"
        "out = b(y, p)\n"
        "out.backward()", "b"),
    "a sign outside": (
        "def log_likelihood(y, m):\n"
        "    return -0.5*(y - m)**2\n"
        "loss = -log_likelihood(y, m).mean()", ""),
    "in a step": (
        "def step(params, x, y):\n"
        "    def loss_fn(params):\n"
        "        m, s = apply(params, x)\n"
        "        return jnp.mean(jnp.exp(-s)*(y - m)**2 + s)\n"
        "    return jax.value_and_grad(loss_fn)(params)", "step.loss_fn"),
    "a Lightning module": (
        NET.replace("nn.Module", "pl.LightningModule") + "\n"
        "    def training_step(self, batch, i):\n"
        "        x, y = batch\n"
        "        m, s = self(x)\n"
        "        loss = (torch.exp(-s)*(y - m)**2 + s).mean()\n"
        "        return loss\n", "Net.training_step"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_loss_is_found(name: str) -> None:
    text, wanted = SCRIPTS[name]
    found = chosen(ast.parse(text))
    assert found.name == wanted, [(one.name, one.score, one.reasons) for one in candidates(ast.parse(text))]


def test_of_two_that_are_alike_the_person_chooses() -> None:
    tree = ast.parse(NLL + NLL.replace("nll", "nll2"))
    with pytest.raises(CodeError, match="Choose one") as asked:
        chosen(tree)
    assert asked.value.functions == ("nll", "nll2")
    assert functions_of(tree) == ("nll", "nll2")
    assert chosen(tree, "nll2").name == "nll2"


def test_a_method_is_found_by_its_class_and_by_its_own_name() -> None:
    tree = ast.parse(SCRIPTS["a class"][0])
    assert {chosen(tree, name).name for name in ("NLLLoss", "NLLLoss.forward")} == {"NLLLoss.forward"}


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(CodeError, match="There is no function loss_fn here: choose one of nll") as refused:
        chosen(ast.parse(NLL), "loss_fn")
    assert refused.value.functions == ("nll",)


def test_what_computes_nothing_has_no_candidate() -> None:
    with pytest.raises(CodeError, match="No line here"):
        chosen(ast.parse("import torch\nfrom torch import nn"))


def test_each_reason_speaks_in_some_script() -> None:
    held = {reason for text, _ in SCRIPTS.values() for one in candidates(ast.parse(text)) for reason in one.reasons}
    assert held == set(REASONS)
