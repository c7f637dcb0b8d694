"""What is dialled: telephone numbers in E.164 (ITU-T Recommendation E.164), short numbers as digits."""

from __future__ import annotations

import re
from functools import lru_cache

MIN_FULL = 7
"""Digits of the shortest numbers that are dialled from anywhere in their country."""
_MAX_SHORT = 7
_GROUPED = re.compile(
    r"(?:\(\s?\d{2,5}\s?\)|0\d{1,4}[ /-]|\d{3}[ .-]\d{3}[.-]\d{4}\Z)(?=.*\d\D+\d)(?!\d*(?:\.\d{3}){2}\Z)"
    r"|0\d{2,4}[ /]\d{6,8}\Z"
)
_NANP = 1
_NO_COUNTRY = "001"  # what the library calls the place of +800 and the like


# A number is looked at several times: where it stands, whether it is one, which one; and the numbers of a site recur.
_KEPT = 4096


@lru_cache(maxsize=_KEPT)
def is_possible(number: str, country: str | None) -> bool:
    """Whether `number` has a length that numbers of its country can have; without a country, 7 to 15 digits."""
    import phonenumbers

    if country is None and not international(number):
        return MIN_FULL <= count_digits(number) <= 15
    try:
        parsed = phonenumbers.parse(international(number) or number, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE


def normalize(number: str, country: str | None, extension: str | None = None) -> str | None:
    """`number` in E.164, with `;ext=` (RFC 3966) where it has an extension; only digits for a short number.

    A number that nobody has been assigned is brought to normal form all the same, if its length is possible: numbering plans
    change, and the directory may be right. None where it cannot be a number of that country, or no country is known.
    """
    e164 = _normalize(number, country)
    return f"{e164};ext={ascii_digits(extension)}" if e164 and e164.startswith("+") and extension else e164


@lru_cache(maxsize=_KEPT)
def _normalize(number: str, country: str | None) -> str | None:
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
        if parsed.italian_leading_zero and not valid and phonenumbers.ndd_prefix_for_region(country or "", True) == "0":
            continue  # the zero is for calls from within the country, and a digit is missing
        if valid and count_digits(number) <= _MAX_SHORT and not phonenumbers.can_be_internationally_dialled(parsed):
            return ascii_digits(number)
        if valid or best is None:
            best = parsed
        if valid:
            break
    if best is None:
        return None
    return phonenumbers.format_number(best, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=_KEPT)
def normalize_short(number: str, country: str | None) -> str | None:
    """The digits of a short number (107, 116 123, 988), which cannot be dialled from abroad; None where it is none."""
    from phonenumbers import NumberParseException, parse, shortnumberinfo

    digits = ascii_digits(number)
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

    written = international(number) or number
    if written.startswith("+"):
        # "+352 (0)26": the zero is for calls from within, and where there is none it is a habit
        return list(dict.fromkeys([re.sub(r"\(\s?0\s?\)", "", written), written]))
    if country and ascii_digits(written).startswith("0") and ndd_prefix_for_region(country, True) == "0":
        # the library takes the trunk zero off numbers in use only
        return [re.sub(r"^\D*0", "", written), written]
    return [written]


def international(number: str) -> str | None:
    """`number` with its leading "+", where it is written with a country code; None where it is not."""
    stripped = number.lstrip("( ")
    if stripped.startswith("+"):
        stripped = "+" + stripped.lstrip("+")
        return stripped.replace(")", "", 1) if number.lstrip().startswith("(") else stripped
    if re.match(r"00\s?[1-9]", stripped):
        return "+" + stripped[2:]
    return None


def ascii_digits(text: str) -> str:
    """The decimal digits of a text, of any script, as ASCII."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def count_digits(text: str) -> int:
    """How many digits a text has."""
    return sum(char.isdigit() for char in text)


@lru_cache(maxsize=_KEPT)
def is_valid(number: str, country: str | None) -> bool:
    """Whether `number` is one that the numbering plan of its country assigns, as far as the library knows."""
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(international(number) or number, country))
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=_KEPT)
def is_known(number: str, country: str | None) -> bool:
    """Whether `number` cannot well be anything but a telephone number, though nothing beside it says that it is one.

    It can where it has a country code, is assigned in `country`, or is written in groups as numbers of its length are dialled.
    Numbers of taxes and registers have as many digits, and groups of three with dots.
    """
    if international(number):
        return normalize(number, country) is not None
    if any(is_valid(written, country) for written in _readings(number, country)) or normalize_short(number, country):
        return True
    return bool(_GROUPED.match(number) and is_possible(number, country))


def of_letters(written: str, country: str | None, *, area_codes: bool) -> str | None:
    """The number in E.164 that a code and a word are dialled for (ITU-T E.161); None where the country dials no such words.

    Words stand after the codes of services ("1800 RESPECT"), and with `area_codes` also after those of places, which is a
    custom of the North American Numbering Plan. Letters over the length of a number are not dialled.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType

    if country is None:
        return None
    letters = re.sub(r"[^A-Z0-9]", "", written)
    in_plan = phonenumbers.country_code_for_region(country) == _NANP
    try:
        parsed = phonenumbers.parse(phonenumbers.convert_alpha_characters_in_number(letters), country)
    except phonenumbers.NumberParseException:
        return None
    excess = not phonenumbers.is_valid_number(parsed)
    if not phonenumbers.truncate_too_long_number(parsed):
        return None
    service = phonenumbers.number_type(parsed) in (
        PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN,
    )  # fmt: skip
    if not (area_codes if in_plan else service) or (excess and not service):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
