"""Pieces that are no plain code: LaTeX, math text, and code pasted with what stood around it."""

import math

import numpy as np

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_std,
    by_log_var,
    by_std,
    by_var,
    evidential,
    exp,
    laplace,
    log,
    pinball,
    softplus,
)

MATHS = (
    Piece(
        "latex",
        r"""\mathcal{L}(\theta) = \frac{1}{N}\sum_{i=1}^{N} \left[ \frac{(y_i -
\mu_\theta(x_i))^2}{2\sigma_\theta(x_i)^2}
+ \log \sigma_\theta(x_i) \right]""",
        by_std,
        r"\sigma_\theta",
        "σ",
        "mean",
    ),
    Piece(
        "latex",
        r"""$$\mathcal{L} = \frac{1}{N} \sum_i \frac{1}{2} e^{-s_i} (y_i - f(x_i))^2 + \frac{1}{2} s_i$$ with
$s_i = \log\sigma_i^2$""",
        by_log_var,
        "s_i",
        "log σ²",
        "mean",
    ),
    Piece(
        "latex",
        r"""\begin{align}
-\log p(y \mid x) &= -\log \mathcal{N}(y; \mu(x), \sigma^2(x)) \\
&= \frac{1}{2}\log 2\pi\sigma^2(x) + \frac{(y - \mu(x))^2}{2\sigma^2(x)}
\end{align}""",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        r"\sigma^2(x)",
        "σ²",
    ),
    Piece(
        "latex",
        r"""E = \sum_i \frac{1}{2} \left( \frac{[d_i - y(x_i)]^2}{\sigma^2(x_i)} + \ln[\sigma^2(x_i)] \right)""",
        by_std,
        r"\sigma^2(x_i)",
        "σ²",
        "sum",
    ),
    Piece(
        "latex",
        r"""\ell = \frac{\lvert y - \hat{y} \rvert}{b} + \ln b""",
        lambda y, m, s: laplace(y - m, s),
        "b",
        "E|r|",
    ),
    Piece(
        "latex",
        r"""L = \sqrt{2} \exp(-s/2) \, |y - \hat y| + \tfrac{1}{2} s, \qquad s = \log \hat\sigma^2""",
        lambda y, m, s: math.sqrt(2) * exp(-s / 2) * np.abs(y - m) + 0.5 * s,
    ),
    Piece(
        "latex",
        r"""\mathcal{L}_{\beta\text{-NLL}} = \mathbb{E}_{X,Y}\Big[ \lfloor \hat\sigma^{2\beta}(X) \rfloor \Big(
\frac{1}{2}
\log \hat\sigma^2(X) + \frac{(Y - \hat\mu(X))^2}{2\hat\sigma^2(X)} \Big) \Big], \quad \beta = 0.5""",
        lambda y, m, s: s * by_std(y, m, s),
        r"\hat\sigma",
        "σ",
        "mean",
        trained=by_std,
    ),
    Piece(
        "latex",
        r"""\mathcal{L}_i^{NLL}(w) = \frac{1}{2}\log\Big(\frac{\pi}{\nu}\Big) - \alpha\log(\Omega) +
\Big(\alpha+\frac{1}{2}\Big)
\log\big((y_i-\gamma)^2\nu+\Omega\big) + \log\Bigg(\frac{\Gamma(\alpha)}{\Gamma(\alpha+\frac{1}{2})}\Bigg)
where $\Omega = 2\beta(1+\nu)$""",
        lambda y, m, s, t, u: evidential(y - m, s, t, u),
    ),
    Piece(
        "latex",
        r"""-\ln \mathrm{Laplace}(y \mid \mu, b) = \ln(2b) + \frac{|y-\mu|}{b}""",
        lambda y, m, s: laplace(y - m, s) + log(2.0),
        "b",
        "E|r|",
    ),
    Piece(
        "latex",
        r"""L_\tau(y, \hat{y}) = \max\{\tau (y - \hat{y}), (\tau - 1)(y - \hat{y})\}, \tau = 0.9""",
        lambda y, m: pinball(y - m, 0.9),
    ),
    Piece(
        "latex",
        r"""\log \sigma_{i} + \frac{\left\| y_{i} - \mu_{i} \right\|^{2}}{2 \sigma_{i}^{2}} + \frac{1}{2} \log
2 \pi""",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        r"\sigma_{i}",
        "σ",
    ),
    Piece(
        "latex",
        r"""\text{loss} = \frac{(y_{\text{true}} - y_{\text{pred}})^2}{2 \cdot \text{var}} + 0.5 \cdot
\log(\text{var})""",
        by_var,
        r"\text{var}",
        "σ²",
    ),
    Piece(
        "latex slip",
        r"""\mathcal{L} = \frac{1}{N}\sum_n \frac{(y_n - \mu_n)^2}{2\sigma_n} + \frac12\log\sigma_n""",
        by_var,
        r"\sigma_n",
        "σ²",
        "mean",
    ),
    Piece(
        "latex slip",
        r"""\mathcal{L} = \frac{(y - \mu)^2}{2\sigma^2} + \log \sigma^2""",
        lambda y, m, s: (y - m) ** 2 / (2 * s**2) + log(s**2),
        r"\sigma^2",
        "½σ²",
    ),
    Piece("math text", "L = (y − μ)²/(2σ²) + log σ", by_std, "σ", "σ"),
    Piece("math text", "½·exp(−s)·(y − ŷ)² + ½·s", by_log_var, "s", "log σ²"),
    Piece(
        "math text",
        "loss = 1/N * sum_i [ 0.5 * exp(-s_i) * (y_i - yhat_i)^2 + 0.5 * s_i ]",
        by_log_var,
        "s_i",
        "log σ²",
        "mean",
    ),
    Piece("math text", "|y − μ| / b + ln(2b)", lambda y, m, s: laplace(y - m, s) + log(2.0), "b", "E|r|"),
    Piece(
        "math text",
        "NLL = 0.5*log(2*pi*sigma^2) + (y - mu)^2/(2*sigma^2)",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        "sigma^2",
        "σ²",
    ),
    Piece("math text", "log σ² + (y - μ)² / σ²", lambda y, m, s: 2 * by_std(y, m, s), "σ²", "σ²"),
    Piece("math text", "0.5*exp(-s)*r**2 + 0.5*s", by_log_var, "exp(-s)", "1/σ²"),
    Piece("math text", "exp(-s)*|r| + s", lambda y, m, s: laplace(y - m, exp(s)), "s", "log E|r|"),
)

