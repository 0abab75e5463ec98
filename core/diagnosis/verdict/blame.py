"""What a run is blamed for: the nats per point that each cause costs, the largest cost first."""

from dataclasses import dataclass, replace

import numpy as np

from ...evaluation.cost_split import cost_split
from ...evaluation.expected_loss import gaps_at_optimum, own_optimum
from ...experiment.build import read_as
from ...model.losses import Loss
from ...once import cached_property
from ..finding import Cause
from .counterfactuals import AT_FLOOR, Gain, gains, what_ends
from .evidence import Evidence
from .suspects import Settings, Suspect

# Nats per point from which a cause is named. A Laplace distribution for Gaussian noise costs 0.048, which is tolerable;
# a Gaussian for Laplace noise costs 0.072 where its variance is right, and 0.088 where it is scaled by E|r|.
FAMILY_MARGIN = 0.06
READING_MARGIN = 0.07
BOUND_MARGIN = 0.05
PENALTY_MARGIN = 0.04  # evidence costs some 0.09 at most, whatever its weight
RIGHTED = 0.75  # share of a mistake's price that another reading wins, from which it corrects the mistake
DEAD_SHARE = 0.9  # of the training points without a gradient, from which an output counts as dead


@dataclass(frozen=True)
class Prices:
    """The gap to the truth at the lowest loss of a run, nats per point, by cause: training cannot win any of it.

    reading: what another reading wins; bound: then what the loss without its bound wins; penalty: then without its
    regulariser; one_std: what a std that may change along x would win, of a loss that learns none; family: the rest.
    `right` is the reading that says what the outputs mean; `as_it_is` the gap with the bound and the reading as set.
    """

    right: str
    as_it_is: float
    reading: float = 0.0
    bound: float = 0.0
    penalty: float = 0.0
    one_std: float = 0.0
    family: float = 0.0

    @property
    def of_formula(self) -> float:
        """What the formula costs as it is read, without its bound and its penalty."""
        return self.reading + self.one_std + self.family

    @property
    def total(self) -> float:
        """The whole gap."""
        return self.of_formula + self.bound + self.penalty


