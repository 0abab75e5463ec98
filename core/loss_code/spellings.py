"""What a name of the code probably is, from its spelling: tables of the words that people use."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_A-Za-z]+")
_LETTERS = """
    μ=mu σ=sigma λ=lambda ε=eps τ=tau β=beta α=alpha δ=delta ρ=rho π=pi ν=nu γ=gamma θ=theta ŷ=yhat ²=2 Δ=delta Σ=sigma
    ω=omega φ=phi η=eta
"""
_GREEK = MappingProxyType({word[0]: word[2:] for word in _LETTERS.split()})
_GREEK_NAMES = re.compile("[" + "".join(_GREEK) + "]")

# Kind and how strongly the words below it speak for it. Whole names, in lower case and without marks within.
_WHOLE = """
target 3
    y ytrue true target targets label labels gt truth groundtruth obs observed observation observations actual
    actuals tgt targ trg yobs ytgt ytarget yt yi ys ybatch batchy yb yreal real ground yn ygt expected desired
    response
target 1.6
    t z x value values data
target 1.2
    d v
mean 3
    mu mean means mus pred preds prediction predictions predicted ypred yhat yp muhat predmean meanpred mupred
    predmu ymean ymu loc location center centre forecast estimate est yest mhat fx mux fhat muy ytilde ypredmean
    meanhat outmean
mean 1.8
    output outputs out m f p gamma approx recon reconstruction xhat yhats fit fitted model u o net h med median
mean 1.2
    e x g a input inputs logits q
second 3
    logvar lv logvariance logsigma logsigma2 logsigmasq logsigmasquared logstd logstddev logsd logscale logb ls var
    vars variance variances sigma sigmas sigma2 sigmasq sigmasquared std stds stddev stddevs stdev sd sds scale
    scales sig sig2 prec precision logprec logprecision lambdainv uncertainty uncert unc aleatoric logvarpred
    logvarhat predvar predstd predlogvar varpred stdpred sigmapred predsigma ystd yvar ysigma ylogvar ale rawscale
    rawstd rawsigma rawvar presigma prestd rho logs logtau noise noisevar noisestd logvars logsigmas dispersion
    spread s vhat sigmahat varhat sigma2hat logsigma2hat conf confidence inverse invvar invsigma scaleraw sigmaraw
    varraw stdraw logits2 bandwidth sigmay halflogvar lns lnvar lnsigma
second 1.8
    b v raw tau sq s2 w2 width nu eta theta phi alpha beta
second 1.2
    c z l q
residual 3
     residual residuals resid resids res err error errors diff difference deviation deviations errs dev r
residual 1.9
    delta
residual 1.2
    e d dy
squared_residual 3
    mse se sqerr sqerror squarederror squarederr err2 error2 sqdiff sqdist diff2 r2 res2 residual2 mseloss sse
    rss squaredresidual sqresidual diffsq errsq rsq msevalue losmse lossmse residualsq residualssq squareddiff
    squarederrors squaredresiduals sqres sqr
absolute_residual 3
    mae ae abserr abserror absdiff absoluteerror l1loss maeloss absresidual absres lossmae absolutedifference
    abserrors
gaussian_nll 3
    nll gnll gaussiannll nllloss lossnll gaussiannllloss negloglik negativeloglikelihood neglogprob nlls
    negloglikelihood
weight 3
    weight weights sampleweight sampleweights sw importance wts classweights pixelweight pixelweights instanceweight
    weighting wgt
weight 3
    yerr yerrs yerror yerrors sigmaobs obserr obserror obssigma obsstd yobserr sigmayobs measurementerror
    measerr obsnoise
weight 2.3
    dy
weight 1
    w
mask 3
    mask masks valid isvalid validmask notnan maskvalid observedmask msk padmask missing
constant 3
    lam lambda lamb lambd lmbda lamda lambda1 lambda2 lam1 lam2 beta eps epsilon delta kappa coef coeff coefficient
    w1 w2 w3 wmse wnll alpha1 alpha2 temperature temp quantile tau nu df dof weightmse weightnll regweight
    regweights kld klweight evidenceweight c1 c2 const k1 k2 hparam anneal annealing betanll huberdelta lossweight
    lambdareg lambdakl lambdamse lambdanll lambdavar alphareg ratio factor scalefactor smoothing minvar minstd
    varmin eps1 eps2 minlogvar maxlogvar maxvar threshold thresh margin power exponent sigmamin minsigma fudge
    jitter gammaweight
