"""Two texts word by word: what stayed, what went, what came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Scripts that do not part words by spaces are compared letter by letter: Thai, Lao, Khmer, kana, Han.
_WORDS = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+|\s+|[^\w\s]")
_MOST = 3000
"""Words of a text that are compared: the time grows with their square."""
_AROUND = 80
"""Characters that are left of a long stretch that stayed, before and after what changed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of two texts: what both have, what only the one before has, or only the one after."""

    kind: Literal["same", "gone", "new"]
    text: str


def difference(before: str | None, after: str | None) -> list[Part]:
    """The way from `before` to `after`, word by word; long stretches that stayed are shortened to what is near a change."""
    old, new = _WORDS.findall(before or ""), _WORDS.findall(after or "")
    if len(old) > _MOST or len(new) > _MOST:
        return _shortened([*_part("gone", [before or ""]), *_part("new", [after or ""])])
    parts: list[Part] = []
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if old[a:b] == new[c:d]:
            parts += _part("same", old[a:b])
        else:
            parts += [*_part("gone", old[a:b]), *_part("new", new[c:d])]
    return _shortened(_joined(parts))


def _part(kind: Literal["same", "gone", "new"], words: list[str]) -> Iterator[Part]:
    if text := "".join(words):
        yield Part(kind, text)


def _joined(parts: list[Part]) -> list[Part]:
    """Without islands of white space between changes: "a b" to "c d" is one change, not two."""
    gone: list[str] = []
    new: list[str] = []
    found: list[Part] = []

    def close() -> None:
        found.extend([*_part("gone", gone), *_part("new", new)])
        gone.clear()
        new.clear()

    for number, part in enumerate(parts):
        island = part.kind == "same" and not part.text.strip() and (gone or new) and number + 1 < len(parts)
        if part.kind == "same" and not island:
            close()
            found.append(part)
        else:
            if part.kind != "new":
                gone.append(part.text)
            if part.kind != "gone":
                new.append(part.text)
    close()
    return found


def _shortened(parts: list[Part]) -> list[Part]:
    last = len(parts) - 1
    found = []
    for number, part in enumerate(parts):
        text = part.text
        if part.kind == "same" and last and len(text) > 3 * _AROUND:
            head = "" if number == 0 else text[:_AROUND]
            tail = "" if number == last else text[-_AROUND:]
            text = f"{head} … {tail}"
        found.append(Part(part.kind, text))
    return found
