"""Payment cards: the number, proven by its check digit, and what is printed beside it, by the words that announce "
"it."""

from __future__ import annotations

import re

from deskhand.redaction.detector import Detector, Place, Sure, digits_of, letters_and_digits, vocabulary, words
from deskhand.redaction.numbers import APART, NO_MORE, announced, luhn, near, told

_SCHEMES = re.compile(
    r"4\d{12}(?:\d{3}(?:\d{3})?)?|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|65\d{2}|64[4-9]\d)\d{12}(?:\d{3})?|3(?:0[0-59]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|(?:50[0-9]{2}|5[6-9][0-9]{2}|6304|6759|676[1-3])\d{8,15}|(?:60|8[12]|508)\d{13,14}|220[0-4]\d{12}"
)
_CARD_WORDS = vocabulary(
    "card cards credit debit visa mastercard amex american discover diners jcb maestro pan cc creditcard ccnumber "
    "cardnumber ccnum kreditkarte karte kartennummer carte tarjeta carta payment pay paid charge charged purchase cvv "
    "billing unionpay rupay expires expiry exp"
)
_SAID_AFTER = vocabulary("cvv cvc exp expires expiry expiring expiration valid visa mastercard amex")
_GROUPS = ([4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [4, 4, 4, 4, 3], [4, 4, 4, 1], [6, 13], [4, 6, 6], [4, 4, 4, 3])
_OTHER_THINGS = vocabulary("order bestellung tracking sendung invoice ticket case request trace span build serial imei")
_LATEST = 60
"""Two figures of a year up to which a card may be valid."""


def _card(place: Place) -> Sure:
    """A scheme's prefix and length and the check digit; then grouping, a cell of its own, or a word for it."""
    digits = digits_of(place.value)
    if not luhn(digits) or len(set(digits)) == 1:
        return Sure.NO
    said_after = near(place, _SAID_AFTER, behind=25)
    if not _SCHEMES.fullmatch(digits):
        return Sure.YES if said_after and len(digits) in (15, 16) else Sure.NO
    groups = re.split(r"[ -]+", place.value)
    if [len(group) for group in groups] in _GROUPS or (len(groups) == 1 and _apart(place)):
        return Sure.PROVEN
    return Sure.YES if said_after else Sure.WITH_CONTEXT


def _within(text: str, end: int) -> tuple[int, int] | None:
    """A card's number in the run of digits, blanks and dashes around a place."""
    before, behind = text[max(0, end - _RUN) : end], text[end : end + _RUN]
    first = end - len(before) + len(before.rstrip(_OF_A_RUN))
    last = end + len(behind) - len(behind.lstrip(_OF_A_RUN))
    for start in _STARTS.finditer(text, first, last):
        for form in _FORMS:
            found = form.match(text, start.start())
            if found and luhn(digits := digits_of(found[0])) and _SCHEMES.fullmatch(digits):
                return found.span()
    return None


def _among_numbers(place: Place) -> Sure:
    """A card's groups beside another number; among many numbers, as in a row of a table, only with a word for it."""
    sure = _card(place)
    among = _MANY_BEFORE.search(place.before) or _MANY_BEHIND.match(place.text, place.end)
    return Sure.WITH_CONTEXT if sure is Sure.PROVEN and among else sure


def _apart(place: Place) -> bool:
    """In a line, a cell, quotes or a tag of its own, and not called another thing's number."""
    beside = place.text[max(0, place.start - 1) : place.start] + place.text[place.end : place.end + 1]
    called = words(place.before.rpartition("\n")[2])
    return (place.alone or beside in ('""', "''", "><", "``", "**")) and not called & _OTHER_THINGS


def _said_card(place: Place) -> Sure:
    """What is called a card's number is one, also with a wrong check digit: people mistype, and read out test cards."""
    return Sure.YES if 13 <= len(digits_of(place.value)) <= 19 else Sure.NO


def _expiry(place: Place) -> Sure:
    year = int(digits_of(place.value)[-2:])
    if not year or year > _LATEST:
        return Sure.NO
    return Sure.YES if near(place, _CARD_WORDS - {"expires", "expiry", "exp", "pay", "paid"}, behind=40) else Sure.NO


def _beside(place: Place) -> Sure:
    """A month right behind a card's number is the card's, also without a word for it."""
    number = _NUMBER_AT_END.search(place.before)
    if not number or not luhn(digits_of(number[0])):
        return Sure.NO
    return _dated(place)


def _behind_card(place: Place) -> bool:
    """Whether the digits of a card stand before it, or were there before they were replaced."""
    return "[CardNumber" in place.before or any(13 <= len(digits_of(run)) <= 19 for run in _RUNS.findall(place.before))


def _dated(place: Place) -> Sure:
    return Sure.YES if 0 < int(digits_of(place.value)[-2:]) <= _LATEST else Sure.NO


_RUN = 60
"""Characters on each side in which a card's number is looked for among others."""
_OF_A_RUN = "0123456789 -"
_STARTS = re.compile(r"(?<![0-9])(?=[0-9])")
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        f"[0-9]{{13,19}}(?!{NO_MORE})",
        *("-".join(f"[0-9]{{{length}}}" for length in groups) + f"(?!{NO_MORE})" for groups in _GROUPS),
        *(" ".join(f"[0-9]{{{length}}}" for length in groups) + r"(?!\w)" for groups in _GROUPS),
    )
)
"""How a card's number is written: in one, or in groups with one sign between them."""
_MANY_BEFORE = re.compile(r"(?:[0-9]{4}[ -]){3}$")
_MANY_BEHIND = re.compile(r"(?:[ -][0-9]{4}){3}(?![0-9])")
_DIGITS = r"\b[0-9](?:[ -]{0,1}[0-9]){11,18}\b"
_NUMBER_AT_END = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}(?=[ ,;|]{1,3}$)", re.ASCII)
_RUNS = re.compile(r"[0-9](?:[ -]?[0-9]){12,18}")
_MONTH = r"(?:0?[1-9]|1[0-2])[ ]?[/.-][ ]?(?:20[2-9][0-9]|[2-9][0-9])"
_UNTIL = re.compile(rf"[ ,;|]{{1,3}}{_MONTH}(?![0-9/])", re.ASCII)
_EXPIRES = r"exp|expir(?:y|es|ed|ing|ation)|valid(?:[ -](?:thru|through|until|till|to))?|gültig(?: bis)?|good thru"

