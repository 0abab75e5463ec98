"""Pieces in Keras 2 and 3, TensorFlow and TensorFlow Probability."""

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_std,
    by_log_var,
    by_std,
    by_var,
    elu,
    exp,
    gauss,
    huber,
    laplace,
    log,
    normal,
    pinball,
    relu,
    softplus,
    student,
)

PIECES = (
    Piece(
        "keras backend",
        """import keras.backend as K

def heteroscedastic_loss(y_true, y_pred):
    mean = y_pred[:, 0]
    log_var = y_pred[:, 1]
    precision = K.exp(-log_var)
    return 0.5 * precision * K.square(y_true[:, 0] - mean) + 0.5 * log_var""",
        by_log_var,
        "precision",
        "1/σ²",
    ),
    Piece(
        "keras backend",
        """def regression_nll_loss(sigma_sq, epsilon=1e-6):
    def nll_loss(y_true, y_pred):
        return 0.5 * K.mean(K.log(sigma_sq + epsilon) + K.square(y_true - y_pred) / (sigma_sq + epsilon))
    return nll_loss""",
        lambda y, m, s: gauss(y - m, s + 1e-6),
        "sigma_sq",
        "σ²",
        "mean",
    ),
    Piece(
        "keras backend",
        """def neg_log_likelihood(y_true, y_pred):
    mu = y_pred[:, :1]
    sigma = K.exp(y_pred[:, 1:])
    return K.sum(K.log(sigma) + 0.5 * K.pow((y_true - mu) / sigma, 2), axis=-1)""",
        by_log_std,
        "sigma",
        "σ",
    ),
    Piece(
        "keras backend",
        """def loss(y_true, y_pred):
    n = K.int_shape(y_pred)[-1] // 2
    mu = y_pred[:, 0:n]
    logsigma = y_pred[:, n:]
    mse = -0.5 * K.sum(K.square((y_true - mu) / K.exp(logsigma)), axis=1)
    sigma_trace = -K.sum(logsigma, axis=1)
    log2pi = -0.5 * n * np.log(2 * np.pi)
    return K.mean(-(mse + sigma_trace + log2pi))""",
        lambda y, m, s: by_log_std(y, m, s) + HALF_LOG_2PI,
        "logsigma",
        "log σ",
        "mean",
    ),
    Piece(
        "keras backend",
        """def mve(y_true, y_pred):
    mu, var = tf.split(y_pred, 2, axis=1)
    var = K.softplus(var) + K.epsilon()
    return K.mean(0.5 * K.log(var) + 0.5 * K.square(y_true - mu) / var)""",
        lambda y, m, s: gauss(y - m, softplus(s) + 1e-7),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "keras backend",
        """model.compile(
    optimizer='adam',
    loss=lambda y, p: K.mean(K.exp(-p[:, 1:]) * K.abs(y - p[:, :1]) + p[:, 1:]),
)""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "p[:, 1:]",
        "log E|r|",
        "mean",
    ),
    Piece(
        "keras backend",
        """def quantile_loss(q, y, f):
    e = y - f
    return K.mean(K.maximum(q * e, (q - 1) * e), axis=-1)

loss_90 = lambda y, f: quantile_loss(0.9, y, f)""",
        lambda y, m: pinball(y - m, 0.9),
    ),
    Piece(
        "tensorflow",
        """def gaussian_nll(y_true, y_pred):
    mu, log_var = tf.split(y_pred, num_or_size_splits=2, axis=-1)
    return tf.reduce_mean(0.5 * (log_var + tf.square(y_true - mu) * tf.exp(-log_var)))""",
        by_log_var,
        "tf.exp(-log_var)",
        "1/σ²",
        "mean",
    ),
    Piece(
        "tensorflow",
        """def Gaussian_NLL(y, mu, sigma, reduce=True):
    ax = list(range(1, len(y.shape)))
    logprob = -tf.math.log(sigma) - 0.5*tf.math.log(2*np.pi) - 0.5*((y-mu)/sigma)**2
    loss = tf.reduce_mean(-logprob, axis=ax)
    return tf.reduce_mean(loss) if reduce else loss""",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "tensorflow",
        """@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        mean, raw = tf.unstack(model(x, training=True), axis=-1)
        std = tf.nn.softplus(raw) + 1e-3
        loss = tf.reduce_mean(tf.math.log(std) + tf.math.squared_difference(y, mean) / (2.0 * std ** 2))
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss""",
        lambda y, m, s: gauss(y - m, (softplus(s) + 1e-3) ** 2),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "tensorflow",
        """class NLL(tf.keras.losses.Loss):
    def call(self, y_true, y_pred):
        mean, std = y_pred[..., 0:1], tf.nn.softplus(y_pred[..., 1:2])
        z = (y_true - mean) / std
        return tf.reduce_mean(tf.math.log(std) + 0.5 * z ** 2, axis=-1)""",
        lambda y, m, s: by_std(y, m, softplus(s)),
        "std",
        "σ",
    ),
    Piece(
        "tensorflow",
        """diff = tf.subtract(y_true, y_pred)
loss = tf.add(tf.divide(tf.square(diff), tf.multiply(2., var)), tf.multiply(0.5, tf.math.log(var)))
loss = tf.reduce_sum(loss)""",
        by_var,
        "var",
        "σ²",
        "sum",
    ),
    Piece(
        "tensorflow",
        """sigma = tf.nn.elu(raw) + 1.0 + 1e-7
nll = 0.5 * tf.math.log(2.0 * math.pi * tf.square(sigma)) + tf.square(y - mu) / (2.0 * tf.square(sigma))
loss = tf.reduce_mean(nll)""",
        lambda y, m, s: gauss(y - m, (elu(s) + 1 + 1e-7) ** 2) + HALF_LOG_2PI,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "tensorflow",
        """var = tf.exp(log_var)
loss = tf.stop_gradient(var) ** 0.5 * (0.5 * log_var + (y - mu) ** 2 / (2 * var))""",
        lambda y, m, s: exp(s / 2) * by_log_var(y, m, s),
        "var",
        "σ²",
        trained=by_log_var,
    ),
    Piece(
        "tensorflow",
        """def huber_nll(y, mu, log_b):
    h = tf.keras.losses.huber(y, mu)
    return h * tf.exp(-log_b) + log_b""",
        lambda y, m, s: huber(y - m) * exp(-s) + s,
    ),
    Piece(
        "tfp",
        """import tensorflow_probability as tfp
tfd = tfp.distributions

negloglik = lambda y, rv_y: -rv_y.log_prob(y)

model = tf.keras.Sequential([
    tf.keras.layers.Dense(1 + 1),
    tfp.layers.DistributionLambda(
        lambda t: tfd.Normal(loc=t[..., :1], scale=1e-3 + tf.math.softplus(0.05 * t[..., 1:]))),
])
model.compile(optimizer=tf.optimizers.Adam(learning_rate=0.01), loss=negloglik)""",
        lambda y, m, s: -normal(y, m, 1e-3 + softplus(0.05 * s)),
        "1e-3 + tf.math.softplus(0.05 * t[..., 1:])",
        "σ",
    ),
    Piece(
        "tfp",
        """def nll(y, params):
    dist = tfp.distributions.Normal(loc=params[:, 0:1], scale=tf.math.softplus(params[:, 1:2]))
    return -tf.reduce_mean(dist.log_prob(y))""",
        lambda y, m, s: -normal(y, m, softplus(s)),
        "tf.math.softplus(params[:, 1:2])",
        "σ",
        "mean",
    ),
    Piece(
        "tfp",
        """loss = -tf.reduce_mean(tfd.Laplace(mu, tf.exp(log_b)).log_prob(y))""",
        lambda y, m, s: laplace(y - m, exp(s)) + log(2.0),
        "tf.exp(log_b)",
        "E|r|",
        "mean",
    ),
    Piece(
        "tfp",
        """dist = tfd.StudentT(df=3., loc=mu, scale=tf.nn.softplus(raw_scale))
loss = tf.reduce_mean(-dist.log_prob(y))""",
        lambda y, m, s: student(y - m, softplus(s), 3.0),
        points="mean",
    ),
    Piece(
        "tfp",
        """rv = tfd.MultivariateNormalDiag(loc=mu, scale_diag=tf.exp(log_sigma))
loss = -tf.reduce_mean(rv.log_prob(y))""",
        lambda y, m, s: -normal(y, m, exp(s)),
        "tf.exp(log_sigma)",
        "σ",
    ),
    Piece(
        "keras 3",
        """from keras import ops

def nll(y_true, y_pred):
    mean, log_var = ops.split(y_pred, 2, axis=-1)
    return ops.mean(0.5 * ops.exp(-log_var) * ops.square(y_true - mean) + 0.5 * log_var)""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "keras 3",
        """class GaussianNLL(keras.losses.Loss):
    def __init__(self, min_std=1e-3, name="gaussian_nll"):
        super().__init__(name=name)
        self.min_std = min_std

    def call(self, y_true, y_pred):
        mu = y_pred[:, 0:1]
        std = keras.ops.softplus(y_pred[:, 1:2]) + self.min_std
        return keras.ops.log(std) + keras.ops.square((y_true - mu) / std) / 2""",
        lambda y, m, s: gauss(y - m, (softplus(s) + 1e-3) ** 2),
        "std",
        "σ",
    ),
    Piece(
        "keras 3",
        """def loss_fn(y, out):
    mu = out[..., 0]
    var = keras.activations.softplus(out[..., 1]) + keras.config.epsilon()
    return keras.ops.mean(keras.ops.log(var) / 2 + keras.ops.power(y - mu, 2) / (2 * var))""",
        lambda y, m, s: gauss(y - m, softplus(s) + 1e-7),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "keras 3",
        """def laplacian_nll(y_true, y_pred):
    loc, scale = y_pred[:, 0], keras.ops.exp(y_pred[:, 1])
    y_true = keras.ops.squeeze(y_true, axis=-1)
    return keras.ops.mean(keras.ops.abs(y_true - loc) / scale + keras.ops.log(scale))""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "scale",
        "E|r|",
        "mean",
    ),
    Piece(
        "keras slip",
        """def custom_loss(y_true, y_pred):
    mu = y_pred[:, 0]
    log_var = y_pred[:, 1]
    return K.mean(0.5 * K.exp(-log_var) * K.square(y_true - mu) + 0.5 * log_var)
# y_true has shape (batch, 1)""",
        by_log_var,
        points="mean",
        remark="broadcast",
    ),
    Piece(
        "keras slip",
        """def nll(y_true, y_pred):
    mu, sigma = y_pred[:, 0:1], y_pred[:, 1:2]
    sigma = K.relu(sigma)
    return K.mean(K.log(sigma) + 0.5 * K.square((y_true - mu) / sigma))""",
        lambda y, m, s: by_std(y, m, relu(s)),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "keras slip",
        """def loss(y_true, y_pred):
    mu, sigma = y_pred[:, 0:1], K.exp(y_pred[:, 1:2])
    return K.mean(0.5 * K.log(sigma) + 0.5 * K.square((y_true - mu) / sigma))""",
        lambda y, m, s: 0.5 * s + 0.5 * ((y - m) / exp(s)) ** 2,
        points="mean",
    ),
)
