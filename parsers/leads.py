"""What stands before a contact on its line: the label that says what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers import labels
from parsers.labels import LabelKind

EDGES = " \t\u00a0,;:|•·–—-/*>→"
"""What separates contacts and belongs to none."""

JOINER = re.compile(
    r"[\s,;/|•·–—&+-]*(?:(?:or|ou|oder|of|o|and|et|und|en|y|e|i|och|og|lub|sau|veya|или|أو|ή)\b)?[\s,;/|:-]*",
    re.IGNORECASE,
)
"""What joins two contacts of one kind: a comma, a slash, an "or"."""

NOTE = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
"""A remark in brackets."""

_SYMBOLS: dict[str, LabelKind] = {
    **dict.fromkeys(("t", "p", "m", "g", "☎", "☏", "✆", "📞", "📱", "т"), "phone"),
    **dict.fromkeys(("f", "📠", "ф"), "fax"),
    **dict.fromkeys(("e", "@", "✉", "📧"), "email"),
    **dict.fromkeys(("w", "i", "🌐"), "url"),
}
_SYMBOL = re.compile(r"(?:^|[\s|,;/•·(])(\S)[\ufe0e\ufe0f]?$")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands before a contact.

    `kind` is what a known label announces, `unknown` a label with a colon that the vocabulary does not have, `other` says
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
    for word in list(re.finditer(r"\S+", text))[-_MOST_WORDS:]:
        label = text[word.start() :]
        if re.search(r"[,;|]", label):
            continue  # it would be two things
        match = labels.match(label)
        if match and (match.kind or match.key in ("contact_seeking_help", "contact_details")):
            return Lead(match.kind, text[: word.start()], start)
        if match and match.key == "other":
            return Lead(None, text, start, other=True)
    symbol = _SYMBOL.search(text)
    if symbol and (kind := _SYMBOLS.get(symbol[1].casefold())):
        return Lead(kind, text[: symbol.start(1)], start)
    if gap.rstrip().endswith(":") and text.strip():
        head, separator, label = text.rpartition("|")
        return Lead(None, head + separator, start, unknown=label.strip(EDGES) or None)
    return Lead(None, gap, start)