PASTED = (
    Piece(
        "pasted",
        """>>> mu, sigma = net(x)
>>> loss = (torch.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2).mean()
>>> loss
tensor(-0.3812, grad_fn=<MeanBackward0>)""",
        by_std,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "pasted",
        """I train a net with two outputs. My loss is

```python
def loss_fn(out, y):
    mu, log_var = out[:, 0], out[:, 1]
    return (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()
```

and after 10 epochs it is **negative**. Why?""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "pasted",
        """In [12]: def nll(y, mu, s):
    ...:     return np.mean(0.5 * np.exp(-s) * (y - mu) ** 2 + 0.5 * s)
    ...:

In [13]: nll(y, mu, s)
Out[13]: -0.7123""",
        by_log_var,
        "s",
        "log σ²",
        "mean",
    ),
    Piece(
        "pasted",
        """  12 | def loss(mu, var, y):
  13 |     # negative log likelihood
  14 |     return 0.5 * (torch.log(var) + (y - mu) ** 2 / var).mean()""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "pasted",
        """@@ -14,3 +14,3 @@ def train():
     mu, log_var = model(x)
-    loss = ((y - mu) ** 2).mean()
+    loss = 0.5 * (torch.exp(-log_var) * (y - mu) ** 2 + log_var).mean()
     loss.backward()""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "pasted",
        """Hi everyone, I am trying to predict a mean and a std with one net.

    mu = out[:, 0]
    std = F.softplus(out[:, 1])
    loss = torch.mean(torch.log(std) + (y - mu)**2 / (2 * std**2))

The loss goes below zero. Is this normal? Thanks!""",
        lambda y, m, s: by_std(y, m, softplus(s)),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "pasted",
        """    \tmu = y_pred[:, 0:1]
    \tlog_var = y_pred[:, 1:2]
    \treturn K.mean(0.5*K.exp(-log_var)*K.square(y_true - mu) + 0.5*log_var)""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "pasted",
        """loss = torch.mean(0.5&nbsp;* torch.exp(-s) * (y - mu)**2 + 0.5 * s)  &lt;- negative?""",
        by_log_var,
        "s",
        "log σ²",
        "mean",
    ),
)

