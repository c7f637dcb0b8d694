"""How words begin and end in each language: what tells of words too rare for a list.

"Uniformering" and "Folkrepubliken" are in no list of words that one would want to carry, but words that begin or end as they do
are. Counted in the lists of wordfreq (Speer 2022), for languages in Latin letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "vocabulary" / "affixes.npz"
SHORTEST = 5
"""Letters that a word must have, so that what it begins with is not all of it."""
STEP = 1 / 16
"""Log-shares, less the best of them, are kept as one byte: their negative in such steps."""
_SIZE = 4
_UNLISTED = 1.0
"""How much worse than in the best language, in nats, a word is taken to begin or end in a language without a list."""


def affixes(word: str) -> tuple[str, str]:
    """The first letters of a folded word and the last ones, marked as such."""
    return f"^{word[:_SIZE]}", f"{word[-_SIZE:]}$"


def key(affix: str) -> int:
    """What the file knows it by."""
    return crc32(affix.encode("utf-8", "replace"))


class Affixes:
    """The table, read once; read only, hence safe to share by threads."""

    def __init__(self, tags: Sequence[str]) -> None:
        """`tags` are the languages (BCP 47) that `logs` has columns for."""
        with np.load(FILE) as stored:
            self._keys, levels = stored["keys"], stored["levels"]
            listed = {tag: column for column, tag in enumerate(stored["tags"].tolist())}
            # The last row is that of what no word of a list begins or ends with.
            self._levels = np.full((len(self._keys) + 1, len(tags)), round(_UNLISTED / STEP), np.uint8)
            for column, tag in enumerate(tags):
                if tag in listed:
                    self._levels[:-1, column] = levels[listed[tag]]
        self._levels[-1] = 0

    def logs(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """How much less likely in each language than in the best one `words` begin and end so: (words, languages).

        `words` are folded, without blanks, and at least one.
        """
        text = " ".join(chain.from_iterable(map(affixes, words)))
        wanted = np.fromiter(map(crc32, text.encode("utf-8", "replace").split(b" ")), np.uint32, 2 * len(words))
        rows = self._keys.searchsorted(wanted)
        rows[self._keys.take(rows, mode="clip") != wanted] = len(self._keys)
        levels = self._levels.take(rows, axis=0)
        sums: npt.NDArray[np.float32] = levels[::2].astype(np.float32)
        sums += levels[1::2]
        sums -= np.minimum.reduce(sums, axis=1, keepdims=True)
        sums *= np.float32(-STEP)
        return sums
