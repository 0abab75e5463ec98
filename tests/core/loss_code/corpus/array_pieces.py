"""Pieces in JAX, Flax, NumPy and SciPy."""

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_std,
    by_std,
    by_var,
    exp,
    huber,
    laplace,
    log,
    normal,
    pinball,
    softplus,
    sqrt,
)

PIECES = (
    Piece(
        "jax",
        """def nll(params, x, y):
    mu, log_sigma = model.apply(params, x)
    return jnp.mean(0.5 * jnp.exp(-2 * log_sigma) * (y - mu) ** 2 + log_sigma)

grads = jax.grad(nll)(params, x, y)""",
        by_log_std,
        "log_sigma",
        "log σ",
        "mean",
    ),
    Piece(
        "jax",
        """@jax.jit
def loss_fn(params, batch):
    x, y = batch
    out = net.apply(params, x)
    mean, std = out[:, 0], jax.nn.softplus(out[:, 1]) + 1e-4
    return -jnp.mean(jax.scipy.stats.norm.logpdf(y, mean, std))""",
        lambda y, m, s: -normal(y, m, softplus(s) + 1e-4),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "jax",
        """def loss(y, mu, var):
    return 0.5 * jnp.sum(jnp.log(var) + jnp.square(y - mu) / var, axis=-1)""",
        by_var,
        "var",
        "σ²",
    ),
    Piece(
        "jax",
        """mu, s = jnp.split(out, 2, axis=-1)
loss = jnp.mean(jnp.exp(-s) * jnp.abs(y - mu) + s)""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "s",
        "log E|r|",
        "mean",
    ),
    Piece(
        "jax",
        """w = jax.lax.stop_gradient(var) ** 0.5
loss = (w * 0.5 * (jnp.log(var) + (y - mean) ** 2 / var)).mean()""",
        lambda y, m, s: sqrt(s) * by_var(y, m, s),
        "var",
        "σ²",
        "mean",
        trained=by_var,
    ),
    Piece(
        "jax",
        """import numpyro.distributions as dist
loss = -dist.Normal(mu, jnp.exp(log_std)).log_prob(y).sum()""",
        lambda y, m, s: -normal(y, m, exp(s)),
        "jnp.exp(log_std)",
        "σ",
        "sum",
    ),
    Piece(
        "jax",
        """dist = distrax.Normal(loc=mu, scale=jax.nn.softplus(rho))
loss = -dist.log_prob(targets).mean()""",
        lambda y, m, s: -normal(y, m, softplus(s)),
        "jax.nn.softplus(rho)",
        "σ",
        "mean",
    ),
    Piece(
        "jax",
        """loss = jnp.where(jnp.abs(y - mu) < 1.0, 0.5 * (y - mu) ** 2, jnp.abs(y - mu) - 0.5).mean()""",
        lambda y, m: huber(y - m),
        points="mean",
    ),
    Piece(
        "jax",
        """pred, unc = net(x)
loss = optax.l2_loss(pred, y) / unc + 0.5 * jnp.log(unc)
loss = loss.mean()""",
        by_var,
        "unc",
        "σ²",
        "mean",
    ),
    Piece(
        "numpy",
        """def nll(y, mu, sigma):
    return np.mean(np.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2 + 0.5 * np.log(2 * np.pi))""",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "numpy",
        """def gaussian_log_likelihood(y_true, mu_pred, var_pred):
    return -0.5 * (np.log(2 * np.pi * var_pred) + (y_true - mu_pred) ** 2 / var_pred)

loss = -gaussian_log_likelihood(y, mu, var).mean()""",
        lambda y, m, s: by_var(y, m, s) + HALF_LOG_2PI,
        "",
        "",
        "mean",
    ),
    Piece(
        "numpy",
        """nll = -scipy.stats.norm.logpdf(y, loc=mu, scale=std).mean()""",
        lambda y, m, s: -normal(y, m, s),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "numpy",
        """def objective(theta):
    mu = X @ theta[:-1]
    sigma = np.exp(theta[-1])
    return np.sum(np.log(sigma) + (y - mu) ** 2 / (2 * sigma ** 2))""",
        by_log_std,
        "sigma",
        "σ",
        "sum",
    ),
    Piece(
        "numpy",
        """lambda q, y, f: np.maximum(q * (y - f), (q - 1) * (y - f)).mean()""",
        lambda y, m, q: pinball(y - m, q),
        points="mean",
    ),
    Piece(
        "numpy",
        """rss = (y - y_hat) ** 2
ll = -0.5 * np.log(sigma2) - rss / (2 * sigma2)
print(-ll.mean())""",
        by_var,
        "sigma2",
        "σ²",
        "mean",
    ),
    Piece(
        "numpy",
        """import numpy as np

class NormalScore:
    def score(self, Y):
        return -dist.logpdf(Y)

def score(y, mu, logscale):
    scale = np.exp(logscale)
    return np.mean(np.log(scale) + (y - mu) ** 2 / (2 * scale ** 2))""",
        by_log_std,
        "scale",
        "σ",
        "mean",
    ),
    Piece(
        "numpy slip",
        """loss = np.mean(np.log(sigma ** 2) + (y - mu) ** 2 / (2 * sigma ** 2))""",
        lambda y, m, s: log(s**2) + (y - m) ** 2 / (2 * s**2),
        "sigma ** 2",
        "½σ²",
        "mean",
    ),
    Piece(
        "jax slip",
        """loss = -jnp.log(jnp.exp(-0.5 * ((y - mu) / sigma) ** 2) / (sigma * jnp.sqrt(2 * jnp.pi)) + 1e-8).mean()""",
        lambda y, m, s: -log(exp(normal(y, m, s)) + 1e-8),
        "sigma",
        "σ",
        "mean",
    ),
)
