# ruff: noqa: E501 - a kind in one line is easier to read than in three
"""What kind of answer a question asks for (a person, a time, a number, a place, a reason, steps), and whether a
sentence holds one that the question did not already name."""

from __future__ import annotations

import re
from typing import Literal

from deskhand.answering.words import MONTHS, NUMBER_WORDS, content, normal, tokens

Kind = Literal["person", "time", "number", "place", "reason", "steps", "thing"]

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("number", re.compile(r"\bhow (?:many|much|long|old|often|far|large|big|tall|high|fast)\b|\bwhat (?:percent|number|"
                          r"amount|price|fraction|share|proportion|size)|\bwie ?(?:viele?|lange|alt|oft|weit|groß|hoch)\b|"
                          r"\bpercentage\b|\bcosts?\b|\bkostet\b")),
    ("time", re.compile(r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|date|day|month|time|century|decade)\b|"
                        r"\bwann\b|\bwelche[nmrs]? (?:jahr|tag|datum|monat)|\buntil when\b|\bbis wann\b")),
    ("person", re.compile(r"\bwho(?:m|se)?\b|\bwe[rmn]\b|\bwessen\b|\b(?:what|which) (?:person|man|woman|king|player|author|"
                          r"president|team|people)\b|\bwelche person\b")),
    ("place", re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|region|location|continent|area)\b|"
                         r"\bwo(?:her|hin)?\b|\bwelche[nmrs]? (?:stadt|land|ort)")),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:caused|is the reason|reason)\b|\bwarum\b|\bwieso\b|\bweshalb\b")),
    ("steps", re.compile(r"\bhow (?:do|can|to|should|would|must)\b|\bwie (?:kann|setze|mache|muss|soll|komme|bekomme|geht)")),
)  # fmt: skip
_UNITS = re.compile(r"\b(?:year|month|week|day|hour|minute|second|today|yesterday|century|jahr|monat|woche|tag|stunde|minute|"
                    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|"
                    r"samstag|sonntag)")  # fmt: skip
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-ZÄÖÜ][\w’'-]+")
_REASON = re.compile(
    r"\b(?:because|since|due to|in order to|so that|as a result|caused|therefore|to prevent|weil|da|wegen|damit|"
    r"aufgrund|deshalb)\b"
)
_STEPS = re.compile(
    r"\b(?:to|click|open|choose|select|go to|enter|press|use|sign in|log in|set|contact|send|klicken|öffnen|wählen|"
    r"geben|gehen|drücken|melden)\b"
)


_MEASURE = re.compile(
    r"\bhow (?:many|much|long|old|often|far|large|big|tall|high|fast)\b|\bwie ?(?:viele?|lange|alt|oft|weit|groß|hoch)\b"
)


def kind_of(question: str) -> Kind:
    """The kind of answer that `question` asks for; "thing" when nothing says."""
    text = normal(question)
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "thing")


def holds(kind: Kind, sentence: str, question: str) -> bool:
    """Whether `sentence` has something of `kind` that is not in `question` already."""
    said = set(tokens(question))
    new = [token for token in tokens(sentence) if token not in said]
    if kind == "number":
        return any(token[0].isdigit() or token in NUMBER_WORDS for token in new)
    if kind == "time":
        return any(re.fullmatch(r"1\d{3}s?|20\d{2}s?", token) or token in MONTHS for token in new) or bool(
            _UNITS.search(" ".join(new))
        )
    if kind in ("person", "place"):
        return any(normal(name) not in said for name in _NAME.findall(sentence))
    if kind == "reason":
        return _REASON.search(normal(sentence)) is not None
    return kind != "steps" or _STEPS.search(normal(sentence)) is not None


def without_measure(question: str) -> str:
    """The question, normalised, without "how long" and the like: these words are not to be looked for."""
    return _MEASURE.sub(" ", normal(question))


def wanted_words(question: str) -> list[str]:
    """The stems of the words that an answer should have, each once, in order: without "how long" and the like."""
    return list(dict.fromkeys(content(without_measure(question))))
