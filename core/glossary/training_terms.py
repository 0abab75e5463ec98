"""Terms of data, training and uncertainty. glossary.py says what a row is."""

from core.glossary.term import Term

TRAINING_TERMS = (
    Term(
        "aleatoric",
        "The part of the uncertainty that is noise in the data. More data do not make it smaller.",
        shown=("unknown",),
        see=("epistemic", "noise"),
    ),
    Term(
        "baseline",
        "A simple model fitted to the same rows, such as a linear model. A network that is no better is not needed.",
        forms=("baselines", "linear model", "linear models"),
        shown=("fit",),
    ),
    Term(
        "boosted trees",
        "A model made of many small decision trees. On tables it is a strong model to compare with.",
        shown=("fit",),
        see=("baseline",),
    ),
    Term(
        "diverged",
        "Training failed: the loss became infinite or not a number.",
        forms=("divergence", "diverges"),
        shown=("fit",),
        see=("NaN",),
    ),
    Term(
        "dropout",
        "Hidden units are switched off at random. MC dropout does this at prediction too, and looks at how the answers "
        "differ.",
        forms=("MC dropout",),
        shown=("unknown",),
        see=("epistemic",),
    ),
    Term(
        "ensemble",
        "Several networks, its members, trained on the same data from different seeds. Where they disagree, the data "
        "say little.",
        forms=("deep ensemble", "members", "member", "five members"),
        shown=("unknown",),
        see=("epistemic", "seed"),
    ),
    Term(
        "epistemic",
        "The part of the uncertainty that comes from too few data. More data near a point make it smaller.",
        forms=("epistemic std",),
        shown=("unknown", "predict"),
        see=("aleatoric", "ensemble"),
    ),
    Term(
        "experiment",
        "All settings together: data, noise, network, loss and training. A link holds one experiment.",
        everyday=True,
        see=("run",),
    ),
    Term(
        "film",
        "Some 40 states of one training, kept with the run. It plays in the browser.",
        shown=("fit",),
        everyday=True,
    ),
    Term(
        "gap in the data",
        "A range of x without training points. A network has to guess there.",
        forms=("gap",),
        shown=("unknown",),
        see=("epistemic",),
        everyday=True,
    ),
    Term(
        "held-out",
        "Points or rows kept away from training. Scores are computed on them.",
        forms=("held-out points", "held-out rows"),
        shown=("fit", "calibration"),
        see=("validation",),
    ),
    Term(
        "heteroscedastic",
        "The noise is not equally large everywhere: its standard deviation changes with x.",
        forms=("heteroscedasticity", "unequal variance"),
        shown=("data",),
        see=("homoscedastic", "noise profile"),
    ),
    Term(
        "homoscedastic",
        "The noise has the same standard deviation everywhere.",
        forms=("constant noise",),
        see=("heteroscedastic",),
    ),
    Term(
        "Laplace approximation",
        "After training, the weights of the last layer are treated as uncertain. How uncertain follows from the data.",
        forms=("Laplace, last layer", "last-layer Laplace"),
        shown=("unknown",),
        see=("epistemic",),
    ),
    Term(
        "learning rate",
        "How far one step of training moves the weights. Too large a rate makes training fail or jump about.",
        forms=("learning rates", "constant rate"),
        everyday=True,
    ),
    Term(
        "NaN",
        "“Not a number”: the result of an undefined calculation, such as the log of a negative number.",
        forms=("not a number", "not finite"),
        see=("diverged",),
    ),
    Term(
        "noise",
        "The random difference between an observed value and the true mean.",
        everyday=True,
        see=("aleatoric",),
    ),
    Term(
        "noise profile",
        "How the true standard deviation σ depends on x: constant, growing, a bump and others.",
        "σ(x)",
        forms=("noise profiles",),
        shown=("fit", "data"),
        see=("heteroscedastic",),
    ),
    Term(
        "outlier",
        "A point much farther from the rest than the noise explains.",
        forms=("outliers",),
        everyday=True,
    ),
    Term(
        "overfitting",
        "The model follows the training points and not the pattern behind them. Training loss falls while the loss on "
        "new points rises.",
        forms=("overfits", "overfit", "overfitted"),
        shown=("fit",),
    ),
    Term(
        "partial dependence",
        "The average prediction when one feature is set to a value and all others stay as they are.",
        shown=("fit",),
    ),
    Term(
        "patience",
        "Training stops when the validation loss has not improved for this many steps. The best weights are kept.",
        see=("validation",),
    ),
    Term(
        "preset",
        "A named experiment to begin with.",
        forms=("presets",),
        everyday=True,
    ),
    Term(
        "run",
        "One trained network, or several members, with the experiment that it was trained by.",
        forms=("runs",),
        everyday=True,
        see=("experiment",),
    ),
    Term(
        "seed",
        "The number that starts the random generator. Another seed gives other points or another start of the network.",
        forms=("seeds",),
        shown=("seeds",),
        everyday=True,
    ),
    Term(
        "standardise",
        "Subtract the mean and divide by the standard deviation, so that training does not depend on units.",
        forms=("standardised", "standardises"),
    ),
    Term(
        "truth",
        "The mean and the noise from which simulated points are drawn. For a real table it is unknown.",
        everyday=True,
        see=("gap to the truth",),
    ),
    Term(
        "uncertainty",
        "How far a value may be from its prediction. It has an aleatoric and an epistemic part.",
        everyday=True,
        see=("aleatoric", "epistemic"),
    ),
    Term(
        "validation",
        "A part of the data used to stop training or to recalibrate. It is neither trained on nor used for the scores.",
        forms=("validation points", "validation rows", "validation loss"),
        shown=("data", "calibration"),
        see=("held-out",),
    ),
    Term(
        "weight decay",
        "Training pulls all weights a little towards zero. It makes the fitted curve smoother.",
    ),
)
