"""The columns of the tables that the standard lacks: what `releases.schema` puts beside those of HSDS."""

from __future__ import annotations

from typing import get_args

from parsers.model import Audience, Syntax
from releases.column import (
    COUNT,
    SHARE,
    STATUSES,
    TEXTS,
    TIME,
    Column,
    id_column,
    link_column,
    status_column,
    with_status,
)

SYNTAXES: tuple[str, ...] = get_args(Syntax)
"""In which structured data may be written (see `parsers.model.Syntax`)."""

KINDS = (
    *(
        "country",
        "region",
        "name",
        "acronym",
        "service_type",
        "organization_type",
        "reach",
        "languages",
        "areas_served",
    ),
    *("law_enforcement_relations", "phone", "fax", "email", "url", "address"),
)
"""What a value may be of: the columns of lookups.csv, with acronyms apart from names."""

LISTINGS = (
    link_column("id", "The identifier of the listing, and of its row in `organization`.", "organization.id", True),
    Column("source", "The directory that the listing stands in: the name of its source.", required=True),
    link_column("page_id", "The page that the listing was read from.", "page.id", True),
    Column("url", "The canonical URL of the page.", required=True, hsds="organization_identifier.identifier"),
    Column(
        "part", "Which listing of a page that has several (anchor, detail link or name); null where the page has one."
    ),
    *with_status(
        Column(
            "name", "The organisation's name: the first that is printed, else its acronym.", hsds="organization.name"
        )
    ),
    *with_status(
        Column(
            "acronym",
            "The organisation's acronym, where one is printed beside its name.",
            hsds="organization.alternate_name",
        )
    ),
    Column("name_<lang>", "The organisation's name in the language <lang> (BCP 47).", hsds="organization.name"),
    status_column("description"),
    Column(
        "description_<lang>",
        "What the page says of the organisation in <lang> (BCP 47), paragraphs on lines of their own.",
        hsds="organization.description",
    ),
    *with_status(Column("country", "The organisation's country: ISO 3166-1 alpha-2.", hsds="address.country")),
    *with_status(
        Column("region", "Region or city that the listing is filed under, as printed.", hsds="address.state_province")
    ),
    Column("region_code", "The region's ISO 3166-2 code, where it has one."),
    *with_status(Column("city", "City of the first address.", hsds="address.city")),
    *with_status(Column("street", "Street lines of the first address.", hsds="address.address_1")),
    *with_status(Column("postcode", "Postal code of the first address.", hsds="address.postal_code")),
    *with_status(
        Column(
            "phone",
            "First telephone number: E.164 (RFC 3966 `;ext=` for an extension), or a short national number.",
            hsds="phone.number",
        )
    ),
    *with_status(
        Column(
            "phone_seeking_help",
            "First telephone number for those who seek help, in the same form.",
            hsds="phone.number",
        )
    ),
    *with_status(Column("fax", "First fax number, in the same form.", hsds="phone.number")),
    *with_status(
        Column(
            "email",
            "First e-mail address. An address that the page hides is not here.",
            hsds="organization.email",
            format="email",
        )
    ),
    *with_status(
        Column(
            "email_seeking_help", "First e-mail address for those who seek help.", hsds="service.email", format="email"
        )
    ),
    *with_status(Column("website", "First website.", hsds="organization.website", format="uri")),
    *with_status(Column("service_types", "Kinds of service, as printed.", TEXTS, hsds="taxonomy_term.name")),
    *with_status(Column("areas_served", "Areas served, as printed.", TEXTS, hsds="service_area.name")),
    *with_status(
        Column(
            "languages",
            "Languages of the service: ISO 639-1, else 639-3. What no code is known for stands in `language`.",
            TEXTS,
            hsds="language.code",
        )
    ),
    *with_status(
        Column("organization_type", "Kind of organisation: a code of the closed list.", hsds="taxonomy_term.code")
    ),
    Column("organization_type_printed", "Kind of organisation, as printed.", hsds="taxonomy_term.name"),
    *with_status(
        Column("reach", "How far the organisation reaches: a code of the closed list.", hsds="taxonomy_term.code")
    ),
    Column("reach_printed", "How far the organisation reaches, as printed."),
    *with_status(
        Column("law_enforcement_relations", "Relations with police and justice, as printed.", hsds="attribute.value")
    ),
    Column("page_languages", "Languages of the page's text (BCP 47), in order of appearance.", TEXTS, required=True),
    Column(
        "accounted",
        "Share of the main text's letters that ended as field, text or known boilerplate, from 0 to 1.",
        SHARE,
        required=True,
    ),
    Column("problems", "How many rows of `problem` parsing this listing gave.", COUNT, required=True),
    Column(
        "set_by_hand",
        "What the source's lookups.csv set in this listing (phone, country, ...); each value has a row in `problem`.",
        TEXTS,
        required=True,
    ),
)

