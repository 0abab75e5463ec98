"""Terms of scores, calibration and tests. glossary.py says what a row is."""

from .term import Term

SCORE_TERMS = (
    Term(
        "bias",
        "The predicted mean is too high or too low on average.",
        "mean of (y − predicted mean)",
        shown=("calibration",),
    ),
    Term(
        "calibration",
        "Whether the predicted uncertainty agrees with the errors. If it does, a 95 % interval holds about 95 % of new "
        "points.",
        forms=("calibrated",),
        shown=("calibration",),
        see=("coverage", "PIT", "sharpness"),
    ),
    Term(
        "calibration error",
        "The average distance between the promised and the observed share of points, over all levels. 0 is perfect.",
        "mean over levels p of |observed(p) − p|",
        forms=("miscalibration area",),
        shown=("calibration",),
        see=("reliability",),
    ),
    Term(
        "conformal",
        "A way to make intervals from the errors on validation points. On average they cover the promised share, "
        "whatever the model.",
        forms=("conformal intervals", "conformal bounds"),
        shown=("calibration",),
        see=("recalibrate", "coverage"),
    ),
    Term(
        "coverage",
        "The share of points that lie inside their predicted interval. For a 95 % interval it should be 95 %.",
        forms=("covers",),
        shown=("calibration", "fit"),
        see=("interval", "calibration"),
    ),
    Term(
        "CRPS",
        "Continuous ranked probability score: the distance between a predicted distribution and the observed value. "
        "It has the unit of y, and lower is better.",
        "∫ (F(t) − 1[t ≥ y])² dt",
        shown=("calibration", "compare"),
        see=("NLL", "score"),
    ),
    Term(
        "ENCE",
        "Expected normalised calibration error: how far the predicted std is from the size of the errors, in 10 groups "
        "of points.",
        "mean over bins of |RMSE − σ̂| / σ̂",
        shown=("calibration",),
    ),
    Term(
        "Holm’s correction",
        "With many comparisons some look large by chance. Holm's method keeps the risk of any false alarm at 5 %.",
        forms=("Holm",),
        shown=("seeds",),
    ),
    Term(
        "independent",
        "Knowing one error says nothing about the next. Standard errors and tests rely on it.",
        forms=("independence", "autocorrelation"),
        shown=("calibration",),
        everyday=True,
    ),
    Term(
        "interval",
        "A lower and an upper end between which a stated share of points should lie, such as 95 %.",
        forms=("prediction interval", "prediction intervals", "intervals", "central interval"),
        shown=("predict", "calibration"),
        see=("coverage",),
        everyday=True,
    ),
    Term(
        "interval score",
        "The width of an interval plus a penalty for each point outside it. Lower is better.",
        forms=("interval scores", "winkler score"),
        shown=("calibration",),
    ),
    Term(
        "isotonic",
        "A recalibration that replaces each promised level by the share observed at it. The order of the levels stays.",
        forms=("isotonic levels", "isotonic regression"),
        shown=("calibration",),
        see=("recalibrate",),
    ),
    Term(
        "level",
        "The share that an interval or a quantile promises, such as 95 %.",
        forms=("levels",),
        everyday=True,
    ),
    Term(
        "MAE",
        "Mean absolute error: the average size of the errors of the mean, in the unit of y.",
        "mean of |y − mean|",
        forms=("mean absolute error",),
        shown=("calibration",),
    ),
    Term(
        "mean z²",
        "The average squared residual, counted in predicted standard deviations. Above 1 the std is too small, below 1 "
        "too large.",
        "mean of (r / σ̂)²",
        shown=("calibration",),
        see=("z",),
    ),
    Term(
        "PIT",
        "Probability integral transform: the predicted probability of a value below the observed one. For a right "
        "model all values from 0 to 1 are equally frequent.",
        "F(y)",
        shown=("calibration",),
        see=("calibration",),
    ),
    Term(
        "QQ",
        "A plot of observed against predicted quantiles. For a right model the points lie on a straight line.",
        forms=("QQ plot",),
        shown=("calibration",),
        see=("quantile",),
    ),
    Term(
        "quantile",
        "The value below which a stated share of points lies. The 50 % quantile is the median.",
        forms=("quantiles",),
        shown=("calibration",),
    ),
    Term(
        "recalibrate",
        "Correct the predicted std or intervals with validation points, without training again.",
        forms=("recalibration", "recalibrated", "recalibrating"),
        shown=("calibration",),
        see=("conformal", "isotonic"),
    ),
    Term(
        "reliability",
        "The share of points found below or inside a level, against the share promised. The diagonal is right.",
        forms=("reliability curve",),
        shown=("calibration",),
        see=("calibration error",),
    ),
    Term(
        "residual",
        "The observed value minus the predicted mean.",
        "r = y − mean",
        forms=("residuals",),
        shown=("fit", "anatomy"),
    ),
    Term(
        "RMSE",
        "Root mean squared error of the mean, in the unit of y. It cannot fall below the noise.",
        "√ mean of (y − mean)²",
        forms=("root mean squared error",),
        shown=("fit", "compare"),
    ),
    Term(
        "sampling error",
        "The difference that arises because a figure is computed from finitely many points. It shrinks with their "
        "number.",
        see=("standard error",),
    ),
    Term(
        "score",
        "A number that says how good predictions are on held-out points.",
        forms=("scores",),
        everyday=True,
    ),
    Term(
        "sharpness",
        "How narrow the predictions are. Of two calibrated models the sharper one is better.",
        "√ mean of σ̂²",
        forms=("sharper",),
        shown=("calibration",),
        see=("calibration",),
    ),
    Term(
        "standard error",
        "The typical sampling error of a figure. Two standard errors on each side hold the true value about 95 % of "
        "the time.",
        forms=("standard errors",),
        shown=("calibration",),
        see=("sampling error",),
    ),
    Term(
        "t test",
        "A test of whether a difference between averages is larger than chance. In a paired test the same seeds are "
        "compared.",
        forms=("paired t test", "t-test"),
        shown=("seeds",),
    ),
    Term(
        "z",
        "A residual divided by its predicted standard deviation. For a right Gaussian model 95 % lie between −2 and 2.",
        "z = r / σ̂",
        forms=("standardised residual", "standardised residuals"),
        shown=("calibration", "fit"),
        see=("mean z²",),
        everyday=True,
    ),
)
