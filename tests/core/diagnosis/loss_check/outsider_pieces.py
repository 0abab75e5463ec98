"""Losses in the way of forum posts, course code and repositories, as text; the oracles are in the test beside it.

Each piece begins with a line "#: name".
"""

import re

_TEXT = r"""
#: precision-head
def heteroscedastic_nll(pred, log_prec, gt):
    prec = log_prec.exp()
    return (0.5 * prec * (pred - gt).square() - 0.5 * log_prec).mean()
#: gnll-class
class HeteroLoss(nn.Module):
    def __init__(self, eps=1e-6):
        super().__init__()
        self.eps = eps
    def forward(self, out, y):
        mu, var = out[:, 0], F.softplus(out[:, 1]) + self.eps
        return (0.5*torch.log(var) + 0.5*(y - mu)**2/var).mean()
#: independent-normal
from torch.distributions import Normal, Independent
p = Independent(Normal(loc=mu, scale=F.softplus(rho) + 1e-4), 1)
loss = -p.log_prob(y).mean()
#: normal-var-scale
mu, logvar = model(x)
var = torch.exp(logvar)
d = torch.distributions.Normal(mu, var)
nll = -d.log_prob(y)
loss = nll.mean()
#: mvn-diag
cov = torch.diag_embed(torch.exp(log_var))
dist = torch.distributions.MultivariateNormal(mu, covariance_matrix=cov)
loss = -dist.log_prob(y).mean()
#: laplace-dist
loss = -torch.distributions.Laplace(pred, torch.exp(log_b)).log_prob(target).mean()
#: gnll-positional-std
crit = nn.GaussianNLLLoss()
mean, std = model(X)
loss = crit(mean, Y, std)
#: gnll-exp
loss = F.gaussian_nll_loss(mu, y, log_sigma.exp()**2, full=True, eps=1e-8)
#: gnll-twice-exp
std = torch.exp(log_var)
loss = F.gaussian_nll_loss(mu, y, std**2)
#: no-half-on-sq
err = y - mu
loss = torch.mean(err**2 * torch.exp(-log_var) + 0.5*log_var)
#: log-of-2pi-var-missing-half
nll = torch.log(2*math.pi*sigma**2) + (y-mu)**2/(2*sigma**2)
loss = nll.mean()
#: mae-log
def uncert_l1(pred, gt, log_sigma):
    return (F.l1_loss(pred, gt, reduction='none') * torch.exp(-log_sigma) + log_sigma).mean()
#: l1-gauss-mix
loss = (torch.abs(pred - gt) / (2*sigma**2) + torch.log(sigma)).mean()
#: relu-eps
mu, v = out[..., 0], torch.relu(out[..., 1]) + 1e-6
loss = ((y - mu)**2 / v + torch.log(v)).mean() / 2
#: clamp-logvar
log_var = torch.clamp(log_var, -10, 10)
loss = 0.5 * torch.mean(log_var + (y - mu).pow(2) / log_var.exp())
#: abs-sigma
sigma = torch.abs(out[:,1]) + 1e-6
nll = 0.5*np.log(2*np.pi) + torch.log(sigma) + (y-out[:,0])**2/(2*sigma**2)
loss = nll.mean()
#: square-var
var = out[:, 1]**2
loss = 0.5*(torch.log(var + 1e-8) + (y - out[:, 0])**2/(var + 1e-8)).mean()
#: maximised
log_likelihood = -0.5*torch.log(2*math.pi*var) - (y-mu)**2/(2*var)
loss = log_likelihood.mean()
loss.backward()
#: ddp-train-step
def training_step(self, batch, batch_idx):
    x, y = batch
    y_hat, log_sigma2 = self(x)
    loss = (torch.exp(-log_sigma2) * (y - y_hat)**2 + log_sigma2).mean()
    self.log('train_loss', loss)
    return loss
#: masked
def masked_nll(mu, logvar, y, mask):
    nll = 0.5*(logvar + (y-mu)**2 / torch.exp(logvar))
    return (nll * mask).sum() / mask.sum().clamp(min=1)
#: weight-only-on-residual
w = 3.0
loss = (w*0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s).mean()
#: mse-plus-nll
nll = F.gaussian_nll_loss(mu, y, var)
mse = F.mse_loss(mu, y)
loss = nll + 0.5*mse
#: pixels
# depth: (B,1,H,W)
pred, logvar = out[:, :1], out[:, 1:]
loss = (torch.exp(-logvar) * (pred - depth)**2 + logvar).view(B, -1).sum(1).mean()
#: prod-likelihood
lik = torch.exp(-(y-mu)**2/(2*sigma**2)) / (sigma*math.sqrt(2*math.pi))
loss = -torch.log(lik).mean()
#: keras-closure
def make_nll(min_std=1e-3):
    def nll(y_true, y_pred):
        mu = y_pred[:, :1]
        sigma = tf.nn.softplus(y_pred[:, 1:]) + min_std
        return tf.reduce_mean(tf.math.log(sigma) + 0.5 * tf.square((y_true - mu) / sigma))
    return nll
#: keras-logvar
def gaussian_nll(y_true, y_pred):
    mean = y_pred[..., 0]
    log_variance = y_pred[..., 1]
    precision = K.exp(-log_variance)
    return K.mean(precision * K.square(y_true[..., 0] - mean) + log_variance, axis=-1)
#: keras3
@keras.saving.register_keras_serializable()
class GaussianNLL(keras.losses.Loss):
    def call(self, y_true, y_pred):
        mean, raw = keras.ops.split(y_pred, 2, axis=-1)
        std = keras.ops.softplus(raw) + keras.config.epsilon()
        return keras.ops.log(std) + 0.5 * keras.ops.square((y_true - mean) / std)
#: tfp-lambda
tfd = tfp.distributions
negloglik = lambda y, rv_y: -rv_y.log_prob(y)
model = tf.keras.Sequential([
  tf.keras.layers.Dense(1 + 1),
  tfp.layers.DistributionLambda(
      lambda t: tfd.Normal(loc=t[..., :1], scale=1e-3 + tf.math.softplus(0.05 * t[..., 1:]))),
])
model.compile(optimizer=tf.optimizers.Adam(learning_rate=0.01), loss=negloglik)
#: tf-mvndiag
def nll(y, out):
    n = out.shape[-1] // 2
    loc, log_scale = out[..., :n], out[..., n:]
    d = tfd.MultivariateNormalDiag(loc=loc, scale_diag=tf.exp(log_scale))
    return -tf.reduce_mean(d.log_prob(y))
#: keras-elu
sigma = K.elu(y_pred[:, 1]) + 1 + K.epsilon()
loss = K.mean(K.log(sigma) + K.square(y_true[:, 0] - y_pred[:, 0]) / (2 * K.square(sigma)))
#: tf-ln-misplaced
loss = tf.reduce_mean(0.5*tf.square(y - mu) / tf.exp(log_sigma) + log_sigma)
#: jax-fn
@jax.jit
def loss_fn(params, batch):
    x, y = batch
    preds = model.apply(params, x)
    mu, log_sigma = preds[:, 0], preds[:, 1]
    nll = log_sigma + 0.5 * ((y - mu) * jnp.exp(-log_sigma)) ** 2
    return jnp.mean(nll)
#: jax-norm-logpdf
loss = -jnp.mean(jax.scipy.stats.norm.logpdf(y, loc=mu, scale=jax.nn.softplus(rho)))
#: scipy-norm
from scipy.stats import norm
nll = -np.sum(norm.logpdf(y, loc=mu, scale=np.sqrt(var)))
#: latex-s
$$\mathcal{L} = \frac{1}{N} \sum_i \frac{1}{2} \exp(-s_i) \lVert y_i - \hat{y}_i \rVert^2 + \frac{1}{2} s_i$$
#: sum-and-mean
loss = torch.sum((y - mu)**2/(2*torch.exp(s))) + 0.5*torch.mean(s)
#: log-y
loss = (0.5*torch.exp(-s)*(torch.log(y) - mu)**2 + 0.5*s).mean()
#: latex-hats
\frac{(y_i-\hat{\mu}_i)^2}{2\hat\sigma_i^2} + \frac12\log\hat\sigma_i^2
#: latex-density
p(y|x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(y-\mu)^2}{2\sigma^2}\right)
#: latex-likelihood
\frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(y-\mu)^2}{2\sigma^2}\right)
#: latex-slip
\ell = \frac{(y-\mu)^2}{\sigma^2} + \ln \sigma
#: plain-math2
L = ½·log(2π·σ²) + (y−μ)²/(2σ²)
#: forum-prose
Hi all, I'm trying to predict uncertainty and my loss becomes negative. This is my loss:

```python
def my_loss(output, target):
    mu = output[:, 0]
    sigma = torch.exp(output[:, 1])
    return torch.mean(torch.log(sigma**2) + (target - mu)**2 / sigma**2)
```

What am I doing wrong? Thanks
#: repl
>>> var = torch.exp(log_var)
>>> loss = 0.5 * (torch.log(var) + (y - mu)**2 / var)
>>> loss.mean()
tensor(-0.3812, grad_fn=<MeanBackward0>)
#: log10
loss = (0.5*torch.log10(var) + 0.5*(y-mu)**2/var).mean()
#: torch-where-neg
var = torch.where(raw > 0, raw + 1, torch.exp(raw))
loss = (0.5*torch.log(var) + (y-mu)**2/(2*var)).mean()
#: eps-clip-np
import numpy as np
def heteroscedastic_loss(y_true, y_pred_mean, y_pred_log_var, eps=1e-8):
    var = np.maximum(np.exp(y_pred_log_var), eps)
    return 0.5*np.mean(np.log(var) + np.square(y_true-y_pred_mean)/var)
#: two-heads-dict
out = model(x)
mu, log_var = out['mean'], out['log_var']
loss = (0.5 * log_var + 0.5 * (y - mu) ** 2 * torch.exp(-log_var)).mean()
#: sqrt-of-var
sigma = torch.sqrt(torch.exp(s))
loss = (torch.log(sigma) + (y-mu)**2/(2*sigma)).mean()
#: learned-global
class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_sigma = nn.Parameter(torch.zeros(1))
    def forward(self, pred, y):
        return (0.5 * ((y - pred) / self.log_sigma.exp())**2 + self.log_sigma).mean()
#: kgl-comma
def customloss(yTrue, yPred):
    return K.mean(K.square(yTrue - yPred[:,0:1])/(2*K.exp(yPred[:,1:2])) + K.log(K.exp(yPred[:,1:2]))/2)
#: typed-annot
def nll(mu: Tensor, logvar: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    loss = 0.5 * (logvar + (target - mu).pow(2).div(logvar.exp()))
    if reduction == "mean":
        return loss.mean()
    elif reduction == "sum":
        return loss.sum()
    return loss
#: amp
with torch.cuda.amp.autocast():
    mu, log_var = model(x.cuda())
    loss = criterion(mu, y, torch.exp(log_var))
scaler.scale(loss).backward()
#: double-neg
ll = -0.5*torch.log(var) - 0.5*(y-mu)**2/var
nll = -ll
loss = -nll.mean()
#: gnll-keepdim
loss_fn = nn.GaussianNLLLoss(reduction='none', eps=1e-3)
l = loss_fn(mu, y, F.softplus(v))
(l * w).mean().backward()
#: sum-half-mean
n = y.shape[0]
loss = 1/(2*n)*torch.sum((y-mu)**2/torch.exp(s)) + 0.5*torch.mean(s)
#: math-words
NLL = log(sigma) + (y - mu)^2 / (2 sigma^2)
#: math-abs
|y - m| / b + log(2b)
#: walrus-mess
loss = ((e := y - mu)**2 / (2*(v := F.softplus(s) + 1e-6)) + 0.5*torch.log(v)).mean()
#: einsum
loss = torch.einsum('bi,bi->b', (y-mu)**2, torch.exp(-lv)).mean() + lv.sum(-1).mean()
#: torch-exp-neg2
loss = torch.addcmul(s, (y-mu).pow(2), torch.exp(-2*s), value=0.5).mean()
#: rsqrt
z = (y-mu)*torch.rsqrt(var + 1e-6)
loss = 0.5*(z*z).mean() + 0.5*torch.log(var + 1e-6).mean()
#: ood-names
l = (0.5*torch.exp(-a2)*(t - a1)**2 + 0.5*a2).mean()
#: precision-sign-slip
def heteroscedastic_nll(pred, log_prec, gt):
    prec = log_prec.exp()
    return (0.5 * prec * (pred - gt).square() + 0.5 * log_prec).mean()
#: forgot-log
loss = ((y - mu)**2 / (2*torch.exp(log_var))).mean()
#: clamp-std-min1
std = std.clamp(min=1.0)
loss = (std.log() + (y-mu)**2/(2*std**2)).mean()
#: softplus-as-logvar
log_var = F.softplus(raw)
loss = 0.5*(torch.exp(-log_var)*(y-mu)**2 + log_var).mean()
#: log-exp-plus1
var = torch.exp(lv) + 1
loss = (0.5*torch.log(var) + 0.5*(y-mu)**2/var).mean()
#: eps-in-denominator-only
loss = (0.5*torch.log(var) + 0.5*(y-mu)**2/(var + 0.01)).mean()
#: nll-plus-logvar-reg
loss = (0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s).mean() + 0.1*(s**2).mean()
#: log1p-var
loss = (0.5*torch.log1p(var) + 0.5*(y-mu)**2/var).mean()
#: neg-lik
lik = torch.exp(-(y-mu)**2/(2*sigma**2)) / (sigma*math.sqrt(2*math.pi))
loss = -lik.mean()
#: div-prec
loss = (-0.5*torch.log(tau) + 0.5*(y-mu)**2/tau).mean()
#: sign-exp
loss = (0.5*torch.exp(s)*(y-mu)**2 + 0.5*s).mean()
#: one-minus
loss = 1 - torch.exp(-0.5*((y-mu)/sigma)**2)
loss = loss.mean() + torch.log(sigma).mean()
#: unsquared
loss = (0.5*torch.exp(-s)*(y-mu) + 0.5*s).mean()
#: detached-residual
res2 = (y - mu).detach()**2
loss = (0.5*torch.exp(-s)*res2 + 0.5*s).mean()
#: nograd-mean-detach
loss = (0.5*torch.exp(-s)*(y-mu.detach())**2 + 0.5*s).mean()
#: broadcast-view
mu = net(x)[:, 0]
lv = net(x)[:, 1]
y = y.view(-1, 1)
loss = 0.5*(torch.exp(-lv)*(y-mu)**2 + lv).mean()
#: expectile
e = y - f
loss = (torch.where(e >= 0, 0.9, 0.1) * e**2).mean()
#: quantile-slip
err = preds - target
loss = torch.max(0.9*err, (0.9-1)*err).mean()
#: matlab
loss = mean(0.5*exp(-s).*(y-mu).^2 + 0.5*s);
#: R
nll <- function(y, mu, sigma) { -sum(dnorm(y, mu, sigma, log = TRUE)) }
#: std-of-residual
sigma = (y - mu).std()
loss = (torch.log(sigma) + 0.5*((y-mu)/sigma)**2).mean()
#: double-softplus-bug
def forward(self, x):
    h = self.net(x)
    mean = self.mean(h)
    std = F.softplus(self.std(h))
    return mean, std

def nll(mean, std, y):
    return F.gaussian_nll_loss(mean, y, torch.square(F.softplus(std)))
#: bce
loss = F.binary_cross_entropy_with_logits(logit, y)
#: poisson
loss = nn.PoissonNLLLoss(log_input=True)(log_rate, counts)
#: mdn
def mdn_loss(pi_logits, mu, sigma, y):
    comp = torch.distributions.Normal(mu, sigma)
    logp = comp.log_prob(y.unsqueeze(-1)) + F.log_softmax(pi_logits, dim=-1)
    return -torch.logsumexp(logp, dim=-1).mean()
#: y-plus-mu
loss = (0.5*torch.exp(-s)*(y+mu)**2 + 0.5*s).mean()
#: interval-score
alpha = 0.1
lower, upper = out[:,0], out[:,1]
loss = ((upper-lower) + 2/alpha*F.relu(lower-y) + 2/alpha*F.relu(y-upper)).mean()
#: vae
recon = F.mse_loss(x_hat, x, reduction='sum')
kld = -0.5*torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
loss = recon + kld
#: one-column
loss = (0.5*torch.exp(-preds[:,0])*(preds[:,0]-y)**2 + 0.5*preds[:,0]).mean()
#: mape
loss = torch.abs((y - y_hat)/y).mean()
#: squared-relative
loss = (((y-mu)/mu)**2).mean()
#: log-normal
loss = -torch.distributions.LogNormal(mu, sigma).log_prob(y).mean()
#: negative-binomial
loss = tf.reduce_mean(-tfd.NegativeBinomial(total_count=r, logits=l).log_prob(y))
#: arguments-out-of-order
loss = criterion(y, var, mean)
#: msle
loss = ((torch.log1p(y) - torch.log1p(y_hat))**2).mean()
#: detached-spread
s = s.detach()
loss = (0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s).mean()
"""

PIECES: dict[str, str] = dict(re.findall(r"^#: (\S+)\n(.*?)(?=^#: |\Z)", _TEXT, re.S | re.M))
