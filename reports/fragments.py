"""The inner loops of a listing's page as markup: its marked text, and the rows of its tables.

They are no templates, as all else is: a page has a hundred and more of these, and as templates they took most of the time of a
review. What comes from outside is escaped where it is put in; nothing else may be Markup here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markupsafe import Markup

from reports.spans import Piece
from reports.summary import Row
from reports.words import difference

_often = lru_cache(10_000)(escape)
"""Of what stands on many pages: names of columns, labels, statuses."""


def marked(cut: Sequence[Piece], colours: Mapping[str, int], lines: Mapping[str, int]) -> Markup:
    """The text with what was read marked: a link for each piece, to where it is told of first.

    The n-th piece has the id `x<n>`. Its classes are the kinds of its spans, the colour of its key and the line of its language;
    key and language are those of the shortest span that has any.
    """
    parts: list[str] = []
    for number, (text, spans) in enumerate(cut):
        if not spans:
            parts.append(escape(text))
            continue
        first = spans[0]
        if len(spans) == 1:
            kinds, titles, marks, key, lang = first.kind, first.title, first.mark, first.key, first.lang
        else:
            # Each once, in their order.
            kinds = " ".join(dict.fromkeys([span.kind for span in spans]))
            titles = "; ".join(dict.fromkeys([span.title for span in spans if span.title]))
            marks = " ".join(dict.fromkeys([span.mark for span in spans]))
            key = next((span.key for span in spans if span.key), None)
            lang = next((span.lang for span in spans if span.lang), None)
        colour = f" c{colours[key]}" if key else ""
        line = f" l{lines[lang]}" if lang else ""
        spoken = f' lang="{_often(lang)}"' if lang else ""
        parts.append(
            f'<a id="x{number}" href="#{first.mark}" data-at="{marks}" class="{kinds}{colour}{line}" '
            f'title="{_often(titles)}"{spoken}>{escape(text)}</a>'
        )
    return Markup("".join(parts))  # noqa: S704 - all that is not ours is escaped above


def place(number: int) -> str:
    """A link to the n-th piece of the page's text."""
    return f'<a class="at" href="#x{number}">on the page</a>'


def legend(colours: Mapping[str, int], lines: Mapping[str, int]) -> Markup:
    """What the colours and the lines of a marked text stand for."""
    named = [f'<span class="c{n}" dir="auto">{_often(key)}</span> ' for key, n in colours.items()]
    spoken = [f'<span class="l{n}">{_often(language)}</span> ' for language, n in lines.items()]
    return Markup("".join([*named, *spoken]))  # noqa: S704 - escaped above


def shown_value(value: Any) -> str:
    """A cell of the record: a list part by part, and each text in its own direction."""
    if isinstance(value, list):
        return " · ".join([f'<span dir="auto">{escape(str(part))}</span>' for part in value])
    return "" if value is None else f'<span dir="auto">{escape(str(value))}</span>'


def cell_row(
    name: str, value: Any, status: str | None, at: Sequence[str], own: Sequence[str], link: str, past: str
) -> str:
    """A row of the record, open at its end: for what a served page adds.

    `at` are the marks of the places that it was read from, `own` those that no row before has, `link` leads to the first place,
    `past` tells what it was before.
    """
    anchors = "".join([f'<i id="{mark}"></i>' for mark in own])
    status = _often(status or "")
    return (
        f'<tr data-at="{" ".join(at)}"><th scope="row">{_often(name)}</th><td class="{status}">{status}</td>'
        f"<td>{anchors}{shown_value(value)} {link}{past}"
    )


def field_row(mark: str, field: Row, colour: int, link: str) -> str:
    """A row of the fields as printed, open at its end."""
    status = _often(field["status"])
    return (
        f'<tr id="{mark}" data-at="{mark}"><td dir="auto"><span class="c{colour}">{_often(field["label"])}</span></td>'
        f'<td>{_often(field["key"] or "nothing known")}</td><td class="{status}">{status}</td>'
        f'<td><span dir="auto" class="printed">{escape(field["value"] or "")}</span> {link}'
    )


def rows(opened: Sequence[str]) -> Markup:
    """Rows of a table that are open at their end, closed."""
    return Markup("".join([f"{row}</td></tr>\n" for row in opened]))  # noqa: S704 - made here


def unit_row(texts: Mapping[str, Sequence[tuple[str, Row, str]]], languages: Sequence[str]) -> str:
    """A row of texts that translate one another, a cell a language; texts in none go over the whole row.

    `texts` are by language: the mark of each, its row of `text`, and the link to its place.
    """
    if "" in texts:
        every_text = [each for of in texts.values() for each in of]
        cells = f'<td colspan="{max(len(languages), 1)}">{_paragraphs(every_text)}</td>'
    else:
        cells = "".join(
            [
                f"<td{_spoken(language)}>{_paragraphs(texts[language]) if language in texts else ''}</td>"
                for language in languages
            ]
        )
    every = [text for of in texts.values() for _, text, _ in of]
    sure = min((text["confidence"] for text in every if text["confidence"] is not None), default=None)
    what = ", ".join(dict.fromkeys([text["column"] for text in every]))
    return f'<tr>{cells}<td class="what">{_often(what)}{"" if sure is None else f", {sure:.0%} sure"}'


def _spoken(language: str) -> str:
    return "" if language == "und" else f' lang="{_often(language)}"'


def _paragraphs(texts: Sequence[tuple[str, Row, str]]) -> str:
    return "".join(
        [f'<p id="{mark}" data-at="{mark}" dir="auto">{escape(text["text"])} {link}</p>' for mark, text, link in texts]
    )


def past(changes: Sequence[Row]) -> str:
    """What a value was before, the newest change first: to be opened beside it. Empty where it never changed."""
    if not changes:
        return ""
    told = "".join([f"<li>{escape(row['release'])}: {words(row['before'], row['after'])}</li>" for row in changes])
    times = "once" if len(changes) == 1 else f"{len(changes)} times"
    return f'<details class="past"><summary>changed {times}</summary><ul>{told}</ul></details>'


def words(before: str | None, after: str | None) -> Markup:
    """Two texts word by word: what is gone struck out, what is new underlined."""
    tags = {"same": ("", ""), "gone": ("<del>", "</del>"), "new": ("<ins>", "</ins>")}
    parts = [f"{tags[part.kind][0]}{escape(part.text)}{tags[part.kind][1]}" for part in difference(before, after)]
    return Markup(f'<span class="words" dir="auto">{"".join(parts)}</span>')  # noqa: S704 - escaped above
