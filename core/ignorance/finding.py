"""What the ways of an experiment show, as a finding: said only where it was measured."""

from collections.abc import Mapping, Sequence

from ..diagnosis.finding import Claim, Finding
from ..words import quantity
from .by_n import OfSize
from .measured import LEVEL, Measured
from .places import GAP, INSIDE

GROWS = 2.0  # times: ignorance in the gap beside that among the points, from which it "grows"
STAYS = 1.5  # times, up or down: within it the noise "stays"
COVERS = 0.9  # the least share that intervals of 95 % cover, to be called wide enough

Answers = Mapping[str, Measured | str]


def growth(found: Measured) -> float:
    """How many times its ignorance in the gap is that among the points; 0 where there is none."""
    inside, gap = found.parts[INSIDE].ignorance, found.parts[GAP].ignorance
    return gap / inside if inside > 0 else 0.0


def noise_stays(found: Measured) -> bool:
    """Whether its noise in the gap is near that among the points, by less than a factor of STAYS."""
    return 1 / STAYS < found.parts[GAP].noise / found.parts[INSIDE].noise < STAYS


def finding(answers: Answers) -> Finding:
    """What five members say of the gap beside one net, and which other ways grow there."""
    one, five = answers.get("one_net"), answers.get("members")
    if isinstance(five, str):
        return Finding("warning", "The members have no answer", five)
    if five is None or one is None or isinstance(one, str):
        return Finding("open", "What does a network not know?", "The charts fill as the networks are trained.")
    grows, wide = growth(five) >= GROWS, five.parts[GAP].coverage >= COVERS
    if not grows:
        headline = "In this gap five members disagree little more than among the points"
    elif noise_stays(five):
        headline = "In the gap the ignorance grows and the noise stays the same"
    else:
        headline = "In the gap the ignorance grows, and the predicted noise changes too"
    inside, gap = five.parts[INSIDE], five.parts[GAP]
    text = (
        "There five members disagree by **{ignorance_gap}** (std), among the points by **{ignorance_inside}**; "
        "their noise is {noise_gap} and {noise_inside} (true: {true_noise}). Of new points in the gap their "
        "{level} intervals contain **{covered}**, those of one network **{covered_by_one}**"
    )
    claims = [
        _std("ignorance_inside", inside.ignorance, "root mean epistemic variance of the members among the points"),
        _std("ignorance_gap", gap.ignorance, "the same in the gap"),
        _std("noise_inside", inside.noise, "root mean aleatoric variance of the members among the points"),
        _std("noise_gap", gap.noise, "the same in the gap"),
        _std("true_noise", inside.true_noise, "root mean true variance among the points"),
        _share("level", LEVEL, "level of the intervals"),
        _share("covered", gap.coverage, "share of new points in the gap inside the members' intervals"),
        _share("covered_by_one", one.parts[GAP].coverage, "the same for one network"),
    ]
    if wide:
        text += "."
    elif gap.error > gap.ignorance:
        text += ". That is still too few: there the error of their mean is {error}, more than they disagree."
        claims.append(_std("error", gap.error, "root mean squared error of the members' mean in the gap"))
    else:
        text += ". That is still too few."
    words, more = _others(answers)
    return Finding.said("good" if grows and wide else "warning", headline, text + words, tuple(claims + more))


def _others(answers: Answers) -> tuple[str, list[Claim]]:
    """Which of the other ways grow in the gap and which do not, each with its growth."""
    others = {name: found for name, found in answers.items() if name not in ("one_net", "members")}
    known = {name: found for name, found in others.items() if isinstance(found, Measured)}
    claims = [
        Claim(f"growth_{name}", growth(found), f"{growth(found):.1f}", f"ignorance of {found.way.label}, gap ÷ inside")
        for name, found in known.items()
    ]
    said = {name: f"{found.way.label} ({{growth_{name}}} times)" for name, found in known.items()}
    up = [words for name, words in said.items() if growth(known[name]) >= GROWS]
    flat = [words for name, words in said.items() if growth(known[name]) < GROWS]
    text = f" Ignorance grows as well by {' and '.join(up)}." if up else ""
    return text + (f" It does not double by {' and '.join(flat)}." if flat else ""), claims


def finding_by_n(found: Sequence[OfSize]) -> str:
    """What more points change, in a sentence; empty below two sizes with an answer."""
    found = [each for each in found if each.parts]
    if len(found) < 2:
        return ""
    few, many = found[0], found[-1]
    ignorance, noise = ([each.parts[INSIDE].ignorance for each in found], [each.parts[INSIDE].noise for each in found])
    ends, truth = f"({_span(ignorance)})", quantity(many.parts[INSIDE].true_noise)
    falls = f"falls {ends}" if ignorance[-1] < ignorance[0] / STAYS else f"falls very little {ends}"
    stays = max(noise) < STAYS * min(noise)
    kept = f"stays ({quantity(min(noise))} to {quantity(max(noise))})" if stays else f"changes ({_span(noise)})"
    return (
        f"From {few.n:,} to {many.n:,} points the ignorance among them {falls}; the noise {kept}, and the true "
        f"noise is {truth}."
    )


def _span(values: Sequence[float]) -> str:
    return f"from {quantity(values[0])} to {quantity(values[-1])}"


def _std(name: str, value: float, means: str) -> Claim:
    return Claim(name, value, quantity(value), f"{means}, unit of y")


def _share(name: str, value: float, means: str) -> Claim:
    return Claim(name, value, f"{100 * value:.0f} %", means)
