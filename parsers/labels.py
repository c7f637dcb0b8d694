"""Which fact a printed label announces: the vocabulary of labels, looked up.

The vocabulary is `vocabulary/labels.yml`; in the form in which it is looked up (`parsers.made`) it is read once, at the first
look-up, and from then on a label costs a few dictionary look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal, cast

from parsers.folding import KEPT, fold, fold_accents, load_vocabulary
from parsers.frozen import lightly
from parsers.joiners import CONJUNCTIONS
from parsers.made import Table, kept
from parsers.model import ContactType

LabelKind = ContactType | Literal["phone_fax"]
"""What kind of contact a label announces; `phone_fax` is one number for both."""


@lightly(frozen=True, slots=True)
class LabelMatch:
    """What a label is taken for.

    `key` is the fact ("country", "contact_details", ...), `kind` the kind of contact where it names one, `lang` the
    language of the label (BCP 47), None where it is a word of several languages or a label in two.
    """

    key: str
    kind: LabelKind | None = None
    lang: str | None = None


_NO_LABELS: Mapping[str, str] = MappingProxyType({})
# "Language(s)", "Sprache(n)": the ending in brackets is part of the word
_OPTIONAL_ENDING = re.compile(r"(?<=\w)\((\w{1,3})\)")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_NUMBERING = re.compile(r"\s+24\s?/\s?7$|\s+24\s?h(?:/24)?$|(?<=\D)\s*#?\d{1,2}$")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST = 160
_EDGES = " \t:;.,*-|•·?¿!؟؛،⁚"
_JOINERS = re.compile(rf"\s*[/|;,&+]\s*|\s+-\s+|\s+(?:{CONJUNCTIONS})\s+")

_MOST_WORDS = 3  # of a part of a label that nobody knows
_COMBINED = {
    frozenset({"areas_served", "languages"}): "areas_served_languages",
    frozenset({"region", "languages"}): "areas_served_languages",
    frozenset({"country", "region"}): "region",
    frozenset({"organization_name", "contact_details"}): "contact_details",
    frozenset({"region", "contact_details"}): "contact_details",
    frozenset({"areas_served", "areas_served_languages"}): "areas_served_languages",
    frozenset({"languages", "areas_served_languages"}): "areas_served_languages",
}


def match(label: str, extra: Mapping[str, str] = _NO_LABELS) -> LabelMatch | None:
    """What `label` is taken for, or None where nobody knows it.

    Case, white space, quotes and a closing colon do not matter, nor do accents where the exact word is not known. A label
    in two languages ("Pays / Land") is what its known parts agree on; a label of two facts ("Areas served, languages") is
    their combination. Where the parts contradict each other, nothing is guessed. `extra` holds a source's own labels, as
    printed, and their keys; they win.
    """
    if len(label) > _LONGEST:
        return None
    if extra and (folded := _trim(label)):
        own = _own_labels(tuple(sorted(extra.items())))
        key = own.get(folded) or own.get(_trim(_BRACKETED.sub(" ", folded)))
        if key:
            known = _look_up(folded)
            return LabelMatch(key, known.kind if known and known.key == key else None, known.lang if known else None)
    return _match(label)


@lru_cache(maxsize=KEPT)  # the labels of a site recur on each of its pages
def _match(label: str) -> LabelMatch | None:
    folded = _trim(label)
    return _match_folded(folded) if folded and _may_be_known(folded) else None


def _may_be_known(folded: str) -> bool:
    """Whether any word is one of the vocabulary's: no other label is known, nor a part of it."""
    words = _LETTERS.findall(fold_accents(folded))
    return not words or not _words().isdisjoint(words)


@cache
def _words() -> frozenset[str]:
    return frozenset(_LETTERS.findall("\n".join(_kept("labels_bare"))))


def _match_folded(folded: str) -> LabelMatch | None:
    return next((found for form in _forms(folded) if (found := _look_up(form) or _combined(form))), None)


