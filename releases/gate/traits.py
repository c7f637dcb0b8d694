"""What listings had in one release and have no more in the next: counted, kind by kind, in DuckDB.

A trait is something that a listing has or lacks: that it is there, a label, a value in a column, a language, a text that is
its own. Listings are compared with themselves, so that what comes and goes with other listings does not count. Traits that
are good when they are absent ("no broken letters") are put the other way round: every loss is for the worse.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from releases.database import database

TABLES = ("listings", "field", "page", "text", "problem")
READING = {"id", "source", "page_id", "url", "part", "accounted", "problems", "set_by_hand", "page_languages"}
"""Columns of `listings` that tell of the reading, or have a trait of their own."""
OWN = ("name", "phone", "email", "website", "street")
"""Columns whose values are the listing's own: many listings with the same one are a reading of something else."""
STEADY = ("name", "country")
"""Columns whose values change for few listings at a time."""
ALIKE = (
    *("country", "region", "city", "postcode", "service_types", "languages", "areas_served"),
    *("organization_type", "organization_type_printed", "reach", "reach_printed", "law_enforcement_relations"),
)
"""Columns whose values many listings share, and of which few change to the same one at a time."""
SWAPS = (("phone", "phone_seeking_help"), ("phone", "fax"), ("email", "email_seeking_help"))
"""Columns that may be taken for one another."""
CROWD = 0.2
"""The share of a release's listings (at least four) that have a value in common which is then nobody's own."""
ESCAPED = r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,5}|#x[0-9A-Fa-f]{2,4});"
"""What a text shows that was escaped twice."""
MOJIBAKE = rf"�|[ÂÃÐÑØÙÎÏ×][\x{{80}}-\x{{9f}}\x{{a1}}-\x{{bf}}€‚ƒ„…†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ]|â€|\p{{L}}\?\p{{L}}|{ESCAPED}"
"""Letters that come of reading UTF-8 as Latin-1 or Windows-1252, or the other way round, and what is escaped twice (RE2)."""

_PAIRED = (
    "b.listings AS o JOIN a.listings AS n USING (id) LEFT JOIN b.page AS p ON p.id = o.page_id "
    "LEFT JOIN a.page AS q ON q.id = n.page_id"
)
MEMORY = "1GB"
"""What the database may take: comparing two releases is to cost no more than making one."""

Key = tuple[str, str]
"""A trait: its kind and its name within the kind."""


@dataclass(frozen=True, slots=True)
class Loss:
    """How many listings had a trait, how many of them lost it, and how many listings the release before had."""

    kind: str
    name: str
    had: int
    lost: int
    listings: int

    @property
    def key(self) -> Key:
        """Kind and name."""
        return self.kind, self.name

    @property
    def rate(self) -> float:
        """The share of those that had it."""
        return self.lost / self.had if self.had else 0.0


