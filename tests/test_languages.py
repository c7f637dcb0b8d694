"""Text -> passages by language."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.languages import likelihoods, split, split_blocks, split_each

ENGLISH = (
    "The helpline listens to parents who are worried about a son or a daughter. Talks are confidential and free of charge. "
    "Our staff also trains teachers and social workers throughout the region."
)
FRENCH = (
    "La ligne d’écoute est ouverte aux parents qui s’inquiètent pour un fils ou une fille. Les entretiens sont confidentiels "
    "et gratuits. Notre équipe forme aussi les enseignants et les travailleurs sociaux de toute la région."
)
DUTCH = (
    "De hulplijn luistert naar ouders die zich zorgen maken over een zoon of een dochter. Gesprekken zijn vertrouwelijk en "
    "gratis. Ons team geeft ook vorming aan leerkrachten en maatschappelijk werkers in de hele regio."
)
ARABIC = "يستمع الخط الهاتفي إلى الآباء القلقين على أبنائهم. المحادثات سرية ومجانية، ويقدم فريقنا التدريب للمعلمين."
RUSSIAN = (
    "Телефон доверия открыт для родителей, которые беспокоятся за своих детей. Беседы бесплатны и конфиденциальны."
)
GREEK = "Η γραμμή βοήθειας είναι ανοιχτή για γονείς που ανησυχούν για τα παιδιά τους."
SAMPLES = {"en": ENGLISH, "fr": FRENCH, "nl": DUTCH, "ar": ARABIC, "ru": RUSSIAN, "el": GREEK}


def _read(text: str, languages: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(passage.lang, text[passage.start : passage.end]) for passage in split(text, languages)]


@pytest.mark.parametrize("lang", sorted(SAMPLES))
def test_a_text_in_one_language_is_one_passage(lang: str) -> None:
    text = SAMPLES[lang]
    assert _read(text) == [(lang, text)]
    assert split(text)[0].confidence > 0.9


@pytest.mark.parametrize(("first", "second"), [("en", "fr"), ("fr", "nl"), ("nl", "en"), ("en", "ar"), ("ru", "en")])
@pytest.mark.parametrize("gap", ["\n\n", "\n", " "])
def test_two_languages_part_where_the_text_does(first: str, second: str, gap: str) -> None:
    text = SAMPLES[first] + gap + SAMPLES[second]
    assert _read(text) == [(first, SAMPLES[first]), (second, SAMPLES[second])]


def test_paragraph_by_paragraph() -> None:
    english, french = ENGLISH.split(". "), FRENCH.split(". ")
    lines = [line for pair in zip(english, french, strict=True) for line in pair]
    assert [lang for lang, _ in _read("\n".join(lines))] == ["en", "fr"] * len(english)


def test_translations_on_one_line() -> None:
    text = "Bureau d’aide aux familles – Dienst voor gezinshulp – Family Support Office"
    assert _read(text) == [
        ("fr", "Bureau d’aide aux familles"),
        ("nl", "Dienst voor gezinshulp"),
        ("en", "Family Support Office"),
    ]


def test_a_foreign_title_stays_with_its_sentence() -> None:
    text = FRENCH + " Le film « The Long Road Home » est projeté dans toutes les écoles de la ville."
    assert [lang for lang, _ in _read(text)] == ["fr"]


def test_names_in_prose_are_in_the_language_around_them() -> None:
    text = f"{RUSSIAN} Семьи встречаются в центре Yellow Submarine Club на площади. {RUSSIAN}"
    assert [lang for lang, _ in _read(text)] == ["ru"]
    text = f"{DUTCH} Anna Kowalska en Jean-Luc Beaumont van de Yellow House Foundation leiden de groep. {DUTCH}"
    assert [lang for lang, _ in _read(text)] == ["nl"]


@pytest.mark.parametrize(
    "name", ["Amis de la Paix et du Pain", "Fonds de la Danse et du Film", "Union de la Terre et du Ciel"]
)
def test_the_particles_of_a_foreign_name_are_part_of_it(name: str) -> None:
    text = f"{DUTCH} De groep heette eerst BVA (Bond voor Arbeid / {name}). {DUTCH}"
    assert [lang for lang, _ in _read(text)] == ["nl"]


@pytest.mark.parametrize("begin", ["1998 ", "- ", "• "])
def test_a_number_or_a_bullet_begins_a_sentence_whatever_the_case_of_its_word(begin: str) -> None:
    # The name before the full stop could be in either language.
    english = "The helpline was founded by the parents of Hans Werner Schmidt."
    german = "wurde die Beratung für Eltern und Kinder in der ganzen Region ausgebaut"
    assert _read(f"{english} {begin}{german}") == [("en", english), ("de", german)]


def test_a_line_of_two_scripts_that_ends_a_sentence_is_in_two_languages() -> None:
    assert [lang for lang, _ in _read("Vilket du vill / Что вам нужно сегодня?")] == ["sv", "ru"]


def test_sentences_part_without_full_stops() -> None:
    english, french = (
        "The helpline listens to parents in the whole region",
        "La ligne est ouverte aux parents de toute la région",
    )
    assert _read(f"{english} {french}") == [("en", english), ("fr", french)]


@pytest.mark.parametrize("gap", [", ", " / ", " – ", ": "])
def test_a_name_that_each_language_repeats_says_nothing_of_the_language(gap: str) -> None:
    text = f"Université de Miersbourg{gap}University of Miersbourg{gap}Universität Miersbourg"
    found = [(lang, piece.rstrip(",:")) for lang, piece in _read(text)]
    assert found == [
        ("fr", "Université de Miersbourg"),
        ("en", "University of Miersbourg"),
        ("de", "Universität Miersbourg"),
    ]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("af", "Die hulplyn luister na ouers wat bekommerd is oor hul seun of dogter."),
        ("ca", "La línia d'ajuda escolta els pares que estan preocupats pels seus fills."),
        ("cy", "Mae'r llinell gymorth yn gwrando ar rieni sy'n poeni am fab neu ferch."),
        ("et", "Abitelefon kuulab lapsevanemaid, kes on mures oma poja või tütre pärast."),
        ("fa", "خط کمک به والدینی که نگران فرزندان خود هستند گوش می‌دهد."),
        ("hi", "हेल्पलाइन उन माता-पिता की बात सुनती है जो अपने बच्चों को लेकर चिंतित हैं।"),
        ("id", "Saluran bantuan mendengarkan orang tua yang khawatir tentang anak mereka."),
        ("ja", "ヘルプラインは子どもを心配する親の話を聞きます。"),
        ("mk", "Телефонската линија е отворена за родители кои се загрижени за своите деца."),
        ("mr", "मदत वाहिनी मुलांबद्दल काळजी करणाऱ्या पालकांचे ऐकते."),
        ("so", "Khadka caawinta wuxuu dhegaystaa waalidiinta ka walaacsan carruurtooda."),
        ("sq", "Linja e ndihmës dëgjon prindërit që shqetësohen për një djalë apo vajzë."),
        ("sw", "Simu ya msaada inasikiliza wazazi wanaohangaikia watoto wao."),
        ("th", "สายด่วนรับฟังผู้ปกครองที่กังวลเกี่ยวกับลูก"),
        ("uk", "Телефон довіри відкритий для батьків, які хвилюються за своїх дітей."),
        ("zh", "热线倾听担心孩子的父母。"),
    ],
)
def test_many_languages(lang: str, text: str) -> None:
    assert _read(text) == [(lang, text)]


def test_capitals_are_read_as_words() -> None:
    assert _read(ENGLISH.upper()) == [("en", ENGLISH.upper())]


def test_missing_accents_do_not_matter() -> None:
    plain = FRENCH.translate(str.maketrans("éèêàùîôç’", "eeeauioc'"))
    assert _read(plain) == [("fr", plain)]


def test_a_script_that_one_language_has_for_itself() -> None:
    text = "ოჯახის დახმარების ცენტრი – Family Support Centre"
    assert _read(text) == [("ka", "ოჯახის დახმარების ცენტრი"), ("en", "Family Support Centre")]


def test_punctuation_goes_with_its_words() -> None:
    text = f"({ENGLISH})\n– {FRENCH}"
    assert [piece for _, piece in _read(text)] == [f"({ENGLISH})", f"– {FRENCH}"]


@pytest.mark.parametrize("text", ["02/555.01.23", "!?", "https://www.helpline.example/fr/", "help@desk.example", "ZXQ"])
def test_what_nobody_can_tell_is_undetermined(text: str) -> None:
    assert _read(f" {text}\n") == [("und", text)]


@pytest.mark.parametrize("text", ["", " ", "\n\t\n"])
def test_a_blank_text_has_no_passages(text: str) -> None:
    assert split(text) == []
    assert likelihoods(text) == {}


def _best(scores: dict[str, float]) -> str:
    return max(scores, key=scores.__getitem__)


def test_expected_languages_decide_what_is_close() -> None:
    assert _best(likelihoods("Centro de apoyo", ["es", "en"])) == "es"
    # Norwegian and Danish share every word of this.
    assert _best(likelihoods("Fonden for barn", ["nb"])) == "no"
    assert _best(likelihoods("Fonden for barn", ["da"])) == "da"


def test_an_unexpected_language_is_still_found() -> None:
    assert [lang for lang, _ in _read(f"{ENGLISH}\n\n{DUTCH}", ("en", "fr"))] == ["en", "nl"]


def test_a_language_without_a_table_is_found_where_expected() -> None:
    text = "Hëllef fir Familljen zu Lëtzebuerg"
    assert "lb" not in likelihoods(text)
    assert _best(likelihoods(text, ["lb", "fr", "de"])) == "lb"


@pytest.mark.parametrize(
    ("lang", "other", "text"),
    [
        ("az", "tr", "Ailələrə dəstək mərkəzi hər gün valideynləri dinləyir."),
        ("be", "ru", "Цэнтр дапамогі сем’ям слухае бацькоў, якія хвалююцца ў сваіх дамах і ў школе."),
        ("eu", "es", "Familien laguntza zentroa"),
        ("ga", "en", "Ionad tacaíochta teaghlaigh"),
        ("kk", "ru", "Отбасыларды қолдау орталығы күн сайын ата-аналардың сөзін тыңдайды."),
        ("mt", "en", "Ċentru ta' għajnuna għall-familji"),
        ("ps", "fa", "د کورنیو د ملاتړ مرکز هره ورځ د مور او پلار خبرې اوري."),
    ],
)
def test_few_letters_tell_a_language_where_it_is_expected(lang: str, other: str, text: str) -> None:
    assert [found for found, _ in _read(text, (lang, other))] == [lang]
    assert lang not in [found for found, _ in _read(text)]


def test_a_prior_weighs() -> None:
    text = "Association Horizon"
    scores = likelihoods(text, prior={"fr": 9.0, "en": 1.0})
    even = likelihoods(text, prior={"fr": 1.0, "en": 1.0})
    assert scores["fr"] - scores["en"] > even["fr"] - even["en"]
    assert _best(scores) == "fr"


def test_blocks_are_read_together() -> None:
    blocks = ["Accueil", *FRENCH.split(". "), "", "Contact", *ENGLISH.split(". ")]
    found = split_blocks(blocks, ("fr", "en"))
    assert [[passage.lang for passage in passages] for passages in found] == [*[["fr"]] * 4, [], *[["en"]] * 4]
    for block, passages in zip(blocks, found, strict=True):
        assert "".join(block[passage.start : passage.end] for passage in passages) == block


_PIECES = st.one_of(
    st.sampled_from(
        [*SAMPLES.values(), " – ", "\n", "\n\n", ", ", "/", "BPX", "'", "’s ", "12 ", "\u0301", "ß", "İ", "ไทย", "日本"]
    ),
    st.text(max_size=12),
)
_TEXTS = st.lists(_PIECES, max_size=6).map("".join)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(_TEXTS, st.sampled_from([(), ("en", "fr"), ("xx", "not a tag", "")]))
def test_any_text_is_covered_in_order(text: str, languages: tuple[str, ...]) -> None:
    passages = split(text, languages)
    covered = {place for passage in passages for place in range(passage.start, passage.end)}
    assert all(place in covered for place, c in enumerate(text) if c.isalpha())
    for passage in passages:
        assert 0 <= passage.start < passage.end <= len(text)
        assert text[passage.start : passage.end] == text[passage.start : passage.end].strip()
        assert 0 <= passage.confidence <= 1
    for before, after in pairwise(passages):
        assert before.end <= after.start
        assert before.lang != after.lang


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(_TEXTS, max_size=6), st.sampled_from([(), ("en", "fr")]))
def test_texts_that_are_read_together_do_not_know_of_one_another(texts: list[str], languages: tuple[str, ...]) -> None:
    assert list(split_each(texts, languages)) == [split(text, languages) for text in texts]


def test_any_number_of_texts_is_read_together() -> None:
    texts = [*SAMPLES.values(), "", "02/555.01.23", "BPX – Caritas"] * 9
    assert list(split_each(iter(texts))) == [split(text) for text in texts]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(_TEXTS, max_size=4))
def test_blocks_have_places_of_their_own(blocks: list[str]) -> None:
    found = split_blocks(blocks)
    assert len(found) == len(blocks)
    for block, passages in zip(blocks, found, strict=True):
        covered = {place for passage in passages for place in range(passage.start, passage.end)}
        assert all(place in covered for place, c in enumerate(block) if c.isalpha())
        assert all(0 <= passage.start < passage.end <= len(block) for passage in passages)


_SCRIPT = """
import sys
from concurrent.futures import ThreadPoolExecutor
from parsers.languages import split
texts = sys.stdin.read().split("\\0")
with ThreadPoolExecutor(8) as pool:
    print(list(pool.map(split, texts)))
"""


def test_hash_seed_and_threads_change_nothing() -> None:
    texts = [
        "\n\n".join([ENGLISH, FRENCH, DUTCH]),
        f"{RUSSIAN} {GREEK}",
        "Bureau d’aide – Hulpbureau – Help Desk",
        "Caritas",
    ]
    with ThreadPoolExecutor(8) as pool:
        here = str(list(pool.map(split, texts)))
    for seed in ("0", "1"):
        # A fresh process, whose threads all ask for the tables at once.
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            input="\0".join(texts),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stdout.strip() == here


def test_importing_reads_no_tables() -> None:
    code = "import sys, parsers.languages; print({'langdetect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
