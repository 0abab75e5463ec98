"""Losses as people write them, with a mistake or none, and the lines that ought to come of them."""

from types import MappingProxyType

SAME = ""  # nothing changes

# By name: the code, what it becomes ("" for no change), and the line of the std.
CASES = MappingProxyType(
    {
        "the question's own": (
            "1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()",
            "1/len(m) * (0.5*torch.exp(-s)*torch.pow(t - m, 2) + 0.5*s).sum()",
            "std = torch.exp(0.5 * s)",
        ),
        "sound, a log variance": (
            "loss = torch.mean(0.5 * torch.exp(-log_var) * (target - pred)**2 + 0.5 * log_var)",
            SAME,
            "std = torch.exp(0.5 * log_var)",
        ),
        "sound, Keras": (
            "def nll(y_true, y_pred):\n"
            "    mu, sigma = y_pred[:, 0:1], K.softplus(y_pred[:, 1:2]) + 1e-3\n"
            "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
            SAME,
            "std = sigma",
        ),
        "sound, a distribution": (
            "dist = torch.distributions.Normal(mu, torch.exp(0.5*logvar))\nloss = -dist.log_prob(y).mean()",
            SAME,
            "std = torch.exp(0.5 * logvar)",
        ),
        "two slips": (
            "loss = Normal(mu, torch.exp(logvar)).log_prob(y)",
            "loss = -Normal(mu, torch.exp(0.5 * logvar)).log_prob(y)",
            "std = torch.exp(0.5 * logvar)",
        ),
        "std for var": (
            "F.gaussian_nll_loss(mean, y, std)",
            "F.gaussian_nll_loss(mean, y, std**2)",
            "std",
        ),
        "no minus, TensorFlow": (
            "tfd.Normal(loc=t[..., 0], scale=1e-3 + tf.math.softplus(0.05*t[..., 1])).log_prob(y)",
            "-tfd.Normal(loc=t[..., 0], scale=1e-3 + tf.math.softplus(0.05*t[..., 1])).log_prob(y)",
            "std = 1e-3 + tf.math.softplus(0.05*t[..., 1])",
        ),
        "sound, JAX": ("jnp.sum(r**2 / (2*jnp.exp(2*ls)) + ls, axis=-1)", SAME, "std = jnp.exp(ls)"),
        "relu and a lost half": (
            "var = F.relu(v) + 1e-6\nloss = ((y - mu)**2 / (2 * var) + torch.log(var)).mean()",
            "var = F.softplus(v) + 1e-6\nloss = ((y - mu)**2 / (2 * var) + 0.5 * torch.log(var)).mean()",
            "std = torch.sqrt(var)",
        ),
        "sound, a precision": (
            "precision = torch.exp(-log_vars[0])\nloss = precision * diff**2 + log_vars[0]",
            SAME,
            "std = 1 / torch.sqrt(precision)",
        ),
        "a clamp of a std that bites": (
            "std = torch.clamp(std, min=1.0)\nloss = (torch.log(std) + (y - mu)**2/(2*std**2)).mean()",
            "std = torch.clamp(std, min=1e-3)\nloss = (torch.log(std) + (y - mu)**2/(2*std**2)).mean()",
            "std",
        ),
        "a mean without a gradient": (
            "loss = (0.5*torch.exp(-s)*(y - mu.detach())**2 + 0.5*s).mean()",
            "loss = (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()",
            "std = torch.exp(0.5 * s)",
        ),
        "no library is named": (
            "var = v**2\nloss = 0.5*r**2/var",
            "var = v**2\nloss = 0.5*r**2/var + 0.5 * log(var)",
            "std = sqrt(var)",
        ),
        "a clamp that bites": (
            "lv = torch.clamp(lv, min=0)\nloss = torch.mean((y-m)**2 * torch.exp(-lv)) + torch.mean(lv)",
            "lv = torch.clamp(lv, min=-10)\nloss = torch.mean((y-m)**2 * torch.exp(-lv)) + torch.mean(lv)",
            "std = torch.exp(0.5 * lv)",
        ),
        "an even head": ("0.5*torch.log(s**2) + (y-m)**2/(2*s**2)", SAME, "std = torch.abs(s)"),
        "an epsilon in the log": (
            "-torch.log(1e-9 + torch.exp(-0.5*((y-m)/sd)**2)/sd)",
            "0.5*((y-m)/sd)**2 + torch.log(sd)",
            "std = sd",
        ),
        "sound, elu + 1": (
            "sigma = F.elu(raw) + 1\nloss = 0.5*((y-mu)/sigma)**2 + torch.log(torch.sqrt(2*math.pi*sigma**2))",
            SAME,
            "std = sigma",
        ),
        "a comment and spacing stay": (
            "# our loss\nnll  =  torch.exp( -log_var ) * (y - mu)**2   # residual\nloss = (nll + 0.5*log_var).mean()",
            "# our loss\n"
            "nll  =  torch.exp( -log_var ) * (y - mu)**2   # residual\n"
            "loss = (0.5 * nll + 0.5*log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "no half on the residual": (
            "loss = (torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "no half on the log": (
            "loss = (0.5 * torch.exp(-logvar) * (y - mu)**2 + logvar).mean()",
            "loss = (0.5 * torch.exp(-logvar) * (y - mu)**2 + 0.5 * logvar).mean()",
            "std = torch.exp(0.5 * logvar)",
        ),
        "a lost log": (
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2).mean()",
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a lost log, sigma": (
            "def loss_fn(y, mu, sigma):\n    return ((y - mu)**2 / (2 * sigma**2)).mean()",
            "def loss_fn(y, mu, sigma):\n    return ((y - mu)**2 / (2 * sigma**2) + torch.log(sigma)).mean()",
            "std = sigma",
        ),
        "the exponent's sign": (
            "loss = torch.mean(0.5 * torch.exp(log_var) * (y - mu)**2 + 0.5 * log_var)",
            "loss = torch.mean(0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var)",
            "std = torch.exp(0.5 * log_var)",
        ),
        "the log's sign": (
            "loss = torch.mean(0.5 * torch.exp(-log_var) * (y - mu)**2 - 0.5 * log_var)",
            "loss = torch.mean(0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var)",
            "std = torch.exp(0.5 * log_var)",
        ),
        "no minus, a function": (
            "def nll(y, mu, sigma):\n"
            "    dist = torch.distributions.Normal(mu, sigma)\n"
            "    return dist.log_prob(y).mean()",
            "def nll(y, mu, sigma):\n"
            "    dist = torch.distributions.Normal(mu, sigma)\n"
            "    return -dist.log_prob(y).mean()",
            "std = sigma",
        ),
        "var for scale": (
            "loss = -torch.distributions.Normal(mu, var).log_prob(y).mean()",
            "loss = -torch.distributions.Normal(mu, torch.sqrt(var)).log_prob(y).mean()",
            "std = torch.sqrt(var)",
        ),
        "log variance for var": (
            "loss = F.gaussian_nll_loss(mu, y, log_var)",
            "loss = F.gaussian_nll_loss(mu, y, torch.exp(log_var))",
            "std = torch.exp(0.5 * log_var)",
        ),
        "log variance for scale": (
            "loss = -Normal(mu, logvar).log_prob(y).mean()",
            "loss = -Normal(mu, torch.exp(0.5 * logvar)).log_prob(y).mean()",
            "std = torch.exp(0.5 * logvar)",
        ),
        "a size for a square": (
            "loss = (0.5 * torch.exp(-log_var) * torch.abs(y - mu) + 0.5 * log_var).mean()",
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "sound, Laplace": (
            "loss = (torch.abs(y - mu) / b + torch.log(b)).mean()",
            SAME,
            "std = 2**0.5 * b",
        ),
        "sound, Laplace by a log": (
            "return (torch.exp(-s) * torch.abs(y - mu) + s).mean()",
            SAME,
            "std = 2**0.5 * torch.exp(s)",
        ),
        "sigma for its square": (
            "loss = ((y - mu)**2 / (2 * sigma) + torch.log(sigma)).mean()",
            "loss = ((y - mu)**2 / (2 * sigma**2) + torch.log(sigma)).mean()",
            "std = sigma",
        ),
        "the square of a variance": (
            "loss = 0.5 * torch.mean((y - mu)**2 / var**2 + torch.log(var**2))",
            None,  # several ways are as small
            "std = torch.sqrt(var)",
        ),
        "a method's half": (
            "loss = ((target - mean).pow(2) * (-log_var).exp() * 0.5 + log_var).mean()",
            "loss = ((target - mean).pow(2) * (-log_var).exp() * 0.5 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "columns": (
            "def loss_fn(out, y):\n"
            "    mu, log_var = out[:, 0], out[:, 1]\n"
            "    return (torch.exp(-log_var) * (y - mu) ** 2 + 0.5 * log_var).mean()",
            "def loss_fn(out, y):\n"
            "    mu, log_var = out[:, 0], out[:, 1]\n"
            "    return (0.5 * torch.exp(-log_var) * (y - mu) ** 2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a class": (
            "class HeteroLoss(nn.Module):\n"
            "    def forward(self, mean, log_std, target):\n"
            "        return (0.5 * ((target - mean) / torch.exp(log_std)) ** 2 + 0.5 * log_std).mean()",
            "class HeteroLoss(nn.Module):\n"
            "    def forward(self, mean, log_std, target):\n"
            "        return (0.5 * ((target - mean) / torch.exp(log_std)) ** 2 + log_std).mean()",
            "std = torch.exp(log_std)",
        ),
        "a lambda": (
            "loss = lambda y, mu, log_var: (torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "loss = lambda y, mu, log_var: (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "NumPy": (
            "loss = np.mean(np.exp(-log_var) * (y - mu)**2 + 0.5 * log_var)",
            "loss = np.mean(0.5 * np.exp(-log_var) * (y - mu)**2 + 0.5 * log_var)",
            "std = np.exp(0.5 * log_var)",
        ),
        "TensorFlow": (
            "def nll(y_true, y_pred):\n"
            "    mu, log_var = y_pred[:, 0:1], y_pred[:, 1:2]\n"
            "    return tf.reduce_mean(0.5 * tf.exp(-log_var) * tf.square(y_true - mu) + log_var)",
            "def nll(y_true, y_pred):\n"
            "    mu, log_var = y_pred[:, 0:1], y_pred[:, 1:2]\n"
            "    return tf.reduce_mean(0.5 * tf.exp(-log_var) * tf.square(y_true - mu) + 0.5 * log_var)",
            "std = tf.exp(0.5 * log_var)",
        ),
        "Keras, a relu": (
            "def nll(y_true, y_pred):\n"
            "    mu, sigma = y_pred[:, 0:1], K.relu(y_pred[:, 1:2]) + 1e-3\n"
            "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
            "def nll(y_true, y_pred):\n"
            "    mu, sigma = y_pred[:, 0:1], K.softplus(y_pred[:, 1:2]) + 1e-3\n"
            "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
            "std = sigma",
        ),
        "JAX": (
            "loss = jnp.mean(jnp.exp(-log_var) * jnp.abs(y - mu) + 0.5 * log_var)",
            None,
            "std = jnp.exp(0.5 * log_var)",
        ),
        "bare functions": (
            "loss = exp(-log_var)*(y - mu)**2 + 0.5*log_var",
            "loss = 0.5 * exp(-log_var)*(y - mu)**2 + 0.5*log_var",
            "std = exp(0.5 * log_var)",
        ),
        "a bare residual": (
            "loss = (0.5 * torch.exp(-log_var) * (y - mu) + 0.5 * log_var).mean()",
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a root by a power": (
            "loss = (0.5 * torch.exp(-s) * ((y - mu)**2)**0.5 + 0.5 * s).mean()",
            "loss = (0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s).mean()",
            "std = torch.exp(0.5 * s)",
        ),
        "the sign of a whole": (
            "loss = -(0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "Laplace, no minus": (
            "loss = torch.distributions.Laplace(mu, b).log_prob(y).mean()",
            "loss = -torch.distributions.Laplace(mu, b).log_prob(y).mean()",
            "std = 2**0.5 * b",
        ),
        "a clamped variance": (
            "var = v.clamp(min=1e-6)\nloss = (0.5 * (y - mu)**2 / var + 0.5 * torch.log(var)).mean()",
            "var = torch.nn.functional.softplus(v) + 1e-6\n"
            "loss = (0.5 * (y - mu)**2 / var + 0.5 * torch.log(var)).mean()",
            "std = torch.sqrt(var)",
        ),
        "np.maximum": (
            "var = np.maximum(v, 0) + 1e-6\nloss = np.mean(0.5 * (y - mu)**2 / var + 0.5 * np.log(var))",
            "var = np.logaddexp(0, v) + 1e-6\nloss = np.mean(0.5 * (y - mu)**2 / var + 0.5 * np.log(var))",
            "std = np.sqrt(var)",
        ),
        "a return by name": (
            "def criterion(pred, log_var, target):\n"
            "    sq = (pred - target) ** 2\n"
            "    loss = 0.5 * torch.exp(-log_var) * sq\n"
            "    return loss.mean()",
            "def criterion(pred, log_var, target):\n"
            "    sq = (pred - target) ** 2\n"
            "    loss = 0.5 * torch.exp(-log_var) * sq + 0.5 * log_var\n"
            "    return loss.mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "sound, a factor of two": (
            "loss = (torch.exp(-lv) * (y - mu)**2 + lv).mean()",
            SAME,
            "std = torch.exp(0.5 * lv)",
        ),
        "the exponent of a std": (
            "loss = (0.5 * ((y - mu) / torch.exp(log_var))**2 + 0.5 * log_var).mean()",
            None,
            "std = torch.exp(0.5 * log_var)",
        ),
        "twice the exponent": (
            "loss = torch.mean(0.5 * torch.exp(-2*log_var) * (y - mu)**2 + 0.5*log_var)",
            None,
            "std = torch.exp(0.5 * log_var)",
        ),
        "a shape too many": (
            "mu, log_var = model(x).chunk(2, dim=-1)\n"
            "loss = (0.5*torch.exp(-log_var)*(y.squeeze() - mu)**2 + 0.5*log_var).mean()",
            "mu, log_var = model(x).chunk(2, dim=-1)\n"
            "loss = (0.5*torch.exp(-log_var)*(y - mu)**2 + 0.5*log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a mixture": (
            "log_prob = torch.log(pi) + Normal(mu, sigma).log_prob(y)\nloss = -log_prob.sum(-1).mean()",
            "log_prob = torch.log(pi) + Normal(mu, sigma).log_prob(y)\nloss = -torch.logsumexp(log_prob, -1).mean()",
            "",
        ),
        "a stopped gradient": (
            "loss = (0.5*torch.exp(-log_var.detach())*(y-mu)**2 + 0.5*log_var).mean()",
            "loss = (0.5*torch.exp(-log_var)*(y-mu)**2 + 0.5*log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a relu on a log variance": (
            "log_var = F.relu(raw)\nloss = (0.5*torch.exp(-log_var)*(y-mu)**2 + 0.5*log_var).mean()",
            "log_var = raw\nloss = (0.5*torch.exp(-log_var)*(y-mu)**2 + 0.5*log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a precision below": (
            "loss = (0.5 * (y - mu)**2 / precision - 0.5 * torch.log(precision)).mean()",
            "loss = (0.5 * (y - mu)**2 * precision - 0.5 * torch.log(precision)).mean()",
            "std = 1 / torch.sqrt(precision)",
        ),
        "the variance squared": (
            "var = torch.exp(log_var)\nloss = (0.5 * (target - mean)**2 / var**2 + 0.5 * torch.log(var)).mean()",
            "var = torch.exp(log_var)\nloss = (0.5 * (target - mean)**2 / var + 0.5 * torch.log(var)).mean()",
            "std = torch.sqrt(var)",
        ),
        "a chain of methods": (
            "nll = (y - mu).abs().mul(torch.exp(-log_var)).mul(0.5).add(0.5 * log_var).mean()",
            "nll = (y - mu).pow(2).mul(torch.exp(-log_var)).mul(0.5).add(0.5 * log_var).mean()",
            "std = torch.exp(0.5 * log_var)",
        ),
        "an absolute error": (
            "loss = F.l1_loss(mu, y, reduction='none') * torch.exp(-log_var) * 0.5 + 0.5 * log_var",
            "loss = F.mse_loss(mu, y, reduction='none') * torch.exp(-log_var) * 0.5 + 0.5 * log_var",
            "std = torch.exp(0.5 * log_var)",
        ),
        "a Huber loss": (
            "loss = (F.smooth_l1_loss(mu, y, reduction='none') * torch.exp(-s) + s).mean()",
            "loss = (F.mse_loss(mu, y, reduction='none') * torch.exp(-s) + s).mean()",
            "std = torch.exp(0.5 * s)",
        ),
        "a log likelihood by its name": (
            "ll = -0.5*torch.log(2*math.pi*var) - (y-mu)**2/(2*var)\nloss = ll.sum()",
            "ll = -0.5*torch.log(2*math.pi*var) - (y-mu)**2/(2*var)\nloss = -ll.sum()",
            "std = torch.sqrt(var)",
        ),
        "a call over lines": (
            "loss = torch.mean(\n    0.5 * torch.exp(-s) * torch.sqrt(\n        (y - mu) ** 2\n    )\n    + 0.5 * s\n)",
            "loss = torch.mean(\n    0.5 * torch.exp(-s) * (y - mu) ** 2\n    + 0.5 * s\n)",
            "std = torch.exp(0.5 * s)",
        ),
        "a criterion's module": (
            "criterion = nn.GaussianNLLLoss()\nloss = criterion(mu, y, sigma)",
            "criterion = nn.GaussianNLLLoss()\nloss = criterion(mu, y, sigma**2)",
            "std = sigma",
        ),
        "JAX, a sign": (
            "loss = jnp.mean(0.5 * ((y - mu) / jnp.exp(log_sigma))**2 - log_sigma)",
            "loss = jnp.mean(0.5 * ((y - mu) / jnp.exp(log_sigma))**2 + log_sigma)",
            "std = jnp.exp(log_sigma)",
        ),
        "Keras 3": (
            "def nll(y_true, y_pred):\n"
            "    mean = y_pred[:, :1]\n"
            "    log_var = y_pred[:, 1:]\n"
            "    return ops.mean(ops.exp(-log_var) * ops.square(y_true - mean) + 0.5 * log_var)",
            "def nll(y_true, y_pred):\n"
            "    mean = y_pred[:, :1]\n"
            "    log_var = y_pred[:, 1:]\n"
            "    return ops.mean(0.5 * ops.exp(-log_var) * ops.square(y_true - mean) + 0.5 * log_var)",
            "std = ops.exp(0.5 * log_var)",
        ),
        "TensorFlow Probability": (
            "dist = tfd.Normal(loc=mu, scale=tf.exp(log_var))\nloss = -tf.reduce_mean(dist.log_prob(y))",
            "dist = tfd.Normal(loc=mu, scale=tf.exp(0.5 * log_var))\nloss = -tf.reduce_mean(dist.log_prob(y))",
            "std = tf.exp(0.5 * log_var)",
        ),
        "TensorFlow, a clip": (
            "s = tf.clip_by_value(s, 0.0, 10.0)\nloss = tf.reduce_mean(0.5*tf.exp(-s)*(y-mu)**2 + 0.5*s)",
            "s = tf.clip_by_value(s, -10, 10.0)\nloss = tf.reduce_mean(0.5*tf.exp(-s)*(y-mu)**2 + 0.5*s)",
            "std = tf.exp(0.5 * s)",
        ),
        "a Student-t, no minus": (
            "loss = torch.distributions.StudentT(5, mu, sigma).log_prob(y).mean()",
            "loss = -torch.distributions.StudentT(5, mu, sigma).log_prob(y).mean()",
            "std = 1.291 * sigma",
        ),
        "sound, a β-NLL": (
            "var = torch.exp(log_var)\nloss = (0.5*((y-mu)**2/var + log_var) * var.detach()**0.5).mean()",
            SAME,
            "std = torch.sqrt(var)",
        ),
        "sound, a CRPS": (
            "z = (y - mu) / sigma\n"
            "loss = sigma * (z * torch.erf(z / math.sqrt(2)) + 2 * torch.exp(-z**2 / 2) / math.sqrt(2*math.pi)"
            " - 1 / math.sqrt(math.pi))",
            SAME,
            "std = sigma",
        ),
        "a weight on one term": (
            "w = 3.0\nloss = w*0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s",
            "w = 3.0\nloss = 0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s",
            "std = torch.exp(0.5 * s)",
        ),
        "another logarithm": (
            "loss = (torch.log10(sigma) + 0.5*((y - mu)/sigma)**2).mean()",
            "loss = (torch.log(sigma) + 0.5*((y - mu)/sigma)**2).mean()",
            "std = sigma",
        ),
        "a variance above one": (
            "var = torch.exp(lv) + 1\nloss = (0.5*torch.log(var) + 0.5*(y - mu)**2/var).mean()",
            "var = torch.exp(lv)\nloss = (0.5*torch.log(var) + 0.5*(y - mu)**2/var).mean()",
            "std = torch.sqrt(var)",
        ),
        "arguments in another order": (
            "crit = nn.GaussianNLLLoss()\nloss = crit(y, var, mean)",
            "crit = nn.GaussianNLLLoss()\nloss = crit(y, mean, var)",
            "std = torch.sqrt(var)",
        ),
        "a method of a name": (
            "loss = (variance.log() + (y - mu)**2 / (2 * variance)).mean()",
            "loss = (0.5 * variance.log() + (y - mu)**2 / (2 * variance)).mean()",
            "std = torch.sqrt(variance)",
        ),
        "the sign of the log, s": (
            "loss = (0.5*torch.exp(-s)*(y - mu)**2 - 0.5*s).mean()",
            "loss = (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()",
            "std = torch.exp(0.5 * s)",
        ),
        "a limit far up stays": (
            "log_std = torch.clamp(log_std, min=-20, max=2)\n"
            "loss = (0.5 * ((y - mu) / torch.exp(log_std))**2 + 0.5 * log_std).mean()",
            "log_std = torch.clamp(log_std, min=-20, max=2)\n"
            "loss = (0.5 * ((y - mu) / torch.exp(log_std))**2 + log_std).mean()",
            "std = torch.exp(log_std)",
        ),
        "sound, a small constant": (
            "scale = F.softplus(rho)\nloss = -Normal(mu, scale + 1e-4).log_prob(y).mean()",
            SAME,
            "std = scale + 1e-4",
        ),
    }
)
