"""What is left of a listing's page once its fields are taken out: its free text, by language, and what nobody accounted for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from parsers.boilerplate import is_boilerplate
from parsers.fields import Labels
from parsers.folding import fold
from parsers.frozen import lightly
from parsers.languages import split_blocks
from parsers.links import is_link_line
from parsers.model import Block, Description, Field, Page, Passage
from parsers.site import Site

_SENTENCE_END = re.compile(r"[.!?…:;。！？؟]['\"’”»)]*$")
_FULL_STOP = re.compile(r"[.!?。！？؟]['\"’”»)]*$")
_TITLE_PARTS = re.compile(r"\s+[-–—|·•»«:]+\s+")
_NAME_MARK = "0"
_HEADING = re.compile(r"h[1-6]")
_PROSE_WORDS = 6
_PROSE_WORDS_AFTER_FIELDS = 12
_WORDS_OF_A_SENTENCE = 8


@lightly(frozen=True, slots=True)
class FreeText:
    """The free text of a listing.

    Its `paragraphs` as page offsets, the `headings` in it, lines that are `boilerplate`, and lines that are none of these
    (`leftover`).
    """

    paragraphs: tuple[tuple[int, int], ...]
    headings: tuple[Block, ...]
    boilerplate: tuple[Block, ...]
    leftover: tuple[Block, ...]


def free_text(
    page: Page,
    indexes: Sequence[int],
    labels: Labels,
    fields: Sequence[Field],
    site: Site,
    title: Block | None = None,
) -> FreeText:
    """Sort the lines `indexes` that no field took into text, headings, boilerplate and leftover.

    A field that is a description ("Description: ...", a `dd`) is text too. Behind the last field a short line is no text
    unless it is a sentence or goes on with one: there stand categories, dates and the like. A short line above the `title`
    (an eyebrow) is a heading, one with links (a breadcrumb) is boilerplate.
    """
    paragraphs = [
        (line.start, line.end) for field in fields if field.key == "description" for line in field.lines if line.text
    ]
    headings: list[Block] = []
    boilerplate: list[Block] = []
    leftover: list[Block] = []
    last = max((field.end for field in fields), default=0)
    titles = _titles(page)
    heads = {c.block: c.known is None or c.known.key == "description" for c in labels.headings}
    goes_on = False
    for index in (i for i in indexes if i not in labels.taken):
        block = page.blocks[index]
        if index in heads:
            headings.append(block)
            goes_on = goes_on or heads[index]
        elif is_boilerplate(block, site) or is_link_line(block):
            boilerplate.append(block)
        elif _HEADING.fullmatch(block.tag) or block is title or fold(block.text) in titles:
            headings.append(block)
        elif title and block.end <= title.start and not _is_text(block, behind_fields=True):
            (boilerplate if block.links else headings).append(block)
        elif _is_text(block, behind_fields=block.start > last and not goes_on):
            paragraphs.append((block.start, block.end))
            goes_on = block.start > last
        else:
            leftover.append(block)
    return FreeText(tuple(sorted(paragraphs)), tuple(headings), tuple(boilerplate), tuple(leftover))


def _titles(page: Page) -> frozenset[str]:
    """The page's title and heading, folded, and the parts of the title between its dashes and bars."""
    parts = [part for part in title_parts(page) if " " in part]
    return frozenset([fold(text) for text in (page.title, page.heading) if text] + parts)


def title_parts(page: Page) -> list[str]:
    """The page's title between its dashes and bars ("Harbour House | Register"), folded."""
    return [folded for part in _TITLE_PARTS.split(page.title or "") if (folded := fold(part))]


def _is_text(block: Block, behind_fields: bool) -> bool:
    words = len(block.text.split())
    if behind_fields:
        return words >= _PROSE_WORDS_AFTER_FIELDS or (
            words >= _WORDS_OF_A_SENTENCE and bool(_FULL_STOP.search(block.text))
        )
    return words >= _PROSE_WORDS or (words >= 2 and (block.tag == "li" or bool(_SENTENCE_END.search(block.text))))


def by_language(
    page: Page,
    paragraphs: Sequence[tuple[int, int]],
    names: Collection[str],
    languages: Sequence[str],
) -> tuple[tuple[Passage, ...], tuple[Description, ...]]:
    """The passages of some paragraphs in page order, and the same joined by language, in order of first appearance.

    The punctuation around a paragraph belongs to its outer passages. `languages` are those expected; the organisation's
    `names` say nothing of the language around them. A paragraph that nobody can tell goes with the one before it (or,
    first, after it).
    """
    texts = _without_names([page.text[start:end] for start, end in paragraphs], names)
    passages = [
        Passage(
            start if n == 0 else start + p.start,
            end if n == len(found) - 1 else start + p.end,
            p.lang,
            p.confidence,
        )
        for (start, end), found in zip(paragraphs, split_blocks(texts, languages), strict=True)
        for n, p in enumerate(found)
    ]
    passages = _with_neighbours(passages)
    grouped: dict[str, list[Passage]] = {}
    for passage in passages:
        grouped.setdefault(passage.lang, []).append(passage)
    descriptions = tuple(
        Description(lang, "\n".join(_texts(page, group)), tuple(group)) for lang, group in grouped.items()
    )
    return tuple(passages), descriptions


def _without_names(texts: list[str], names: Collection[str]) -> list[str]:
    """`texts` with marks in the place of names, of which the longest are found first."""
    printed = [name for name in names if any(name in text for text in texts)]
    if not printed:
        return texts
    own = re.compile("|".join(map(re.escape, sorted(printed, key=lambda name: (-len(name), name)))))
    return [own.sub(lambda name: _NAME_MARK * len(name[0]), text) for text in texts]


def _with_neighbours(passages: list[Passage]) -> list[Passage]:
    known = [p.lang for p in passages if p.lang != "und"]
    if not known:
        return passages
    current = known[0]
    result = []
    for passage in passages:
        current = passage.lang if passage.lang != "und" else current
        result.append(Passage(passage.start, passage.end, current, passage.confidence))
    return result


def _texts(page: Page, passages: Iterable[Passage]) -> list[str]:
    """The text of each paragraph in one language; passages of it that follow one another in a paragraph are one."""
    texts: list[str] = []
    end = -2
    for passage in passages:
        between = page.text[end : passage.start] if end >= 0 else "\n"
        if texts and "\n" not in between and not any(c.isalpha() for c in between):
            texts[-1] += between + page.text[passage.start : passage.end]
        else:
            texts.append(page.text[passage.start : passage.end])
        end = passage.end
    return texts
