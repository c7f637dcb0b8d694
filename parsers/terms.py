"""Lists and closed lists: items, languages, kinds of organization, reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial

from parsers.folding import fold, fold_accents, fold_many, load_vocabulary
from parsers.joiners import AND
from parsers.made import Table, kept
from parsers.model import Line, Term
from parsers.places import babel_names, country, is_subdivision
from parsers.wordfinder import WordFinder, index_words

_EDGES = " \t\u00a0,;|/•·*–—:"
_BULLETS = re.compile(r"\s*[;|•·\n]\s*")
_SPACED_SLASH = re.compile(r"\s+/\s*|\s*/\s+")
_COMMA = re.compile(r",\s+|،\s*|、\s*|，\s*")
_JOINING_SIGN = re.compile(r"[/+&]")
_JOINED = re.compile(rf"{_COMMA.pattern}|{AND.pattern}|{_JOINING_SIGN.pattern}", AND.flags)
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"[A-Z]{2}\Z")
_LANGUAGE_WORD = re.compile(
    r"\b(?:languages?|langues?|taal|sprache|idioma|lingua|língua|språk|sprog|język|limba|dili|язык|мова|γλώσσα)\b|اللغة|لغة",
    re.IGNORECASE,
)


def items(line: Line) -> list[Term]:
    """The items of a list on one line, as printed, without codes.

    The strongest separator that is there divides: semicolons, bars and bullets, then slashes with a blank beside them, then
    commas. What stands in brackets is never divided, nor is a slash between letters ("and/or", "24/7").
    """
    for separator in (_BULLETS, _SPACED_SLASH, _COMMA):
        if separator.search(line.text):
            terms = _split(line, 0, len(line.text), separator)
            if len(terms) > 1:
                return terms
    return _split(line, 0, len(line.text), _BULLETS)


def areas(line: Line) -> list[Term]:
    """The areas that a line names, as printed; a country has its ISO 3166-1 alpha-2 code, anything else None."""
    terms = []
    for item in items(line):
        named = country(item.text)
        terms.append(Term(item.text, named.code if named else None, item.start, item.end))
    return terms


def languages(line: Line) -> list[Term]:
    """The languages that a line names, with their ISO 639-1 code, else ISO 639-3; an unknown one has none.

    Names are known in every language of the Unicode CLDR, and those of ISO 639-3 in English.
    """
    found: list[Term] = []
    for item in items(line):
        found += _languages_of(item) or [item]
    return found


def may_list_languages(line: Line) -> bool:
    """Whether some part of a line is a language of the common names: a look before `languages`, which knows thousands more."""
    words = _WORD.findall(fold_accents(line.text))
    if words and _language_words().isdisjoint(words):
        return False
    parts = (part for item in items(line) for part in _JOINED.split(item.text))
    return any(form in _main_language_names() for part in parts for form in _language_forms(part))


def areas_and_languages(line: Line) -> tuple[list[Term], list[Term]]:
    """The areas and the languages of a line under a label that names both: an item that is a language is one."""
    named_areas: list[Term] = []
    named_languages: list[Term] = []
    for group in _split(line, 0, len(line.text), _BULLETS):
        part = Line(group.text, group.start)
        for item in items(part):
            # Limburg and Punjab are languages, too
            found = None if country(item.text) or is_subdivision(item.text) else _languages_of(item)
            if found and all(term.code for term in found):
                named_languages += found
            else:
                named_areas += areas(Line(item.text, item.start))
    return named_areas, named_languages


def organization_type(line: Line) -> Term:
    """What kind of organization a line names.

    The code is government, ngo, private, academic, health or intergovernmental; None where no word of the vocabulary is
    there, or where its items contradict each other.
    """
    return _coded(line, "organization_type", widest=False)


def reach(line: Line) -> Term:
    """How far a line says that an organization reaches.

    The code is local, regional, national or international, the widest of several; None where no word of the vocabulary is
    there.
    """
    return _coded(line, "reach", widest=True)


def _split(line: Line, start: int, end: int, separator: re.Pattern[str]) -> list[Term]:
    """The parts of line.text[start:end] between separators outside brackets, trimmed, without empty ones."""
    depths = _depths(line.text)
    parts: list[Term] = []
    position = start
    for match in [*separator.finditer(line.text, start, end), None]:
        if match and depths[match.start()]:
            continue
        stop = match.start() if match else end
        text = line.text[position:stop]
        stripped = text.strip(_EDGES)
        if match is None and stripped.count(".") == 1:
            stripped = stripped.rstrip(".")  # of the sentence; those of "e.V." and of "Jal., Col." belong to the item
        if stripped:
            place = line.start + position + text.find(stripped)
            parts.append(Term(stripped, None, place, place + len(stripped)))
        position = match.end() if match else end
    return parts


def _depths(text: str) -> list[int]:
    """How many brackets are open at each character; one that is never closed does not count."""
    closing = {")": "(", "]": "[", "）": "（"}
    depths = [0] * (len(text) + 1)
    if not any(char in text for char in closing):
        return depths
    open_at: list[int] = []
    for index, char in enumerate(text):
        if char in closing.values():
            open_at.append(index)
        elif char in closing and open_at and text[open_at[-1]] == closing[char]:
            for inside in range(open_at.pop(), index):
                depths[inside] += 1
    return depths


def _languages_of(item: Term) -> list[Term]:
    """The languages of one item: itself, or where it joins several ("French and German", "NL/FR") each of them."""
    code = language_code(item.text)
    if code:
        return [Term(item.text, code, item.start, item.end)]
    line = Line(item.text, item.start)
    for separator in (_COMMA, AND, _JOINING_SIGN):
        if not separator.search(item.text):
            continue
        parts = _split(line, 0, len(item.text), separator)
        if len(parts) > 1:
            found = [_languages_of(part) for part in parts]
            if any(found):
                return [term for part, terms in zip(parts, found, strict=True) for term in terms or [part]]
    return []


@lru_cache(maxsize=8192)
def language_code(name: str) -> str | None:
    """The code of the language called `name` (ISO 639-1, else ISO 639-3), or None."""
    if _CODE.match(name):
        return _codes().get(name)
    for form in _language_forms(name):
        for table in (_main_language_names, _all_language_names):
            code = table().get(form)
            if code:
                return code
    return None


@cache
def _codes() -> Table:
    return kept("language_codes", *TABLES["language_codes"])


def _make_codes() -> Table:
    import pycountry

    return {item.alpha_2.upper(): item.alpha_2 for item in pycountry.languages if hasattr(item, "alpha_2")}


def _language_forms(name: str) -> Iterator[str]:
    folded = fold(name).strip(_EDGES + ".")
    bare = re.sub(r"\s*[(\[].*?[)\]]", "", folded).strip(_EDGES)
    without_word = " ".join(_LANGUAGE_WORD.sub(" ", bare).split())
    for form in dict.fromkeys((folded, bare, without_word)):
        if form:
            yield form
            yield fold_accents(form)


@cache
def _main_language_names() -> Table:
    return kept("languages", *TABLES["languages"])


def _make_main_language_names() -> Table:
    own = (
        (word, code)
        for code, by_language in load_vocabulary("terms")["languages"].items()
        for words in by_language.values()
        for word in words
    )
    return _by_form([*own, *_of_languages(babel_names("languages", wide=False))])


@cache
def _language_words() -> frozenset[str]:
    return frozenset(word for name in _main_language_names() for word in _WORD.findall(name))


@cache
def _all_language_names() -> Table:
    return kept("languages_wide", *TABLES["languages_wide"])


def _make_all_language_names() -> Table:
    import pycountry

    living = (item for item in pycountry.languages if item.type == "L" and item.scope in ("I", "M"))
    named = [(item.name, getattr(item, "alpha_2", item.alpha_3)) for item in living]
    return _by_form([*named, *_of_languages(babel_names("languages", wide=True))])


def _of_languages(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(name, code) of what CLDR has as (tag, name), without the tags that stand for no language."""
    for tag, name in names:
        code = tag.split("_")[0]
        if code not in ("mul", "und", "zxx", "mis", "root"):
            yield name, code


