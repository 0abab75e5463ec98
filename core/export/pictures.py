"""Charts as pictures: SVG and PNG at print size, drawn by vl-convert without a browser and without a network.

A picture is the chart of a page in the light scheme: the same table and the same Vega-Lite spec, without the pointer
and the film, with the names of its axes, and at its foot the name of its run.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..charts.film import PARAMS
from ..charts.spec import Spec, shown, with_axis_names
from .raster import png_of_svg, with_foot

if TYPE_CHECKING:
    import pandas as pd

INCH_CM, CSS_DPI = 2.54, 96
WIDTH_CM, HEIGHT_CM = 16.0, 9.0
_HERE: list[str] = []  # no data may be loaded from any address
_NO_XML = re.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_FONTS = "Source Sans, Liberation Sans, Arial, sans-serif"
_Y_NAME_PX, _X_NAME_PX = 17, 16  # of the names of axes beside and below a panel
_FOOT_PX, _LONGEST_FOOT = 18, 90  # the height of the line at the foot, and its characters


def pixels(centimetres: float, dpi: float = CSS_DPI) -> int:
    """A length in pixels."""
    return round(centimetres / INCH_CM * dpi)


def svg(
    spec: Spec, table: "pd.DataFrame", *, width_cm: float = WIDTH_CM, height_cm: float = HEIGHT_CM, foot: str = ""
) -> bytes:
    """A chart as an SVG picture of this size, with a line at its foot; names of columns are text in it."""
    size = {"width": pixels(width_cm), "height": pixels(height_cm) - (_FOOT_PX if foot else 0)}
    whole = still(_drawn(with_axis_names(spec), table)) | size
    if "title" in whole:  # where it stands depends on the width of the plot, which Vega knows only once it is placed
        whole["title"] = _sized(whole["title"], _inner(spec, size["width"], size["height"]))
    return svg_of(_on_paper(whole, {str(spec["data"]["name"]): table}, spec.get("config", {}), foot))


def svg_of(whole: Spec) -> bytes:
    """A spec that includes its rows and its size, as SVG."""
    import vl_convert  # takes 0.1 s and 60 MB, so only when a picture is made

    picture = vl_convert.vegalite_to_svg(_of_xml(whole), allowed_base_urls=_HERE).encode()
    foot = whole.get("usermeta", {}).get("foot", "")
    return with_foot(picture, _of_xml(shown(foot)), _FOOT_PX) if foot else picture


def png_of(whole: Spec) -> bytes:
    """A spec that includes its rows and its size, as PNG at 300 dots per inch."""
    return png_of_svg(svg_of(whole))


def _of_xml(part: Any) -> Any:
    """The spec without characters that XML forbids, each replaced by a sign: vl-convert aborts the process at one."""
    if isinstance(part, str):
        return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", part)
    if isinstance(part, Mapping):
        return {_of_xml(key): _of_xml(below) for key, below in part.items()}
    return [_of_xml(below) for below in part] if isinstance(part, list) else part


def _on_paper(whole: Spec, tables: Mapping[str, "pd.DataFrame"], config: Mapping[str, Any], foot: str = "") -> Spec:
    """The spec with its rows, a white background, and the words of its foot."""
    datasets = {name: rows(table) for name, table in tables.items()}
    # Wider gaps: where none of the fonts is installed, the one that a browser takes instead may be a fifth wider.
    legend = {**config.get("legend", {}), "columnPadding": 34}
    paper = {**config, "background": "white", "font": _FONTS, "legend": legend}
    words = foot if len(foot) <= _LONGEST_FOOT else f"{foot[: _LONGEST_FOOT - 1]}…"
    return whole | {"datasets": datasets, "config": paper, "usermeta": {"foot": words}}


def rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a chart's table as JSON values: null for what is not a number."""
    found: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=10))
    return found


def still(spec: Spec) -> Spec:
    """The chart without its moving parts: no film, no pointer, and no layer that needs one of them."""
    params = [{"name": param["name"], **_start(param)} for param in spec.get("params", []) if "select" not in param]
    kept: Spec = _without_pointer(spec)
    return {name: part for name, part in kept.items() if name not in ("params", "usermeta")} | {"params": params}


