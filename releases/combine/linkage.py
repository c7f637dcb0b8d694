"""Which listings of different directories are the same organisation: probabilistic record linkage, by Splink on DuckDB.

The model is that of Fellegi and Sunter ("A Theory for Record Linkage", 1969). What each agreement weighs is fixed here and not
estimated from the data: directories are small, a dataset of them is to be reproducible, and a score must mean the same in each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from parsers.folding import fold_accents, load_vocabulary
from releases.database import database

THRESHOLD = 0.95
"""The least probability that two listings are told to be the same."""
_OVERLAP = 0.2
"""The share of the smaller directory that is expected to be in the larger one."""
_RARE = 30
"""A word of more names than this brings no pair into consideration."""


@dataclass(frozen=True, slots=True)
class Record:
    """What of a listing tells which organisation it is. Telephone numbers are E.164, countries ISO 3166-1."""

    source: str
    id: str
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Two listings of different directories that are the same with the probability `score`, and what says so."""

    one: Record
    other: Record
    score: float
    evidence: tuple[str, ...]


def link(records: Sequence[Record]) -> list[Match]:
    """The listings that are the same, each with at most one of each other directory: the likeliest pairs first taken."""
    by_source: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: (record.source, record.id)):
        by_source.setdefault(record.source, []).append(record)
    if len(by_source) < 2:
        return []
    known = {record.id: record for record in records}
    taken: set[tuple[str, str]] = set()
    matches = []
    for one, other, score in sorted(_pairs(by_source), key=lambda pair: (-pair[2], pair[0], pair[1])):
        first, second = sorted((known[one], known[other]), key=lambda record: record.source)
        places = {(first.id, second.source), (second.id, first.source)}
        if not places & taken:
            taken |= places
            matches.append(Match(first, second, score, tuple(_evidence(first, second))))
    return sorted(matches, key=lambda match: (match.one.source, match.one.id, match.other.source))


def _pairs(by_source: dict[str, list[Record]]) -> list[tuple[str, str, float]]:
    from splink import DuckDBAPI, Linker

    rows = {source: [_row(record) for record in records] for source, records in by_source.items()}
    words = Counter(word for listed in rows.values() for row in listed for word in row["words"])
    for row in (row for listed in rows.values() for row in listed):
        row["rare"] = [word for word in row["words"] if words[word] <= _RARE] or None
        row["words"] = row["words"] or None
    sizes = sorted(map(len, rows.values()))
    with database() as connection:
        connection.execute(
            "SET lambda_syntax = 'ENABLE_SINGLE_ARROW'"
        )  # Splink 5.0 writes lambdas so, DuckDB 2.0 wants to be asked
        api = DuckDBAPI(connection)
        frames = [
            api.register(pa.Table.from_pylist(listed, schema=_SCHEMA), dataset_display_name=source)
            for source, listed in rows.items()
        ]
        linker = Linker(frames, _settings(_OVERLAP / sizes[-1]), log_level=None)
        found = linker.inference.predict(threshold_match_probability=THRESHOLD).as_record_list()
    return [(row["unique_id_l"], row["unique_id_r"], round(row["match_probability"], 4)) for row in found]


_SCHEMA = pa.schema(
    [
        ("unique_id", pa.string()),
        *(
            (name, pa.list_(pa.string()))
            for name in ("names", "words", "rare", "phones", "emails", "websites", "hosts")
        ),
        *((name, pa.string()) for name in ("postcode", "city", "country")),
    ]
)


def _row(record: Record) -> dict[str, Any]:
    names = sorted({folded for name in record.names if (folded := folded_name(name))})
    websites = sorted({_address(website) for website in record.websites})
    return {
        "unique_id": record.id,
        "names": names or None,
        "words": sorted({word for name in names for word in name.split() if len(word) > 2}),
        "phones": sorted(record.phones) or None,
        "emails": sorted(map(str.lower, record.emails)) or None,
        "websites": websites or None,
        "hosts": sorted({website.partition("/")[0] for website in websites}) or None,
        "postcode": f"{record.country} {record.postcode}".replace(" ", "") if record.postcode else None,
        "city": fold_accents(record.city) if record.city else None,
        "country": record.country,
    }