constant 3
    hi lo high low upper lower ub lb lowerbound upperbound accumsteps accumulationsteps gradaccum gradaccumsteps
    nbatches numbatches worldsize niter nsteps numsteps scaling normalizer normaliser denominator smin smax
    maxsigma minvariance maxvariance maxstd minlogstd maxlogstd logvarmin logvarmax minlogsigma maxlogsigma
constant 2.1
    alpha
constant 1.7
    gamma w k c a q
regulariser 2.9
    l1 l2
regulariser 3
    reg regularizer regulariser regularization regularisation regloss l2reg l2penalty penalty weightdecay l2loss kl
    klloss kldiv klterm l1reg prior priorterm complexity regterm wdecay wd
mixing 3
    pi pis pik logits mixlogits mixtureweights mixingcoefficients mixing mixingweights mixturelogits logitspi
    pilogits logpi logpis mixweights coeffs alphas mixcoef mixprobs weightspi mixcoeffs mixturecoef logmix wk
"""
# Words within a name that is in no list as a whole.
_WITHIN = """
target 2.6
    true target targets label labels gt truth obs observed actual tgt targ ytrue observation ground real
second 2.7
    logvar var variance variances std stddev sigma sigma2 logsigma logstd sd scale uncertainty uncert precision prec
    logscale aleatoric stdev lv sigmas vars logvariance stds dispersion
mean 2.5
    mu mean pred preds prediction predictions predicted hat loc output outputs forecast means
residual 2.4
    residual residuals resid err error errors diff difference
weight 1.8
    weight weights
mask 2.4
    mask valid
constant 1.5
    eps epsilon lambda lam coef coeff beta alpha delta min max weight weights factor
regulariser 2
    reg penalty kl prior
"""
# What constants of these names are worth where the code does not say.
_VALUES = """
1e-06
    minvariance
    eps epsilon eps1 eps2 jitter fudge minvar varmin smoothing
0.001
    lo low lower lb lowerbound smin
    minstd sigmamin minsigma
0.9
    q tau quantile
0.5
    alpha beta betanll
0.01
    lam lambda lamb lambd lmbda lamda lambdareg klweight regweight kld evidenceweight lambdakl alphareg coeff coef
4
    nu df dof
-7
    logvarmin minlogstd minlogsigma
    minlogvar
7
    logvarmax maxlogstd maxlogsigma
    maxlogvar
"""


def _indented(text: str) -> Iterator[tuple[str, str]]:
    """Each word of a table with the heading that it stands under."""
    heading = ""
    for line in text.strip("\n").split("\n"):
        if not line.startswith(" "):
            heading = line
            continue
        for word in line.split():
            yield heading, word


def _table(text: str) -> Mapping[str, Mapping[str, float]]:
    made: dict[str, dict[str, float]] = {}
    for heading, word in _indented(text):
        kind, weight = heading.split()
        made.setdefault(kind, {})[word] = float(weight)
    return MappingProxyType(made)


WHOLE, WITHIN = _table(_WHOLE), _table(_WITHIN)
VALUES: Mapping[str, float] = MappingProxyType({word: float(value) for value, word in _indented(_VALUES)})
LOG_WORDS = frozenset(["log", "ln", "lg"])


@lru_cache(maxsize=4096)
def pieces(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: ("log", "var") of log_var, logVar and LOG_VAR."""
    return tuple(piece.lower() for piece in _PIECE.findall(_GREEK_NAMES.sub(lambda m: _GREEK[m.group()] + " ", name)))


@lru_cache(maxsize=4096)
def spelled(name: str) -> Mapping[str, float]:
    """How strongly a name speaks for each kind."""
    words = pieces(name)
    if not words:
        return MappingProxyType({})
    scores: dict[str, float] = {}
    for whole in ("".join(words), "".join(words).rstrip("0123456789")):
        for kind, table in WHOLE.items():
            if whole in table:
                scores[kind] = max(scores.get(kind, 0.0), table[whole])
        if scores:
            return MappingProxyType(scores)
    for kind, table in WITHIN.items():
        found = [weight for word, weight in table.items() if word in words]
        if found:
            scores[kind] = max(found)
    if "y" in words and not scores:
        scores["target"] = 2.4
    if "second" in scores and "mean" in scores:  # pred_var is a variance
        del scores["mean"]
    if LOG_WORDS & set(words) and not scores:
        scores["second"] = 2.0
    return MappingProxyType(scores)


def value_of(name: str) -> float:
    """What a constant of this name is taken for."""
    words = "".join(pieces(name))
    return VALUES.get(words, VALUES.get(words.rstrip("0123456789"), 1.0))
