"""Telephone numbers in text: where they stand, and what lists and abbreviations of them stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from parsers import labels
from parsers.dialling import MIN_FULL, count_digits, is_possible, is_valid, normalize_short, of_letters
from parsers.folding import FULL_WIDTH, has_digit, load_vocabulary, longest_first
from parsers.frozen import lightly
from parsers.hours import TIMES
from parsers.joiners import CONJUNCTIONS, JOINER


@lightly(frozen=True, slots=True)
class NumberMatch:
    """A run of digits that could be a telephone number.

    `start` and `end` are its place in the text, its extension included. `number` is what is dialled, with what an
    abbreviation ("02 555 01 62 / 63") leaves out; `extension` the digits of its extension.
    """

    start: int
    end: int
    number: str
    extension: str | None = None

    @property
    def digits(self) -> int:
        """How many digits it has, without the extension."""
        return count_digits(self.number)


_GAP = r"[\s.\-‐‑‒–—−/·]"
_RUN = re.compile(
    rf"(?<![\w@#])(?:\(\s?(?:\++|00)\s?\d{{1,4}}\s?\){_GAP}{{0,3}}|\++\s?\(?\d{{1,4}}\)?{_GAP}{{0,3}}"
    rf"|(?:00\s)?\d{{1,4}}{_GAP}{{0,3}}(?=\())?"
    rf"(?:\(\s?\d[\d ]{{0,6}}\)\s?{_GAP}{{0,3}})?\d+(?:{_GAP}{{1,3}}\d+)*"
)
_BREAK = re.compile(r"\s*/\s*|\s+[-‐‑‒–—−]\s+")
_LIST = re.compile(
    rf"\s*(?P<sign>[,/&]|\b(?:{CONJUNCTIONS})\b)\s*(?P<piece>[-–]?\s*\d{{1,4}})"
    rf"(?=\s*(?:$|[,;/|(&]|(?:{CONJUNCTIONS})\s+[-–]?\d))",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?<=\d)(?P<dash>\s?[-–]\s?)(?P<digits>\d{1,3})\Z")
_VANITY = re.compile(
    r"(?<![\w+])(?P<one>\+?1[-.\s]{1,2})?(?P<open>\(?)(?P<code>\d{3,4})\)?(?P<gap>[-.\s]{1,2})"
    r"(?=[\dA-Z -]*[A-Z]{3})(?P<word>[A-Z\d](?:[- ]?[A-Z\d]){4,9})(?![\w-])"
)
_DATE = re.compile(r"\d{1,2}([./\- ])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2}")
_DATES = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\s*[-–—/]\s*\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d")
_YEARS = re.compile(r"(?:19|20)\d\d\s*[-‐‑‒–—−/]\s*(?:19|20)?\d\d")


def find_numbers(text: str, country: str | None) -> list[NumberMatch]:
    """Everything in `text` that is written like a telephone number, in order, but for dates, hours and spans of years.

    What it is for (telephone, fax, house number) is not decided here. `country` (ISO 3166-1 alpha-2) is where a number
    without country code belongs.
    """
    found: list[NumberMatch] = []
    if not has_digit(text):
        return found
    position = 0
    text = TIMES.sub(_masked, text if text.isascii() else text.translate(FULL_WIDTH))
    for word in _VANITY.finditer(text):
        dialled = _dialled(word, country)
        if dialled:
            found.append(NumberMatch(word.start(), word.end(), dialled))
            text = text[: word.start()] + _masked(word) + text[word.end() :]
    while match := _RUN.search(text, position):
        position = match.end()
        if any(pattern.fullmatch(match.group()) for pattern in (_DATE, _DATES, _YEARS)):
            continue
        found += _split(match.group(), match.start(), country)
        if found[-1].digits >= MIN_FULL:
            following = list(_following(text, found[-1], country))
            found[-1:] = following
            position = following[-1].end
    found.sort(key=lambda number: number.start)
    return _with_area_codes(text, found, country)


def _masked(match: re.Match[str]) -> str:
    return "\ufffc" * len(match.group())


def _dialled(match: re.Match[str], country: str | None) -> str | None:
    """The number that a word is dialled for ("1-800-GOOD-DAY"), where words may be dialled so."""
    sure = bool(match["one"] or match["open"] or "-" in match["gap"])
    if " " in match["word"] and len(match["code"]) == 3 and not (match["open"] or match["one"]):
        return None  # "800 Oak Road"
    return of_letters(match["code"] + match["word"], country, area_codes=sure)


def _following(text: str, number: NumberMatch, country: str | None) -> Iterator[NumberMatch]:
    """The number with its extension, and what is abbreviated after it: "/ 63", "or -64", "Fax -20"."""
    extension = _extension().match(text, number.end)
    last = replace(number, end=extension.end(), extension=extension["digits"]) if extension else number
    yield last
    while True:
        listed = _LIST.match(text, last.end)
        if listed and not _is_short(listed, country):
            start, end = listed.span("piece")
            if last.extension:
                last = NumberMatch(start, end, last.number, "".join(filter(str.isdigit, listed["piece"])))
            else:
                last = _abbreviated(last, listed["piece"], start)
            yield last
            continue
        ending = _other_ending().match(text, last.end)
        known = labels.match(ending["label"]) if ending else None
        if not ending or not known or known.kind not in ("phone", "fax"):
            return
        start, piece = ending.start("piece"), ending["piece"]
        if ending["word"] and not _ENDING.search(last.number):
            last = NumberMatch(start, ending.end(), last.number, ending["digits"])
        else:
            last = replace(_abbreviated(last, "-" + ending["digits"], start), end=start + len(piece))
        yield last


def _is_short(listed: re.Match[str], country: str | None) -> bool:
    """Whether what follows "or" is a short number of its own, and no abbreviation."""
    return listed["sign"] != "/" and listed["piece"].isdigit() and bool(normalize_short(listed["piece"], country))


@cache
def _extension_words() -> str:
    by_language = load_vocabulary("phone_words")["extension"]
    return "|".join(map(re.escape, longest_first(word for words in by_language.values() for word in words)))


@cache
def _extension() -> re.Pattern[str]:
    word = rf"(?<!\w)(?:{_extension_words()})(?![^\W\d_])|(?<=\d)x(?=\s?\d)|#(?=\d)"
    return re.compile(rf"\s*[,;(/]?\s*(?:{word})[.\s]*[:=]?\s*[-–]?\s*(?P<digits>\d{{1,6}})\b\)?", re.IGNORECASE)


@cache
def _other_ending() -> re.Pattern[str]:
    word = rf"(?P<word>(?:{_extension_words()})\b[.:]*\s*[-–]?)"
    piece = rf"(?P<piece>(?:{word}|[-–])\s*(?P<digits>\d{{1,4}}))"
    return re.compile(rf"[\s,;/|]*(?P<label>[^\W\d_]+)[.:]*\s*{piece}(?!\s?[\d.:/-])", re.IGNORECASE)


def _with_area_codes(text: str, found: list[NumberMatch], country: str | None) -> list[NumberMatch]:
    """The numbers, those of a list with the area code that only the first of it has ("011-2555 0166, 2555 0167")."""
    numbers: list[NumberMatch] = []
    for place, number in enumerate(found):
        before = numbers[-1] if numbers else None
        printed = text[number.start : number.end]
        if before and printed != number.number and before != found[place - 1] and not number.extension:
            number = _abbreviated(before, printed, number.start)
        elif (
            before
            and printed == number.number
            and printed[0] not in "+0("
            and 4 < number.digits < before.digits
            and JOINER.fullmatch(text[before.end : number.start])
            and not is_valid(printed, country)
        ):
            whole = _abbreviated(before, printed, number.start)
            if is_valid(whole.number, country) or not is_possible(printed, country):
                number = replace(number, number=whole.number)
        numbers.append(number)
    return numbers


def _split(run: str, offset: int, country: str | None) -> list[NumberMatch]:
    """The numbers of a run: a slash or a dash can join two of them, or stand within one ("02/507.99.11")."""
    found: list[NumberMatch] = []
    start = end = position = 0
    for gap in [*_BREAK.finditer(run), None]:
        piece_end = gap.start() if gap else len(run)
        piece, before = run[position:piece_end], run[start:end]
        if not position:
            end = piece_end
        elif (
            count_digits(before) >= MIN_FULL
            and is_possible(before, country)
            and _stands_alone(before, piece, run, position, country)
        ):
            found.append(NumberMatch(offset + start, offset + end, before))
            start, end = position, piece_end
            if count_digits(piece) < MIN_FULL:
                found.append(_abbreviated(found[-1], piece, offset + position))
                start = end = piece_end
        else:
            end = piece_end
        position = gap.end() if gap else len(run)
    if start < end:
        found.append(NumberMatch(offset + start, offset + end, run[start:end]))
    return found


def _stands_alone(before: str, piece: str, run: str, position: int, country: str | None) -> bool:
    digits = count_digits(piece)
    if digits >= MIN_FULL:
        return is_possible(piece, country)
    if digits > 4:
        return False
    slash = "/" in run[len(before) : position]
    return slash or not is_possible(before + piece, country)


def _abbreviated(before: NumberMatch, piece: str, start: int) -> NumberMatch:
    """The number that `piece` stands for: the one before it with another ending, else with other last digits."""
    digits = [char for char in piece if char.isdigit()]
    end = start + len(piece)
    ending = _ENDING.search(before.number)
    if ending and piece[0] in "-–" and len(ending["digits"]) in (1, len(digits)):
        return NumberMatch(start, end, before.number[: ending.end("dash")] + "".join(digits))
    whole = list(before.number)
    for index in range(len(whole) - 1, -1, -1):
        if not digits:
            break
        if whole[index].isdigit():
            whole[index] = digits.pop()
    return NumberMatch(start, end, "".join(whole))
