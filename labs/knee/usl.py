"""The universal scalability law, fitted.

    X(N) = rate * N / (1 + contention * (N - 1) + crosstalk * N * (N - 1))

N requests in flight at once; X answers a second. `rate` is what one alone would get. `contention`
is the share of work that must queue for one thing (Amdahl's serial part: throughput levels off).
`crosstalk` is the price that each pays for every other one (coherence: throughput falls again).

Divided by X and sorted, the law is a straight sum,

    N / X = (1 + contention * (N - 1) + crosstalk * N * (N - 1)) / rate

so ordinary least squares fit it. Residuals are taken relative to N / X, or the few points deep in
overload would decide alone. None of the three may be negative: where the best fit is, that term is
left out and the rest fitted again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, product

import numpy as np

FEWEST_POINTS = 4


@dataclass(frozen=True, slots=True)
class Usl:
    """The three numbers of the law, and how much of the variation of X they explain."""

    rate: float
    contention: float
    crosstalk: float
    r_squared: float = math.nan

    def throughput(self, in_flight: float) -> float:
        """Return X(N)."""
        waiting = self.contention * (in_flight - 1)
        talking = self.crosstalk * in_flight * (in_flight - 1)
        return self.rate * in_flight / (1 + waiting + talking)

    @property
    def peak_in_flight(self) -> float:
        """N beyond which more load means fewer answers; infinite without crosstalk."""
        if self.crosstalk <= 0:
            return math.inf
        return math.sqrt(max(0.0, 1 - self.contention) / self.crosstalk)


def fit(in_flight: Sequence[float], throughput: Sequence[float]) -> Usl | None:
    """Fit the law to measured pairs; None for fewer than four, which any curve would fit."""
    pairs = [(n, x) for n, x in zip(in_flight, throughput, strict=True) if n > 0 and x > 0]
    if len(pairs) < FEWEST_POINTS:
        return None
    n, x = np.array(pairs).T
    terms = np.stack([np.ones_like(n), n - 1, n * (n - 1)], axis=1) / (n / x)[:, None]
    best: tuple[float, Usl] | None = None
    for with_terms in product([True, False], repeat=2):
        used = (True, *with_terms)
        columns = list(compress(range(3), used))
        solved, *_ = np.linalg.lstsq(terms[:, columns], np.ones_like(n), rcond=None)
        one, waiting, talking = _spread(solved.tolist(), columns)
        error = float(np.sum((terms @ np.array([one, waiting, talking]) - 1) ** 2))
        if one > 0 and waiting >= 0 and talking >= 0 and (best is None or error < best[0]):
            best = error, Usl(1 / one, waiting / one, talking / one)
    return None if best is None else _explained(best[1], pairs)


def _spread(solved: Sequence[float], columns: Sequence[int]) -> tuple[float, float, float]:
    values = [0.0, 0.0, 0.0]
    for column, value in zip(columns, solved, strict=True):
        values[column] = value
    return values[0], values[1], values[2]


def _explained(law: Usl, pairs: Sequence[tuple[float, float]]) -> Usl:
    mean = sum(x for _, x in pairs) / len(pairs)
    total = sum((x - mean) ** 2 for _, x in pairs)
    left = sum((x - law.throughput(n)) ** 2 for n, x in pairs)
    r_squared = 1 - left / total if total else math.nan
    return Usl(law.rate, law.contention, law.crosstalk, r_squared)
