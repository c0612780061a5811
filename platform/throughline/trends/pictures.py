"""A drawing of ours as a picture in PNG, for whoever cannot place an SVG.

Reads only what ``drawing`` writes: lines, rectangles, polylines, polygons, circles and texts, by their
presentation attributes. Nothing else is fetched or run.
"""

import io
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont

TIMES = 3  # pixels for each unit of a drawing
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_PAPER = "#ffffff"
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
# What the font that comes with the library has no letter for, and what stands in its place.
_LETTERS = str.maketrans({"—": "-", "–": "-", "−": "-", "…": "...", "′": "'"})
_BOLD_WIDTH = 0.35  # of a unit: the stroke that makes a text bold


def png(drawing: str) -> bytes:
    """Return an ``<svg>`` of ``drawing.svg`` as a PNG on white paper."""
    root = ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing
    width, height = (round(float(root.attrib[name]) * TIMES) for name in ("width", "height"))
    image = Image.new("RGB", (width, height), _PAPER)
    canvas = ImageDraw.Draw(image)
    for part in root.iter():
        draw = _PARTS.get(part.tag.removeprefix(_NAMESPACE))
        if draw is not None:
            draw(canvas, part)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _at(attributes: Mapping[str, str], name: str) -> float:
    return float(attributes.get(name, "0")) * TIMES


def _stroke(attributes: Mapping[str, str]) -> tuple[str | None, int]:
    colour = attributes.get("stroke")
    return (None if colour == "none" else colour), max(1, round(_at(attributes, "stroke-width") or TIMES))


def _fill(attributes: Mapping[str, str]) -> str | None:
    colour = attributes.get("fill", "none")
    return None if colour == "none" else colour


def _line(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    at = part.attrib
    (x1, y1, x2, y2), (colour, width) = (_at(at, name) for name in ("x1", "y1", "x2", "y2")), _stroke(at)
    long = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dashes = [float(found) * TIMES for found in at.get("stroke-dasharray", "").replace(",", " ").split()]
    if not dashes or not long:
        canvas.line((x1, y1, x2, y2), fill=colour, width=width)
        return
    gone, turn = 0.0, 0
    while gone < long:
        until = min(long, gone + dashes[turn % len(dashes)])
        if turn % 2 == 0:
            ends = [(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for share in (gone / long, until / long)]
            canvas.line(ends, fill=colour, width=width)
        gone, turn = until, turn + 1


def _rect(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    x, y, width, height = (_at(part.attrib, name) for name in ("x", "y", "width", "height"))
    if width and height:
        canvas.rectangle((x, y, x + width, y + height), fill=_fill(part.attrib))


def _points(part: ElementTree.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in part.attrib["points"].split())
    return [(float(x) * TIMES, float(y) * TIMES) for x, y in pairs]


def _polyline(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    colour, width = _stroke(part.attrib)
    canvas.line(_points(part), fill=colour, width=width, joint="curve")


def _polygon(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    colour, width = _stroke(part.attrib)
    canvas.polygon(_points(part), fill=_fill(part.attrib), outline=colour, width=width)


def _circle(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    x, y, radius = (_at(part.attrib, name) for name in ("cx", "cy", "r"))
    colour, width = _stroke(part.attrib)
    around = (x - radius, y - radius, x + radius, y + radius)
    canvas.ellipse(around, fill=_fill(part.attrib), outline=colour, width=width)


def _text(canvas: ImageDraw.ImageDraw, part: ElementTree.Element) -> None:
    at = part.attrib
    font = ImageFont.load_default(size=_at(at, "font-size") or 13 * TIMES)
    canvas.text(
        (_at(at, "x"), _at(at, "y")),
        "".join(part.itertext()).translate(_LETTERS),
        fill=_fill(at) or "#000000",
        font=font,
        anchor=_ANCHORS[at.get("text-anchor", "start")],
        stroke_width=_BOLD_WIDTH * TIMES if at.get("font-weight") == "600" else 0,
    )


_PARTS: Mapping[str, Callable[[ImageDraw.ImageDraw, ElementTree.Element], None]] = {
    "line": _line,
    "rect": _rect,
    "polyline": _polyline,
    "polygon": _polygon,
    "circle": _circle,
    "text": _text,
}
