"""What stands before a contact on its line: the label that says what it is."""

from __future__ import annotations

import re
from functools import cache

from parsers import labels
from parsers.folding import fold, has_digit, load_vocabulary, load_words, longest_first
from parsers.frozen import lightly
from parsers.joiners import JOINER
from parsers.labels import LabelKind, LabelMatch
from parsers.meanings import roles

EDGES = " \t\u00a0,;:|•·–—-/*>→"
"""What separates contacts and belongs to none."""

NOTE = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
"""A remark in brackets."""

_SYMBOLS: dict[str, LabelKind] = {
    **dict.fromkeys(("t", "p", "m", "g", "☎", "☏", "✆", "📞", "📱", "т"), "phone"),
    **dict.fromkeys(("f", "📠", "ф"), "fax"),
    **dict.fromkeys(("e", "@", "✉", "📧"), "email"),
    **dict.fromkeys(("w", "i", "🌐"), "url"),
}
_SYMBOL = re.compile(r"(?:^|[\s|,;/•·(])(\S)[\ufe0e\ufe0f]?$")
# Labels of these announce digits that nobody dials: a register, a year, a price.
_COUNTED = frozenset({"number", "date", "money"})
_LEADING = re.compile(r"(\S)[\ufe0e\ufe0f]?(\s?[:.]|\s-|(?=\s))\s*")
_FITS: dict[LabelKind, re.Pattern[str]] = {
    "phone": re.compile(r"[+(]?\d(?:[\s().\-–/]*\d){5}"),
    "fax": re.compile(r"[+(]?\d(?:[\s().\-–/]*\d){5}"),
    "email": re.compile(r"[^\s@]+(?:@|\s?[(\[]\s?at\s?[)\]]\s?)[^\s@]+"),
    "url": re.compile(r"(?:https?://|www\.)\S|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/|\s|$)", re.I),
}
_WORDED = re.compile(r"(?![|/,;·•\s])([^\W\d_][^\d@:+()|;,]{1,40}?)\.?\s+(?=[+(]?\d|[^\s@]+@)")
_SPACES = re.compile(r"\s*")
_WHOLE: dict[LabelKind, re.Pattern[str]] = {
    **dict.fromkeys(("phone", "fax"), re.compile(r"[+(]?\d(?:[\s().\-–/]{0,3}\d){5,}")),
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\W\d_]{2,}"),
}
_WORDS = re.compile(r"\S+")
_MOST_WORDS = 5
# A label stands this near before what it announces, in characters: a line of thousands of numbers is read in linear time.
_NEAR = 160


@lightly(frozen=True, slots=True)
class Lead:
    """What stands before a contact.

    `kind` is what a known label announces, `unknown` a label with a colon that the vocabulary does not have, or the words that
    ask to call, `other` says
    that the label is known, and announces no contact (a bank account, a register). `rest` is the text before the label and
    `start` its place. `joined` says that there is nothing but a joiner: what holds for the contact before holds for this
    one.
    """

    kind: LabelKind | None
    rest: str
    start: int
    joined: bool = False
    unknown: str | None = None
    other: bool = False


def read_lead(gap: str, start: int, *, first: bool) -> Lead:
    """Read the text between the contact before (or, for the `first`, the line's start) and a contact; `start` is its place."""
    if not first:
        note = NOTE.match(gap)
        if note:
            gap, start = gap[note.end() :], start + note.end()
        if JOINER.fullmatch(gap):
            return Lead(None, "", start, joined=True)
    text = gap.rstrip(" \t\u00a0:.-–—=(")
    near = max(0, len(text) - _NEAR)
    for word in list(_WORDS.finditer(text, near))[-_MOST_WORDS:]:
        label = text[word.start() :]
        if re.search(r"[,;|]", label):
            continue  # it would be two things
        match = labels.match(label)
        if match and (match.kind or match.key in ("contact_seeking_help", "contact_details")):
            return Lead(match.kind, text[: word.start()], start)
        if match and match.key == "other":
            if roles(label) & _COUNTED:
                return Lead(None, text, start, other=True)
            return Lead(None, text[: word.start()], start, unknown=label)
    if _identifier().search(fold(text[near:])):
        return Lead(None, text, start, other=True)
    asked = _call().search(text, near)
    if asked:
        return Lead("phone", text[: asked.start()], start, unknown=asked.group().strip(EDGES))
    symbol = _SYMBOL.search(text, near)
    if symbol and (kind := _SYMBOLS.get(symbol[1].casefold())):
        return Lead(kind, text[: symbol.start(1)], start)
    if gap.rstrip().endswith(":") and text.strip():
        head, separator, label = text.rpartition("|")
        return Lead(None, head + separator, start, unknown=label.strip(EDGES) or None)
    return Lead(None, gap, start)


def leading_symbol(text: str) -> tuple[int, LabelKind] | None:
    """A letter or sign that labels a contact at the beginning of a line ("t: 030 201 0101"): where it ends, and the kind.

    What follows must be of that kind: one letter proves nothing by itself.
    """
    kind = _SYMBOLS.get(text[:1].casefold())
    found = _LEADING.match(text) if kind else None
    if found is None or kind is None or not (found[2] or not found[1].isalnum()):
        return None
    return (found.end(1), kind) if _FITS[kind].match(text, found.end()) else None


def leading_word(text: str, start: int) -> tuple[int, int, int, LabelMatch] | None:
    """A known word at `start` that labels a contact without a colon: "Tel 030 201 0101", "E-mail desk@harbour.example".

    Where the word ends, where the contact begins and ends, and what the word is taken for. The contact must be of that kind, and
    end the line, or what follows be set apart or be the next of the kind: prose goes on ("call 030 201 0101 if you ...").
    """
    found = _labelled(text, start) if "@" in text or has_digit(text) else None
    if found is None:
        return None
    after = _SPACES.match(text, found[2]).end()  # type: ignore[union-attr]
    if after < len(text) and text[after] not in "|/,;(–·•-" and _labelled(text, after) is None:
        return None
    return found


def _labelled(text: str, start: int) -> tuple[int, int, int, LabelMatch] | None:
    found = _WORDED.match(text, start)
    known = labels.match(found[1]) if found else None
    whole = _WHOLE.get(known.kind) if known and known.kind else None
    value = whole.match(text, found.end()) if found and whole else None
    return (found.end(1), found.end(), value.end(), known) if found and known and value else None


@cache
def _identifier() -> re.Pattern[str]:
    """What stands before a number of a register, a bank or a book: "Org.nr", "VAT BE", "N° TVA :"."""
    words = longest_first(_spaced(word) for word in load_words("identifiers"))
    pattern = "|".join(re.escape(word).replace(r"\ ", r"[.\s/-]*") for word in words)
    number = r"(?:n[ro°º]?|nº|№|number|numéro|nummer|número|numero)"
    return re.compile(rf"(?<!\w)(?:{pattern})(?:[.\s:-]*{number})?[.\s:#-]*(?:[a-z]{{1,3}}\.?\s?\d{{0,2}}\s?)?$")


def _spaced(word: str) -> str:
    return " ".join(fold(word).replace("-", " ").replace("/", " ").split())


@cache
def _call() -> re.Pattern[str]:
    """What asks to dial a number, up to three words before it: "Call us on", "Text HELLO to", "Composez le"."""
    by_language = load_vocabulary("phone_words")["call"]
    words = "|".join(map(re.escape, longest_first(word for words in by_language.values() for word in words)))
    return re.compile(rf"(?<!\w)(?:{words})(?:[\s:]+[^\s\d.,;:!?]+){{0,3}}[\s:]*$", re.IGNORECASE)
