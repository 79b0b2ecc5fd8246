"""Numbers of support cases."""

from __future__ import annotations

from deskhand.redaction.detector import Detector, letters_and_digits, with_context

DETECTORS = (
    Detector(
        kind="case",
        placeholder="CaseId",
        pattern=r"(?i)\bcase-[0-9]{12}-[a-z0-9]{2,20}-[0-9]{4}-[a-f0-9]{8,24}\b",
        priority=20,
        examples=("case-123456789012-muen-2023-0a1b2c3d4e5f6071",),
        counterexamples=("case-sensitive-2023",),
    ),
    Detector(
        kind="case",
        placeholder="CaseId",
        pattern=r"(?i)\b(?:case|ticket|incident|vorgang)(?:[ _-]?(?:id|no\.?|number|nr\.?|nummer))?"
        r"[ \t]{0,2}[:#=][ \t]{0,2}#?([0-9]{6,16})\b",
        priority=14,
        examples=("Case #10234567", "case id: 172345678901234", "ticket no.: 4711471147", "case_id=12345678901"),
        counterexamples=("case 3: restart", "use case: 12", "briefcase: 12345678"),
    ),
    Detector(
        kind="case",
        placeholder="CaseId",
        pattern=r"\b(?:CASE|INC|CHG|PRB|RITM|REQ|SR|CS)-?[0-9]{5,12}\b",
        priority=14,
        same=letters_and_digits,
        examples=("CASE-12345", "INC0012345", "CS1234567"),
        counterexamples=("INC12", "CASE-1", "ABCS1234567"),
    ),
    Detector(
        kind="case",
        placeholder="CaseId",
        pattern=r"\b(?:[0-9]{10,11}|[0-9]{15})\b",
        not_after=r"[\w.+/-]",
        not_before=r"[\w]|[.-][0-9]",
        check=with_context,
        context=frozenset({"case", "cases", "caseid", "incident"}),
        priority=9,
        examples=("see case 12345678901 for that", "support case 5012345678"),
        counterexamples=("order 12345678901", "briefcases 12345678901"),
    ),
)
