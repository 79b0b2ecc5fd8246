"""E-mail addresses and phone numbers.

A phone number is a candidate by its shape and is then parsed by phonenumbers; bare runs of digits need a word such
as "phone" before them, because order numbers and epoch seconds look the same.
"""

from __future__ import annotations

import re

from deskhand.redaction.detector import Detector, Place, Sure, digits_of, letters_and_digits, vocabulary

_LETTER = "A-Za-z0-9_\u00c0-\u024f"
_FILES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "pdf", "css", "js", "ts", "json", "html", "md"})
_SPOKEN = vocabulary(
    "phone telephone tel mobile cell cellphone call called calling dial fax sms whatsapp hotline telefon "
    "telefonnummer handy mobil rufnummer anrufen fon durchwahl téléphone portable teléfono móvil numéro"
)
_HOME = ("US", "GB", "DE", "FR", "IT", "ES", "NL", "AT", "CH", "AU", "IN")


def _address(place: Place) -> Sure:
    user, _, host = place.value.rpartition("@")
    # "icon@2x.png" is a file, and git@github.com is everybody.
    if host.rpartition(".")[2].lower() in _FILES or user == "git":
        return Sure.NO
    return Sure.YES


def _international(place: Place) -> Sure:
    return Sure.PROVEN if _possible(re.sub(r"^00", "+", place.value.strip()), None, strict=False) else Sure.NO


def _american(place: Place) -> Sure:
    if not _possible(place.value, "US", strict="." in place.value):
        return Sure.NO
    return Sure.YES


def _national(place: Place) -> Sure:
    """A number with a leading 0 and groups, which is a real one somewhere that we know, or is called a phone."""
    if not 9 <= len(digits_of(place.value)) <= 12:
        return Sure.NO
    if any(_possible(place.value, region, strict=True) for region in _HOME):
        return Sure.YES
    return Sure.WITH_CONTEXT


_SAID_TO_BE = (
    (
        r"(?i)\b(?:phone|telephone|tel|mobile|cell|cellphone|call|dial|fax|sms|whatsapp|hotline|telefon|telefonnummer"
        r"|handy|mobil|rufnummer|anrufen|fon|durchwahl|t\x{e9}l\x{e9}phone|tel\x{e9}fono|m\x{f3}vil)\b"
        r"(?:[ \t:=#.,/()|*\"'+-]|\[phone(?:_[0-9]{1,9})?\]|number|no\.|nr\.|is|at|on|me|us|him|her|them|or|and|under"
        r"|ist|und|oder|ext|home|work){0,12}"
    )
    .replace(r"\x{e9}", "\u00e9")
    .replace(r"\x{f3}", "\u00f3")
)
_ASKED = re.compile(r"(?i)\b(?:call|dial)\b(?:\W|me|us|at|on|or|and)*$")


def _spoken_of(place: Place) -> Sure:
    """Digits that are said to be a phone number: 7 to 15 of them; after "call", of which machines make many,
    only what could be one in the United States or begins with 0."""
    if not 7 <= len(digits_of(place.value)) <= 15:
        return Sure.NO
    if not _ASKED.search(place.before):
        return Sure.YES
    region = "DE" if digits_of(place.value)[0] == "0" else "US"
    return Sure.YES if _possible(place.value, region, strict=region == "US") else Sure.NO


def _possible(number: str, region: str | None, *, strict: bool) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed) if strict else phonenumbers.is_possible_number(parsed))


_EXTENSION = r"(?:,? ?(?:ext\.?|extension|x|#) ?[0-9]{1,6})?"
_NOT_IN_A_WORD = r"[\w.+/=:@#-]"
_NO_MORE_DIGITS = r"[\w]|[.:/-][0-9]"

DETECTORS = (
    Detector(
        kind="email",
        placeholder="Email",
        pattern=rf"[{_LETTER}][{_LETTER}.%+'-]{{0,63}}@(?:[{_LETTER}-]{{1,63}}\.){{1,8}}(?:[A-Za-z]{{2,24}}|xn--[a-z0-9]{{2,40}})",
        not_before=r"[A-Za-z0-9]",
        check=_address,
        priority=20,
        examples=(
            "write to ana.lopez+help@example.co.uk, please",
            "<ana@example.com>",
            "联系ana@example.com。",
            "user@münchen.example",
            "ana＠example．com",
        ),
        counterexamples=("icon@2x.png", "pkg@1.2.3", "@staff", "a @ b.c", "git@github.com:a/b"),
    ),
    Detector(
        kind="phone",
        placeholder="Phone",
        pattern=r"(?:\+|\b00)(?:\([1-9][0-9]{0,2}\)|[1-9][0-9]{0,2})(?:[ .\-/]{0,2}(?:\([0-9]{1,5}\)|[0-9]{1,14})){1,6}"
        + _EXTENSION,
        not_after=_NOT_IN_A_WORD,
        not_before=r"[0-9A-Za-z]",
        check=_international,
        priority=10,
        same=letters_and_digits,
        examples=(
            "+49 30 901820",
            "+1 (202) 555-0143",
            "call +44 20 7946 0958 ext. 12",
            "0049 30 901820",
            "+4930901820",
        ),
        counterexamples=("a+49 30", "1+1 2", "C++ 11 2024", "00 12", "UTC+02 00"),
    ),
    Detector(
        kind="phone",
        placeholder="Phone",
        pattern=r"(?:\b1[ .\-])?(?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}" + _EXTENSION,
        not_after=_NOT_IN_A_WORD,
        not_before=_NO_MORE_DIGITS,
        check=_american,
        priority=10,
        same=letters_and_digits,
        examples=("(202) 555-0143", "202-555-0143", "1-202-555-0143", "202.555.0143 x12"),
        counterexamples=("999.999.9999.1", "12202-555-0143", "v202-555-0143", "202-555-01433"),
    ),
    Detector(
        kind="phone",
        placeholder="Phone",
        pattern=r"(?:\(0[0-9]{1,5}\)|\b0[1-9][0-9]{0,4})[ ./\-]{1,3}[0-9]{2,9}(?:[ \-][0-9]{2,5}){0,4}",
        not_after=_NOT_IN_A_WORD,
        not_before=_NO_MORE_DIGITS,
        check=_national,
        context=_SPOKEN,
        priority=10,
        same=letters_and_digits,
        examples=("030 901820 11", "(030) 90182011", "089/12345678", "020 7946 0958", "0171-2345678"),
        counterexamples=("01 02 2023", "03-04-2024", "0.123456789", "0800 12"),
    ),
    Detector(
        kind="phone",
        placeholder="Phone",
        pattern=_SAID_TO_BE + r"(\b[0-9]{2,15}(?:[ .\-/()]{1,2}[0-9]{1,10}){0,5})",
        not_before=_NO_MORE_DIGITS,
        check=_spoken_of,
        same=letters_and_digits,
        examples=(
            "my phone is 2025550143",
            "Tel: 555-1234",
            "Handy 01711234567",
            "phone:2025550143",
            "call me at 2025550143",
        ),
        counterexamples=(
            "order 2025550143",
            "the call 1700000000 returned",
            "Mobile app 2024.10.12345",
            "1700000000",
            "microphone 2025550143",
            "phones since 1999",
        ),
    ),
)
