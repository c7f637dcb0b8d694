"""The one public function of this room: a page -> its listings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from parsers.agreement import about, compare, stated_country
from parsers.candidates import Candidates
from parsers.contradictions import Printed
from parsers.fields import Labels, given_labels, read_fields
from parsers.folding import fold
from parsers.model import Block, Field, Listing, Page, Problem
from parsers.names import name_texts
from parsers.parts import Part, find_parts
from parsers.pointers import pointer_lines
from parsers.redaction import redacted, redacted_site
from parsers.sidebar import side_lines
from parsers.site import Site
from parsers.texts import FreeText, by_language, free_text, title_parts
from parsers.values import name_lines, normalize
from sources.source import Source

_UNACCOUNTED = "Nobody knows what this line is: a label to add to `labels:` in source.yml, or text of the site."
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_NO_LETTERS = bytes(n for n in range(128) if not chr(n).isalpha())
_OUTSIDE = "This stands between the listings of a page and was given to none of them: see whether one should have it."


def parse(page: Page, source: Source, site: Site | None = None) -> list[Listing]:
    """The listings on a page: none, one, or several.

    `site` is what its other pages taught (`parsers.site`); without it the page has to speak for itself. A page is a listing
    when it reads like one: by the facts that its labels name, or because the source's own parser found fields on it.
    The first listing of a page also carries the page's own problems. Pure: the same arguments give the same listings.
    """
    site = site or Site()
    if source.obfuscated_emails == "redact":
        page, site = redacted(page), redacted_site(site)
    main = [i for i, block in enumerate(page.blocks) if block.area == "main"]
    candidates = Candidates(page, source.labels)
    pointers = pointer_lines(page, main, candidates, site)
    indexes = [i for i in main if i not in pointers]
    side = side_lines(page, site, candidates)
    given = bool(page.fields)
    labels = given_labels(page) if given else read_fields(page, sorted([*indexes, *side]), site, candidates)
    found = find_parts(page, indexes, labels, candidates, site, source)
    parts = [part for part in found.listings if given or _reads_like_a_listing(part, site)]
    inside = found.explained.union(*(part.lines for part in parts))
    outside = _outside(page, [i for i in indexes if i not in inside], site)
    texts = [free_text(p.view, p.blocks, p.labels, p.fields, site, _heading(page, p)) for p in parts]
    left = [block for text in texts for block in text.leftover] + [block for run in outside for block in run]
    share = _accounted([page.blocks[i] for i in main], left)
    told = (
        Problem("outside-listings", page.text[a:b], _OUTSIDE, a, b)
        for a, b in ((r[0].start, r[-1].end) for r in outside)
    )
    of_the_page = (*page.problems, *told)
    return [
        _listing(page, source, site, part, text, () if n else of_the_page, share)
        for n, (part, text) in enumerate(zip(parts, texts, strict=True))
    ]


def _outside(page: Page, indexes: Sequence[int], site: Site) -> list[list[Block]]:
    """What stands between the listings of a page and belongs to none, run by run."""
    if not indexes:
        return []
    left = free_text(page, indexes, Labels(), (), site)
    starts = {start for start, _ in left.paragraphs} | {block.start for block in left.leftover}
    runs: list[list[Block]] = []
    last = -1
    for i in indexes:
        if page.blocks[i].start in starts:
            if runs and i == last + 1:
                runs[-1].append(page.blocks[i])
            else:
                runs.append([page.blocks[i]])
            last = i
    return runs


def _reads_like_a_listing(part: Part, site: Site) -> bool:
    """Whether the fields name enough different facts; in a table or a repeated group, a name and one more are enough."""
    facts = {field.key if field.key != "contact_details" else field.label for field in part.fields if _is_fact(field)}
    if part.name is None:
        return len(facts) >= site.fewest_keys
    return len(facts) + (part.heading is not None) >= 2


def _is_fact(field: Field) -> bool:
    return field.key not in (None, "other", "description")


def _heading(page: Page, part: Part) -> Block | None:
    """The line above a listing that names it where no field does."""
    if part.heading or part.name is not None:
        return part.heading
    return next((block for block in page.blocks if block.tag == "h1"), None) or _titled(page, part)


def _titled(page: Page, part: Part) -> Block | None:
    """Where no `h1` is, the first line above the fields that the title repeats ("Harbour House | Register").

    Plain text has no title: there it is the first line, if it stands alone.
    """
    first = min((field.label_start for field in part.fields), default=len(page.text))
    above = [block for block in takewhile(lambda block: block.start < first, page.blocks) if not block.links]
    if page.plain:
        return above[0] if above[:1] and (len(above) == 1 or above[0].path != above[1].path) else None
    said = set(title_parts(page))
    return next((b for b in above if said & {fold(b.text), fold(_BRACKETED.sub("", b.text))}), None)


def _listing(
    page: Page,
    source: Source,
    site: Site,
    part: Part,
    text: FreeText,
    inherited: Sequence[Problem],
    accounted: float,
) -> Listing:
    heading = _heading(page, part)
    lines = name_lines(part.fields, heading)
    names = [name for line in lines for name in name_texts(line, source.languages, source.country)]
    told = about(page, [*names, *(line.text for line in lines)], part.name is None, site)
    if country := stated_country(told):
        source = replace(source, country=country)
    passages, descriptions = by_language(page, text.paragraphs, names, source.languages)
    languages = tuple(d.lang for d in descriptions if d.lang != "und")
    fields, normalized, problems, overrides = normalize(
        page, part.fields, heading, source, languages or source.languages
    )
    country = (normalized.country.code if normalized.country else None) or source.country
    shown = Printed(normalized, _printed(page, part))
    facts, contradictions = compare(page, told, shown, country)
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
        problems=(*inherited, *problems, *contradictions, *leftover),
        overrides=overrides,
        accounted=accounted,
        text=page.text,
        structured=facts,
    )


def _printed(page: Page, part: Part) -> str:
    """All that a page prints of a listing."""
    return "\n".join([*(page.blocks[i].text for i in part.blocks), *(field.value for field in part.fields)])


def _accounted(blocks: Sequence[Block], leftover: Sequence[Block]) -> float:
    """The share of the letters of some lines that are not left over."""
    total = sum(map(_letters, blocks))
    return 1.0 - sum(map(_letters, leftover)) / total if total else 1.0


def _letters(block: Block) -> int:
    text = block.text
    return len(text.encode().translate(None, _NO_LETTERS)) if text.isascii() else sum(map(str.isalpha, text))
