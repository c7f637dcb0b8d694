"""The vocabularies are well-formed: complete, without contradiction, and found by the code that reads them."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from parsers.folding import fold, fold_accents, load_vocabulary
from parsers.labels import match
from parsers.model import Line
from parsers.terms import organization_type, reach
from parsers.wordfinder import WordFinder, index_words

LANGUAGES = set(
    "en fr nl de es it pt ca gl eu sv da nb fi is pl cs sk sl hr sr hu ro bg et lv lt el tr ar he fa ru uk ga cy sq mt".split()
)
ROLES = (
    "police languages area service reach kind organization name place country help people contact address phone fax email"
    " website hours number person about money date audience"
).split()


def words() -> list[tuple[str, str, str]]:
    """Every word of label_words.yml with its role and language."""
    return [
        (role, language, word)
        for role, by_language in load_vocabulary("label_words").items()
        for language, listed in by_language.items()
        for word in listed
    ]


def test_every_role_has_words_in_every_language() -> None:
    vocabulary = load_vocabulary("label_words")
    assert list(vocabulary) == ROLES
    for role, by_language in vocabulary.items():
        assert set(by_language) == LANGUAGES, role
        for language, listed in by_language.items():
            assert listed, (role, language)
            assert all(isinstance(word, str) and word.strip(" -") for word in listed), (role, language)
            folded = [fold_accents(word) for word in listed]
            assert len(folded) == len(set(folded)), (role, language)


def test_no_word_has_two_roles_in_any_language() -> None:
    roles = defaultdict(set)
    for role, _, word in words():
        roles[fold_accents(word).strip("-")].add(role)
    assert {word: found for word, found in roles.items() if len(found) > 1} == {}


def test_no_compound_swallows_a_word_of_another_role() -> None:
    roles = {fold_accents(word).strip("-"): role for role, _, word in words()}
    ends = [(word, role) for role, _, word in words() if word.startswith("-") or word.endswith("-")]
    compounds = WordFinder(index_words(ends))
    for word, role in roles.items():
        count = len(re.findall(r"\w+", word))
        assert {found for start, end, found in compounds.find(word) if (start, end) == (0, count)} <= {role}, word


def test_every_key_has_a_label_in_every_language() -> None:
    for entry in load_vocabulary("labels"):
        if entry["key"] != "areas_served_languages":
            assert set(entry["labels"]) == LANGUAGES, (entry["key"], entry.get("kind"))
            assert all(entry["labels"].values()), (entry["key"], entry.get("kind"))


def test_no_label_is_listed_twice_in_a_language() -> None:
    for entry in load_vocabulary("labels"):
        for language, listed in entry["labels"].items():
            folded = [fold(label) for label in listed]
            assert sorted(folded) == sorted(set(folded)), (entry["key"], entry.get("kind"), language)


@pytest.mark.parametrize("name", ["organization_type", "reach"])
def test_closed_lists_have_words_in_every_language(name: str) -> None:
    for code, by_language in load_vocabulary("terms")[name].items():
        assert set(by_language) == LANGUAGES, code


@pytest.mark.parametrize("name", ["no_labels", "boilerplate"])
def test_remarks_and_boilerplate_are_known_in_every_language(name: str) -> None:
    vocabulary = load_vocabulary(name)
    assert set(vocabulary) == LANGUAGES
    assert all(isinstance(text, str) and text for listed in vocabulary.values() for text in listed)


@pytest.mark.parametrize(
    ("label", "key", "kind"),
    [
        ("País", "country", None),
        ("Població", "region", None),
        ("Nom de l’entitat", "organization_name", None),
        ("Adreça electrònica", "contact_details", "email"),
        ("Horari d'atenció", "other", None),
        ("Liña de axuda", "contact_seeking_help", "phone"),
        ("Enderezo", "contact_details", "address"),
        ("Hizkuntzak", "languages", None),
        ("Jarduera-eremua", "areas_served", None),
        ("Språk vi snakker", "languages", None),
        ("Trenger du hjelp?", "contact_seeking_help", None),
        ("Asiointikieli", "languages", None),
        ("Poliisiyhteistyö", "law_enforcement_relations", None),
        ("Símanúmer", "contact_details", "phone"),
        ("Þjónustusvæði", "areas_served", None),
        ("Poskytované služby", "service_type", None),
        ("Územní působnost", "areas_served", None),
        ("Linka dôvery", "contact_seeking_help", "phone"),
        ("Právna forma", "organization_type", None),
        ("Spletna stran", "contact_details", "url"),
        ("Pravni oblik", "organization_type", None),
        ("Суседство", None, None),
        ("Сарадња са полицијом", "law_enforcement_relations", None),
        ("Működési terület", "areas_served", None),
        ("Szervezet jellege", "organization_type", None),
        ("Вид организация", "organization_type", None),
        ("Гореща линия", "contact_seeking_help", "phone"),
        ("Kodulehekülg", "contact_details", "url"),
        ("Saīsinājums", "other_name", None),
        ("Veiklos sritis", "service_type", None),
        ("שפות", "languages", None),
        ("פרטי התקשרות", "contact_details", None),
        ("حوزه فعالیت", "service_type", None),
        ("Електронна адреса", "contact_details", "email"),
        ("Організаційно-правова форма", "organization_type", None),
        ("Cabhair uait?", "contact_seeking_help", None),
        ("Math o sefydliad", "organization_type", None),
        ("Bashkëpunimi me policinë", "law_enforcement_relations", None),
        ("Indirizz", "contact_details", "address"),
        ("Need someone to talk to?", "contact_seeking_help", None),
        ("Wir beraten auf", "languages", None),
        ("Voor wie", "other", None),
    ],
)
def test_labels_in_many_languages(label: str, key: str | None, kind: str | None) -> None:
    found = match(label)
    assert (found.key if found else None, found.kind if found else None) == (key, kind)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Zapsaný spolek", "ngo"),
        ("Rekisteröity yhdistys", "ngo"),
        ("Občianske združenie", "ngo"),
        ("közhasznú egyesület", "ngo"),
        ("Udruga", "ngo"),
        ("Сдружение с нестопанска цел", "ngo"),
        ("комунальний заклад", "government"),
        ("Ajuntament", "government"),
        ("fylkeskommune", "government"),
        ("ospidéal", "health"),
        ("prifysgol", "academic"),
        ('חברה בע"מ', "private"),
        ("მუნიციპალური", None),
    ],
)
def test_organization_types_in_many_languages(text: str, code: str | None) -> None:
    assert organization_type(Line(text, 0)).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("celostátní", "national"),
        ("valtakunnallinen", "national"),
        ("országos", "national"),
        ("Comarcal", "regional"),
        ("Županijska razina", "regional"),
        ("місцевий", "local"),
        ("кръгъл", None),
        ("Международна", "international"),
        ("nazioartekoa", "international"),
    ],
)
def test_reach_in_many_languages(text: str, code: str | None) -> None:
    assert reach(Line(text, 0)).code == code


def test_walls_have_words_in_every_language() -> None:
    for kind, by_language in load_vocabulary("walls").items():
        assert set(by_language) == LANGUAGES, kind
        for language, listed in by_language.items():
            assert listed and all(isinstance(word, str) and word.strip() for word in listed), (kind, language)