PAGE = (
    id_column("page"),
    Column("url", "The URL that the page was fetched from.", required=True, format="uri"),
    Column("former_urls", "The URLs that it had before, the oldest first: ids do not change when a page moves.", TEXTS),
    Column("file", "The page's file, where the source is a folder."),
    Column("title", "The page's title."),
    Column("fetched_at", "When the response was received, or found unchanged.", TIME, required=True),
    Column("first_seen", "When the page was fetched for the first time.", TIME, required=True),
    Column("last_seen", "When the page was last fetched, or last found unchanged.", TIME, required=True),
    Column(
        "state",
        "Whether the page is there (active), or the last crawl found it gone.",
        required=True,
        enum=("active", "gone"),
    ),
    Column("warc_file", "The WARC file that holds the response."),
    Column("warc_offset", "The byte offset of the response's record in that file.", COUNT),
    Column("digest", "The digest of the response's payload, as in the WARC record."),
    Column("parser_version", "The version of `listings` that read the page.", required=True),
    Column("languages", "Languages of the page's text (BCP 47), in order of appearance.", TEXTS, required=True),
    Column(
        "accounted",
        "The least share of its text that a listing of the page accounts for; null without a listing.",
        SHARE,
    ),
    Column("listings", "How many listings the page holds.", COUNT, required=True),
    Column(
        "text",
        "The page's visible text: what all offsets of `field`, `text` and `problem` point into (characters, end exclusive).",
    ),
)

FIELD = (
    id_column("field"),
    link_column("listing_id", "The listing that the field belongs to.", "listings.id", True),
    link_column("page_id", "The page that the field was read from.", "page.id", True),
    Column("position", "Its place among the listing's fields, from 0.", COUNT, required=True),
    Column("label", "The label as printed, without its colon.", required=True),
    Column("key", "What the vocabulary takes the label for; null where it does not know it."),
    Column("value", "The value as printed, lines joined by line feeds.", required=True),
    Column("status", "What is known of the value.", required=True, enum=STATUSES),
    Column("path", "The DOM path of the label's block.", required=True),
    Column("label_start", "Where the label starts in the page's text.", COUNT, required=True),
    Column("label_end", "Where the label ends.", COUNT, required=True),
    Column("start", "Where the value starts.", COUNT, required=True),
    Column("end", "Where the value ends; the same as `start` where it is blank.", COUNT, required=True),
)

VALUE = (
    id_column("value"),
    link_column("listing_id", "The listing that the value belongs to.", "listings.id", True),
    link_column(
        "field_id", "The field that it stands in; null where it stands in none (a heading, a category).", "field.id"
    ),
    Column("kind", "What it is a value of.", required=True, enum=KINDS),
    Column(
        "audience",
        "Of a contact: whom it is for, everybody (general) or those who seek help.",
        enum=get_args(Audience),
    ),
    Column("position", "Its place among the listing's values of the kind and audience, from 0.", COUNT, required=True),
    Column("language", "Of a name: its language (BCP 47); `und` where nobody could tell."),
    Column("printed", "The value as printed: the page's text from `start` to `end`.", required=True),
    Column("normal", "Its normal form: a code, a number, an address in parts (JSON), a name; null where it has none."),
    Column("status", "What is known of the value.", required=True, enum=STATUSES),
    Column("set_by", "The line of lookups.csv that says what it means; null where parsing found it."),
    Column("start", "Where it starts in the page's text.", COUNT, required=True),
    Column("end", "Where it ends.", COUNT, required=True),
)

STATEMENT = (
    id_column("statement"),
    link_column("listing_id", "The listing that the statement is about.", "listings.id", True),
    link_column("page_id", "The page whose markup makes it.", "page.id", True),
    link_column(
        "attribute_id", "The row of `attribute` that holds the same in the form of the standard.", "attribute.id", True
    ),
    Column("position", "Its place among the statements about the listing, from 0.", COUNT, required=True),
    Column("entity", "What the markup calls the organisation.", required=True),
    Column("property", "The property of schema.org, with the one that holds it (`address.postalCode`).", required=True),
    Column("value", "The value as stated.", required=True),
    Column("normalized", "Its normal form (E.164, ISO 3166-1, ISO 639, a date, an address), where it has one."),
    Column("syntax", "The syntax that states it.", required=True, enum=SYNTAXES),
    Column(
        "path",
        "Its place: the DOM path of the element, or the number of the script with JSON-LD and a JSON pointer into it.",
        required=True,
    ),
)

