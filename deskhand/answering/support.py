"""Whether a passage supports a claim: its words, numbers, dates, names, quotes, and what it denies.

Words are compared as light stems, so a claim that swaps who did what to whom with the passage's own words still
passes; nothing short of understanding would catch it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.answering import measures
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
_PARTS = re.compile(r"[,;]\s|\s(?:and|und|while|whereas|während|but|aber)\s")
_PRONOUN = re.compile(r"\W*(?:he|she|it|they|this|that|these|those|who|which)\b", re.IGNORECASE)
_SIGNS = frozenset({"before", "after", "more", "less", "above", "below"})
"""Words that the comparing of words passes over, and that turn a claim into its contrary."""
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
    if not said.strip(" .,:;!?") and not quote:
        return Support(reason="it says nothing that a passage could support")
    quotes = [found for found in _QUOTED.findall(said) if len(found.split()) >= 3] + ([quote] if quote else [])
    if not all(stands_in(words, text) for words in quotes):
        return Support(reason="the words in quotes do not stand in the passage")
    if quote and squeezed(said) == squeezed(quote):
        return Support(quote=_slice(passage.text, quote))
    around = f"{text}\n{passage.title}\n{passage.heading}"
    rows = [sentence.text for sentence in allowed]
    reason = (
        _facts(said, rows, around)
        or _of_another(said, rows, around)
        or _words(said, around, asked, passage.language, quotes)
    )
    if reason:
        return Support(reason=reason)
    best = _best(f"{said} {quotes[0]}" if quotes else said, rows)
    reason = "" if _abroad(said, passage.language) else _denial(said, rows, best) or _wrong_yes(claim, said, asked)
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
    names = _names(claim) if detect(claim) == "en" else set()
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
    if reason := measures.why_not(rest, split_dates(text)[1]):
        return reason
    numbered = [(set(content(row)), numbers(row)) for row in rows]
    parts = [(set(content(part)), numbers(part)) for row in rows for part in _PARTS.split(row)]
    everywhere = numbers(text)
    for number in numbers(rest):
        if number not in everywhere:
            return "its number is not in the passage"
        near = _near(rest, number)
        here = max((len(near & words) for words, values in numbered if number in values), default=len(near))
        if any(values and number not in values and len(near & words) > here for words, values in numbered):
            return "the passage gives another number for this"
        if _elsewhere(rest, number, parts):
            return "the passage gives another number for this"
        counted = [row for row in rows if number in numbers(row)]
        if counted and not any(measures.rates(rest) <= set(content(row)) | measures.times(row) for row in counted):
            return "the passage counts this number by something else"
    return ""


def _elsewhere(claim: str, number: str, parts: Sequence[tuple[set[str], set[str]]]) -> bool:
    """Whether the words beside a number, in its part of the claim, stand in a part of a sentence with another number,
    and none of them with its own."""
    for part in _PARTS.split(claim):
        words = [word for word in tokens(part) if word not in STOP_WORDS and not numbers(word)]
        near = {stem(word) for word in words if not measures.is_unit(word)}
        if number not in numbers(part) or len(near) < 2:
            continue
        own = max((len(near & words) for words, values in parts if number in values), default=1)
        if own == 0 and any(values and number not in values and len(near & words) > 1 for words, values in parts):
            return True
    return False


def _of_another(claim: str, rows: Sequence[str], around: str) -> str:
    """Why the claim says of one name what the passage says of another: the sentence that has its other words names
    somebody else. Names in English only: in German every noun is written like one."""
    named = _names(claim)
    if not named or detect(claim) != "en":
        return ""
    said = set(content(claim))
    rest = said - named
    own = [len(rest & set(content(row))) for row in rows if named & set(content(row))]
    if not own or named & set(content(around.removeprefix("\n".join(rows)))):
        return ""
    others = [row for row in rows if not said & _names(row) and _names(row) and not _PRONOUN.match(row)]
    if any(len(rest & set(content(row))) > max(own) for row in others):
        return "the passage says it of another"
    return ""


def _names(text: str) -> set[str]:
    return {stem(token) for name in _NAME.findall(text) for token in tokens(name)}


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
    if there and any(each[0] in set(content(near)) - _flat(there) for each in _denied_words(claim) if each):
        return "it denies what the passage does not deny"
    said, written = said | _signs(claim), set(content(near)) | _signs(near)
    if any(OPPOSITES.get(word, set()) & written and word not in written for word in said):
        return "it says the opposite of the passage"
    return ""


def _signs(text: str) -> set[str]:
    return {stem(token) for token in tokens(text) if token in _SIGNS}


def _wrong_yes(claim: str, said: str, asked: str) -> str:
    """Why a "yes" before a denial is wrong: it answers a question that did not deny."""
    begins = _YES_NO.match(claim)
    if begins and normal(begins[0]).strip(" ,.!:") in ("yes", "ja", "sure", "genau", "correct"):
        return "its yes contradicts it" if _denied(said) and asked and not _denied(asked) else ""
    return ""


def _denied(text: str) -> list[set[str]]:
    """For each negation in `text`, the content words it bears on: the next three before the clause ends (with nothing
    after it, the three before: "das geht nicht")."""
    return [set(after or before) for after, before in _negations(text)]


def _denied_words(text: str) -> list[list[str]]:
    """For each negation the words after it that it bears on, in their order."""
    return [after for after, _ in _negations(text)]


def _negations(text: str) -> list[tuple[list[str], list[str]]]:
    """For each negation the three content words after it, and the three before it, in its clause."""
    found = []
    for clause in re.split(r"[,;:.!?()]|\b(?:but|aber|sondern)\b", normal(text)):
        words = tokens(clause)
        for place, word in enumerate(words):
            if word in NEGATIONS:
                after = [stem(w) for w in words[place + 1 :] if w not in STOP_WORDS][:3]
                before = [stem(w) for w in words[:place] if w not in STOP_WORDS][-3:]
                found.append((after, before))
    return found


def _flat(sets: Sequence[set[str]]) -> set[str]:
    return set().union(*sets)
