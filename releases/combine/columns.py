"""The columns of a dataset of several directories, beside those that every release has."""

from __future__ import annotations

from releases.column import COUNT, SHARE, TEXTS, Column

SOURCE = Column("source", "The directory that the row comes from: the name of its source.", required=True)

COMBINED_LISTINGS = (
    Column("service_types_common", "Kinds of service: codes of the crosswalk's taxonomy.", TEXTS),
    Column("organization_type_common", "Kind of organisation: a code of the crosswalk's taxonomy."),
)

_ID = Column("id", "The identifier of the row: a UUIDv5, the same in every release.", required=True, format="uuid")

SAME_AS = (
    SOURCE,
    _ID,
    Column("listing_id", "A listing.", required=True, references="listings.id", format="uuid"),
    Column("other_source", "The directory of the other listing.", required=True),
    Column("other_listing_id", "The listing of the other directory.", required=True, format="uuid"),
    Column("score", "The probability that both are the same organisation, from 0 to 1.", SHARE, required=True),
    Column("evidence", "What both have in common, and their names.", TEXTS, required=True),
)

CROSSWALK = (
    SOURCE,
    _ID,
    Column("kind", "What the term names.", required=True, enum=("service_type", "organization_type")),
    Column("term", "The term as printed in the directory.", required=True),
    Column("code", "What it stands for in the crosswalk's taxonomy; null where the crosswalk does not say."),
    Column("listings", "How many listings of the directory have it.", COUNT, required=True),
)

COMBINED = (
    ("same_as", "Two listings a row that are the same organisation in different directories.", SAME_AS),
    ("crosswalk", "One term of a directory a row, and its code in the common taxonomy.", CROSSWALK),
)