PASSAGE = (
    id_column("passage"),
    Column("table", "The table whose row the passage tells of.", required=True, enum=("organization",)),
    link_column("row_id", "The row that the passage tells of.", "organization.id", True),
    Column(
        "column",
        "What of the row: name, alternate_name, description, or heading.",
        required=True,
        enum=("name", "alternate_name", "description", "heading"),
    ),
    Column("language", "BCP 47; `und` where nobody could tell, null where there is none to tell (acronyms, headings)."),
    Column("text", "The passage: a name, or a paragraph.", required=True),
    Column(
        "position", "Its place among the passages of the same row, column and language, from 0.", COUNT, required=True
    ),
    Column("start", "Where it starts in the page's text.", COUNT),
    Column("end", "Where it ends.", COUNT),
    Column("confidence", "How sure the language is, from 0 to 1.", SHARE),
    link_column(
        "translates",
        "The passage in the listing's first language that it translates: of several, the first. Paragraphs are aligned by "
        "order and length; where they do not align, a text stands for a text as a whole.",
        "text.id",
    ),
    link_column(
        "unit",
        "What all passages that say the same share: the first of them in the listing's first language. Null where nothing "
        "is translated.",
        "text.id",
    ),
)

PROBLEM = (
    id_column("problem"),
    link_column("listing_id", "The listing it was found in; null where it concerns the page.", "listings.id"),
    link_column("page_id", "The page it was found on.", "page.id"),
    Column("url", "The URL of the page; where it is a file of the source, that file and the line.", required=True),
    Column(
        "kind",
        "What it is: a short stable code. `assumed` marks a value the standard requires and the page does not state, "
        "`set-by-hand` one that lookups.csv sets, `suppressed` what suppress.csv takes out.",
        required=True,
    ),
    Column(
        "seen", "What was there, as printed; of kind `assumed`: table.column and the value filled in.", required=True
    ),
    Column("start", "Where it starts in the page's text.", COUNT),
    Column("end", "Where it ends.", COUNT),
    Column("advice", "What to do about it.", required=True),
)

CHANGE = (
    id_column("change"),
    Column("listing_id", "The listing that changed.", required=True, format="uuid"),
    Column("name", "Its name: now, or when it was last there."),
    Column(
        "change",
        "Whether the listing was added or removed, its page moved to another URL, or a cell of it changed.",
        required=True,
        enum=("added", "removed", "moved", "changed"),
    ),
    Column(
        "column",
        "The column of `listings` that changed, `url` where the page moved; null where the listing was added or removed.",
    ),
    Column("before", "The value in the release before; lists as JSON."),
    Column("after", "The value in this release; lists as JSON."),
    Column("since", "The release that this one is compared with.", required=True),
    Column("release", "This release.", required=True),
)

TIMELINE = (
    Column("id", "The identifier of the listing, whether it is still there or not.", required=True, format="uuid"),
    Column("url", "The canonical URL of its page, when it was last there.", required=True),
    Column("state", "Whether this release has it.", required=True, enum=("active", "gone")),
    Column("first_seen", "When its page was fetched for the first release that has it.", TIME, required=True),
    Column("last_seen", "When its page was last fetched, or found unchanged, and had it.", TIME, required=True),
    Column(
        "last_checked", "When it was last looked for: of one that is gone, the time of the crawl.", TIME, required=True
    ),
    Column(
        "last_changed",
        "When a cell of it last differed from the release before; else `first_seen`.",
        TIME,
        required=True,
    ),
)

OURS = (
    ("listings", "One listing a row, wide and flat: the table to open first.", LISTINGS),
    ("page", "One page a row: where it was fetched and where in the archive its response lies.", PAGE),
    ("field", "One labelled field a row, as printed.", FIELD),
    ("value", "One value a row: what was read out of the fields, with its place and its normal form.", VALUE),
    (
        "statement",
        "One fact a row that only a page's markup states (JSON-LD, microdata, hCard), not its text.",
        STATEMENT,
    ),
    ("text", "One passage a row: a name or a paragraph in one language.", PASSAGE),
    ("problem", "One thing a row that a person should look at.", PROBLEM),
    ("change", "One cell a row that differs from the release before; empty in a first release.", CHANGE),
    ("timeline", "One listing a row, of all that this release or one before it has: since when, until when.", TIMELINE),
)
