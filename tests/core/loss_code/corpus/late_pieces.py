"""Pieces that were written after the reader had seen kinds of the others, and were shown to nobody who wrote it."""

import math

import numpy as np

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_std,
    by_log_var,
    by_std,
    by_var,
    crps,
    evidential,
    exp,
    expit,
    gauss,
    huber,
    laplace,
    log,
    maximum,
    normal,
    pinball,
    relu,
    softplus,
    student,
)

PIECES = (
    Piece(
        "late torch",
        """def criterion(out, tgt, eps=1e-8):
    m = out[..., 0]
    v = out[..., 1].exp() + eps
    return (((tgt - m) ** 2) / v + v.log()).mean() * 0.5""",
        lambda y, m, s: gauss(y - m, exp(s) + 1e-8),
        "v",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """y_mean, y_logstd = policy(obs)
neg_logp = 0.5 * (((acts - y_mean) / y_logstd.exp()) ** 2 + 2 * y_logstd + math.log(2 * math.pi))
loss = neg_logp.mean()""",
        lambda y, m, s: by_log_std(y, m, s) + HALF_LOG_2PI,
        "y_logstd",
        "log σ",
        "mean",
    ),
    Piece(
        "late torch",
        """batch_x, batch_y = next(iter(loader))
prediction = model(batch_x)
mean, variance = prediction[:, :1], F.softplus(prediction[:, 1:]) + 1e-6
squared_error = (batch_y - mean).square()
loss = torch.mean(0.5 * squared_error / variance + 0.5 * variance.log())
loss.backward(); optimizer.step()""",
        lambda y, m, s: gauss(y - m, softplus(s) + 1e-6),
        "variance",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """class NLL(nn.Module):
    def __init__(self, reduction='mean'):
        super().__init__()
        self.reduction = reduction

    def forward(self, y_hat, y):
        mu, sigma = y_hat.chunk(2, dim=1)
        sigma = sigma.exp()
        nll = sigma.log() + 0.5 * ((y - mu) / sigma).pow(2)
        return nll.mean() if self.reduction == 'mean' else nll.sum()""",
        lambda y, m, s: by_log_std(y, m, s),
        "sigma.exp()",
        "σ",
        "mean",
    ),
    Piece(
        "late torch",
        """def get_loss(self, batch):
    x, y = batch['x'], batch['y']
    out = self.net(x)
    mu = out[:, 0]
    ls = out[:, 1].clamp(-5, 5)
    return (ls + 0.5 * torch.exp(-2. * ls) * (y - mu) ** 2).mean()""",
        lambda y, m, s: by_log_std(y, m, np.clip(s, -5, 5)),
        "ls",
        "log σ",
        "mean",
    ),
    Piece(
        "late torch",
        """def kendall_loss(pred_mean, pred_log_var, gt):
    part1 = torch.exp(-pred_log_var) * (gt - pred_mean) ** 2
    part2 = pred_log_var
    return 0.5 * part1.mean() + 0.5 * part2.mean()""",
        by_log_var,
        "pred_log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """import torch as th

def loss_function(recon_x, log_sigma, x):
    term1 = th.sum(log_sigma, dim=1)
    term2 = th.sum((x - recon_x) ** 2 / (2 * th.exp(log_sigma) ** 2), dim=1)
    return th.mean(term1 + term2)""",
        by_log_std,
        "log_sigma",
        "log σ",
        "mean",
    ),
    Piece(
        "late torch",
        """r = target - output[:, 0]
sigma2 = torch.nn.Softplus()(output[:, 1])
L = 0.5 * (torch.log(sigma2) + r * r / sigma2)
L = L.sum() / L.numel()""",
        lambda y, m, s: gauss(y - m, softplus(s)),
        "sigma2",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """with torch.cuda.amp.autocast():
    mu, log_var = model(inp)
    loss = F.mse_loss(mu, tgt, reduction='none') * torch.exp(-log_var) * 0.5 + 0.5 * log_var
    loss = loss.mean()
scaler.scale(loss).backward()""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """alea = torch.sqrt(F.relu(raw) + 1e-6)
nll = torch.log(alea) + (y - yhat) ** 2 / (2 * alea ** 2)
return nll.mean()""",
        lambda y, m, s: gauss(y - m, relu(s) + 1e-6),
        "alea",
        "σ",
        "mean",
    ),
    Piece(
        "late torch",
        """def nll(y, mu, tau):
    # tau is the precision
    return 0.5 * tau * (y - mu) ** 2 - 0.5 * torch.log(tau)""",
        lambda y, m, s: 0.5 * s * (y - m) ** 2 - 0.5 * log(s),
        "tau",
        "1/σ²",
        "none",
    ),
    Piece(
        "late torch",
        """err = (mu - y) ** 2
weighted = err * torch.exp(-log_var) + log_var
loss = torch.stack([weighted, weighted]).mean(0).mean()""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "log_var",
        "log σ²",
        "",
    ),
    Piece(
        "late torch",
        """mu, sigma = net(x)
log_prob = -((y - mu) ** 2) / (2 * sigma ** 2) - sigma.log() - math.log(math.sqrt(2 * math.pi))
loss = -log_prob.mean()""",
        lambda y, m, s: -normal(y, m, s),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "late torch",
        """loss = nn.GaussianNLLLoss(full=False, eps=1e-06, reduction='mean')(mu, labels.float(), torch.exp(logvar))""",
        by_log_var,
        "torch.exp(logvar)",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """self.loss_fn = torch.nn.GaussianNLLLoss()
pred = self.model(x)
loss = self.loss_fn(pred[:, 0], y, pred[:, 1].exp())""",
        by_log_var,
        "pred[:, 1].exp()",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """def laplace_loss(mu, log_b, y):
    b = torch.exp(log_b)
    return (log_b + (y - mu).abs() / b + math.log(2)).mean()""",
        lambda y, m, s: laplace(y - m, exp(s)) + log(2.0),
        "b",
        "E|r|",
        "mean",
    ),
    Piece(
        "late torch",
        """conf = torch.sigmoid(c) + 1e-3
loss = (F.smooth_l1_loss(p, t, reduction="none", beta=1.0) / conf + conf.log()).mean()""",
        lambda y, m, s: huber(y - m) / (expit(s) + 1e-3) + log(expit(s) + 1e-3),
        points="mean",
    ),
    Piece(
        "late torch",
        """p = torch.distributions.normal.Normal(mu, std)
q_nll = -1.0 * p.log_prob(target)
loss = torch.mean(q_nll)""",
        lambda y, m, s: -normal(y, m, s),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "late torch",
        """cov = torch.diag_embed(F.softplus(raw_var))
dist = torch.distributions.MultivariateNormal(loc=mean, covariance_matrix=cov)
loss = -dist.log_prob(y).mean()""",
        lambda y, m, s: gauss(y - m, softplus(s)) + HALF_LOG_2PI,
        "cov",
        "σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """quantiles = [0.1, 0.5, 0.9]
losses = []
for i, q in enumerate(quantiles):
    errors = target - preds[:, i]
    losses.append(torch.max((q - 1) * errors, q * errors).unsqueeze(1))
loss = torch.mean(torch.sum(torch.cat(losses, dim=1), dim=1))""",
        lambda y, m, s, t: pinball(y - m, 0.1) + pinball(y - s, 0.5) + pinball(y - t, 0.9),
        points="mean",
    ),
    Piece(
        "late torch",
        """def interval_score(lower, upper, y, alpha=0.1):
    width = upper - lower
    below = (2 / alpha) * torch.relu(lower - y)
    above = (2 / alpha) * torch.relu(y - upper)
    return (width + below + above).mean()""",
        lambda y, m, s: s - m + 20 * relu(m - y) + 20 * relu(y - s),
        points="mean",
    ),
    Piece(
        "late torch",
        """def smooth_pinball(y, f, q):
    e = y - f
    return torch.where(e > 0, q * e, (q - 1) * e).mean()

loss = smooth_pinball(y, net(x), 0.75)""",
        lambda y, m: pinball(y - m, 0.75),
        points="mean",
    ),
    Piece(
        "late torch",
        """# faithful heteroscedastic regression
loss_mean = 0.5 * (y - mu).pow(2)
loss_var = -torch.distributions.Normal(mu.detach(), std).log_prob(y)
loss = (loss_mean + loss_var).mean()""",
        lambda y, m, s: 0.5 * (y - m) ** 2 - normal(y, m, s),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "late torch",
        """ratio = var.detach() ** self.beta if self.beta > 0 else 1.0
loss = (ratio * (0.5 * (y - mu) ** 2 / var + 0.5 * var.log())).mean()""",
        lambda y, m, s, beta=0.5: s**beta * gauss(y - m, s),
        "var",
        "σ²",
        "mean",
        trained=by_var,
    ),
    Piece(
        "late torch",
        """loss = torch.log(1 + torch.exp(s)) * 0.5 + 0.5 * (y - mu) ** 2 / (1 + torch.exp(s))""",
        lambda y, m, s: gauss(y - m, 1 + exp(s)),
        "1 + torch.exp(s)",
        "",
        "none",
    ),
    Piece(
        "late torch",
        """resid = (y_true - y_pred).flatten()
var = log_var.exp().flatten()
nll = 0.5 * (math.log(2 * math.pi) + torch.log(var) + resid ** 2 / var)
return nll.sum()""",
        lambda y, m, s: by_log_var(y, m, s) + HALF_LOG_2PI,
        "var",
        "σ²",
        "sum",
    ),
    Piece(
        "late torch",
        """def loss_fn(pred, y):
    mu, alpha, beta, v = pred.unbind(-1)
    nu = F.softplus(v)
    alpha = F.softplus(alpha) + 1.0
    beta = F.softplus(beta)
    omega = 2 * beta * (1 + nu)
    return (0.5 * torch.log(math.pi / nu) - alpha * omega.log()
            + (alpha + 0.5) * torch.log((y - mu) ** 2 * nu + omega)
            + torch.lgamma(alpha) - torch.lgamma(alpha + 0.5)).mean()""",
        lambda y, m, s, t, u: evidential(y - m, softplus(u), softplus(s) + 1, softplus(t)),
        points="mean",
    ),
    Piece(
        "late torch",
        """@torch.jit.script
def gaussian_loss(pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    mean = pred[:, 0]
    log_var = pred[:, 1]
    inv = torch.exp(-log_var)
    return torch.mean(inv * (target - mean) ** 2 + log_var)""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "inv",
        "1/σ²",
        "mean",
    ),
    Piece(
        "late torch",
        """nll = 0
for k in range(2):
    nll = nll + 0.5 * (torch.exp(-lv[:, k]) * (y[:, k] - mu[:, k]) ** 2 + lv[:, k])
loss = nll.mean()""",
        lambda y, m, s, t: by_log_var(y, m, s) + by_log_var(y, m, t),
        points="mean",
    ),
    Piece(
        "late torch",
        """std = std.clamp_min(1e-3)
loss = (torch.log(std) + torch.abs(y - mu) / std).mean()  # L1 version""",
        lambda y, m, s: laplace(y - m, maximum(s, 1e-3)),
        "std",
        "E|r|",
        "mean",
    ),
    Piece(
        "late torch",
        """lam = 0.01
nll = torch.nn.functional.gaussian_nll_loss(mu, y, var, full=True)
reg = lam * (var ** 2).mean()
total_loss = nll + reg""",
        lambda y, m, s: by_var(y, m, s) + HALF_LOG_2PI + 0.01 * s**2,
        points="mean",
    ),
    Piece(
        "late torch",
        """weights = 1.0 / counts[bins]
per_sample = 0.5 * (log_var + (y - mu) ** 2 / torch.exp(log_var))
loss = (weights * per_sample).mean()""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late torch slip",
        """loss = (0.5 * (y - mu) ** 2 / sigma ** 2 + 0.5 * torch.log(sigma)).mean()""",
        lambda y, m, s: 0.5 * (y - m) ** 2 / s**2 + 0.5 * log(s),
        points="mean",
    ),
    Piece(
        "late torch slip",
        """dist = torch.distributions.Normal(mu, var)
loss = -dist.log_prob(y).mean()""",
        lambda y, m, s: -normal(y, m, s),
        "var",
        "σ",
        "mean",
    ),
    Piece(
        "late torch slip",
        """loss = (torch.exp(-s) * (y - mu).abs() + 0.5 * s).mean()""",
        lambda y, m, s: exp(-s) * np.abs(y - m) + 0.5 * s,
        points="mean",
    ),
    Piece(
        "late torch slip",
        """loss = torch.mean((y - mu) ** 2) / (2 * torch.exp(s)) + s / 2
loss = loss.mean()""",
        by_log_var,
        "s",
        "log σ²",
        "",
    ),
    Piece(
        "late torch slip",
        """nll = torch.log(sigma) + (y - mu) ** 2 / 2 * sigma ** 2
loss = nll.mean()""",
        lambda y, m, s: log(s) + (y - m) ** 2 / 2 * s**2,
        points="mean",
    ),
    Piece(
        "late torch slip",
        """likelihood = torch.exp(-(y - mu) ** 2 / (2 * sigma ** 2)) / torch.sqrt(2 * math.pi * sigma ** 2)
loss = -torch.log(likelihood).mean()""",
        lambda y, m, s: -log(exp(-((y - m) ** 2) / (2 * s**2)) / np.sqrt(2 * math.pi * s**2)),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "late keras",
        """def aleatoric_loss(true, pred):
    return K.mean(K.square(true - pred[:, :1]) * K.exp(-pred[:, 1:]) / 2. + pred[:, 1:] / 2.)""",
        by_log_var,
        "pred[:, 1:]",
        "log σ²",
        "mean",
    ),
    Piece(
        "late keras",
        """def hetero_loss_wrapper(D):
    def hetero_loss(y_true, y_pred):
        mu = y_pred[:, :D]
        log_var = y_pred[:, D:]
        return K.mean(K.sum(K.exp(-log_var) * K.square(y_true - mu) + log_var, axis=1) / D)
    return hetero_loss""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late keras",
        """class MyModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            mean, logvar = self(x, training=True)
            loss = tf.reduce_mean(0.5 * (tf.exp(-logvar) * tf.square(y - mean) + logvar))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}""",
        by_log_var,
        "logvar",
        "log σ²",
        "mean",
    ),
    Piece(
        "late keras",
        """out = layers.Dense(2)(h)
mu = layers.Lambda(lambda t: t[:, :1])(out)
sigma = layers.Lambda(lambda t: tf.nn.softplus(t[:, 1:]) + 1e-3)(out)
model.add_loss(tf.reduce_mean(tf.math.log(sigma) + tf.square((target - mu) / sigma) / 2))""",
        lambda y, m, s: gauss(y - m, (softplus(s) + 1e-3) ** 2),
        points="mean",
    ),
    Piece(
        "late keras",
        """def neg_log_lik(y, out):
    loc = out[:, 0]
    scale = tf.math.exp(out[:, 1] / 2)
    return -tf.reduce_mean(tfp.distributions.Normal(loc, scale).log_prob(y[:, 0]))""",
        lambda y, m, s: -normal(y, m, exp(s / 2)),
        "scale",
        "σ",
        "mean",
    ),
    Piece(
        "late keras",
        """mse = tf.keras.losses.MeanSquaredError()
loss = mse(y_true, y_pred)""",
        lambda y, m: (y - m) ** 2,
        points="mean",
    ),
    Piece(
        "late keras",
        """def log_gaussian_loss(mean, log_variance, target):
    exponent = -0.5 * (target - mean) ** 2 / tf.exp(log_variance)
    log_coeff = -0.5 * log_variance - 0.5 * np.log(2 * np.pi)
    return -tf.reduce_sum(log_coeff + exponent)""",
        lambda y, m, s: by_log_var(y, m, s) + HALF_LOG_2PI,
        "log_variance",
        "log σ²",
        "sum",
    ),
    Piece(
        "late keras",
        """loss = K.mean(K.log(2 * b) + K.abs(y_true - mu) / b, axis=-1)""",
        lambda y, m, s: laplace(y - m, s) + log(2.0),
        "b",
        "E|r|",
    ),
    Piece(
        "late keras 3",
        """@keras.saving.register_keras_serializable()
def beta_nll(y_true, y_pred, beta=0.5):
    mu, log_var = keras.ops.split(y_pred, 2, axis=-1)
    var = keras.ops.exp(log_var)
    nll = 0.5 * (keras.ops.square(y_true - mu) / var + log_var)
    return keras.ops.mean(nll * keras.ops.stop_gradient(var) ** beta)""",
        lambda y, m, s: by_log_var(y, m, s) * exp(s / 2),
        "var",
        "σ²",
        "mean",
        trained=by_log_var,
    ),
    Piece(
        "late jax",
        """def gaussian_nll(params, batch):
    inputs, targets = batch
    preds = predict(params, inputs)
    mu, sigma = preds[..., 0], jax.nn.softplus(preds[..., 1])
    return jnp.mean(jnp.log(sigma) + 0.5 * jnp.square((targets - mu) / sigma))""",
        lambda y, m, s: gauss(y - m, softplus(s) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "late jax",
        """def loss_fn(model, x, y):
    mean, logvar = jax.vmap(model)(x)
    return 0.5 * jnp.mean(logvar + (y - mean) ** 2 * jnp.exp(-logvar))

loss, grads = eqx.filter_value_and_grad(loss_fn)(model, x, y)""",
        by_log_var,
        "logvar",
        "log σ²",
        "mean",
    ),
    Piece(
        "late jax",
        """nll = lambda y, mu, log_s: 0.5 * ((y - mu) * jnp.exp(-log_s)) ** 2 + log_s""",
        by_log_std,
        "log_s",
        "log σ",
        "none",
    ),
    Piece(
        "late numpy",
        """def negative_log_likelihood(params, X, y):
    w, log_noise = params[:-1], params[-1]
    residuals = y - X @ w
    noise_var = np.exp(2 * log_noise)
    return 0.5 * np.sum(np.log(2 * np.pi * noise_var) + residuals ** 2 / noise_var)""",
        lambda y, m, s: by_log_std(y, m, s) + HALF_LOG_2PI,
        "noise_var",
        "σ²",
        "sum",
    ),
    Piece(
        "late numpy",
        """# lightgbm objective
def objective(preds, data):
    y = data.get_label()
    mu, log_sd = preds[:n], preds[n:]
    return np.mean(log_sd + 0.5 * np.exp(-2 * log_sd) * (y - mu) ** 2)""",
        by_log_std,
        "log_sd",
        "log σ",
        "mean",
    ),
    Piece(
        "late numpy",
        """loss = -np.mean(norm.logpdf(y_test, loc=y_mean, scale=np.sqrt(y_var)))""",
        lambda y, m, s: by_var(y, m, s) + HALF_LOG_2PI,
        "y_var",
        "σ²",
        "mean",
    ),
    Piece(
        "late numpy",
        """from scipy.stats import t
nll = -t.logpdf(y, df=4, loc=mu, scale=s).mean()""",
        lambda y, m, s: student(y - m, s, 4.0),
        points="mean",
    ),
    Piece(
        "late numpy",
        """z = (y - mu) / sigma
crps = sigma * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))""",
        lambda y, m, s: crps(y - m, s),
        points="none",
    ),
    Piece(
        "late latex",
        r"""\mathcal{L}_{NLL}(x, y) = \frac{\ln\left(\hat\sigma^2(x)\right)}{2} + \frac{\left(y -
\hat\mu(x)\right)^2}{2 \hat\sigma^2(x)}""",
        by_std,
        r"\hat\sigma",
        "σ",
    ),
    Piece(
        "late latex",
        r"""$$ \ell_i = \frac{1}{2}\left( \frac{y_i - \mu_i}{\sigma_i} \right)^2 + \log \sigma_i, \qquad
\sigma_i = \log(1 + e^{z_i}) $$""",
        lambda y, m, s: by_std(y, m, softplus(s)),
        "",
        "",
    ),
    Piece(
        "late latex",
        r"""\mathcal{L}_{\text{aleatoric}} = \frac{1}{N}\sum_{i=1}^N \left( \frac{\|y_i -
\hat{y}_i\|_1}{\hat{b}_i} + \log 2\hat{b}_i \right)""",
        lambda y, m, s: laplace(y - m, s) + log(2.0),
        r"\hat{b}_i",
        "E|r|",
        "mean",
    ),
    Piece(
        "late latex",
        r"""-\log p(y|\mathbf{x}, \mathbf{w}) \propto \frac{1}{2\sigma^2} \| y - f^{\mathbf{w}}(\mathbf{x})
\|^2 + \log \sigma""",
        by_std,
        r"\sigma",
        "σ",
    ),
    Piece(
        "late latex",
        r"""\mathcal{L} = \frac{(y-\mu)^2}{\sigma^2} + \frac{1}{2}\log \sigma^2""",
        lambda y, m, s: (y - m) ** 2 / s**2 + 0.5 * log(s**2),
        r"\sigma^2",
        "2σ²",
    ),
    Piece(
        "late latex",
        r"""S(\mu, \sigma, y) = \sigma \left\{ \frac{y-\mu}{\sigma}\left[2\Phi\left(\frac{y-\mu}{\sigma}\right)
- 1\right] + 2\varphi\left(\frac{y-\mu}{\sigma}\right) - \frac{1}{\sqrt{\pi}} \right\}""",
        lambda y, m, s: crps(y - m, s),
        r"\sigma",
        "σ",
    ),
    Piece(
        "late math text",
        "NLL = ½·[log(2π) + log σ² + (y − μ)²/σ²]",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        "σ²",
        "σ²",
    ),
    Piece(
        "late math text",
        "loss = |y - y_hat| * exp(-s) + s,  s = log b",
        lambda y, m, s: laplace(y - m, exp(s)),
        "s",
        "log E|r|",
    ),
    Piece("late math text", "L(x) = (y - f(x))^2 / (2 * sigma(x)^2) + log(sigma(x))", by_std, "sigma", "σ"),
    Piece("late math text", "0.5*exp(-2*s)*(y-mu)**2 + s", by_log_std, "s", "log σ"),
    Piece(
        "late pasted",
        """**My loss:**

```
mu, var = model(x)
loss = 0.5*(torch.log(var) + (y-mu)**2/var)
loss = loss.mean()
```

It gets to -2.3 and the variance looks off. What am I missing?""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "late pasted",
        """1. import torch
2. def nll(mu, log_var, y):
3.     return (0.5 * torch.exp(-log_var) * (y - mu) ** 2 + 0.5 * log_var).mean()""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late pasted",
        """> loss = torch.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2
> loss = loss.mean()""",
        by_std,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "late pasted",
        """So here is what I do: first
mean, log_var = net(x)
and then
loss = (torch.exp(-log_var) * (y - mean)**2 + log_var).mean()
but the loss is negative!""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "late pasted",
        """loss = 0.5*torch.exp(−log_var)*(y − mu)**2 + 0.5*log_var   # Gaussian NLL""",
        by_log_var,
        "log_var",
        "log σ²",
        "none",
    ),
    Piece(
        "late script",
        """import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=1e-3)
args = parser.parse_args()

class MLP(nn.Module):
    def __init__(self, d_in, d_hid=50):
        super().__init__()
        self.l1 = nn.Linear(d_in, d_hid)
        self.l2 = nn.Linear(d_hid, 2)

    def forward(self, x):
        h = torch.relu(self.l1(x))
        out = self.l2(h)
        mean, raw = out[:, 0], out[:, 1]
        var = nn.functional.softplus(raw) + 1e-6
        return mean, var

def evaluate(model, loader):
    model.eval()
    se, n = 0.0, 0
    for x, y in loader:
        m, v = model(x)
        se += ((m - y) ** 2).sum().item()
        n += len(y)
    return (se / n) ** 0.5

model = MLP(8)
opt = torch.optim.Adam(model.parameters(), lr=args.lr)
for epoch in range(40):
    for x, y in train_loader:
        opt.zero_grad()
        mean, var = model(x)
        loss = (torch.log(var) / 2 + (y - mean) ** 2 / (2 * var)).mean()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), evaluate(model, test_loader))""",
        lambda y, m, s: gauss(y - m, softplus(s) + 1e-6),
        "",
        "",
        "mean",
    ),
    Piece(
        "late script",
        """def train_epoch(model, loader, optimizer, device):
    total = 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        pred = model(x)
        mu, log_sigma = pred[:, :1], pred[:, 1:]
        loss = torch.mean(log_sigma + 0.5 * ((y - mu) / log_sigma.exp()) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)""",
        by_log_std,
        "log_sigma",
        "log σ",
        "mean",
    ),
)
