"""Numbers that states give to people."""

from __future__ import annotations

from deskhand.redaction.detector import Detector, Place, Sure, digits_of, letters_and_digits

_SSN_WORDS = frozenset({"ssn", "ssns", "social", "tin", "itin", "taxpayer"})


def _ssn(place: Place) -> Sure:
    """Area 000 and 666, group 00 and serial 0000 are never given; 900 to 999 are taxpayers without a social number."""
    digits = digits_of(place.value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or group == "00" or serial == "0000":
        return Sure.NO
    if area[0] == "9" and not ("50" <= group <= "65" or "70" <= group <= "99"):
        return Sure.NO
    return Sure.YES if place.value.count("-") == 2 else Sure.WITH_CONTEXT


def _nino(place: Place) -> Sure:
    prefix = place.value[:2].upper()
    return Sure.NO if prefix in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ") else Sure.WITH_CONTEXT


DETECTORS = (
    Detector(
        kind="us_ssn",
        placeholder="Ssn",
        pattern=r"\b[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} |[0-9]{2})[0-9]{4}\b",
        not_after=r"[\w.+/-]",
        not_before=r"[\w]|[.-][0-9]",
        check=_ssn,
        context=_SSN_WORDS,
        priority=12,
        same=letters_and_digits,
        examples=("123-45-6789", "ssn 123456789", "SSN: 123 45 6789", "ITIN 912-70-1234"),
        counterexamples=("000-12-3456", "666-12-3456", "order 123456789", "123-45-67890", "912-10-1234", "123 45 6789"),
    ),
    Detector(
        kind="uk_nino",
        placeholder="Nino",
        pattern=r"(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
        check=_nino,
        context=frozenset({"nino", "ni", "insurance"}),
        same=letters_and_digits,
        examples=("NI number AB 12 34 56 C", "national insurance no. AB123456C"),
        counterexamples=("part AB123456C", "NI GB123456C"),
    ),
)
