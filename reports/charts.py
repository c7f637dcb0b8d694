"""Charts as images within a page: pygal draws them, and nothing of theirs can run or be fetched.

A chart is SVG in a data URI. As an image it has no access to the page around it, and the page's policy need not allow its
styles. The same numbers give the same bytes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import pygal
from pygal.etree import etree
from pygal.style import Style

_SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", _SVG)  # else it writes <ns0:svg>
etree.to_etree()  # pygal takes lxml where there is any, and writes other bytes then
# Comments among them: one tells the day. And pygal's tooltips, which only its script would show.
_LEFT_OUT = ("", "script", "style", "desc", "metadata")
_FRACTION = re.compile(r"\d+\.\d{2,}")
"""Coordinates finer than anybody sees: without them the map is half as large."""
_ROW, _HEAD = 24, 60
WIDTH = 720
"""Of every chart, in pixels."""
_LABEL = 34
"""Characters of a label; the table behind the chart has all of it."""
# Colours that differ in lightness too, for those who see few colours and for print (Okabe and Ito's, darkened).
_SERIES = ("#00664b", "#e69f00", "#7a3b8f", "#c8452b", "#8a8f98", "#56b4e9")
_STYLE = """
svg { font: 13px system-ui, sans-serif; }
.background { fill: none; }
text { fill: #222; }
.guide.line, .axis .line { stroke: #8886; stroke-width: .5; fill: none; }
.title { font-size: 15px; text-anchor: middle; }
.axis.x text, .axis.x .guides text { text-anchor: middle; }
.axis.y text { text-anchor: end; }
.country path { fill: #c9c9c4; stroke: #fff; stroke-width: .6; vector-effect: non-scaling-stroke; }
.country.color-0 path, .country.color-0 circle { fill: #00664b; }
.text-overlay text { fill: #fff; stroke: none; font-weight: 600; }
.centered { text-anchor: middle; }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8; } .country path { fill: #4a4e53; stroke: #17191c; }
.country.color-0 path, .country.color-0 circle { fill: #3fbf96; } }
"""


def bars(labels: Sequence[str], series: Mapping[str, Sequence[float]], share: bool = False) -> str:
    """A horizontal bar for each label, of one part for each series; `share` says that the numbers are shares of 1.

    A data URI of an SVG image. The first label is the uppermost.
    """
    chart = pygal.HorizontalStackedBar(
        **common(_HEAD + _ROW * max(len(labels), 1)),
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=5,
        legend_box_size=12,
        truncate_legend=-1,
        x_label_rotation=0,
        print_values=not share and len(series) == 1,
        order_min=0,
        range=(0, 1) if share else None,
        value_formatter=(lambda value: f"{value:.0%}") if share else (lambda value: f"{value:,.0f}" if value else ""),
    )
    chart.x_labels = [text if len(text) <= _LABEL else text[: _LABEL - 1] + "…" for text in reversed(labels)]
    for name, values in series.items():
        chart.add(name, list(reversed(values)))
    return image(chart)


def common(height: int) -> dict[str, Any]:
    """What all charts have in common, as pygal's options."""
    return {
        "js": [],
        "css": [],
        "no_prefix": True,
        "disable_xml_declaration": True,
        "width": WIDTH,
        "height": height,
        "margin": 8,
        "style": Style(label_font_size=14, legend_font_size=13, value_font_size=13),
        "explicit_size": True,
        "show_minor_y_labels": True,
    }


def image(chart: Any, finish: Callable[[Any], None] = lambda root: None) -> str:
    """The chart without its scripts, with our style, as canonical XML in a data URI; `finish` may change the tree before."""
    root = chart.render_tree()
    finish(root)
    for parent in list(root.iter()):
        for element in list(parent):
            kind = kind_of_element(element)
            if kind in _LEFT_OUT or element.get("class") in ("tooltip", "tooltip-box text"):
                parent.remove(element)
        # pygal's bars are in no namespace, its map is in that of SVG.
        parent.tag = f"{{{_SVG}}}{kind_of_element(parent)}"
        parent.attrib.pop("xmlns", None)
        if "d" in parent.attrib:
            parent.set("d", _FRACTION.sub(lambda number: f"{float(number[0]):.1f}", parent.get("d")))
    text = ElementTree.canonicalize(ElementTree.tostring(root, encoding="unicode"))
    colours = "".join(f".color-{n} {{ fill: {c}; stroke: {c}; }}" for n, c in enumerate(_SERIES))
    style = f"<style>{colours}{_STYLE}</style>"
    opened = text.index(">", text.index("<svg")) + 1
    made = text[:opened] + style + text[opened:]
    return f"data:image/svg+xml;base64,{base64.b64encode(made.encode()).decode()}"


def kind_of_element(element: Any) -> str:
    """Its name without namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
