"""Labels that stand below or behind their values: "85 %" and then "Acceptance rate", as pages print key figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from parsers.candidates import Candidate
from parsers.folding import fold
from parsers.forms import label_like
from parsers.labels import match
from parsers.marks import shape
from parsers.model import Block, Page

_FEWEST = 3
_LONGEST_FIGURE = 24


def captions(page: Page, indexes: Sequence[int], recurring: Collection[str] = frozenset()) -> list[Candidate]:
    """The labels among the lines `indexes` that caption a figure above or before them, in page order.

    Only figures are captioned: a word above another may be its label. A figure and its caption have an element of their own,
    and there are at least three of them side by side, with different captions. Where it is known which texts recur on the
    site's pages (`recurring`, folded), half of the captions must. Only then the cells of a row may be figure and caption: they
    are ranks and names elsewhere.
    """
    series: defaultdict[str, list[Candidate]] = defaultdict(list)
    for n, i in enumerate(indexes):
        block = page.blocks[i]
        found = _behind(i, block)
        if found is None and n and indexes[n - 1] == i - 1:
            found = _below(page, i, indexes[n + 1] if n + 1 < len(indexes) else None, bool(recurring))
        if found is not None:
            series[found.look].append(found)
    listed = [c for alike in series.values() if _is_series(alike, recurring) for c in alike]
    return sorted(listed, key=lambda c: c.start)


def value_before(page: Page, c: Candidate) -> str:
    """The text that a caption is the label of."""
    if c.values:
        return page.blocks[c.values[0]].text
    return page.text[c.value : c.start]


def _behind(index: int, block: Block) -> Candidate | None:
    """`<li><strong>85 %</strong><span>Acceptance rate</span></li>`: a figure and its caption, each in an element of its own."""
    if not block.runs or not _is_figure(block.text[: block.runs[0][1] - block.start]):
        return None
    first, last = block.runs[0], block.runs[-1]
    text = page_part(block, first[1], block.end)
    if first[0] != block.start or last[1] != block.end or not label_like(text):
        return None
    at = block.end - len(text)
    if not any(start == at for start, _, _ in block.runs):
        return None
    return _caption(index, block, at, text, first[0], None)


def _below(page: Page, index: int, following: int | None, rows: bool) -> Candidate | None:
    """A line that stands with the figure above it in an element that holds nothing else; also in one of a table's `rows`."""
    block, above = page.blocks[index], page.blocks[index - 1]
    own = above.path.rpartition("/")[0]
    if own != block.path.rpartition("/")[0] or above.path == block.path or (block.cell != above.cell and not rows):
        return None
    before = page.blocks[index - 2] if index > 1 else None
    after = page.blocks[index + 1] if following is not None else None
    if any(other is not None and other.path.startswith(f"{own}/") for other in (before, after)):
        return None
    if not _is_figure(above.text) or not label_like(block.text) or any(map(str.isdigit, block.text)):
        return None
    return _caption(index, block, block.start, block.text, block.start, (index - 1,))


def _caption(index: int, block: Block, start: int, text: str, value: int, values: tuple[int, ...] | None) -> Candidate:
    look = f"caption {shape(block.path)} {block.style}"
    return Candidate(
        block=index,
        start=start,
        end=start + len(text),
        value=value,
        text=text,
        markup="span",
        colon=False,
        whole=values is not None,
        look=look,
        peer=look,
        known=match(text),
        values=values,
    )


def page_part(block: Block, start: int, end: int) -> str:
    """What a line holds between two places of the page, without the space around it."""
    return block.text[start - block.start : end - block.start].strip()


def _is_figure(text: str) -> bool:
    """Whether a text is a figure with hardly a word: "85 %", "$1,200", "12 to 1"."""
    text = text.strip()
    if not 0 < len(text) <= _LONGEST_FIGURE or not any(map(str.isdigit, text[:4])):
        return False
    return 2 * sum(map(str.isalpha, text)) <= len(text)


def _is_series(alike: Sequence[Candidate], recurring: Collection[str]) -> bool:
    texts = {fold(c.text) for c in alike}
    if len(alike) < _FEWEST or len(texts) < len(alike):
        return False
    return not recurring or 2 * len(texts & set(recurring)) >= len(texts)
