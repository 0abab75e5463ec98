"""Terms of losses, distributions and outputs. glossary.py says what a row is."""

from .term import Term

LOSS_TERMS = (
    Term(
        "density",
        "How much probability a distribution puts near a value. It can be larger than 1, so its negative log can be "
        "negative.",
        forms=("probability density", "log density"),
        shown=("anatomy",),
        see=("NLL", "floor"),
    ),
    Term(
        "evidential",
        "A loss whose network predicts a distribution over means and variances. Its split into two kinds of "
        "uncertainty is a rule of thumb.",
        forms=("evidential regression",),
        shown=("unknown",),
    ),
    Term(
        "faithful loss",
        "The mean learns by squared error alone, and the variance by the NLL. The variance cannot disturb the mean.",
        shown=("anatomy",),
        see=("β-NLL",),
    ),
    Term(
        "floor",
        "The lowest average loss on new points that any model can reach with this noise. "
        "For the Gaussian NLL without its constant it is ½ + log σ, averaged over x.",
        "negative for σ < exp(−½) = 0.607",
        forms=("floors", "best possible loss"),
        shown=("anatomy", "fit"),
        see=("NLL", "gap to the truth"),
    ),
    Term(
        "gap to the truth",
        "How many extra nats per point the prediction costs compared with the true distribution. 0 is perfect. "
        "It needs simulated data.",
        "mean over x of KL(true ‖ predicted)",
        forms=("gap to truth",),
        shown=("fit", "compare"),
        see=("KL divergence", "nat"),
    ),
    Term(
        "Gaussian",
        "The bell curve, also called the normal distribution. It is set by its mean and its standard deviation.",
        forms=("Gaussians", "normal distribution"),
        everyday=True,
        see=("noise family",),
    ),
    Term(
        "Gaussian NLL",
        "The usual loss for a mean and a variance. The network outputs the mean and often s, the log variance.",
        "½ · exp(−s) · (y − mean)² + ½ · s",
        shown=("anatomy",),
        see=("NLL", "log variance"),
    ),
    Term(
        "gradient",
        "The direction and speed in which a loss changes with an output or a weight. A constant has none.",
        forms=("gradients",),
        shown=("anatomy",),
    ),
    Term(
        "head",
        "The last layer of a network: what it outputs, and the function that turns this into a positive std.",
        forms=("heads",),
        shown=("anatomy",),
        see=("reading", "softplus"),
    ),
    Term(
        "KL divergence",
        "How different a predicted distribution is from the true one, in nats. 0 means that they are equal.",
        "KL = ∫ p log(p / q)",
        forms=("KL",),
        shown=("calibration",),
        see=("gap to the truth",),
    ),
    Term(
        "Laplace distribution",
        "A distribution with a sharp peak and longer tails than the Gaussian. Its best fit uses absolute errors.",
        "std = √2 · b, where b = E|r|",
        forms=("Laplace distributions",),
        see=("noise family",),
    ),
    Term(
        "likelihood",
        "How probable the observed values are if a model is right. Many losses make it as large as possible.",
        forms=("likelihoods", "log likelihood", "log likelihoods"),
        see=("NLL",),
    ),
    Term(
        "log variance",
        "The natural logarithm of the variance. A network can output any number s, and exp(s) is always positive.",
        "s = log σ̂², so σ̂ = exp(s / 2)",
        forms=("log variances", "log σ²", "log_var"),
        shown=("anatomy", "check"),
        see=("reading", "variance"),
    ),
    Term(
        "loss",
        "The number that training makes smaller. It compares predictions with observed values.",
        forms=("losses", "loss function"),
        everyday=True,
    ),
    Term(
        "loss family",
        "The distribution that a loss assumes for the noise, such as Gaussian or Laplace. It can differ from the true "
        "noise family.",
        forms=("loss families",),
        shown=("seeds",),
        see=("noise family",),
    ),
    Term(
        "mixture",
        "A weighted sum of several distributions. It can have more than one peak.",
        forms=("mixtures", "mixture density"),
    ),
    Term(
        "nat",
        "The unit of log likelihoods with the natural logarithm. One nat is a factor of e = 2.718 in probability.",
        forms=("nats",),
        shown=("anatomy",),
        see=("NLL",),
    ),
    Term(
        "natural parameters",
        "Another way to write a Gaussian: mean divided by variance, and one divided by variance. It can be easier to "
        "learn.",
        "η₁ = mean / σ², η₂ = −1 / (2σ²)",
    ),
    Term(
        "NLL",
        "Negative log likelihood: minus the log of the predicted density at the observed value. Lower is better, and "
        "it can be negative.",
        "−log p(y)",
        forms=("negative log likelihood", "NLLs", "NLL, full", "full NLL"),
        shown=("fit", "anatomy"),
        see=("nat", "density", "floor"),
    ),
    Term(
        "noise family",
        "The kind of distribution that the noise has: Gaussian, Laplace, Student-t, skewed or with outliers.",
        forms=("noise families",),
        shown=("seeds", "data"),
        see=("loss family",),
    ),
    Term(
        "offset",
        "A constant added to a loss or subtracted from it. It changes the number shown and nothing that is learned.",
        shown=("anatomy",),
        everyday=True,
    ),
    Term(
        "pinball loss",
        "The loss for a quantile: errors above and below have different weights.",
        forms=("pinball", "quantile score", "quantile loss"),
        see=("quantile",),
    ),
    Term(
        "precision",
        "One divided by the variance.",
        "1 / σ²",
        forms=("precisions", "log precision"),
    ),
    Term(
        "reading",
        "What a network's second output is taken to mean, such as a log variance or a log scale. It is chosen apart "
        "from the loss.",
        forms=("readings",),
        shown=("fit", "check"),
        see=("log variance", "head"),
    ),
    Term(
        "scale",
        "The parameter that sets the width of a distribution. For a Laplace distribution it is b, and the std is √2·b.",
        forms=("log scale",),
        see=("standard deviation",),
        everyday=True,
    ),
    Term(
        "softplus",
        "A function that turns any number into a positive one.",
        "log(1 + exp(s))",
        see=("head",),
    ),
    Term(
        "standard deviation",
        "The typical distance from the mean, in the unit of y. σ is the true one, σ̂ the predicted one.",
        "σ = √ variance",
        forms=("standard deviations", "std", "σ̂", "sigma"),
        shown=("fit",),
        see=("variance",),
        everyday=True,
    ),
    Term(
        "Student-t",
        "A distribution with long tails: far points are more frequent than under a Gaussian. A small ν means longer "
        "tails.",
        forms=("Student’s t", "Student's t"),
        see=("noise family",),
    ),
    Term(
        "variance",
        "The average squared distance from the mean: the square of the standard deviation.",
        "σ²",
        forms=("variances",),
        see=("standard deviation",),
        everyday=True,
    ),
    Term(
        "weight of a point",
        "How strongly the loss pulls the mean towards a point, for each unit of its residual. For the Gaussian NLL "
        "it is 1/σ̂².",
        "1 / σ̂²",
        forms=("effective weight", "effective weights"),
        shown=("anatomy",),
        see=("β-NLL",),
    ),
    Term(
        "β-NLL",
        "A Gaussian NLL in which points with a large predicted std keep their weight. β = 0 is the plain NLL.",
        "σ̂²ᵝ · NLL",
        shown=("anatomy",),
        see=("faithful loss", "weight of a point"),
    ),
)
