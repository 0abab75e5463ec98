"""Runs a formula's program and its gradient on points: one function, also compiled, for every formula there is.

A program is a list of numbers (`core.model.formulas.program` writes it): how many instructions there are; the rows of
the residual term, of the scale term, of the regulariser and of the objective, −1 for one that there is not; then for
each instruction its code, the rows of its two operands (−1: none) and a constant. The first rows are the H outputs;
then come r = y minus the first output, and y; instruction i fills row H + 2 + i.
"""

import math

import numpy as np

NUMBER, ADD, SUB, MUL, DIV, PLUS, TIMES, POWER, POW = range(9)
EXP, LOG, LOG1P, EXPM1, SQRT, ABS, TANH, SIGMOID, SOFTPLUS, COSH, ERF = range(9, 20)  # EXP: of its constant times x
RELU, SIGN, MAX, MIN, STOP, HALF_STEP = range(20, 26)
WHEN, UNLESS, LGAMMA = range(26, 29)

HEAD, WIDTH = 5, 4  # numbers before the first instruction, and of each
GIVEN = 2  # rows beside the outputs that are there before the first instruction
_BLOCK = 128  # points at a time, whose rows a processor's nearest cache holds
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def gradient(y, outputs, program, terms, slopes):  # type: ignore[no-untyped-def]
    """Run the program, and run it backwards for the gradient, per point.

    `y` (n,), `outputs` (H, n) and `program` (P,) are float64. Written are the rows of `terms` (3, n) that the program
    has (residual term, scale term, regulariser), and `slopes` (H, n): ∂objective/∂outputs, where the objective is the
    sum of the terms if the program has no other. Conventions at kinks and at 0·∞ are torch's.
    """
    # One function of many branches, where the house has tables: it is compiled to machine code kept on disk, and
    # Numba's cache would not see a change in what it calls. Each branch is a loop over points, so that the code of an
    # instruction is looked at once a block. `w` holds a row of values each, and behind them as many rows of what the
    # objective changes with them. Rows are indexed as w[i, k]: a view of a row counts its references each time.
    n, given, objective = y.size, outputs.shape[0], int(program[4])
    first = given + GIVEN
    count = first + int(program[0])
    w = np.empty((2 * count, min(n, _BLOCK)))
    for start in range(0, n, _BLOCK):
        m = min(_BLOCK, n - start)
        for i in range(given):
            for k in range(m):
                w[i, k] = outputs[i, start + k]
        for k in range(m):
            w[given, k] = y[start + k] - outputs[0, start + k]
            w[given + 1, k] = y[start + k]
        for i in range(first, count):
            at = HEAD + WIDTH * (i - first)
            code, a, b, c = int(program[at]), int(program[at + 1]), int(program[at + 2]), program[at + 3]
            if code == NUMBER:
                for k in range(m):
                    w[i, k] = c
            elif code == ADD:
                for k in range(m):
                    w[i, k] = w[a, k] + w[b, k]
            elif code == SUB:
                for k in range(m):
                    w[i, k] = w[a, k] - w[b, k]
            elif code == MUL:
                for k in range(m):
                    w[i, k] = w[a, k] * w[b, k]
            elif code == DIV:
                for k in range(m):
                    w[i, k] = w[a, k] / w[b, k]
            elif code == PLUS:
                for k in range(m):
                    w[i, k] = w[a, k] + c
            elif code == TIMES:
                for k in range(m):
                    w[i, k] = w[a, k] * c
            elif code == POWER and c == np.rint(c):
                for k in range(m):
                    w[i, k] = w[a, k]
                for _ in range(int(abs(c)) - 1):  # by multiplications: exact, and vector instructions
                    for k in range(m):
                        w[i, k] *= w[a, k]
                if c < 0.0:
                    for k in range(m):
                        w[i, k] = 1.0 / w[i, k]
            elif code == POWER:
                for k in range(m):
                    w[i, k] = w[a, k] ** c
            elif code == POW:
                for k in range(m):
                    w[i, k] = w[a, k] ** w[b, k]
            elif code == EXP:
                for k in range(m):
                    w[i, k] = np.exp(w[a, k] * c)
            elif code == LOG:
                for k in range(m):
                    w[i, k] = np.log(w[a, k])
            elif code == LOG1P:
                for k in range(m):
                    w[i, k] = np.log1p(w[a, k])
            elif code == EXPM1:
                for k in range(m):
                    w[i, k] = np.expm1(w[a, k])
            elif code == SQRT:
                for k in range(m):
                    w[i, k] = np.sqrt(w[a, k])
            elif code == ABS:
                for k in range(m):
                    w[i, k] = abs(w[a, k])
            elif code == TANH:
                for k in range(m):
                    w[i, k] = np.tanh(w[a, k])
            elif code == SIGMOID:
                for k in range(m):
                    w[i, k] = 1.0 / (1.0 + np.exp(-w[a, k]))
            elif code == SOFTPLUS:
                for k in range(m):
                    x = w[a, k]
                    w[i, k] = (x if x > 0.0 else 0.0) + np.log1p(np.exp(-abs(x)))
            elif code == COSH:
                for k in range(m):
                    w[i, k] = np.cosh(w[a, k])
            elif code == ERF:
                for k in range(m):
                    w[i, k] = math.erf(w[a, k])
            elif code == RELU:
                for k in range(m):
                    w[i, k] = 0.0 if w[a, k] <= 0.0 else w[a, k]  # NaN stays NaN
            elif code == SIGN:
                for k in range(m):
                    x = w[a, k]
                    w[i, k] = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)
            elif code == MAX:
                for k in range(m):
                    x, z = w[a, k], w[b, k]
                    w[i, k] = x + z if x != x or z != z else (x if x > z else z)
            elif code == MIN:
                for k in range(m):
                    x, z = w[a, k], w[b, k]
                    w[i, k] = x + z if x != x or z != z else (x if x < z else z)
            elif code == STOP:
                for k in range(m):
                    w[i, k] = w[a, k]
            elif code == WHEN:
                for k in range(m):
                    w[i, k] = w[b, k] if w[a, k] > 0.0 else 0.0
            elif code == UNLESS:
                for k in range(m):
                    w[i, k] = 0.0 if w[a, k] > 0.0 else w[b, k]
            elif code == LGAMMA:
                for k in range(m):
                    x = w[a, k]
                    # Python raises at its poles, and where it overflows.
                    w[i, k] = np.inf if (x <= 0.0 and x == np.rint(x)) or abs(x) > 1e300 else math.lgamma(x)
            else:  # HALF_STEP, log Γ(x + ½) − log Γ(x): as core.model.formulas.operations.half_step has it
                for k in range(m):
                    x, climbed = w[a, k], 1.0
                    for j in range(9):
                        climbed *= (x + j + 0.5) / (x + j)  # one log instead of nine
                    x += 9.0
                    z = 1.0 / (x * x)
                    series = (1 / 8 - z * (1 / 192 - z * (1 / 640 - z * (17 / 14336)))) / x
                    w[i, k] = 0.5 * np.log(x) - series - np.log(climbed)
        for i in range(count, 2 * count):
            for k in range(m):
                w[i, k] = 0.0
        for term in range(3):
            row = int(program[1 + term])
            if row >= 0:
                for k in range(m):
                    terms[term, start + k] = w[row, k]
                    w[count + row, k] += 1.0 if objective < 0 else 0.0
        if objective >= 0:
            for k in range(m):
                w[count + objective, k] = 1.0
        for i in range(count - 1, first - 1, -1):
            at = HEAD + WIDTH * (i - first)
            code, a, b, c = int(program[at]), int(program[at + 1]), int(program[at + 2]), program[at + 3]
            g, left, right = count + i, count + a, count + b
            if code in (NUMBER, STOP, SIGN):
                continue
            elif code == ADD:
                for k in range(m):
                    w[left, k] += w[g, k]
                for k in range(m):
                    w[right, k] += w[g, k]
            elif code == SUB:
                for k in range(m):
                    w[left, k] += w[g, k]
                for k in range(m):
                    w[right, k] -= w[g, k]
            elif code == MUL:
                for k in range(m):
                    w[left, k] += w[g, k] * w[b, k]
                for k in range(m):
                    w[right, k] += w[g, k] * w[a, k]
            elif code == DIV:
                for k in range(m):
                    w[left, k] += w[g, k] / w[b, k]
                for k in range(m):
                    w[right, k] -= w[g, k] * (w[i, k] / w[b, k])
            elif code == PLUS:
                for k in range(m):
                    w[left, k] += w[g, k]
            elif code == TIMES:
                for k in range(m):
                    w[left, k] += w[g, k] * c
            elif code == POWER and c == 2.0:
                for k in range(m):
                    w[left, k] += w[g, k] * (2.0 * w[a, k])
            elif code == POWER and c < 0.0 and c == np.rint(c):
                for k in range(m):
                    w[left, k] += w[g, k] * (c * w[i, k] / w[a, k])
            elif code == POWER and c == np.rint(c):
                for k in range(m):
                    w[i, k] = w[a, k]  # its value is needed no more
                for _ in range(int(c) - 2):
                    for k in range(m):
                        w[i, k] *= w[a, k]
                for k in range(m):
                    w[left, k] += w[g, k] * (c * w[i, k])
            elif code == POWER:
                for k in range(m):
                    w[left, k] += w[g, k] * (c * w[a, k] ** (c - 1.0))
            elif code == POW:
                for k in range(m):
                    x, z = w[a, k], w[b, k]
                    w[left, k] += 0.0 if z == 0.0 else w[g, k] * (z * x ** (z - 1.0))
                    w[right, k] += w[g, k] * (0.0 if x == 0.0 and z >= 0.0 else w[i, k] * np.log(x))
            elif code == EXP:
                for k in range(m):
                    w[left, k] += w[g, k] * w[i, k] * c
            elif code == LOG:
                for k in range(m):
                    w[left, k] += w[g, k] / w[a, k]
            elif code == LOG1P:
                for k in range(m):
                    w[left, k] += w[g, k] / (w[a, k] + 1.0)
            elif code == EXPM1:
                for k in range(m):
                    w[left, k] += w[g, k] * (w[i, k] + 1.0)
            elif code == SQRT:
                for k in range(m):
                    w[left, k] += w[g, k] * (0.5 / w[i, k])
            elif code == ABS:
                for k in range(m):
                    x = w[a, k]
                    w[left, k] += w[g, k] * (1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0))
            elif code == TANH:
                for k in range(m):
                    w[left, k] += w[g, k] * (1.0 - w[i, k] * w[i, k])
            elif code == SIGMOID:
                for k in range(m):
                    w[left, k] += w[g, k] * (w[i, k] / (1.0 + np.exp(w[a, k])))
            elif code == SOFTPLUS:
                for k in range(m):
                    w[left, k] += w[g, k] / (1.0 + np.exp(-w[a, k]))
            elif code == COSH:
                for k in range(m):
                    w[left, k] += w[g, k] * np.sinh(w[a, k])
            elif code == ERF:
                for k in range(m):
                    w[left, k] += w[g, k] * (_TWO_OVER_ROOT_PI * np.exp(-w[a, k] * w[a, k]))
            elif code == RELU:
                for k in range(m):
                    w[left, k] += 0.0 if w[a, k] <= 0.0 else w[g, k]  # lets nothing through below 0, not even ∞
            elif code in (MAX, MIN):
                for k in range(m):
                    # A tie halves the gradient; of −x and −z the greater is −min.
                    x, z = (w[a, k], w[b, k]) if code == MAX else (-w[a, k], -w[b, k])
                    w[left, k] += 0.0 if x < z else (0.5 * w[g, k] if x == z else w[g, k])
                    w[right, k] += 0.0 if z < x else (0.5 * w[g, k] if x == z else w[g, k])
            elif code == WHEN:
                for k in range(m):
                    w[right, k] += w[g, k] if w[a, k] > 0.0 else 0.0
            elif code == UNLESS:
                for k in range(m):
                    w[right, k] += 0.0 if w[a, k] > 0.0 else w[g, k]
            elif code == LGAMMA:  # digamma: reflected at 0, ten steps of the recurrence, then the asymptotic series
                for k in range(m):
                    x, slope = w[a, k], 0.0
                    if x < 0.0:
                        slope = np.nan if x == np.rint(x) else -math.pi / math.tan(math.pi * x)
                        x = 1.0 - x
                    for j in range(10):
                        slope -= 1.0 / (x + j)
                    x += 10.0
                    z = 1.0 / (x * x)
                    slope += np.log(x) - 0.5 / x
                    slope -= z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132)))))
                    w[left, k] += w[g, k] * slope
            else:  # HALF_STEP
                for k in range(m):
                    x, slope = w[a, k], 0.0
                    for j in range(9):
                        slope += 0.5 / ((x + j) * (x + j + 0.5))
                    x += 9.0
                    z = 1.0 / (x * x)
                    series = z * (1 / 8 - z * (3 / 192 - z * (5 / 640 - z * (7 * 17 / 14336))))
                    w[left, k] += w[g, k] * (slope + 0.5 / x + series)
        for i in range(given):
            for k in range(m):
                slopes[i, start + k] = w[count + i, k]
        for k in range(m):
            slopes[0, start + k] -= w[count + given, k]