DETECTORS = (
    Detector(
        kind="card",
        placeholder="CardNumber",
        pattern=_DIGITS,
        not_after=APART,
        not_before=NO_MORE,
        check=_card,
        context=_CARD_WORDS,
        priority=15,
        same=letters_and_digits,
        examples=(
            "4111 1111 1111 1111",
            "5500-0055-5555-5559",
            "3782 822463 10005",
            "card 4111111111111111",
            "4111111111111111",
            "took 4111111111111111, expires 12/29",
            "卡号4111 1111 1111 1111。",
            "<td>Visa</td><td>4111111111111111</td>",
            '{"value": "4111111111111111"}',
            '{"number": "3525243871121899", "expiry": "11/31"}',
        ),
        counterexamples=(
            "order 4111111111111111 shipped",
            '"trace": "4111111111111111"',
            "4111 1111 1111 1112",
            "0000 0000 0000 0000",
            "1700000000000",
        ),
    ),
    Detector(
        kind="card",
        placeholder="CardNumber",
        pattern=_DIGITS,
        behind=_within,
        check=_among_numbers,
        context=_CARD_WORDS,
        priority=15,
        same=letters_and_digits,
        examples=(
            "no 7 4111 1111 1111 1111",
            "order 12345 4111 1111 1111 1111 12",
            "5234 5500-0055-5555-5559",
            "2 3782 822463 10005 1",
            "7 4111 1111 1111 1111-12",
            "paid 4111111111111111 12 times",
        ),
        counterexamples=(
            "1001 4111 1111 1111 1112 12",
            "order 1 4111111111111111 shipped",
            "5120 5230 5340 4111 1111 1111 1111 5450",
        ),
    ),
    Detector(
        kind="card",
        placeholder="CardNumber",
        pattern=announced(
            r"(?:credit|debit|bank|visa|master|payment)[ _-]?card(?:[ _-]?(?:number|no|num|nr))?|card[ _-]?(?:number"
            r"|no|num|nr)"
            r"|visa|mastercard|amex|american express|maestro|diners(?: club)?|jcb|cards?|kreditkarten?(?:nummer)?"
            r"|kartennummer"
            r"|cc[ _-]?(?:number|no|num)",
            r"[0-9](?:[ .-]?[0-9]){11,18}",
        ),
        not_before=NO_MORE,
        check=_said_card,
        priority=14,
        same=letters_and_digits,
        examples=(
            "credit card number: 4111 1111 1111 1112",
            "Visa 4000.1234.5678.9017",
            "Kreditkarte **4111111111111112**",
            '"card_number": "1234567890123456"',
            "my 2nd card: 1234-567890-12345",
        ),
        counterexamples=("discard number 4111111111111112", "card number 4111", "the card took 1700000000000 ms"),
    ),
    Detector(
        kind="card_cvv",
        placeholder="CardCode",
        pattern=told("(?:cvv2?|cvc2?|csc|security code|verification code)", "[0-9]{3,4}"),
        not_before=NO_MORE + "|[%/:]",
        priority=12,
        examples=(
            "the CVV on the back says 123",
            "the security code for my credit card is 1234",
            "CVV (3 digits): 321",
        ),
        counterexamples=("the security code is 123456", "cvv of the card is missing", "security code review 123"),
    ),
    Detector(
        kind="card_cvv",
        placeholder="CardCode",
        pattern=announced(
            r"cvv2?|cvc2?|cvn2?|csc|card (?:verification|security|validation)(?: (?:code|value|number))?"
            r"|(?:card )?security (?:code|number)(?: on (?:the |my )?(?:back|front|card)(?: of (?:the|my|this) "
            r"card)?)?|cvv[ /]cvc|kartenprüfnummer|kartenprüfziffer|prüfziffer|cryptogramme|(?:card|3[ -]digit"
            r"|three[ -]digit|4[ -]digit)"
            r"(?: security)? code(?: number)?|code (?:de sécurité|on the back(?: of (?:the|my) card)?)|código de "
            r"seguridad|codice di sicurezza"
            r"|number on the back(?: of (?:the|my) card)?",
            "[0-9]{3,4}",
        ),
        not_before=NO_MORE + "|[%/]",
        priority=14,
        examples=(
            "CVV: 123",
            "cvc 4321",
            "security code is 987",
            "<cvv>123</cvv>",
            '"cvv2": "321"',
            "Kartenprüfnummer 555",
            "CVV number is **042**",
            "the security code on the back is 653",
        ),
        counterexamples=("CVV: 12345", "cvc 12", "security codes 100", "csc 404.5"),
    ),
    Detector(
        kind="card_cvv",
        placeholder="CardCode",
        pattern=r"\b(?:0?[1-9]|1[0-2])[/-](?:20)?[2-9][0-9][ \t]{0,2}[,;| \t/][ \t]{0,2}([0-9]{3,4})\b",
        check=lambda place: Sure.YES if _behind_card(place) else Sure.NO,
        not_before=NO_MORE + "|[/%:]",
        priority=13,
        examples=("4111 1111 1111 1111, 12/29, 123", "card 4111111111111111 | 09/27 | 4321"),
        counterexamples=("on 12/29, 123 hosts", "12/29 100"),
    ),
    Detector(
        kind="card_expiry",
        placeholder="CardExpiry",
        pattern=announced(
            rf"(?:card|cc|kreditkarte|visa|amex|mastercard)[ _-]?(?:{_EXPIRES})(?:[ _-]?(?:date|datum))?"
            r"|(?:exp|expiry|expiration)[. _-]{0,2}date|valid (?:thru|through)|good thru",
            _MONTH,
        ),
        not_before=NO_MORE + "|/",
        check=_dated,
        priority=13,
        same=digits_of,
        examples=(
            "expiry date: 09/27",
            "Card expires 12/2028",
            "exp. date 1/29",
            "VALID THRU 05/30",
            "expiration date is 11-27",
        ),
        counterexamples=(
            "the card expires soon",
            "expiry date: 13/27",
            "expiration date 12/01/2027",
            "expiry date 2027-01-02",
        ),
    ),
    Detector(
        kind="card_expiry",
        placeholder="CardExpiry",
        pattern=announced(_EXPIRES, _MONTH),
        not_before=NO_MORE + "|/",
        check=_expiry,
        priority=13,
        same=digits_of,
        examples=(
            "Visa 4111111111111111 exp 09/27",
            "card 4111 1111 1111 1111, expires 12/2028",
            "exp: 04/26 cvv: 123",
        ),
        counterexamples=("the certificate expires 12/2028", "licence valid until 09/27"),
    ),
    Detector(
        kind="card_expiry",
        placeholder="CardExpiry",
        pattern=rf"[0-9][ ,;|]{{1,3}}({_MONTH})",
        not_before=NO_MORE + "|/",
        check=_beside,
        priority=13,
        same=digits_of,
        examples=("4111111111111111 09/27", "4111 1111 1111 1111, 12/2028, Ana"),
        counterexamples=("took 1700000000000 09/27", "4 09/27"),
    ),
    Detector(
        kind="pin",
        placeholder="Pin",
        pattern=announced(
            r"pin(?:[ _-]?(?:code|number|no|nr|nummer))|pin\"?[ \t]{0,2}[:=#]|pin (?:is|was|ist)|(?:my|your|the|card"
            r"|atm|mein[e]?) pin"
            r"|geheimzahl|code pin",
            "[0-9]{4,8}",
        ),
        not_before=NO_MORE + "|/",
        priority=14,
        examples=("PIN: 4821", "my pin is 482193", "pin code 9023", "Geheimzahl: 1234", '"pin": "4821"', "PIN = 0042"),
        counterexamples=("GPIO pin 13", "pin 2024 to the board", "spin: 4821", "pinned 4821", "PIN: 123"),
    ),
)
