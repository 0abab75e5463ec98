"""How long the answer to code alone takes, and how exact the named quantities are: one table, on one core.

    python -m benchmarks.loss_check

Times are of processor time, each piece read and examined once and nothing kept, as when it is pasted; beside them what
the search of `core.diagnosis.doctor.examine` takes on one noise of one σ. Errors are those of the std that is named,
against the minimum that scipy finds.
"""

import math
import statistics
import time

import numpy as np
from scipy import optimize, stats

from core.data.noise import NOISES
from core.diagnosis.doctor.examination import examine
from core.diagnosis.loss_check.meaning import meaning_of
from core.loss_code.as_loss import loss_of_code
from core.loss_code.reading import read_code
from core.model.formulas import program

HEADS = (
    "torch.exp(s)", "torch.exp(s/2)", "F.softplus(s)", "F.softplus(s) + 1e-3", "1e-3 + F.softplus(0.05*s)",
    "F.elu(s) + 1", "2*torch.sigmoid(s)", "s**2", "torch.abs(s)", "F.relu(s) + 1e-4",
    "torch.exp(0.5*torch.clamp(s, -7, 7))",
    "torch.exp(0.5*(-10 + F.softplus(10.5 - F.softplus(0.5 - s))))",
)  # fmt: skip
FORMS = {
    "gaussian": "std = {head}\nloss = (torch.log(std) + 0.5*((y - mu)/std)**2).mean()",
    "laplace": "b = {head}\nloss = (torch.abs(y - mu)/b + torch.log(b)).mean()",
}
SIGMAS = (0.05, 0.2, 1.0, 5.0)
_P = (np.arange(2_001) + 0.5) / 2_001
NOISE = {"gaussian": stats.norm.ppf(_P), "laplace": stats.laplace.ppf(_P)}


def main() -> None:
    """Print the table."""
    reading, examining, searching, errors = [], [], [], []
    for form, text in FORMS.items():
        for head in HEADS:
            begin = time.process_time()
            code = read_code(text.format(head=head))
            middle = time.process_time()
            found = meaning_of(code)
            reading.append(middle - begin)
            examining.append(time.process_time() - middle)
            begin = time.process_time()
            examine(loss_of_code(code), NOISES[form], 0.2)
            searching.append(time.process_time() - begin)
            assert found.std is not None
            errors += [
                error for sigma in SIGMAS if (error := _error(code.tree, found.std.tree, form, sigma)) is not None
            ]
    print(f"{'':34}{'median':>9}{'most':>9}")
    rows = (("read the code, ms", reading), ("what it means, ms", examining), ("one search of before, ms", searching))
    for words, seconds in rows:
        print(f"{words:34}{1e3 * statistics.median(seconds):9.0f}{1e3 * max(seconds):9.0f}")
    words = f"error of the std, {len(errors)} optima, %"
    print(f"{words:34}{100 * statistics.median(errors):9.4f}{100 * max(errors):9.4f}")


def _error(tree, std, form, sigma):  # type: ignore[no-untyped-def]
    """How far the named std is from σ at the s that scipy finds; None where the head cannot express this σ."""
    ends = [float(program.value(std, np, {"s": np.float64(end)})) for end in (-300.0, 0.0, 300.0)]
    if not min(ends) < sigma < max(ends):
        return None
    z = NOISE[form] / math.sqrt(np.mean(NOISE[form] ** 2))
    r = sigma * z

    def loss(s: float) -> float:
        given = {"y": r, "mu": np.zeros_like(r), "r": r, "s": np.full_like(r, s)}
        with np.errstate(all="ignore"):
            return float(np.nan_to_num(np.mean(program.value(tree, np, given)), nan=np.inf))

    grid = np.concatenate([np.linspace(-14, 14, 113), np.linspace(15, 120, 106), np.linspace(-120, -15, 106), [1e-2]])
    best = grid[int(np.argmin([loss(s) for s in grid]))]
    wide = 1.0 if abs(best) > 14 else 0.3
    at = optimize.minimize_scalar(loss, bounds=(best - wide, best + wide), method="bounded", options={"xatol": 1e-10})
    return abs(float(program.value(std, np, {"s": np.float64(at.x)})) / sigma - 1)


if __name__ == "__main__":
    main()
