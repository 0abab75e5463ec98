"""What the spelling of a name says that a quantity is: a log variance, a standard deviation, a precision."""

import re

# The first that fits speaks.
SPELLINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), expected)
    for pattern, expected in (
        (
            r"^(log|ln)_?(var|variance|sigma2|sigma_?sq|s2|sigma_?squared)\w*$|^lv$|^logvars?$|^log_vars?(\[.*\])?$",
            ("log σ²",),
        ),
        (r"^(log|ln)_?(std|sd|sigma|stddev)\w*$|^ls$", ("log σ",)),
        (r"^(log|ln)_?(scale|b)$", ("log σ", "log E|r|")),
        (r"^(pred_?|y_?|out_?)?(var|variance|sigma2|sigma_?sq|sigma_?squared|σ2|σ²)\d?(\[.*\])?$", ("σ²",)),
        (r"^(pred_?|y_?|out_?)?(sigma|std|sd|stddev|stdev|sig|σ)s?(\[.*\])?$", ("σ",)),
        (r"^(precision|prec|inv_?var|inverse_?variance)$", ("1/σ²",)),
        (r"^(scale|b)$", ("σ", "E|r|")),
    )
)

_MARKS = re.compile("[\u0302-\u0304]|_i$")


def expected_of(name: str) -> tuple[str, ...]:
    """What a name says that the quantity is; () where it says nothing. Accents and the index of a point say nothing."""
    bare = _MARKS.sub("", name)
    return next((expected for pattern, expected in SPELLINGS if pattern.match(bare)), ())


def is_positive(name: str) -> bool:
    """Whether a name is that of a quantity above 0, so that the code may be trusted to keep it there."""
    return bool(expected_of(name)) and not expected_of(name)[0].startswith("log")


def is_raw(name: str) -> bool:
    """Whether a name is that of a net's bare output, of either sign: "raw", "out[:, 1]", "s", "log_var"."""
    return "[" in name or bool(_RAW.match(name))


_RAW = re.compile(r"^([svhaxzuw]|rho|ls|lv|param|(raw|log|ln|out|pred)\w*)$", re.IGNORECASE)