def _by_form(named: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The code of each name by its folded forms; the first name of a form has it."""
    codes: dict[str, str] = {}
    for (_, code), forms in zip(named, fold_many(name for name, _ in named), strict=True):
        for form in forms:
            codes.setdefault(form, code)
    return codes


def _coded(line: Line, vocabulary: str, *, widest: bool) -> Term:
    text = line.text.strip()
    start = line.start + line.text.find(text)
    order = _closed_list(vocabulary)[0]
    whole = _code(text, vocabulary)
    parts = [code for item in items(line) if (code := _code(item.text, vocabulary))]
    codes = sorted(set(parts or ([whole] if whole else [])), key=order.index)
    code = codes[0] if codes and (widest or len(codes) == 1) else None
    return Term(text, code, start, start + len(text))


@lru_cache(maxsize=8192)
def _code(text: str, vocabulary: str) -> str | None:
    """The first code in the vocabulary's order whose words are in `text`; a longer word outweighs the ones in it."""
    codes, finder = _closed_list(vocabulary)
    found = finder.find(text)
    told = {code for a, b, code in found if not any(s <= a and b <= e and e - s > b - a for s, e, _ in found)}
    return next((code for code in codes if code in told), None)


@cache
def _closed_list(vocabulary: str) -> tuple[tuple[str, ...], WordFinder]:
    """The codes of a closed list, in the order of the vocabulary, and what finds their words."""
    return tuple(load_vocabulary("terms")[vocabulary]), WordFinder(kept(vocabulary, *TABLES[vocabulary]))


def _make_index(vocabulary: str) -> Table:
    return index_words(
        (word, code)
        for code, by_language in load_vocabulary("terms")[vocabulary].items()
        for words in by_language.values()
        for word in words
    )


TABLES: dict[str, tuple[str, Callable[[], Table]]] = {
    "language_codes": ("terms", _make_codes),
    "languages": ("terms", _make_main_language_names),
    "languages_wide": ("terms", _make_all_language_names),
    **{vocabulary: ("terms", partial(_make_index, vocabulary)) for vocabulary in ("organization_type", "reach")},
}
"""The tables of `parsers.made` that this module makes: the vocabulary that each is made of, and how."""
