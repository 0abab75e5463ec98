"""An SVG picture of a chart as PNG. It is rewritten first, so that it is drawn faster and looks the same.

resvg, which draws it, gives each clipped group and each half transparent shape a canvas of its own, the size of the
picture. Vega clips every mark of a chart by the same frame, and writes the transparency of every dot so.
"""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_SVG = "http://www.w3.org/2000/svg"
_CLIP = "clip-path"
Frames = dict[str, list[tuple[str, list[tuple[str, str]]]]]  # by clip path: its shapes, their attributes
ElementTree.register_namespace("", _SVG)


def png_of_svg(picture: bytes, *, scale: float = 72 / 96, ppi: float = 300) -> bytes:
    """The picture at `ppi` dots per inch; at a scale of 1 its pixel is 1/72 inch, and that of a chart is 1/96."""
    import vl_convert  # takes 0.1 s and 60 MB, so only when a picture is made

    return vl_convert.svg_to_png(lighter(picture), scale=scale, ppi=ppi)


def with_foot(picture: bytes, words: str, height: int) -> bytes:
    """The picture with a line of small words below it, on white."""
    root = ElementTree.fromstring(picture)
    width, above = int(root.get("width", "0")), int(root.get("height", "0"))
    left, top, *_ = root.get("viewBox", "0 0 0 0").split()
    root.set("height", str(above + height))
    root.set("viewBox", f"{left} {top} {width} {above + height}")
    whole = {"x": left, "y": top, "width": str(width), "height": str(above + height), "fill": "white"}
    root.insert(0, Element(f"{{{_SVG}}}rect", whole))
    place = {"x": "8", "y": str(above + height - 6), "fill": "#676E7B"}
    place |= {"font-family": "Source Sans, Liberation Sans, Arial, sans-serif", "font-size": "11px"}
    ElementTree.SubElement(root, f"{{{_SVG}}}text", place).text = words
    return ElementTree.tostring(root, encoding="utf-8")


def lighter(picture: bytes) -> str:
    """The same picture, with consecutive marks clipped together and transparent paint, not shapes."""
    root = ElementTree.fromstring(picture)
    frames: Frames = {
        f"url(#{clip.get('id')})": [(part.tag, sorted(part.items())) for part in clip]
        for clip in root.iter(f"{{{_SVG}}}clipPath")
    }
    for element in list(root.iter()):
        _paint(element)
        _clip_together(element, frames)
    return ElementTree.tostring(root, encoding="unicode")


def _paint(element: Element) -> None:
    """If a shape is either filled or stroked, make its paint transparent in place of the shape: it looks the same."""
    kinds = [kind for kind in ("fill", "stroke") if element.get(kind, "none") != "none"]
    if element.tag == f"{{{_SVG}}}path" and len(kinds) == 1 and f"{kinds[0]}-opacity" not in element.attrib:
        opacity = element.attrib.pop("opacity", None)
        if opacity is not None:
            element.set(f"{kinds[0]}-opacity", opacity)


def _clip_together(parent: Element, frames: Frames) -> None:
    """One clipped group around consecutive children with the same clip path."""
    children, last = list(parent), None
    if sum(child.get(_CLIP) in frames for child in children) < 2:
        return
    for child in children:
        parent.remove(child)
    for child in children:
        frame = frames.get(child.get(_CLIP, ""))
        if frame is None or "transform" in child.attrib:
            last = None
            parent.append(child)
            continue
        if last is None or frames[last.attrib[_CLIP]] != frame:
            last = ElementTree.SubElement(parent, f"{{{_SVG}}}g", {_CLIP: child.attrib[_CLIP]})
        del child.attrib[_CLIP]
        last.append(child)
