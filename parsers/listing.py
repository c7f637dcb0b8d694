"""The one public function of this room: a page -> its listings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.fields import Labels, given_labels, read_fields
from parsers.model import Block, Field, Listing, Page, Problem
from parsers.parts import Part, find_parts, unnamed_rows
from parsers.pointers import pointer_lines
from parsers.sidebar import side_lines
from parsers.site import Site
from parsers.texts import FreeText, by_language, free_text
from parsers.values import find_names, normalize
from sources.source import Source

_UNACCOUNTED = "Nobody knows what this line is: a label to add to `labels:` in source.yml, or text of the site."

_OUTSIDE = "This stands between the listings of a page and was given to none of them: see whether one should have it."


def parse(page: Page, source: Source, site: Site | None = None) -> list[Listing]:
    """The listings on a page: none, one, or several.

    `site` is what its other pages taught (`parsers.site`); without it the page has to speak for itself. A page is a listing
    when it reads like one: by the facts that its labels name, or because the source's own parser found fields on it.
    The first listing of a page also carries the page's own problems. Pure: the same arguments give the same listings.
    """
    site = site or Site()
    main = [i for i, block in enumerate(page.blocks) if block.area == "main"]
    pointers = pointer_lines(page, main, site)
    indexes = [i for i in main if i not in pointers]
    side = side_lines(page, site, source.labels)
    given = bool(page.fields)
    labels = given_labels(page) if given else read_fields(page, sorted([*indexes, *side]), site, source.labels)
    parts = [p for p in find_parts(page, indexes, labels, site) if given or _reads_like_a_listing(p, site)]
    listings: list[Listing] = []
    for part in parts:
        text = free_text(page, part.blocks, labels, part.fields, site)
        of_the_page = (*page.problems, *_outside(page, indexes, labels, parts, site)) if not listings else ()
        listings.append(_listing(page, source, part, text, of_the_page))
    return listings


def _outside(
    page: Page, indexes: Sequence[int], labels: Labels, parts: Sequence[Part], site: Site
) -> Iterator[Problem]:
    """What stands between the listings of a page and belongs to none, run by run."""
    inside = {i for part in parts for i in part.blocks} | (labels.taken - unnamed_rows(page, labels))
    left = free_text(page, [i for i in indexes if i not in inside], Labels((), (), (), frozenset()), (), site)
    starts = {start for start, _ in left.paragraphs} | {block.start for block in left.leftover}
    run: list[Block] = []
    for block in [*(page.blocks[i] for i in indexes), None]:
        if block is not None and block.start in starts:
            run.append(block)
        elif run:
            start, end = run[0].start, run[-1].end
            yield Problem("outside-listings", page.text[start:end], _OUTSIDE, start, end)
            run = []


def _reads_like_a_listing(part: Part, site: Site) -> bool:
    """Whether the fields name enough different facts; in a table or a repeated group, two are enough."""
    facts = {field.key if field.key != "contact_details" else field.label for field in part.fields if _is_fact(field)}
    return len(facts) >= (site.fewest_keys if part.name is None else min(site.fewest_keys, 2))


def _is_fact(field: Field) -> bool:
    return field.key not in (None, "other", "description")


def _listing(page: Page, source: Source, part: Part, text: FreeText, inherited: Sequence[Problem]) -> Listing:
    title = next((b for b in page.blocks if b.tag == "h1"), None)
    heading = part.heading or (title if part.name is None else None)
    names = [name.text for name in find_names(part.fields, heading, source.languages, source.country)]
    passages, descriptions = by_language(page, text.paragraphs, names, source.languages)
    languages = tuple(d.lang for d in descriptions if d.lang != "und")
    fields, normalized, problems, overrides = normalize(
        page, part.fields, heading, source, languages or source.languages
    )
    leftover = tuple(Problem("unaccounted-text", b.text, _UNACCOUNTED, b.start, b.end) for b in text.leftover)
    return Listing(
        url=page.canonical or page.url,
        file=page.file,
        title=page.title,
        part=part.name,
        page_languages=languages,
        fields=fields,
        normalized=normalized,
        passages=passages,
        descriptions=descriptions,
        headings=tuple(block.text for block in text.headings),
        problems=(*inherited, *problems, *leftover),
        overrides=overrides,
        accounted=_accounted([page.blocks[i] for i in part.blocks], text.leftover),
        text=page.text,
    )


def _accounted(blocks: Sequence[Block], leftover: Sequence[Block]) -> float:
    """The share of the letters of some lines that are not left over."""
    total = sum(map(_letters, blocks))
    return 1.0 - sum(map(_letters, leftover)) / total if total else 1.0


def _letters(block: Block) -> int:
    return sum(c.isalpha() for c in block.text)
