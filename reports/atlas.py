"""A map of the countries that listings state, cut to the part of the world where they are; drawn by pygal, as an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from xml.etree import ElementTree

from pygal_maps_world import World
from pygal_maps_world.i18n import COUNTRIES

from reports.charts import WIDTH, common, image, kind_of_element

_HEIGHT = WIDTH * 5 // 9
_ROUND = 0.2
"""What is shown around the countries, as a share of their extent."""
_NARROWEST = 220.0
"""Units of the map (the world is 2754 wide) that are shown at least: about the width of Western Europe's larger countries and
their neighbours."""
_WHOLE = 0.75
"""From this share of the world's width on, all of it is shown."""
_PART_OF_PATH = re.compile(r"[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_SPOT = 0.012
"""Radius of the spot on a country too small to be seen, as a share of the width that is shown."""

_PART = 0.02
"""Parts of a country below this share of its largest one do not count for its extent."""

_OURS = "spot"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in units of the map."""


def world(counts: Mapping[str, int]) -> str:
    """The countries (ISO 3166-1 alpha-2) of `counts` and what lies around them, the darker the more. A data URI of an SVG image.

    Empty where none of them is on the map.
    """
    shown = {code.lower(): count for code, count in counts.items() if count and on_map(code)}
    if not shown:
        return ""
    chart = World(**common(_HEIGHT), show_legend=False)
    chart.add("", shown)
    return image(chart, lambda root: _cut(root, shown))


def on_map(code: str) -> bool:
    """Whether the map has that country: some small ones are too small for it."""
    return code.lower() in COUNTRIES


def _cut(root: Any, shown: Mapping[str, int]) -> None:
    """Leave of the map what lies around the countries shown, and put a spot on those that are hardly seen."""
    inner = next(element for element in root.iter() if kind_of_element(element) == "svg" and element is not root)
    left, top, width, height = map(float, inner.get("viewBox").split())
    boxes = _boxes()
    frame = _around([boxes[code] for code in shown if code in boxes], width / height, _WHOLE * width)
    frame = frame or (left, top, left + width, top + height)
    inner.set("viewBox", " ".join(f"{x:.0f}" for x in (*frame[:2], frame[2] - frame[0], frame[3] - frame[1])))
    radius = _SPOT * (frame[2] - frame[0])
    for parent in list(inner.iter()):
        for group in list(parent):
            code = _code(group)
            if code is None:
                if kind_of_element(group) == "circle" and group.get("class") != _OURS:
                    parent.remove(group)
                continue
            box = boxes.get(code)
            if box and not _meet(box, frame):
                parent.remove(group)
            elif code in shown and box and max(box[2] - box[0], box[3] - box[1]) < radius:
                spot = group.makeelement("circle", {"class": _OURS})
                for name, value in (("cx", (box[0] + box[2]) / 2), ("cy", (box[1] + box[3]) / 2), ("r", radius)):
                    spot.set(name, f"{value:.1f}")
                group.append(spot)


def _around(boxes: Sequence[Box], shape: float, widest: float) -> Box | None:
    """The frame of that shape (width through height) around the boxes; None where that is the world."""
    if not boxes:
        return None
    left, top, right, bottom = _union(boxes)
    width = max((right - left) * (1 + 2 * _ROUND), (bottom - top) * (1 + 2 * _ROUND) * shape, _NARROWEST)
    if width > widest:
        return None
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - width / 2, y - width / shape / 2, x + width / 2, y + width / shape / 2


def _meet(box: Box, frame: Box) -> bool:
    return box[0] < frame[2] and frame[0] < box[2] and box[1] < frame[3] and frame[1] < box[3]


def _code(element: Any) -> str | None:
    names = (element.get("class") or "").split() if isinstance(element.tag, str) else []
    return names[0] if "country" in names else None


@cache
def _boxes() -> dict[str, Box]:
    """The extent of each country on pygal's map, without small parts and those that it moves about (none of the larger ones)."""
    found: dict[str, Box] = {}
    for group in ElementTree.fromstring(World.svg_map).iter():  # noqa: S314 - a file of pygal's
        if (code := _code(group)) is None:
            continue
        parts = [_box(path.get("d", "")) for path in group.iter() if path.get("d") and not path.get("transform")]
        if parts:
            # Far islands would make the whole world of a country.
            least = _PART * max(map(_area, parts))
            found[code] = _union([part for part in parts if _area(part) >= least])
    return found


def _box(path: str) -> Box:
    xs, ys = zip(*_places(path), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _union(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _places(path: str) -> Iterator[tuple[float, float]]:
    """Where the pen is at the end of each stroke of an SVG path."""
    x = y = start_x = start_y = 0.0
    command, numbers = "", list[float]()
    size = {"m": 2, "l": 2, "c": 6, "h": 1, "v": 1}
    for part in _PART_OF_PATH.findall(path):
        if part.isalpha():
            command, numbers = part, []
            if command in "zZ":
                x, y = start_x, start_y
            continue
        numbers.append(float(part))
        kind = command.lower()
        if len(numbers) < size[kind]:
            continue
        base_x, base_y = (0.0, 0.0) if command.isupper() else (x, y)
        if kind == "h":
            x = base_x + numbers[0]
        elif kind == "v":
            y = base_y + numbers[0]
        else:
            x, y = base_x + numbers[-2], base_y + numbers[-1]
        if kind == "m":
            start_x, start_y = x, y
            command = "L" if command == "M" else "l"
        numbers = []
        yield x, y