SCRIPTS = (
    Piece(
        "script",
        '''import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
N, BATCH, EPOCHS = 2000, 64, 50


def make_data(n):
    x = np.random.uniform(-3, 3, size=(n, 1))
    y = np.sin(x) + np.random.normal(0, 0.1 + 0.1 * np.abs(x), size=(n, 1))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


class Net(nn.Module):
    """Two heads."""

    def __init__(self, hidden=64):
        super().__init__()
        self.fc1 = nn.Linear(1, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.mu = nn.Linear(hidden, 1)
        self.sigma = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.relu(self.fc1(x))
        h = torch.relu(self.fc2(h))
        return self.mu(h), torch.exp(self.sigma(h))


def rmse(a, b):
    return torch.sqrt(((a - b) ** 2).mean())


def nll_loss(mu, sigma, y):
    return torch.mean(torch.log(sigma) + (y - mu) ** 2 / (2 * sigma ** 2))


def train(model, loader):
    opt = optim.Adam(model.parameters(), lr=1e-3)
    history = []
    for epoch in range(EPOCHS):
        total = 0.0
        for xb, yb in loader:
            opt.zero_grad()
            mu, sigma = model(xb)
            loss = nll_loss(mu, sigma, yb)
            loss.backward()
            opt.step()
            total += loss.item() * len(xb)
        history.append(total / N)
        if epoch % 10 == 0:
            print(f"epoch {epoch}: {history[-1]:.3f}")
    return history


if __name__ == "__main__":
    x, y = make_data(N)
    net = Net()
    losses = train(net, DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True))
    with torch.no_grad():
        m, s = net(x)
    print("rmse", rmse(m, y))
    plt.plot(losses)
    plt.show()
''',
        by_std,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "script",
        """import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import tensorflow.keras.backend as K

def nll(y_true, y_pred):
    mu = y_pred[:, :1]
    log_var = y_pred[:, 1:]
    return K.mean(0.5 * log_var + 0.5 * K.exp(-log_var) * K.square(y_true - mu))

def mean_rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_true - y_pred[:, :1])))

inp = keras.Input(shape=(8,))
x = layers.Dense(64, activation="relu")(inp)
x = layers.Dropout(0.1)(x)
out = layers.Dense(2)(x)
model = keras.Model(inp, out)
model.compile(optimizer="adam", loss=nll, metrics=[mean_rmse])
history = model.fit(X_train, y_train, validation_split=0.2, epochs=100, batch_size=32, verbose=2)""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "script",
        """for epoch in range(num_epochs):
    model.train()
    running_loss = 0.0
    for i, (images, depth) in enumerate(train_loader):
        images, depth = images.to(device), depth.to(device)
        optimizer.zero_grad()
        mean, log_var = model(images)
        loss = (torch.exp(-log_var) * torch.abs(mean - depth) + log_var).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running_loss += loss.item()
    scheduler.step()
    print(f'[{epoch}] loss: {running_loss / len(train_loader):.4f}')""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "log_var",
        "log E|r|",
        "mean",
    ),
    Piece(
        "script",
        """def forward(self, x, y=None):
    h = self.encoder(x)
    mu = self.mu_head(h).squeeze(-1)
    log_sigma = self.sigma_head(h).squeeze(-1)
    if y is not None:
        loss = 0.5 * ((y - mu) / torch.exp(log_sigma)) ** 2 + log_sigma
        return mu, log_sigma, loss.mean()
    return mu, log_sigma""",
        by_log_std,
        "log_sigma",
        "log σ",
        "mean",
    ),
    Piece(
        "script",
        """def step(params, opt_state, x, y):
    def loss_fn(params):
        mu, log_var = apply(params, x)
        return jnp.mean(0.5 * (log_var + (y - mu) ** 2 / jnp.exp(log_var)))
    loss, grads = jax.value_and_grad(loss_fn)(params)
    updates, opt_state = optimizer.update(grads, opt_state)
    return optax.apply_updates(params, updates), opt_state, loss""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
)
PIECES = (*MATHS, *PASTED, *SCRIPTS)
