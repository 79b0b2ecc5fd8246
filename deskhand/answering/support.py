"""Whether a passage supports a claim: its words, numbers, dates, names, quotes, and what it denies.

Words are compared as light stems, so a claim that swaps who did what to whom with the passage's own words still
passes; nothing short of understanding would catch it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.answering.orders import quotable
from deskhand.answering.words import (
    NEGATIONS,
    OPPOSITES,
    STOP_WORDS,
    codes,
    content,
    dates_agree,
    normal,
    numbers,
    split_dates,
    stem,
    tokens,
)  # fmt: skip
from deskhand.knowledge.language import detect
from deskhand.nouns import Passage

COVERED = 0.6
"""Share of a claim's content words that the passage must have."""
COVERED_NEW = 0.5
"""The same of the words that the question did not have: what the claim adds."""

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{8,}?)[\"”“»]")
_SQUEEZED = re.compile(r"[\W_]+")
_NAME = re.compile(r"(?<=[\w,;)] )[A-Z][\w’'-]+")
_LINK = re.compile(r"\[link removed\]|https?://\S+")
_YES_NO = re.compile(r"^\W*(?:yes|no|ja|nein|sure|genau|correct)\b[,.!:]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Support:
    """What came of a check: the sentence of the passage that supports the claim best, or why none does (`reason`)."""

    quote: str = ""
    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


def check(claim: str, passage: Passage, *, asked: str = "", quote: str | None = None) -> Support:
    """Check `claim`, which answers `asked`, against `passage`; `quote` are the words that the draft leaned on."""
    allowed = quotable(passage)
    said = _LINK.sub(" ", _YES_NO.sub("", claim))
    text = "\n".join(sentence.text for sentence in allowed)
    if not text:
        return Support(reason="nothing of the passage may be used: it gives orders")
    quotes = [found for found in _QUOTED.findall(said) if len(found.split()) >= 3] + ([quote] if quote else [])
    if not all(stands_in(words, text) for words in quotes):
        return Support(reason="the words in quotes do not stand in the passage")
    if quote and squeezed(said) == squeezed(quote):
        return Support(quote=_slice(passage.text, quote))
    around = f"{text}\n{passage.title}\n{passage.heading}"
    rows = [sentence.text for sentence in allowed]
    reason = _facts(said, rows, around) or _words(said, around, asked, passage.language, quotes)
    if reason:
        return Support(reason=reason)
    best = _best(f"{said} {quotes[0]}" if quotes else said, rows)
    reason = "" if _abroad(said, passage.language) else _denial(said, rows, best)
    return Support(reason=reason) if reason else Support(quote=_slice(passage.text, quote) or rows[best])


def stands_in(words: str, text: str) -> bool:
    """Whether `words` stand in `text` word for word; white space, case and punctuation marks may differ."""
    return f" {squeezed(words)} " in f" {squeezed(text)} "


def squeezed(text: str) -> str:
    return _SQUEEZED.sub(" ", normal(text)).strip()


def _slice(text: str, quote: str | None) -> str:
    """`quote` as it is written in `text`, or nothing."""
    if not quote or not quote.strip():
        return ""
    pattern = r"[\W_]*".join(re.escape(word) for word in re.findall(r"[^\W_]+", quote))
    found = re.search(rf"{pattern}[.!?…\"”’)]*" if pattern else "(?!)", text, re.IGNORECASE)
    return text[found.start() : found.end()] if found else ""


def _abroad(claim: str, language: str) -> bool:
    """Whether the claim is in another language than the passage."""
    return language in ("en", "de") and len(claim.split()) > 2 and detect(claim) != language


def _words(claim: str, text: str, asked: str, language: str, quotes: Sequence[str]) -> str:
    if _abroad(claim, language):
        return "" if quotes else "it is in another language than the passage, and quotes nothing of it"
    there, known = set(content(text)), set(content(asked))
    wanted = set(content(claim))
    new = wanted - known
    if _share(wanted, there) < COVERED or _share(new, there) < COVERED_NEW:
        return "the passage does not have its words"
    names = {stem(token) for name in _NAME.findall(claim) for token in tokens(name)} if detect(claim) == "en" else set()
    return "" if names <= there | known | {stem(word) for word in STOP_WORDS} else "it names what the passage does not"


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 1.0


def _facts(claim: str, rows: Sequence[str], text: str) -> str:
    """Why the claim's dates, codes or numbers are not the passage's."""
    said, rest = split_dates(claim)
    written, _ = split_dates(text)
    if not all(any(dates_agree(one, other) for other in written) for one in said):
        return "its date is not in the passage"
    if not codes(rest) <= codes(text):
        return "its code is not in the passage"
    numbered = [(set(content(row)), numbers(row)) for row in rows]
    everywhere = numbers(text)
    for number in numbers(rest):
        if number not in everywhere:
            return "its number is not in the passage"
        near = _near(rest, number)
        here = max((len(near & words) for words, values in numbered if number in values), default=len(near))
        if any(values and number not in values and len(near & words) > here for words, values in numbered):
            return "the passage gives another number for this"
    return ""


def _near(text: str, number: str) -> set[str]:
    """The content words within four words of a number."""
    words = tokens(text)
    places = [place for place, word in enumerate(words) if number in numbers(word)]
    around = {word for place in places for word in words[max(0, place - 4) : place + 5]}
    return {stem(word) for word in around if word not in STOP_WORDS and not numbers(word)}


def _best(claim: str, rows: Sequence[str]) -> int:
    """Which sentence shares most with the claim; of equals the shorter."""
    wanted = set(content(claim)) | numbers(claim)
    return max(
        range(len(rows)), key=lambda n: (len(wanted & (set(content(rows[n])) | numbers(rows[n]))), -len(rows[n]))
    )


def _denial(claim: str, rows: Sequence[str], best: int) -> str:
    """Why the claim says the contrary of the sentence that it is nearest to."""
    said, near = set(content(claim)), rows[best]
    window = " ".join(rows[max(0, best - 1) : best + 2])
    here, there = _denied(claim), _denied(near)
    if here and not there and not (_flat(here) & _flat(_denied(window))):
        return "it denies what the passage does not deny"
    if len(there) % 2 and not here and _flat(there) & said:
        return "the passage denies it"
    written = set(content(near))
    if any(OPPOSITES.get(word, set()) & written and word not in written for word in said):
        return "it says the opposite of the passage"
    return ""


def _denied(text: str) -> list[set[str]]:
    """For each negation in `text`, the content words it bears on: the next three before the clause ends (with nothing
    after it, the three before: "das geht nicht")."""
    found = []
    for clause in re.split(r"[,;:.!?()]|\b(?:but|aber|sondern)\b", normal(text)):
        words = tokens(clause)
        for place, word in enumerate(words):
            if word in NEGATIONS:
                after = [stem(w) for w in words[place + 1 :] if w not in STOP_WORDS][:3]
                before = [stem(w) for w in words[:place] if w not in STOP_WORDS][-3:]
                found.append(set(after or before))
    return found


def _flat(sets: Sequence[set[str]]) -> set[str]:
    return set().union(*sets)
