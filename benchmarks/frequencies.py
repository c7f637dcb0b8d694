"""Write the word lists that language detection reads: `python -m benchmarks.frequencies`, with wordfreq installed.

They are those of wordfreq (Speer 2022, doi:10.5281/zenodo.7199437), which is no dependency: its lists are 60 MB, of which
the commonest words of the languages that share a script are enough. `parsers/vocabulary/frequencies.md` says what the file
holds. Same wordfreq, same bytes.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict

import numpy as np

from parsers import affixes
from parsers.frequencies import FILE, FLOOR, STEP, bare, key
from parsers.ngrams import NGrams
from parsers.scripts import script

# Beyond so many words of a language, more of them gain next to nothing (docs/decisions/languages.md).
_WORDS = 60_000
# What a word loses, in nats, where it is printed without its accents.
_COST_BARE = 1.5
# Affixes are counted in words up to this rank, kept if so many words of all languages have them, and their shares are smoothed
# as if there were so many words more, half a word for each affix.
_AFFIX_WORDS = 100_000
_LEAST_WORDS = 20
_SMOOTHING = 5000
_LEAST_LOG = -4.0
_TAGS = {"nb": "no", "fil": "tl", "sh": "hr"}
_SHARED_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI")


def main() -> int:
    """Write the file, and print how many words each language has in it."""
    from wordfreq import available_languages, get_frequency_dict

    entries: defaultdict[int, dict[int, int]] = defaultdict(dict)
    tags: list[str] = []
    ngrams = NGrams()
    compared = ngrams.tags[: ngrams.latin]
    counts: dict[str, Counter[str]] = {}
    for code in sorted(available_languages("small")):
        frequencies = get_frequency_dict(code, "best")
        logs = _logs(frequencies)
        if not any(script(word[0]) in _SHARED_SCRIPTS for word in list(logs)[:50]):
            continue
        tags.append(_TAGS.get(code, code))
        if tags[-1] in compared:
            counts[tags[-1]] = _affixes(frequencies)
        for word, log in logs.items():
            level = min(round(-log / STEP), 255)
            old = entries[key(word)].get(len(tags) - 1, level)
            entries[key(word)][len(tags) - 1] = min(level, old)
        print(f"{tags[-1]:4s} {len(logs):7d}")
    keys = sorted(entries)
    pairs = [pair for each in keys for pair in sorted(entries[each].items())]
    steps = np.diff(np.array(keys, np.uint32), prepend=np.uint32(0))
    if steps.max() > np.iinfo(np.uint16).max:
        raise SystemExit("Two keys are too far apart for the file's format: are there too few words?")
    with FILE.open("wb") as stream:
        np.savez(
            stream,
            tags=np.array(tags),
            steps=steps.astype(np.uint16),
            counts=np.array([len(entries[each]) for each in keys], np.uint8),
            columns=np.array([column for column, _ in pairs], np.uint8),
            levels=np.array([level for _, level in pairs], np.uint8),
        )
    print(f"{len(keys)} words, {len(pairs)} entries, {FILE.stat().st_size} bytes")
    _write_affixes(counts)
    return 0


def _affixes(frequencies: dict[str, float]) -> Counter[str]:
    """How many of the commonest words begin and end with what."""
    ranked = _ranked(frequencies)[:_AFFIX_WORDS]
    long = [word for word in ranked if word.isalpha() and len(word) >= affixes.SHORTEST]
    return Counter(affix for word in long for affix in affixes.affixes(word))


def _write_affixes(counts: dict[str, Counter[str]]) -> None:
    total: Counter[str] = sum(counts.values(), Counter())
    kept = sorted((affixes.key(affix), affix) for affix, words in total.items() if words >= _LEAST_WORDS)
    logs = np.log(
        [
            (np.array([found[affix] for _, affix in kept]) + 0.5) / (found.total() / 2 + _SMOOTHING)
            for found in counts.values()
        ]
    )
    logs = np.maximum(logs - logs.max(axis=0), _LEAST_LOG)
    with affixes.FILE.open("wb") as stream:
        np.savez(
            stream,
            tags=np.array(list(counts)),
            keys=np.array([key for key, _ in kept], np.uint32),
            levels=np.rint(logs / -affixes.STEP).astype(np.uint8),
        )
    print(f"{len(kept)} affixes, {affixes.FILE.stat().st_size} bytes")


def _ranked(frequencies: dict[str, float]) -> list[str]:
    return sorted(frequencies, key=lambda word: (-frequencies[word], word))


def _logs(frequencies: dict[str, float]) -> dict[str, float]:
    """The commonest words and the logarithms of their frequencies; what they are without accents too."""
    logs = {
        word: math.log(frequencies[word])
        for word in _ranked(frequencies)[:_WORDS]
        if not any(c.isdigit() for c in word)
    }
    for word, log in list(logs.items()):
        logs[bare(word)] = max(logs.get(bare(word), -math.inf), log - _COST_BARE * (bare(word) != word))
    return {word: log for word, log in logs.items() if log > FLOOR}


if __name__ == "__main__":
    sys.exit(main())
