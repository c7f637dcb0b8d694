"""A map of the countries that listings state, cut to the part of the world where they are; drawn by pygal, as an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pygal_maps_world import World
from pygal_maps_world.i18n import COUNTRIES

from reports.charts import WIDTH, common, image, kind_of_element
from reports.extents import Box, code_of, extents, union

_HEIGHT = WIDTH * 5 // 9
_ROUND = 0.2
"""What is shown around the countries, as a share of their extent."""
_NARROWEST = 220.0
"""Units of the map (the world is 2754 wide) that are shown at least: about the width of Western Europe's larger countries and
their neighbours."""
_WHOLE = 0.75
"""From this share of the world's width on, all of it is shown."""
_SPOT = 0.012
"""Radius of the spot on a country too small to be seen, as a share of the width that is shown."""


_OURS = "spot"


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
    boxes = extents()
    frame = _around([boxes[code] for code in shown if code in boxes], width / height, _WHOLE * width)
    frame = frame or (left, top, left + width, top + height)
    inner.set("viewBox", " ".join(f"{x:.0f}" for x in (*frame[:2], frame[2] - frame[0], frame[3] - frame[1])))
    radius = _SPOT * (frame[2] - frame[0])
    for parent in list(inner.iter()):
        for group in list(parent):
            code = code_of(group)
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
    left, top, right, bottom = union(boxes)
    width = max((right - left) * (1 + 2 * _ROUND), (bottom - top) * (1 + 2 * _ROUND) * shape, _NARROWEST)
    if width > widest:
        return None
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - width / 2, y - width / shape / 2, x + width / 2, y + width / shape / 2


def _meet(box: Box, frame: Box) -> bool:
    return box[0] < frame[2] and frame[0] < box[2] and box[1] < frame[3] and frame[1] < box[3]
