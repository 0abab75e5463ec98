"""A Sphinx extension: pictures that the build draws from runs that it trains.

A line `<!-- picture: fit -->` of a page becomes the picture of that name in PICTURES, with what is seen on it in words.
`<!-- gallery -->` becomes all of them, each below a heading. A picture is the chart of a page of the app.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "pictures"  # what is in it goes to _static
_MARK = re.compile(r"^<!-- picture: (\S+) -->$", re.MULTILINE)
_ALL = "<!-- gallery -->"


@dataclass(frozen=True)
class Picture:
    """One picture: the heading above it, a preset with changes, the chart of its run, and a sentence of its own."""

    title: str
    preset: str
    chart: str
    why: str
    changes: Mapping[str, Any] = field(default_factory=dict)


PICTURES: Mapping[str, Picture] = MappingProxyType(
    {
        "fit": Picture(
            "The fit, with its interval",
            "growing",
            "fit",
            "The noise grows with x. The network sees points alone, and finds it.",
        ),
        "spread": Picture(
            "The predicted standard deviation",
            "growing",
            "spread",
            "The truth is known here, since the points are simulated. So one sees how close the network comes.",
        ),
        "loss": Picture(
            "A loss that becomes negative",
            "growing",
            "loss",
            "The loss passes zero like any other number. It cannot pass its floor, apart from sampling error.",
        ),
        "floor": Picture(
            "Why the floor is below zero",
            "growing",
            "floor",
            "The lowest possible loss depends on σ alone. Below a certain σ it is negative.",
        ),
        "one_point": Picture(
            "The loss of one point",
            "growing",
            "one_point",
            "One term falls with the standard deviation and the other rises. The minimum is where both agree.",
        ),
        "pull": Picture(
            "Which points drive the mean",
            "growing",
            "pull",
            "Where the network expects noise, a point changes the mean less.",
        ),
        "reliability": Picture(
            "A calibrated run",
            "growing",
            "reliability",
            "The share of points inside each interval is what the interval says.",
        ),
        "posted": Picture(
            "A run that is not calibrated",
            "posted-quick",
            "reliability",
            "The loss has |r| where r² was meant. Its intervals contain far too many points.",
        ),
        "coverage": Picture(
            "The same run after recalibration",
            "posted-quick",
            "recalibrated",
            "One factor for every standard deviation is enough here. No retraining is needed.",
        ),
        "pit": Picture(
            "A noise model that is wrong",
            "wrong-family",
            "pit",
            "The noise has outliers, and the loss assumes a Gaussian. The histogram is not flat.",
        ),
        "members": Picture(
            "What a network does not know",
            "gap",
            "spread",
            "Five networks differ in the gap from 71 to 89, where there are no points. Their ignorance is large there.",
            {"training.members": 5},
        ),
        "observed": Picture(
            "A real table",
            "concrete",
            "observed",
            "Eight features predict the strength of concrete. There is no curve, so observed is drawn over predicted.",
        ),
    }
)


@cache
def _run(preset: str, changes: tuple[tuple[str, Any], ...]) -> Any:
    import heteroscope

    return heteroscope.train(heteroscope.presets[preset].with_settings(dict(changes)))


def drawn(picture: Picture) -> tuple[bytes, str, str]:
    """A picture as PNG, what it draws, and what is seen on it. Trains its run, unless another picture has it."""
    from heteroscope.charts.drawing import Style
    from heteroscope.charts.of_run.chart_table import CHARTS
    from heteroscope.export.chart_files import foot_of
    from heteroscope.export.pictures import HEIGHT_CM, pixels, svg
    from heteroscope.export.raster import png_of_svg

    run, chart = _run(picture.preset, tuple(picture.changes.items())), CHARTS[picture.chart]
    shown = chart.of_run(run)
    drawing = chart.draw(shown, Style(height=pixels(HEIGHT_CM)))
    # PNG, for a browser may have other fonts than those that the places of the words were measured with.
    return png_of_svg(svg(*drawing, foot=foot_of(run)), ppi=192), chart.alt, chart.told(shown)


@cache
def figure(name: str) -> str:
    """The HTML of a picture, whose file is written first; {ups} is the way from the page to the root of the site."""
    picture = PICTURES[name]
    content, alt, seen = drawn(picture)
    (FOLDER / "gallery").mkdir(parents=True, exist_ok=True)
    (FOLDER / "gallery" / f"{name}.png").write_bytes(content)
    source = f"{{ups}}_static/gallery/{name}.png"
    return (
        "```{raw} html\n"
        f'<figure class="picture"><a href="{source}"><img src="{source}" loading="lazy" alt="{escape(alt)}"></a>'
        f"<figcaption>{escape(seen)}</figcaption></figure>\n```"
    )


def on_source(app: Any, page: str, source: list[str]) -> None:
    """Sphinx's event source-read: the marks of a page become pictures."""
    whole = "\n\n".join(f"## {each.title}\n\n{each.why}\n\n<!-- picture: {name} -->" for name, each in PICTURES.items())
    ups = "../" * page.count("/")
    source[0] = _MARK.sub(lambda found: figure(found[1]).replace("{ups}", ups), source[0].replace(_ALL, whole))


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    app.config.html_static_path.append(str(FOLDER))
    app.connect("source-read", on_source)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