def is_own(label: str, extra: Mapping[str, str]) -> bool:
    """Whether a source's own labels, as printed, say what `label` is."""
    return bool(extra) and _trim(label) in _own_labels(tuple(sorted(extra.items())))


def _trim(label: str) -> str:
    folded = fold(label)
    return (_OPTIONAL_ENDING.sub(r"\1", folded) if "(" in folded else folded).strip(_EDGES)


def _forms(folded: str) -> Iterator[str]:
    yield folded
    bare = _BRACKETED.sub(" ", folded).strip(_EDGES)
    if bare and bare != folded:
        yield bare
    unnumbered = _NUMBERING.sub("", bare).strip(_EDGES)
    if unnumbered and unnumbered != bare:
        yield unnumbered


@cache
def _own_labels(labels: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {_trim(label): key for label, key in labels}


def _make_exact() -> Table:
    """The labels by their folded form."""
    return _make(lambda form: form)


def _make_bare() -> Table:
    """The labels by their folded form without accents."""
    return _make(fold_accents)


def _make(written: Callable[[str], str]) -> Table:
    table: dict[str, LabelMatch] = {}
    for entry in load_vocabulary("labels"):
        for lang, labels in entry["labels"].items():
            found = LabelMatch(entry["key"], entry.get("kind"), lang)
            for label in labels:
                form = written(_trim(label))
                first = table.setdefault(form, found)
                if first.lang != lang:
                    table[form] = LabelMatch(first.key, first.kind, None)
    return {form: f"{known.key} {known.kind or ''} {known.lang or ''}" for form, known in table.items()}


TABLES: dict[str, tuple[str, Callable[[], Table]]] = {
    "labels": ("labels", _make_exact),
    "labels_bare": ("labels", _make_bare),
}
"""The tables of `parsers.made` that this module makes: the vocabulary that each is made of, and how."""


@cache
def _kept(name: str) -> Table:
    return kept(name, *TABLES[name])


def _look_up(form: str) -> LabelMatch | None:
    told = _kept("labels").get(form) or _kept("labels_bare").get(fold_accents(form))
    return _match_told(told) if told else None


@cache
def _match_told(told: str) -> LabelMatch:
    key, kind, lang = told.split(" ")
    return LabelMatch(key, cast("LabelKind", kind) if kind else None, lang or None)


def _combined(form: str) -> LabelMatch | None:
    parts = [part for part in (text.strip(_EDGES) for text in _JOINERS.split(form)) if part]
    if len(parts) < 2:
        return None
    known_parts = {part: known for part in parts if (known := _look_up(part))}
    found = [known_parts[part] for part in parts if part in known_parts]
    if not found or 2 * len(found) < len(parts) or (len(found) < len(parts) and not _joined(form, known_parts)):
        return None
    keys = frozenset(known.key for known in found)
    if keys == {"other"} and len(found) < len(parts):
        return None
    key = next(iter(keys)) if len(keys) == 1 else _COMBINED.get(keys)
    if key is None:
        return None
    langs = {known.lang for known in found}
    return LabelMatch(key, _combined_kind(found), langs.pop() if len(langs) == 1 and len(found) == len(parts) else None)


def _joined(form: str, known: Mapping[str, LabelMatch]) -> bool:
    """Whether a label of which only some parts are known is a list: its "and" is of their language, and no part a sentence.

    "Select a country" and "Town of Harbour" are no lists, although "a" is "and" in Czech, and "of" is "or" in Dutch.
    """
    langs = {match.lang for match in known.values()}
    for joiner in _JOINERS.finditer(form):
        word = joiner.group().strip()
        if word.isalpha() and not any(word in load_vocabulary("conjunctions").get(lang, ()) for lang in langs):
            return False
    parts = (text.strip(_EDGES) for text in _JOINERS.split(form))
    return all(len(part.split()) <= _MOST_WORDS for part in parts if part not in known)


def _combined_kind(found: list[LabelMatch]) -> LabelKind | None:
    kinds = {known.kind for known in found}
    if kinds == {"phone", "fax"}:
        return "phone_fax"
    return kinds.pop() if len(kinds) == 1 else None
