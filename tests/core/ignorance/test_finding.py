"""What is said of the gap: only what was measured, and silence where it was not."""

from dataclasses import replace

import numpy as np
import pytest

from core.distributions.laws import gaussian
from core.evaluation.ensemble import decompose
from core.experiment.presets import presets
from core.ignorance.by_n import OfSize, by_n, experiments_by_n, sizes
from core.ignorance.finding import finding, finding_by_n
from core.ignorance.measured import Measured, Part
from core.ignorance.places import GAP, INSIDE, OUTSIDE
from core.ignorance.shown import table_by_n
from core.ignorance.told import Told
from core.ignorance.ways import WAYS
from core.training.loop import train

TOLD = Told(gaussian(np.zeros(1), np.ones(1)), decompose([[0.0]], [[1.0]]))
PART = Part(coverage=0.95, noise=0.1, ignorance=0.02, sharpness=0.1, true_noise=0.1, error=0.01)


def said(name: str, **gap: float) -> Measured:
    """A way as PART among the points, and other numbers in the gap."""
    return Measured(WAYS[name], TOLD, {INSIDE: PART, GAP: replace(PART, **gap), OUTSIDE: PART}, 1.0, 0.1)


ALIKE = "In this gap five members disagree little more than among the points"
CHANGES = "In the gap the ignorance grows, and the predicted noise changes too"
ONE = said("one_net", coverage=0.5)


@pytest.mark.parametrize(
    ("gap", "kind", "headline"),
    [
        ({"ignorance": 0.041}, "good", "In the gap the ignorance grows and the noise stays the same"),
        ({"ignorance": 0.039}, "warning", ALIKE),
        (
            {"ignorance": 0.2, "noise": 0.16},
            "good",
            "In the gap the ignorance grows, and the predicted noise changes too",
        ),
        (
            {"ignorance": 0.2, "noise": 0.06},
            "good",
            "In the gap the ignorance grows, and the predicted noise changes too",
        ),
        (
            {"ignorance": 0.2, "coverage": 0.89},
            "warning",
            "In the gap the ignorance grows and the noise stays the same",
        ),
    ],
)
def test_growth_is_said_only_where_it_was_measured(gap: dict[str, float], kind: str, headline: str) -> None:
    found = finding({"one_net": ONE, "members": said("members", **gap)})
    assert (found.kind, found.headline) == (kind, headline)
    claims = {claim.name: claim.value for claim in found.claims}
    assert claims["ignorance_gap"] == gap.get("ignorance", 0.02)
    assert claims["covered"] == gap.get("coverage", 0.95)
    assert claims["covered_by_one"] == 0.5
    assert ("still too few." in found.sentence) == ("coverage" in gap)


def test_why_intervals_are_too_narrow_is_said_where_the_mean_is_off_by_more_than_members_differ() -> None:
    found = finding({"one_net": ONE, "members": said("members", ignorance=0.2, coverage=0.7, error=0.3)})
    assert "still too few: there the error of their mean is 0.300, more than they disagree." in found.sentence


def test_other_ways_are_named_by_whether_they_grow() -> None:
    found = finding(
        {
            "one_net": ONE,
            "members": said("members", ignorance=0.2),
            "dropout": said("dropout", ignorance=0.03),
            "last_layer": said("last_layer", ignorance=0.1),
            "evidential": "It diverged.",
        }
    )
    assert "Ignorance grows as well by Laplace, last layer (5.0 times)." in found.sentence
    assert "It does not double by MC dropout (1.5 times)." in found.sentence
    assert "vidential" not in found.sentence


def test_nothing_is_said_before_the_nets_are_trained_or_where_none_ended() -> None:
    assert finding({}).kind == "open"
    assert finding({"one_net": ONE}).kind == "open"
    failed = finding({"one_net": ONE, "members": "None of the nets ended with finite weights."})
    assert (failed.kind, failed.sentence) == ("warning", "None of the nets ended with finite weights.")


def of_sizes(ignorance: tuple[float, float], noise: tuple[float, float]) -> list[OfSize]:
    return [
        OfSize(n, {INSIDE: replace(PART, ignorance=a, noise=b)})
        for n, a, b in zip((50, 800), ignorance, noise, strict=True)
    ]


def test_what_more_points_change_is_said_as_measured() -> None:
    falls = finding_by_n(of_sizes((0.02, 0.005), (0.09, 0.1)))
    assert "From 50 to 800 points the ignorance among them falls (from 0.0200 to 0.00500)" in falls
    assert "the noise stays (0.0900 to 0.100), and the true noise is 0.100" in falls
    flat = finding_by_n(of_sizes((0.02, 0.019), (0.05, 0.1)))
    assert "falls very little (from 0.0200 to 0.0190)" in flat
    assert "the noise changes (from 0.0500 to 0.100)" in flat
    lost = OfSize(25, {}, "It has no finite variance at some of the places.")
    assert finding_by_n([lost, *of_sizes((0.02, 0.01), (0.1, 0.1))[:1]]) == ""
    assert table_by_n([lost])[1] == ("25", lost.why, *["–"] * 5)


def test_with_more_points_ignorance_falls_and_noise_comes_near_the_truth() -> None:
    """Kendall & Gal's table 3: from half of the points to eight times as many."""
    experiment = presets["gap"]
    assert list(sizes(experiment)) == [50, 100, 200, 400, 800]
    runs = {each.key: train(each) for each in experiments_by_n(experiment)}
    found = by_n(experiment, runs)
    assert [each.n for each in found] == [50, 100, 200, 400, 800]
    few, many = found[0].parts, found[-1].parts
    assert many[INSIDE].ignorance < few[INSIDE].ignorance / 1.5
    assert many[INSIDE].noise == pytest.approx(many[INSIDE].true_noise, rel=0.15)
    assert all(each.parts[GAP].ignorance > 2 * each.parts[INSIDE].ignorance for each in found)
    least = experiment.with_settings({"data.n": 10})
    assert list(sizes(least)) == [10, 20, 40, 80]