@dataclass(frozen=True)
class Blame:
    """Evidence with what follows from it: the prices of the loss, the changes that help, and the causes in order.

    `searches`: whether counterfactuals are trained; without, causes that need one are not named.
    """

    evidence: Evidence
    searches: bool = True

    @cached_property
    def prices(self) -> Prices | None:
        """The prices of the loss as it is set and read; None without a truth or a lowest loss.

        What the outputs mean is told by the loss without its bound, which may make another reading fit by chance.
        """
        loss = self.evidence.loss
        free = self._gaps(loss.without_limits())
        bounded = self._gaps(loss)
        if free is None or bounded is None:
            return None
        right = min(free, key=free.__getitem__)
        plain = self._gaps(replace(loss.without_limits(), regulariser="")) if loss.regulariser else free
        penalty = 0.0 if plain is None else max(0.0, free[right] - plain[right])
        one_std = 0.0 if loss.has_scale else self._along_x(loss, right)
        return Prices(
            right,
            bounded[self.evidence.run.experiment.loss.reading],
            reading=free[self.evidence.run.experiment.loss.reading] - free[right],
            bound=max(0.0, bounded[right] - free[right]),
            penalty=penalty,
            one_std=one_std,
            family=max(0.0, free[right] - penalty - one_std),
        )

    @property
    def needs_search(self) -> bool:
        """Whether its causes take counterfactual trainings: it is above its floor, or diverged."""
        return self.evidence.run.status == "diverged" or (
            self.evidence.run.status == "done" and self.excess >= AT_FLOOR
        )

    @cached_property
    def gains(self) -> tuple[Gain, ...]:
        """The changes that would lower the loss, from counterfactual trainings; none where it is at its floor."""
        return gains(self.evidence, self.overfits) if self.searches and self.excess >= AT_FLOOR else ()

    @cached_property
    def what_ends(self) -> tuple[Suspect, Settings] | None:
        """Of a run that diverged, the first change with which it does not."""
        return what_ends(self.evidence) if self.searches else None

    @cached_property
    def overfits(self) -> bool:
        """The loss on the training points is at or below that of the truth, and clearly higher on new points."""
        return self.evidence.fits_trained and self.evidence.above_trained >= AT_FLOOR

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """All causes that cost enough to be named, the largest cost first; those of the training stay together."""
        groups = [*((cause.nats or 0.0, [cause]) for cause in self._of_loss()), (self.excess, self._of_training())]
        # Of two that cost the same, the order of the table decides.
        ranked = [cause for _, causes in sorted(groups, key=lambda group: -group[0]) for cause in causes]
        return tuple({cause.name: cause for cause in reversed(ranked)}.values())[::-1]

    @property
    def first(self) -> str:
        """The name of the first cause; empty without one."""
        return self.causes[0].name if self.causes else ""

    @property
    def training_first(self) -> bool:
        """Whether the training costs more than anything that the loss and its reading cost."""
        return self.excess > max((cause.nats or 0.0 for cause in self._of_loss()), default=0.0)

    @property
    def mistaken(self) -> tuple[Cause, ...]:
        """The cause of a loss that is a mistake."""
        return (Cause("mistake_in_loss"),)

    @property
    def gap(self) -> float:
        """The gap to the truth as the run is read, nats per point."""
        return float(np.mean(self.evidence.costs[self.evidence.run.experiment.loss.reading]))

    @property
    def excess(self) -> float:
        """Nats by which the run is above its floor; 0 without a floor."""
        return self.evidence.above_floor or 0.0

    def _of_loss(self) -> list[Cause]:
        prices, evidence = self.prices, self.evidence
        if prices is None:
            return []
        if evidence.meaning is not None:
            return self._of_typed()
        saved = evidence.saves(prices.right)
        misread = min(saved, prices.reading) if prices.reading > READING_MARGIN else 0.0
        # Of a mistake that another reading corrects, the reading is the cause to name first: it takes no training.
        mistake = min(prices.of_formula, prices.as_it_is)
        mistake = misread if misread > RIGHTED * mistake else mistake
        bound = "epsilon" if evidence.loss.limits.bound == "epsilon" else "bound"
        dead = evidence.dead_share >= DEAD_SHARE
        rows = (
            ("wrong_reading", misread, READING_MARGIN),
            (bound, prices.bound, BOUND_MARGIN),
            ("regulariser", prices.penalty, PENALTY_MARGIN),
            ("constant_std", prices.one_std, BOUND_MARGIN),
            ("mistake_in_loss", mistake if evidence.loss.mistake else 0.0, BOUND_MARGIN),
            ("wrong_family", 0.0 if evidence.loss.mistake else prices.family, FAMILY_MARGIN),
            ("dead_head", self.excess if dead else 0.0, BOUND_MARGIN),
        )
        whole = self.gap
        caps = {"dead_head": np.inf}  # measured on the run, as is what its training costs
        return [Cause(name, min(nats, caps.get(name, whole))) for name, nats, least in rows if nats > least]

    @cached_property
    def left_by_formula(self) -> float:
        """Of a typed formula, the gap at its lowest loss if it is read as it is meant; infinite without one."""
        evidence, truth = self.evidence, self.evidence.data.truth
        best = None if truth is None else own_optimum(evidence.loss, truth, evidence.data.x_evaluation)
        if best is None:
            return np.inf
        at_best = self._gaps(evidence.loss) or {}
        return min([evidence.gap_by_formula(best), *(at_best[name] for name in evidence.agreeing if name in at_best)])

    def _of_typed(self) -> list[Cause]:
        """Of a typed formula: what its own meaning of s wins over the reading, and what its optimum leaves."""
        evidence, left = self.evidence, self.left_by_formula
        if not np.isfinite(left) or evidence.meaning is None:
            return []
        whole = self.gap
        dead = evidence.meaning.status == "level" or evidence.dead_share >= DEAD_SHARE
        rows = (
            ("wrong_reading", 0.0 if dead else whole - evidence.gap_as_meant, READING_MARGIN),
            ("dead_head" if dead else "wrong_family", left, BOUND_MARGIN if dead else FAMILY_MARGIN),
        )
        return [Cause(name, min(nats, whole)) for name, nats, least in rows if np.isfinite(nats) and nats > least]

    def _of_training(self) -> list[Cause]:
        """The first change that helps, and others if each by itself brings the run to its floor."""
        if self.excess < AT_FLOOR:
            return []
        named = [gain for i, gain in enumerate(self.gains) if i == 0 or gain.left < AT_FLOOR]
        # An excess in a loss of the unit of y is a ratio, and says nothing of the gap.
        most = np.inf if self.evidence.loss.unit_power else self.gap
        found = {gain.suspect.cause: Cause(gain.suspect.cause, min(gain.won, most)) for gain in named}
        if self.overfits:
            return [Cause("overfitting", self.excess), *(found[name] for name in found if name != "overfitting")]
        if self.searches and not found:
            return [Cause("not_converged", self.excess)]
        return list(found.values())

    def _gaps(self, loss: Loss) -> dict[str, float] | None:
        truth = self.evidence.data.truth
        return None if truth is None else gaps_at_optimum(loss, truth, self._x)

    def _along_x(self, loss: Loss, reading: str) -> float:
        truth = self.evidence.data.truth
        outputs = None if truth is None else own_optimum(loss, truth, self._x)
        if truth is None or outputs is None:
            return 0.0
        experiment = self.evidence.run.experiment
        split = cost_split(lambda indices: read_as(reading, experiment, outputs[indices]), self._x, truth)
        return 0.0 if split is None else split.along_x

    @property
    def _x(self) -> np.ndarray:
        return self.evidence.data.x_evaluation
