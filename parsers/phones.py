"""Telephone numbers in text: where they stand, and their form in E.164 (ITU-T Recommendation E.164)."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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
        """How many digits it has, without the extension; a letter of "1-800-FLOWERS" is one."""
        return sum(char.isalnum() for char in self.number)


_GAP = r"[\s.\-‐‑‒–—−/·]"
_RUN = re.compile(
    rf"(?<![\w@#])(?:\(\s?(?:\+|00)\s?\d{{1,4}}\s?\){_GAP}{{0,3}}|\+\s?\(?\d{{1,4}}\)?{_GAP}{{0,3}}|\d{{1,4}}{_GAP}{{0,3}}(?=\())?"
    rf"(?:\(\s?\d[\d ]{{0,6}}\)\s?{_GAP}{{0,3}})?\d+(?:{_GAP}{{1,3}}\d+)*"
)
_BREAK = re.compile(r"\s*/\s*|\s+[-‐‑‒–—−]\s+")
_LIST = re.compile(
    r"\s*(?:[,/]|\b(?:or|ou|oder|of|o|and|et|und|en|y|e|i)\b)\s*-?\s*(\d{1,3})(?=\s*(?:$|[,;/|(]|(?:or|ou|oder|of|o|and|et|und|en|y|e|i)\s+\d))"
)
_EXTENSION = re.compile(
    r"\s*[,;(]?\s*\b(?:ext(?:ension)?|poste|x(?=\s?\d)|int(?:erno)?|toestel|durchwahl|dw|nebenstelle|anexo|ramal|dahili|wew"
    r"|доб|ankn(?:ytning)?|lokalnr|εσωτ|تحويلة)(?:\b|(?=\d))\.?\s*:?\s*(\d{1,6})\b\)?",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?<![\d/])(?:24\s?/\s?7|7\s?/\s?7|24\s?/\s?24)(?![\d/])"
    r"|(?<!\d)\d{1,2}(?::\d\d|\s?h\b(?:\s?\d\d)?)"
    r"|(?<!\d)\d{1,2}(?:[.:]\d\d)?\s?[-–—]\s?\d{1,2}(?:[.:]\d\d)?\s?(?:h|uhr|am|pm|часов)\b",
    re.IGNORECASE,
)
_VANITY = re.compile(
    r"(?<!\w)(?:1[-. ])?\(?[2-9]\d\d\)?[-. ]\s?(?=[\d-]*[A-Z][A-Z\d-]*(?!\w))[A-Z\d]{3}-?[A-Z\d]{4}(?!\w)"
)
_NANP = 1
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}")
_YEARS = re.compile(r"(?:19|20)\d\d\s*[-‐‑‒–—−/]\s*(?:19|20)?\d\d")
MIN_FULL = 7
"""Digits of the shortest numbers that are dialled from anywhere in their country."""
_MAX_SHORT = 7


def find_numbers(text: str, country: str | None) -> list[NumberMatch]:
    """Everything in `text` that is written like a telephone number, in order, but for dates, hours and spans of years.

    What it is for (telephone, fax, house number) is not decided here. `country` (ISO 3166-1 alpha-2) is where a number
    without country code belongs.
    """
    from phonenumbers import country_code_for_region

    found: list[NumberMatch] = []
    position = 0
    text = _TIMES.sub(lambda times: "\ufffc" * len(times.group()), text)
    if country and country_code_for_region(country) == _NANP:
        found += [NumberMatch(word.start(), word.end(), word.group()) for word in _VANITY.finditer(text)]
        text = _VANITY.sub(lambda number: "\ufffc" * len(number.group()), text)
    while match := _RUN.search(text, position):
        run = match.group()
        position = match.end()
        if _DATE.fullmatch(run) or _YEARS.fullmatch(run):
            continue
        found += _split(run, match.start(), country)
        extension = _EXTENSION.match(text, position)
        if extension and found[-1].digits >= MIN_FULL:
            found[-1] = NumberMatch(found[-1].start, extension.end(), found[-1].number, extension.group(1))
            position = extension.end()
        elif found[-1].digits >= MIN_FULL:
            while shortened := _LIST.match(text, position):
                found.append(_abbreviated(found[-1], shortened.group(1), shortened.start(1)))
                position = shortened.end()
    return sorted(found, key=lambda number: number.start)


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
            _count(before) >= MIN_FULL
            and is_possible(before, country)
            and _stands_alone(before, piece, run, position, country)
        ):
            found.append(NumberMatch(offset + start, offset + end, before))
            start, end = position, piece_end
            if _count(piece) < MIN_FULL:
                found.append(_abbreviated(found[-1], piece, offset + position))
                start = end = piece_end
        else:
            end = piece_end
        position = gap.end() if gap else len(run)
    if start < end:
        found.append(NumberMatch(offset + start, offset + end, run[start:end]))
    return found


def _stands_alone(before: str, piece: str, run: str, position: int, country: str | None) -> bool:
    digits = _count(piece)
    if digits >= MIN_FULL:
        return is_possible(piece, country)
    if digits > 4:
        return False
    slash = "/" in run[len(before) : position]
    return slash or not is_possible(before + piece, country)


def _abbreviated(before: NumberMatch, piece: str, start: int) -> NumberMatch:
    """The number that `piece` stands for: the one before it with other last digits."""
    digits = [char for char in piece if char.isdigit()]
    whole = list(before.number)
    for index in range(len(whole) - 1, -1, -1):
        if not digits:
            break
        if whole[index].isdigit():
            whole[index] = digits.pop()
    return NumberMatch(start, start + len(piece), "".join(whole))


def _count(text: str) -> int:
    return sum(char.isdigit() for char in text)


def is_possible(number: str, country: str | None) -> bool:
    """Whether `number` has a length that numbers of its country can have; without a country, 7 to 15 digits."""
    import phonenumbers

    if country is None and not _international(number):
        return MIN_FULL <= _count(number) <= 15
    try:
        parsed = phonenumbers.parse(_international(number) or number, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE


def normalize(number: str, country: str | None, extension: str | None = None) -> str | None:
    """`number` in E.164, with `;ext=` (RFC 3966) where it has an extension; only digits for a short number.

    A number that nobody has been assigned is brought to normal form all the same, if its length is possible: numbering plans
    change, and the directory may be right. None where it cannot be a number of that country, or no country is known.
    """
    import phonenumbers

    short = normalize_short(number, country)
    if short:
        return short
    best = None
    for written in _readings(number, country):
        try:
            parsed = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
            continue
        valid = phonenumbers.is_valid_number(parsed)
        if valid and not phonenumbers.can_be_internationally_dialled(parsed) and _count(number) <= _MAX_SHORT:
            return _ascii_digits(number)
        if valid or best is None:
            best = parsed
        if valid:
            break
    if best is None:
        return None
    e164 = phonenumbers.format_number(best, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={_ascii_digits(extension)}" if extension else e164


def normalize_short(number: str, country: str | None) -> str | None:
    """The digits of a short number (107, 116 123, 988), which cannot be dialled from abroad; None where it is none."""
    from phonenumbers import NumberParseException, parse, shortnumberinfo

    digits = _ascii_digits(number)
    if not 3 <= len(digits) < _MAX_SHORT or any(map(str.isalpha, number)) or number.lstrip("( ").startswith("+"):
        return None
    if country is None:
        return digits
    try:
        parsed = parse(digits, country)
    except NumberParseException:
        return None
    return digits if shortnumberinfo.is_valid_short_number_for_region(parsed, country) else None


def _readings(number: str, country: str | None) -> list[str]:
    """How `number` may be meant: as written, without its "(0)", without its trunk zero."""
    from phonenumbers import ndd_prefix_for_region

    written = _international(number) or number
    if written.startswith("+"):
        # "+352 (0)26": the zero is for calls from within, and where there is none it is a habit
        return list(dict.fromkeys([re.sub(r"\(\s?0\s?\)", "", written), written]))
    if country and _ascii_digits(written).startswith("0") and ndd_prefix_for_region(country, True) == "0":
        # the library takes the trunk zero off numbers in use only
        return [re.sub(r"^\D*0", "", written), written]
    return [written]


def _international(number: str) -> str | None:
    """`number` with its leading "+", where it is written with a country code; None where it is not."""
    stripped = number.lstrip("( ")
    if stripped.startswith("+"):
        return stripped.replace(")", "", 1) if number.lstrip().startswith("(") else stripped
    if re.match(r"00\s?[1-9]", stripped):
        return "+" + stripped[2:]
    return None


def _ascii_digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())
