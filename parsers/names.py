"""An organisation's name as printed -> its names by language, and its acronyms.

Directories print the names of an organisation on one line: with a dash, slash or bar between translations, with a translation
or the acronym in parentheses. The same signs also stand within a single name ("Lantern House (Leeds) Ltd"), so that the
languages on both sides decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from heapq import nsmallest
from itertools import product
from types import MappingProxyType

from parsers.folding import load_vocabulary
from parsers.frozen import lightly
from parsers.languages import UNDETERMINED, likelihoods
from parsers.model import Line, Name
from parsers.scripts import script

_DASH = re.compile(r"\s+[-‐‑‒–—―−~]+\s+")
_BAR = re.compile(r"\s+/+\s+|\s*[|•·\n]+\s*")
_COMMA = re.compile(r"\s*[,;،；]\s+|\s*[،；]\s*")
_OPEN, _CLOSE = "([（", ")]）"
_ACRONYM = re.compile(r"[^\W\d_][\w&+]*(?:[-./&+’'][\w&+]+)*\.?(?:\s\d{1,4})?")
_LONGEST_ACRONYM = 12
_WORD = re.compile(r"[^\W\d_]+")
_TRIM = " \t\n\u00a0\u202f,;:"

# What the languages of a listing's texts and those that are spoken but not official weigh, beside official ones.
_PAGE_LANGUAGE = 0.3
_SECOND_LANGUAGE = 0.2
_WIDELY_SPOKEN = 0.2

# Where nothing speaks for English, a second name is still more often in English than in any other language.
_LINGUA_FRANCA = 0.2

# In nats: how much better two languages must explain what stands on both sides of a dash than one does, and what it costs
# to take two names of one organisation for the same language.
_TRANSLATION_GAIN = 0.3
_SAME_LANGUAGE_COST = 1.5
_MOST_NAMES_WEIGHED = 5
_LANGUAGES_WEIGHED = 4


@lightly(frozen=True, slots=True)
class _Piece:
    """A part of the line, and what stands before it: "" at the start, "-", "/", or "(" and "," in parentheses."""

    start: int
    end: int
    sign: str


def names(line: Line, languages: Sequence[str] = (), country: str | None = None) -> list[Name]:
    """Take the printed name in `line` apart, in the order of the page; offsets are those of the page's text.

    `languages` are those of the listing's texts, `country` (ISO 3166-1 alpha-2) is where it is: the languages of both are
    expected, others need more evidence. A blank line has no names.
    """
    expected = _expectation(tuple(languages), country)
    found = _names(line.text, expected)
    texts = [line.text[start:end] for start, end in found]
    acronyms = [_is_acronym(text, texts) for text in texts]
    tags = iter(_tags([text for text, acronym in zip(texts, acronyms, strict=True) if not acronym], expected))
    return [
        Name(
            text=text,
            lang=None if acronym else next(tags),
            kind="acronym" if acronym else "name",
            start=line.start + start,
            end=line.start + end,
        )
        for (start, end), text, acronym in zip(found, texts, acronyms, strict=True)
    ]


def name_texts(line: Line, languages: Sequence[str] = (), country: str | None = None) -> list[str]:
    """The texts of `names(line, languages, country)`: in which language each is takes most of the time."""
    return [line.text[start:end] for start, end in _names(line.text, _expectation(tuple(languages), country))]


@lru_cache(maxsize=256)
def _expectation(languages: tuple[str, ...], country: str | None) -> Mapping[str, float]:
    """Weights of the languages that a name is expected in: an organisation is named in those of its country first.

    The share of the country's people that speak each is CLDR's; official languages count in full.
    """
    from babel.core import get_global

    weights = dict.fromkeys(languages, _PAGE_LANGUAGE)
    for tag, facts in sorted((get_global("territory_languages").get(country or "") or {}).items()):
        share = facts["population_percent"] / 100
        if not facts["official_status"]:
            share = share * _SECOND_LANGUAGE if share > _WIDELY_SPOKEN else 0.0
        language = tag.partition("_")[0]
        weights[language] = weights.get(language, 0.0) + share
    weights["en"] = max(weights.get("en", 0.0), _LINGUA_FRANCA)
    return MappingProxyType(weights)


def _names(text: str, expected: Mapping[str, float]) -> list[tuple[int, int]]:
    """The places of the names in `text`, in order."""
    kept: list[_Piece] = []
    for piece in _outline(text):
        if kept and not _apart(text, kept, piece, expected):
            piece = _Piece(kept[-1].start, piece.end, kept.pop().sign)
        kept.append(piece)
    result: list[tuple[int, int]] = []
    for piece in kept:
        head, inner = _parenthesis(text, piece, expected)
        result += [(part.start, part.end) for part in (head, *inner)]
    return result


def _outline(text: str) -> Iterator[_Piece]:
    """`text` cut at the signs that may stand between two names, outside of parentheses."""
    yield from _cut(text, 0, len(text), [("-", _DASH), ("/", _BAR), (",", _COMMA)], _inside(text))


def _cut(
    text: str, start: int, end: int, signs: Sequence[tuple[str, re.Pattern[str]]], inside: Sequence[bool] = ()
) -> Iterator[_Piece]:
    cuts = sorted(
        (match.start(), match.end(), sign)
        for sign, pattern in signs
        for match in pattern.finditer(text, start, end)
        if not inside or not inside[match.start()]
    )
    at, before = start, ""
    for first, last, sign in [*cuts, (end, end, "")]:
        if first < at:
            continue
        piece = _trimmed(text, at, first, before)
        if piece is not None:
            yield piece
            before = sign
        at = last


def _trimmed(text: str, start: int, end: int, sign: str) -> _Piece | None:
    while start < end and text[start] in _TRIM:
        start += 1
    while start < end and text[end - 1] in _TRIM:
        end -= 1
    if not any(c.isalnum() for c in text[start:end]):
        return None
    return _Piece(start, end, sign)


def _inside(text: str) -> list[bool]:
    """For each character, whether it stands within parentheses that are closed."""
    result = [False] * len(text)
    opened: list[int] = []
    for place, c in enumerate(text):
        if c in _OPEN:
            opened.append(place)
        elif c in _CLOSE and opened:
            start = opened.pop()
            result[start : place + 1] = [True] * (place + 1 - start)
    return result


def _apart(text: str, before: Sequence[_Piece], piece: _Piece, expected: Mapping[str, float]) -> bool:
    """Whether `piece` is a name of its own, and does not go on the one before it."""
    if piece.sign == "/":
        return True
    left, right = text[before[-1].start : before[-1].end], text[piece.start : piece.end]
    if piece.sign == ",":
        return _initials(left, right) or _initials(right, left)
    if _is_legal_form(right):
        return False
    if _is_acronym(left, [right]) or _is_acronym(right, [left]):
        return True
    return _translates(left, right, expected)


def _parenthesis(text: str, piece: _Piece, expected: Mapping[str, float]) -> tuple[_Piece, list[_Piece]]:
    """A piece that ends in a parenthesis: the name before it, and the names in it; all of it, and none, where it is one name."""
    inside = _inside(text[piece.start : piece.end])
    if not inside or not inside[-1]:
        return piece, []
    length = len(inside) - next((n for n, within in enumerate(reversed(inside)) if not within), len(inside))
    opening = piece.start + length
    head = _trimmed(text, piece.start, opening, piece.sign)
    if head is None:
        return piece, []
    left = text[head.start : head.end]
    inner: list[_Piece] = []
    for part in _cut(text, opening + 1, piece.end - 1, [("-", _DASH), ("/", _BAR), (",", _COMMA)]):
        if inner and part.sign in "-," and not _listed(text, inner[-1], part, expected):
            part = _Piece(inner.pop().start, part.end, part.sign)
        inner.append(part)
    texts = [text[part.start : part.end] for part in inner]
    if any(_is_legal_form(each) for each in texts):
        return piece, []
    if any(_is_acronym(each, [left]) for each in texts) or _is_acronym(left, texts):
        return head, inner
    if any(_translates(left, each, expected) for each in texts):
        return head, inner
    return piece, []


def _listed(text: str, before: _Piece, part: _Piece, expected: Mapping[str, float]) -> bool:
    left, right = text[before.start : before.end], text[part.start : part.end]
    return _is_acronym(left, [right]) or _is_acronym(right, [left]) or _translates(left, right, expected)


def _translates(left: str, right: str, expected: Mapping[str, float]) -> bool:
    """Whether the two sides say the same in two languages.

    They do where two languages explain them better than one does, where they are written in two scripts, or where some of
    their words are the same and the others not: what goes on a name does not repeat it.
    """
    if _alike(left, right) or _in_two_scripts(left, right):
        return True
    one, other = likelihoods(left, prior=expected), likelihoods(right, prior=expected)
    if not one or not other:
        return False
    same = max(one[tag] + other[tag] for tag in one)
    return max(one.values()) + max(other.values()) - same > _TRANSLATION_GAIN


def _alike(left: str, right: str) -> bool:
    """Whether two names of at least two words share one in three of them, and not all."""
    one, other = ([word.casefold() for word in _WORD.findall(text)] for text in (left, right))
    shared = len(set(one) & set(other))
    return min(len(one), len(other)) > 1 and 3 * shared >= max(len(one), len(other)) and set(one) != set(other)


def _in_two_scripts(left: str, right: str) -> bool:
    one, other = ({script(word[0]) for word in _WORD.findall(text)} for text in (left, right))
    return bool(one and other) and not one & other


def _tags(texts: Sequence[str], expected: Mapping[str, float]) -> list[str]:
    """The language of each of the names of one organisation: most likely in different ones."""
    ranked = []
    for text in texts:
        scores = likelihoods(text, prior=expected)
        several = _LANGUAGES_WEIGHED if len(texts) > 1 else 1
        best = nsmallest(several, scores.items(), key=lambda item: (-item[1], item[0]))
        ranked.append(best or [(UNDETERMINED, 0.0)])
    if len(ranked) > _MOST_NAMES_WEIGHED:
        return [best[0][0] for best in ranked]

    def worth(choice: tuple[tuple[str, float], ...]) -> float:
        told = [tag for tag, _ in choice if tag != UNDETERMINED]
        return sum(score for _, score in choice) - _SAME_LANGUAGE_COST * (len(told) - len(set(told)))

    return [tag for tag, _ in max(product(*ranked), key=worth)]


def _is_acronym(text: str, others: Sequence[str]) -> bool:
    """Whether `text` is a short form: capitals without a word among them, or the initials of another name on the line."""
    if not _ACRONYM.fullmatch(text) or len(text) > _LONGEST_ACRONYM or _is_legal_form(text):
        return False
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 2:
        return False
    if any(_initials(text, other) for other in others if other != text):
        return True
    # Where everything is printed in capitals they tell nothing.
    return all(c.isupper() for c in letters) and not any(
        other != text and len(other) > _LONGEST_ACRONYM and other.isupper() for other in others
    )


def _initials(short: str, name: str) -> bool:
    """Whether `short` is put together from beginnings of the words of `name`: "FRC", "KoHeRo"; small words may be left out."""
    parts: list[str] = []
    for letter in filter(str.isalpha, short):
        if letter.islower() and parts:
            parts[-1] += letter
        else:
            parts.append(letter)
    words = _WORD.findall(name)
    large = [word for word in words if not word.islower()]
    return len(parts) > 1 and any(
        len(parts) == len(of)
        and all(word.casefold().startswith(part.casefold()) for word, part in zip(of, parts, strict=True))
        for of in (words, large)
    )


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(_folded(form) for group in load_vocabulary("legal_forms") for form in group)


def _is_legal_form(text: str) -> bool:
    return _folded(text) in _legal_forms()


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