def folded_name(name: str) -> str:
    """A name as it is compared: without case, accents, signs and legal forms, its words in the order of the alphabet."""
    words = re.findall(r"\w+", fold_accents(_legal_forms().sub(" ", name)))
    return " ".join(sorted(words))


@cache
def _legal_forms() -> re.Pattern[str]:
    forms = sorted((form for listed in load_vocabulary("legal_forms") for form in listed), key=len, reverse=True)
    # A short one in other letters is a word ("as", "me").
    parts = (f"(?i:{re.escape(form)})" if len(form) > 3 else re.escape(form) for form in forms)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _address(website: str) -> str:
    return re.sub(r"^https?://(www\.)?|[?#].*$|/+$", "", website.lower())


def _settings(prior: float) -> Any:
    """Each comparison with its levels: how probable it is among pairs that are the same (m), and among others (u)."""
    import splink.comparison_level_library as cll
    from splink import SettingsCreator, block_on

    within = (
        "least(len(words_l), len(words_r)) >= 2 AND (list_has_all(words_l, words_r) OR list_has_all(words_r, words_l))"
    )
    shared = "list_has_any({0}_l, {0}_r)"
    comparisons = [
        _comparison(
            "names",
            (shared.format("names"), 0.5, 0.0002),
            (cll.PairwiseStringDistanceFunctionLevel("names", "jaro_winkler", 0.93), 0.25, 0.001),
            (within, 0.1, 0.001),
            (cll.PairwiseStringDistanceFunctionLevel("names", "jaro_winkler", 0.82), 0.08, 0.02),
            ("ELSE", 0.07, 0.9778),
        ),
        # Neighbours behind one switchboard have the postcode in common, too: a number weighs less than it would alone.
        _comparison("phones", (shared.format("phones"), 0.75, 0.0012), ("ELSE", 0.25, 0.9988)),
        _comparison("emails", (shared.format("emails"), 0.6, 0.0003), ("ELSE", 0.4, 0.9997)),
        _comparison(
            "websites",
            (shared.format("websites"), 0.7, 0.0006),
            (shared.format("hosts"), 0.1, 0.002),
            ("ELSE", 0.2, 0.9974),
        ),
        _comparison("postcode", ("postcode_l = postcode_r", 0.7, 0.005), ("ELSE", 0.3, 0.995)),
        _comparison("city", ("city_l = city_r", 0.85, 0.05), ("ELSE", 0.15, 0.95)),
        _comparison("country", ("country_l = country_r", 0.98, 0.2), ("ELSE", 0.02, 0.8)),
    ]
    blocks = [
        block_on(column, arrays_to_explode=[column]) for column in ("phones", "emails", "websites", "names", "rare")
    ]
    return SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[*blocks, block_on("postcode")],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
    )


def _comparison(column: str, *levels: tuple[Any, float, float]) -> Any:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    made: list[Any] = [cll.NullLevel(column)]
    for condition, m, u in levels:
        level = cll.ElseLevel() if condition == "ELSE" else condition
        level = cll.CustomLevel(level) if isinstance(level, str) else level
        made.append(level.configure(m_probability=m, u_probability=u))
    return cl.CustomComparison(made, output_column_name=column)


def _evidence(one: Record, other: Record) -> Iterable[str]:
    """What the two have in common, for people: the names, and each value that both have."""
    names = ({folded_name(name): name for name in record.names} for record in (one, other))
    first, second = (dict(sorted(found.items())) for found in names)
    same = sorted(first.keys() & second.keys())
    if same:
        yield f"name {first[same[0]]}"
    elif first and second:
        yield f"names {min(first.values())} / {min(second.values())}"
    for what, mine, theirs in (
        ("phone", one.phones, other.phones),
        ("email", one.emails, other.emails),
        ("website", map(_address, one.websites), map(_address, other.websites)),
        ("postcode", [one.postcode or ""], [other.postcode or ""]),
        ("city", [one.city or ""], [other.city or ""]),
        ("country", [one.country or ""], [other.country or ""]),
    ):
        yield from (f"{what} {value}" for value in sorted(set(mine) & set(theirs)) if value)
