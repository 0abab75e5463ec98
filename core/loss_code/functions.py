"""FUNCTIONS: what is known of each framework, by the last name of a function; most are a formula in the parameters.

The frameworks agree on what a name means far more than they differ, so that one table serves torch, TensorFlow, Keras,
JAX, NumPy, SciPy and Python's math; a method of an array is the function with the array before its arguments.
"""

from .arguments import Arguments, rows
from .values import Tensor

X = "x input a self tensor features inputs x1 logits z"
XZ = "x input a self x1 tensor|z other b x2 y value"

ELEMENTWISE = rows(
    {
        "exp": (X, "exp(x)"),
        "exp2": (X, "exp(x*log(2))"),
        "expm1": (X, "expm1(x)"),
        "log ln": (X, "log(x)"),
        "log2": (X, "log(x)/log(2)"),
        "log10": (X, "log(x)/log(10)"),
        "log1p": (X, "log1p(x)"),
        "sqrt": (X, "sqrt(x)"),
        "rsqrt": (X, "1/sqrt(x)"),
        "abs fabs absolute": (X, "abs(x)"),
        "square": (X, "x**2"),
        "reciprocal inv": (X, "1/x"),
        "neg negative": (X, "-x"),
        "sign sgn": (X, "sign(x)"),
        "sigmoid expit": (X, "sigmoid(x)"),
        "logit": (X, "log(x/(1 - x))"),
        "tanh": (X, "tanh(x)"),
        "cosh": (X, "cosh(x)"),
        "sinh": (X, "(exp(x) - exp(-x))/2"),
        "softplus": (f"{X}|beta=1|threshold=20", "softplus(beta*x)/beta"),
        "relu": (X, "relu(x)"),
        "relu6": (X, "min(relu(x), 6)"),
        "leaky_relu": (f"{X}|slope negative_slope alpha=0.01", "max(x, 0) + slope*min(x, 0)"),
        "elu": (f"{X}|alpha=1", "max(x, 0) + alpha*expm1(min(x, 0))"),
        "celu": (f"{X}|alpha=1", "max(x, 0) + alpha*expm1(min(x, 0)/alpha)"),
        "selu": (X, "1.0507009873554805*(max(x, 0) + 1.6732632423543772*expm1(min(x, 0)))"),
        "gelu": (X, "x*(1 + erf(x/sqrt(2)))/2"),
        "silu swish": (X, "x*sigmoid(x)"),
        "mish": (X, "x*tanh(softplus(x))"),
        "hardtanh hard_tanh": (f"{X}|low min_val=-1|high max_val=1", "max(min(x, high), low)"),
        "hardsigmoid hard_sigmoid": (X, "max(min(x/6 + 0.5, 1), 0)"),
        "logsigmoid log_sigmoid": (X, "-softplus(-x)"),
        "softsign": (X, "x/(1 + abs(x))"),
        "squareplus": (f"{X}|b=4", "(x + sqrt(x**2 + b))/2"),
        "erf": (X, "erf(x)"),
        "erfc": (X, "1 - erf(x)"),
        "ndtr": (X, "(1 + erf(x/sqrt(2)))/2"),
        "log_ndtr": (X, "log((1 + erf(x/sqrt(2)))/2)"),
        "lgamma gammaln loggamma": (X, "lgamma(x)"),
        "logcosh log_cosh_of": (X, "log(cosh(x))"),
        "pow power float_power": ("x input a self x1 base|z exponent p b x2 y exp", "x**z"),
        "add": (f"{XZ}|alpha=1", "x + alpha*z"),
        "sub subtract": (f"{XZ}|alpha=1", "x - alpha*z"),
        "mul multiply": (XZ, "x*z"),
        "div divide true_divide truediv divide_no_nan": (XZ, "x/z"),
        "rsub": (XZ, "z - x"),
        "maximum fmax": (XZ, "max(x, z)"),
        "minimum fmin": (XZ, "min(x, z)"),
        "logaddexp": (XZ, "z + softplus(x - z)"),
        "logaddexp2": (XZ, "z + softplus((x - z)*log(2))/log(2)"),
        "hypot": (XZ, "sqrt(x**2 + z**2)"),
        "squared_difference": (XZ, "(x - z)**2"),
        "xlogy multiply_no_nan": (XZ, "x*log(z)"),
        "xlog1py": (XZ, "x*log1p(z)"),
        "addcdiv": ("x input self|a tensor1|b tensor2|value=1", "x + value*a/b"),
        "addcmul": ("x input self|a tensor1|b tensor2|value=1", "x + value*a*b"),
        "lerp": ("x input self start|z end|weight", "x + weight*(z - x)"),
        "betaln": ("a x|b y", "lgamma(a) + lgamma(b) - lgamma(a + b)"),
        "heaviside": (XZ, "when(x, 1)"),
        "deg2rad radians": (X, "x*pi/180"),
    }
)


def _clamp(given: Arguments) -> Tensor:
    from .algebra import apply

    value = given.tensor("x")
    for name, op in (("low", "max"), ("high", "min")):
        if given.has(name):
            limit = given.tensor(name)
            if limit.number is None or abs(limit.number) <= 1e12:
                value = apply(op, value, limit)
    return value


CLAMPS = rows(
    {
        "clamp clip clip_by_value clamp_ clip_": (
            f"{X} t|low min a_min clip_value_min min_value minval=None"
            "|high max a_max clip_value_max max_value maxval=None",
            _clamp,
        ),
        "clamp_min clamp_min_": (f"{X}|low min", _clamp),
        "clamp_max clamp_max_": (f"{X}|high max", _clamp),
    }
)