class Comparison:
    """Two releases side by side: `b.<table>` is the one before, `a.<table>` the one after, `kept` the ids in both."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, before: Path, after: Path) -> None:
        self.connection = connection
        self.before, self.after = before, after
        for schema, release in (("b", before), ("a", after)):
            connection.execute(f"CREATE SCHEMA {schema}")
            for table in TABLES:
                path = str(release / f"{table}.parquet").replace("'", "''")
                connection.execute(f"CREATE VIEW {schema}.{table} AS SELECT * FROM read_parquet('{path}')")
        connection.execute(r"CREATE MACRO folded(x) AS lower(strip_accents(trim(regexp_replace(x, '\s+', ' ', 'g'))))")
        connection.execute("CREATE TABLE kept AS SELECT id FROM b.listings SEMI JOIN a.listings USING (id)")
        for schema in "ba":
            # Hashes, not texts: those of a large directory would fill the memory.
            connection.execute(
                f"CREATE TABLE {schema}.said AS SELECT DISTINCT row_id AS id, hash(folded(text)) AS value FROM {schema}.text "
                "WHERE \"column\" = 'description' AND length(text) > 20"
            )
        self.columns = {s: pq.read_schema(r / "listings.parquet").names for s, r in (("b", before), ("a", after))}
        self.total = self.number("SELECT count(*) FROM b.listings")
        self.now = self.number("SELECT count(*) FROM a.listings")
        # Where somebody has set values by hand since, or has ceased to, it is no damage.
        told = all("set_by_hand" in columns for columns in self.columns.values())
        self._by_itself = "n.set_by_hand = o.set_by_hand" if told else "true"
        self._queries = dict(self._kinds())
        self._cells = dict(self._of_cells())

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def number(self, query: str, *parameters: object) -> int:
        """The one number that a query gives."""
        row = self.connection.execute(query, list(parameters)).fetchone()
        return int(row[0]) if row else 0

    def losses(self, *kinds: str) -> list[Loss]:
        """What was lost, of these kinds or of all: also where nothing was."""
        found = []
        for kind, query in self._queries.items():
            if not kinds or kind in kinds:
                counted = f"SELECT name, count(*), count_if(lost) FROM ({query}) GROUP BY name ORDER BY name"
                found += [Loss(kind, str(n), int(str(h)), int(str(x)), self.total) for n, h, x in self.rows(counted)]
        cells = {key: cell for key, cell in self._cells.items() if not kinds or key[0] in kinds}
        if cells:
            counts = ", ".join(
                f"count(*) FILTER ({had}), count(*) FILTER ({had} AND {lost})" for had, lost in cells.values()
            )
            numbers = [int(str(number)) for number in self.rows(f"SELECT {counts} FROM {_PAIRED}")[0]]
            found += [
                Loss(*key, had, lost, self.total)
                for key, had, lost in zip(cells, numbers[::2], numbers[1::2], strict=True)
                if had
            ]
        return found

    def lost(self, key: Key) -> set[str]:
        """The ids of the listings that lost a trait."""
        if key in self._cells:
            had, lost = self._cells[key]
            return {str(id_) for (id_,) in self.rows(f"SELECT o.id FROM {_PAIRED} WHERE {had} AND {lost}")}
        query = f"SELECT id FROM ({self._queries[key[0]]}) WHERE lost AND name = ?"
        return {str(id_) for (id_,) in self.rows(query, key[1])}

    def _kinds(self) -> Iterator[tuple[str, str]]:
        """A query for each kind that takes more than one listing to decide.

        Its columns: name of the trait, id of a listing that had it, whether it was lost.
        """
        yield (
            "listings",
            (
                "SELECT 'listings' AS name, id, n.id IS NULL AS lost FROM b.listings LEFT JOIN a.listings AS n USING (id)"
            ),
        )
        yield (
            "section",
            self._groups(
                "SELECT regexp_extract(url, '^[a-z]+://[^/]+((?:/[^/?#]+){' || depth || '}/)', 1) AS name, id "
                "FROM b.listings, (VALUES ('1'), ('2'), ('3')) AS levels (depth)"
            ),
        )
        yield (
            "group",
            self._groups(
                "SELECT DISTINCT trim(label) || ': ' || trim(value) AS name, listing_id AS id FROM b.field "
                r"WHERE status = 'stated' AND length(value) <= 60 AND NOT contains(value, chr(10))"
            ),
        )
        yield (
            "label",
            (
                f"SELECT o.name, o.id, n.id IS NULL AS lost FROM ({_labels('b')}) AS o "
                f"LEFT JOIN ({_labels('a')}) AS n USING (id, name)"
            ),
        )
        yield (
            "answer",
            (
                f"SELECT o.name, o.id, NOT n.answered AS lost FROM ({_labels('b')}) AS o "
                f"JOIN ({_labels('a')}) AS n USING (id, name) WHERE o.answered"
            ),
        )
        yield (
            "language",
            (
                "SELECT o.name, o.id, NOT coalesce(list_contains(n.page_languages, o.name), false) AS lost FROM "
                "(SELECT DISTINCT unnest(page_languages) AS name, id FROM b.listings SEMI JOIN kept USING (id)) AS o "
                "JOIN a.listings AS n USING (id) WHERE o.name <> 'und'"
            ),
        )
        yield "own", " UNION ALL ".join([*self._own_values(), self._own_text(), self._own_page()])
        yield (
            "alone",
            (
                "SELECT 'name' AS name, id, n.twins > 1 AS lost FROM kept "
                f"JOIN ({_twins('b')}) AS o USING (id) JOIN ({_twins('a')}) AS n USING (id) WHERE o.twins = 1"
            ),
        )
        yield "likeness", self._strangers()
        yield "mixed", " UNION ALL ".join([*self._others_values(), self._others_text()])

    def _groups(self, members: str) -> str:
        """Groups of at least four listings that are not most of them; a listing that is gone is lost to its group."""
        return (
            f"SELECT o.name, id, n.id IS NULL AS lost FROM ({members}) AS o LEFT JOIN a.listings AS n USING (id) "
            f"WHERE o.name <> '' QUALIFY count(*) OVER (PARTITION BY o.name) BETWEEN 4 AND {0.6 * self.total}"
        )

    def _of_cells(self) -> Iterator[tuple[Key, tuple[str, str]]]:
        """Traits that a look at one listing in both releases decides: what it had (`o`, `p`), whether that is lost (`n`, `q`)."""
        present = set(self.columns["a"])
        for column in self.columns["b"]:
            if column not in READING and not column.endswith("_status"):
                gone = f'n."{column}" IS NULL' if column in present else "true"
                yield ("column", column), (f'o."{column}" IS NOT NULL', gone)
        then, now = self._length("b"), self._length("a")
        yield ("length", "text"), (f"{then} > 0", f"({now}) * 2 < {then}")
        yield ("brevity", "text"), (f"{then} > 0", f"{now} > ({then}) * 2 + 100")
        broken, whole = (f"regexp_matches(coalesce({row}.text, ''), '{MOJIBAKE}')" for row in "qp")
        yield ("letters", "text"), (f"NOT {whole}", broken)
        for one, other in (pair for known in SWAPS for pair in (known, known[::-1])):
            had = f"o.{one} <> o.{other} AND n.{one} IS NOT NULL"
            yield ("place", one), (f"coalesce({had}, false)", f"n.{one} = o.{other}")
        for column in STEADY:
            had = f"o.{column} IS NOT NULL AND n.{column} IS NOT NULL"
            yield ("steady", column), (had, f"folded(n.{column}) <> folded(o.{column}) AND {self._by_itself}")

        both = [c for c in ALIKE if c in self.columns["b"] and c in self.columns["a"]]
        stated = {c: f'o."{c}" IS NOT NULL AND n."{c}" IS NOT NULL' for c in both}
        changed = {c: f'{stated[c]} AND n."{c}" <> o."{c}" AND {self._by_itself}' for c in both}
        modes = ", ".join(f'mode(n."{c}"::VARCHAR) FILTER ({changed[c]})' for c in both)
        for column, crowd in zip(both, self.rows(f"SELECT {modes} FROM {_PAIRED}")[0] if both else (), strict=True):
            if crowd is None:
                continue
            alike = f"{changed[column]} AND n.\"{column}\"::VARCHAR = '{str(crowd).replace(chr(39), chr(39) * 2)}'"
            # Where all had one value before, the site calls it something else now.
            if self.number(f'SELECT count(DISTINCT o."{column}") FROM {_PAIRED} WHERE {alike}') > 1:
                yield ("alike", column), (stated[column], alike)

    def _length(self, schema: str) -> str:
        """How long a listing's descriptions are together, in characters."""
        row = {"b": "o", "a": "n"}[schema]
        names = [c for c in self.columns[schema] if c.startswith("description_") and c != "description_status"]
        return " + ".join(["0", *(f'coalesce(length({row}."{c}"), 0)' for c in names)])

    def _own_values(self) -> Iterator[str]:
        for column in OWN:
            then, now = (self._crowded(f"SELECT id, folded({column}) AS value FROM {s}.listings") for s in "ba")
            yield self._own(column, then, now)

    def _own_text(self) -> str:
        """Paragraphs that many listings have word for word."""
        then, now = (self._crowded(f"SELECT id, value FROM {schema}.said") for schema in "ba")
        return self._own("description", then, now)

    def _own_page(self) -> str:
        """Pages whose whole text is that of many; of several listings on one page, the page counts once."""
        query = (
            "SELECT min(l.id) AS id, md5(any_value(p.text)) AS value FROM {0}.listings AS l "
            "JOIN {0}.page AS p ON p.id = l.page_id GROUP BY p.id"
        )
        then, now = (self._crowded(query.format(schema)) for schema in "ba")
        return self._own("page", then, now)

    def _own(self, name: str, then: str, now: str) -> str:
        return f"SELECT '{name}' AS name, id, id IN ({now}) AS lost FROM kept WHERE id NOT IN ({then})"

    def _crowded(self, values: str) -> str:
        """The ids of listings with a value that is a crowd's."""
        # Hashes, not texts: those of a large directory would fill the memory.
        hashed = f"SELECT id, hash(value) AS value FROM ({values}) WHERE value IS NOT NULL"
        share = f"greatest(4, {CROWD} * (SELECT count(DISTINCT id) FROM hashed))"
        crowds = f"SELECT value FROM hashed GROUP BY value HAVING count(*) >= {share}"
        return f"WITH hashed AS ({hashed}) SELECT id FROM hashed WHERE value IN ({crowds})"

    def _others_values(self) -> Iterator[str]:
        """Values that were another listing's alone."""
        for column in OWN:
            if column != "name":
                yield (
                    f"SELECT '{column}' AS name, o.id, t.owner IS NOT NULL AS lost FROM b.listings AS o JOIN a.listings AS n "
                    f"USING (id) LEFT JOIN (SELECT folded({column}) AS value, min(id) AS owner FROM b.listings "
                    f"WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) = 1) AS t "
                    f"ON t.value = folded(n.{column}) AND t.owner <> o.id "
                    f"WHERE o.{column} IS NOT NULL AND n.{column} IS NOT NULL"
                )

    def _others_text(self) -> str:
        """Paragraphs that were another listing's alone."""
        owners = "SELECT value, min(id) AS owner FROM b.said GROUP BY value HAVING count(*) = 1"
        theirs = f"SELECT id FROM a.said JOIN ({owners}) USING (value) WHERE owner <> id"
        return (
            f"SELECT 'description' AS name, id, id IN ({theirs}) AS lost FROM kept "
            "WHERE id IN (SELECT id FROM b.said) AND id IN (SELECT id FROM a.said)"
        )

    def _strangers(self) -> str:
        """Listings that are new and print hardly any of the labels that most listings had."""
        usual = f"SELECT name FROM ({_labels('b', of='b.listings')}) GROUP BY name HAVING count(*) * 2 >= {self.total}"
        return (
            "SELECT 'listings' AS name, l.id, l.id NOT IN (SELECT id FROM kept) "
            f"AND coalesce(printed, 0) * 4 <= (SELECT count(*) FROM ({usual})) AS lost FROM a.listings AS l "
            f"LEFT JOIN (SELECT id, count(*) AS printed FROM ({_labels('a', of='a.listings')}) "
            f"WHERE name IN ({usual}) GROUP BY id) USING (id) WHERE (SELECT count(*) FROM ({usual})) >= 2"
        )


@contextmanager
def compared(before: Path, after: Path) -> Iterator[Comparison]:
    """Two release folders, opened side by side; what does not fit into MEMORY goes to disk for the time."""
    with tempfile.TemporaryDirectory() as scratch, database(scratch=Path(scratch)) as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        yield Comparison(connection, before, after)


def _labels(schema: str, of: str = "kept") -> str:
    """Each label that a listing prints, once, and whether anything stands after it."""
    return (
        f"SELECT listing_id AS id, folded(label) AS name, bool_or(status <> 'blank') AS answered FROM {schema}.field "
        f"WHERE listing_id IN (SELECT id FROM {of}) GROUP BY ALL"
    )


def _twins(schema: str) -> str:
    """How many listings go by a listing's name."""
    return (
        f"SELECT id, count(*) OVER (PARTITION BY folded(name)) AS twins FROM {schema}.listings WHERE name IS NOT NULL"
    )
