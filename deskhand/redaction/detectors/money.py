"""Payment cards and bank accounts, each proven by its checksum."""

from __future__ import annotations

import re

from deskhand.redaction.detector import Detector, Place, Sure, digits_of, letters_and_digits, vocabulary

_SCHEMES = re.compile(
    r"4\d{12}(?:\d{3}(?:\d{3})?)?|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|65\d{2}|64[4-9]\d)\d{12}(?:\d{3})?|3(?:0[0-59]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
)
_CARD_WORDS = vocabulary(
    "card cards credit debit visa mastercard amex american discover diners jcb maestro pan cc creditcard ccnumber "
    "cardnumber kreditkarte karte kartennummer carte tarjeta"
)


def luhn(digits: str) -> bool:
    """Whether a run of digits ends in its Luhn check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 * (number > 9)
    return total % 10 == 0


def _card(place: Place) -> Sure:
    """A scheme's prefix and length and the check digit; then grouping, a cell of its own, or a word for it."""
    digits = digits_of(place.value)
    if not _SCHEMES.fullmatch(digits) or not luhn(digits) or len(set(digits)) == 1:
        return Sure.NO
    groups = re.split(r"[ -]+", place.value)
    grouped = [len(group) for group in groups] in ([4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [4, 4, 4, 4, 3])
    return Sure.PROVEN if grouped or (len(groups) == 1 and place.alone) else Sure.WITH_CONTEXT


_IBAN_AT_END = re.compile(r"[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){10,40}$")


def _mod_97(account: str) -> bool:
    """Whether an international account number's check digits fit (ISO 13616)."""
    return int("".join(str(int(each, 36)) for each in account[4:] + account[:4])) % 97 == 1


def _iban_end(text: str, end: int) -> int:
    """Where the account number ends: the pattern may have taken words after it along, the check digits tell."""
    head = _IBAN_AT_END.search(text, max(text.rfind("\n", 0, end) + 1, end - 48), end)
    if not head:
        return end
    for shorter in range(end, head.start() + 14, -1):
        if text[shorter - 1] != " " and _mod_97(text[head.start() : shorter].replace(" ", "")):
            return shorter
    return end


def _iban(place: Place) -> Sure:
    from stdnum.iban import is_valid

    return Sure.PROVEN if is_valid(place.value) else Sure.NO


DETECTORS = (
    Detector(
        kind="card",
        placeholder="CardNumber",
        pattern=r"\b[0-9](?:[ -]{0,1}[0-9]){11,18}\b",
        not_after=r"[\w.+/-]",
        not_before=r"[\w]|[.-][0-9]",
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
        ),
        counterexamples=(
            "order 4111111111111111 shipped",
            "4111 1111 1111 1112",
            "0000 0000 0000 0000",
            "1700000000000",
        ),
    ),
    Detector(
        kind="iban",
        placeholder="Iban",
        pattern=r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?",
        extend=_iban_end,
        check=_iban,
        not_before=r"[A-Za-z0-9]",
        priority=15,
        same=letters_and_digits,
        examples=("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "IBAN DE89370400440532013000 please pay"),
        counterexamples=("DE00 3704 0044 0532 0130 00", "AB12 some more text here now"),
    ),
)