def _start(param: Mapping[str, Any]) -> dict[str, Any]:
    return {name: param[name] for name in ("value", "expr") if name in param}


def _without_pointer(part: Any) -> Any:
    if isinstance(part, Mapping):
        kept = {name: _without_pointer(below) for name, below in part.items() if name != "tooltip"}
        if isinstance(layers := kept.get("layer"), list):
            kept["layer"] = [layer for layer in layers if not _waits(layer)]
        return kept
    if isinstance(part, list):
        return [_without_pointer(below) for below in part]
    return part


def _waits(layer: Mapping[str, Any]) -> bool:
    """Whether a layer is drawn only at the pointer."""
    filters: Sequence[Any] = [each.get("filter") for each in layer.get("transform", [])]
    opacity = layer.get("encoding", {}).get("opacity", {})
    conditions = [each for each in (*filters, opacity.get("condition")) if isinstance(each, Mapping)]
    return any("param" in each for each in conditions)


def stacked(
    panels: Sequence[tuple[Spec, "pd.DataFrame", float]], *, width_cm: float = WIDTH_CM, foot: str = ""
) -> Spec:
    """Charts below each other as one spec, with their rows: (spec, table, height in centimetres) of each.

    `foot` is a line below them.
    """
    width, tables, views = pixels(width_cm), {}, []
    for i, (spec, table, height_cm) in enumerate(panels):
        name = f"panel_{i}"
        tables[name] = table
        views.append(_panel(_drawn(with_axis_names(spec), table), name, width, pixels(height_cm)))
    whole: Spec = {
        "$schema": panels[0][0].get("$schema", "https://vega.github.io/schema/vega-lite/v6.json"),
        "vconcat": views,
        "spacing": 14,
        "padding": 6,
        "params": [{"name": param["name"], **_start(param)} for param in PARAMS],
    }
    return _on_paper(whole, tables, panels[0][0].get("config", {}), foot)


def _drawn(spec: Spec, table: "pd.DataFrame") -> Spec:
    """The spec without layers that have no rows: Vega draws nothing around an empty legend."""
    empty = {name for name in table.columns if table[name].isna().all()}

    def kept(layer: Mapping[str, Any]) -> bool:
        return layer.get("encoding", {}).get("y", {}).get("field") not in empty

    return {**spec, "layer": [layer for layer in spec["layer"] if kept(layer)]} if "layer" in spec else spec


def _panel(spec: Spec, name: str, width: int, height: int) -> Spec:
    """A chart as one panel of several: with the size of its plot, and its rows under a name of its own."""
    outer = ("params", "config", "autosize", "padding", "$schema", "datasets")
    kept = {key: part for key, part in still(spec).items() if key not in outer}
    inner = _inner(spec, width, height)
    return _sized(kept | {"data": {"name": name}}, inner) | inner


def _inner(spec: Spec, width: int, height: int) -> dict[str, int]:
    """The size of the plot in a chart of this size."""
    return {"width": width - _extent(spec) - 12 - _Y_NAME_PX, "height": height - 46 - _X_NAME_PX}


def _extent(part: Any) -> int:
    """The pixels that the chart keeps for the labels of its y axis."""
    if isinstance(part, Mapping):
        own = part.get("minExtent", 0)
        return max([own if isinstance(own, int) else 0, *map(_extent, part.values())])
    return max(map(_extent, part), default=0) if isinstance(part, list) else 0


def _sized(part: Any, inner: Mapping[str, int]) -> Any:
    """The spec with numbers for width and height in expressions: in a panel these signals have other names."""
    if isinstance(part, Mapping):
        expression = part.get("expr")
        if isinstance(expression, str):
            return {**part, "expr": re.sub(r"\b(width|height)\b", lambda found: str(inner[found[0]]), expression)}
        return {key: _sized(below, inner) for key, below in part.items()}
    return [_sized(below, inner) for below in part] if isinstance(part, list) else part
