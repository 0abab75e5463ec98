"""The names that people give to the columns of predictions: one table of roles, and how a name is compared with it."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# By role, the likeliest name first: the first of these that a table has is taken. Names are compared as `squashed`.
# A new name goes here, and nowhere else.
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "y": _names(
            """
            y ytrue true target targets truth groundtruth gt observed observation observations obs actual
            actuals actualvalue truevalue ytest yobs yobserved yactual ytarget yreal label labels response
            outcome measured measurement measuredvalue realised realized realisation realization real dependent
            yvalue observedvalue targetvalue reference referencevalue ref ytruth trueval
            """
        ),
        "mean": _names(
            """
            mean mu pred prediction predictions predicted ypred yhat ymean meanpred predmean predictedmean
            meanprediction predictionmean ypredmean ymu muhat mupred predmu predictivemean posteriormean meanhat
            fitted fit fittedvalue fittedvalues forecast pointforecast meanforecast forecastmean estimate
            estimated loc expected expectation expectedvalue predictedvalue predictedy predy yforecast yestimate
            yfit ypredicted outputmean meanoutput modelmean pointprediction
            """
        ),
        "median": _names("median med ymedian predmedian medianpred predictedmedian forecastmedian"),
        "std": _names(
            """
            std sigma stddev stdev sd standarddeviation ystd ypredstd predstd stdpred predictedstd stdprediction
            predictionstd sigmahat sigmapred predsigma predictedsigma ysigma ysd predsd sdpred totalstd stdtotal
            totalsigma sigmatotal predictivestd predictivesd posteriorstd posteriorsd ystddev predstddev
            uncertainty predictiveuncertainty totaluncertainty uncertaintystd unc yunc ypredunc uncert scale
            yerr standarderror stderr se forecaststd forecastsigma modelstd outputstd stdhat stds sigmas
            """
        ),
        "variance": _names(
            """
            variance var sigma2 sigmasq sigmasquared sigmasqr sigma2hat sigmahat2 predvar varpred predvariance
            predictedvariance variancepred predictedvar ypredvar yvar yvariance totalvar vartotal totalvariance
            predictivevariance predictivevar posteriorvar posteriorvariance std2 stdsq stdsquared sd2 s2
            forecastvar forecastvariance modelvar outputvar varhat uncertaintyvar vars variances
            """
        ),
        "log_variance": _names(
            """
            logvariance logvar logsigma2 logsigmasq logsigmasquared lnvar lnvariance lnsigma2 lnsigmasq
            predlogvar logvarpred predictedlogvariance predictedlogvar ypredlogvar ylogvar logvarhat logvars
            logsigmasqr logstd2 slogvar
            """
        ),
        "log_std": _names(
            """
            logstd logsigma lnstd lnsigma logsd lnsd logstddev logscale predlogstd logstdpred predictedlogstd
            ypredlogstd ylogstd logstandarddeviation
            """
        ),
        # Parts of a std, of the noise and of what the model does not know: their squares add up.
        "noise_std": _names(
            """
            noisestd stdnoise aleatoric aleatoricstd stdaleatoric aleatoricsigma sigmaaleatoric aleatoricuncertainty
            datauncertainty sigmanoise noisesigma aleatoricunc stdal
            """
        ),
        "ignorance_std": _names(
            """
            ignorancestd stdignorance epistemic epistemicstd stdepistemic epistemicsigma sigmaepistemic
            epistemicuncertainty knowledgeuncertainty modeluncertainty epistemicunc stdep
            """
        ),
        "noise_variance": _names("noisevariance aleatoricvar aleatoricvariance varaleatoric noisevar varnoise"),
        "ignorance_variance": _names("ignorancevariance epistemicvar epistemicvariance varepistemic"),
        "residual": _names("residual residuals resid error err residualerror predictionerror"),
        "precision": _names(
            """
            precision prec inversevariance invvar invvariance predprecision precisionpred predictedprecision
            """
        ),
        "weight": _names("weight weights w pi mixweight mixtureweight mixingweight alpha prob probability"),
        "x": ("x",),
        "group": _names(
            """
            group groups segment subgroup region fold split cluster stratum cohort site station country category
            class partition domain batch
            """
        ),
        "index": _names(
            """
            unnamed0 index id idx row rowid rownumber rownum rownr rowindex sampleid uniqueid recordid number nr
            indexlevel0 level0
            """
        ),
    }
)
PARTS = ("noise_std", "ignorance_std", "noise_variance", "ignorance_variance")  # of a spread
SPREAD_ROLES = ("std", "variance", "log_variance", "log_std", "precision")
# Words that say no more than that a column was predicted: "pred_std" and "forecast variance" are std and variance.
NOISE = frozenset(
    _names(
        """
            y yhat ypred pred preds predicted prediction predictions predictive forecast forecasted model
            posterior total hat estimated estimate value values output out of the net network target
            """
    )
)
LOWER = frozenset(
    _names(
        """
            lower lo low lwr lb lowerbound lowerci lowerpi lowerlimit lcl lpl lowerquantile cilower pilower
            cilow pilow lowerb minimum
            """
    )
)
UPPER = frozenset(
    _names(
        """
            upper hi high upr ub upperbound upperci upperpi upperlimit ucl upl upperquantile ciupper piupper
            cihigh pihigh upperb maximum
            """
    )
)
INTERVAL_NOISE = NOISE | frozenset(
    _names(
        """
            ci pi interval intervals bound bounds limit confidence conf credible level percent pct quantile q p
            cred
            """
    )
)
QUANTILE_MARKS = frozenset(_names("q quantile quantiles quant qtl pct percentile perc p tau qt"))
# Of a number and what follows it: one of several predictions of the same thing.
MEMBER_WORDS = NOISE | frozenset(
    _names(
        """
            m member members ens ensemble head fold seed nn mlp tree pass mc dropout component comp k run mix
            mixture
            """
    )
)
SAMPLE_WORDS = frozenset(
    _names(
        """
            s sample samples draw draws sim sims simulation simulated path trajectory rep yrep ysim ysample
            ydraw posteriorsample predsample postpred scenario realization realisation
            """
    )
)
NUMBERED: Mapping[str, str] = MappingProxyType(  # of one letter: names of numbered columns alone
    {"m": "mean", "v": "variance", "lv": "log_variance", "yh": "mean"}
)

_SIGNS = {"ŷ": "yhat", "\u0302": "hat", "μ": "mu", "σ": "sigma", "τ": "tau", "π": "pi", "√": "sqrt"}
_BRACKETS = re.compile(r"(?<=\S)\s*[(\[{](?!\s*[\d.])[^()\[\]{}]*[)\]}]\s*$")  # a unit behind the name, no number
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plain_name(name: str) -> str:
    """A name without the unit in brackets, with Greek letters spelled, in small letters: "Ŷ (kg)" is "yhat".

    Words that a capital begins are set apart: "yPred" is "y pred".
    """
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", name).strip()) or name
    text = _CAMEL.sub(" ", text).casefold()
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return " ".join(text.split())


def words_of(name: str) -> tuple[str, ...]:
    """The words and numbers in a plain name: ("lo", "95")."""
    return tuple(re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_]+", plain_name(name)))


def squashed(text: str) -> str:
    """Letters and digits alone, in small letters: "Y_True" and "y true" are "ytrue"."""
    return re.sub(r"[\W_]+", "", plain_name(text))


_ROLE_OF = {alias: (role, place) for role, names in ALIASES.items() for place, alias in enumerate(names)}


def role_of(name: str) -> tuple[str, int] | None:
    """The role of a name, and its place in the table: 0 is likeliest. None if the table does not know it.

    Words that say only that something was predicted are left out where the whole name is not known; nothing becomes y,
    a group or an index in this way.
    """
    if (known := _ROLE_OF.get(squashed(name))) is not None:
        return known
    left = "".join(word for word in words_of(name) if word not in NOISE)
    role, place = _ROLE_OF.get(left, ("", 0))
    return (role, 100 + place) if role in ("mean", "median", *SPREAD_ROLES) else None
