"""Calendar dates and times, for those who must not keep them; off unless asked for."""

from __future__ import annotations

from datetime import date

from deskhand.redaction.detector import Detector, Place, Sure


def _calendar(place: Place) -> Sure:
    try:
        date.fromisoformat(place.value[:10])
    except ValueError:
        return Sure.NO
    return Sure.YES


DETECTORS = (
    Detector(
        kind="date",
        placeholder="Date",
        pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
        r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
        not_after=r"[\w.-]",
        not_before=r"[\w]|-[0-9]",
        check=_calendar,
        priority=8,
        same=str,
        examples=("on 2024-02-29", "2023-11-05T10:20:30.123Z", "2023-11-05 10:20+01:00"),
        counterexamples=("2023-02-29", "1-2024-02-29", "2024-13-01", "2024-02"),
    ),
)
