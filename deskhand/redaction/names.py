"""Names from a customer list: a one-word name in exactly its case, a longer one in any case, whole words only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deskhand.errors import BadSettings
from deskhand.redaction.matching import copy_for_matching

SHORTEST = 3
"""Letters of the shortest name taken: shorter ones stand in too many words' places."""


class Names:
    """Finds the names of a list in texts that were copied for matching. Raises `BadSettings` for names too short."""

    def __init__(self, names: Sequence[str]) -> None:
        from ahocorasick_rs import AhoCorasick

        exact, folded = set(), set()
        for number, name in enumerate(names, start=1):
            plain = " ".join(copy_for_matching(name).text.split())
            if len(plain) < SHORTEST:
                raise BadSettings(
                    f"customer name no. {number} has {len(plain)} characters; a name needs at least {SHORTEST}. "
                    "Take it off the list, or write the customer's full name."
                )
            if " " in plain:
                folded.add(_folded(plain))
            else:
                exact.add(plain)
        self._exact = AhoCorasick(sorted(exact)) if exact else None
        self._folded = AhoCorasick(sorted(folded)) if folded else None

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of every name that stands as whole words, also those inside others."""
        # Overlapping matches: a longer name that fails at its boundary must not hide a shorter one that holds.
        if self._exact:
            for _, start, end in self._exact.find_matches_as_indexes(text, overlapping=True):
                if _whole(text, start, end):
                    yield start, end
        if self._folded:
            for _, start, end in self._folded.find_matches_as_indexes(_folded(text), overlapping=True):
                if _whole(text, start, end):
                    yield start, end


_SPACES = str.maketrans("\n\t\r\v\f", "     ")


def _folded(text: str) -> str:
    """The text in lower case with plain spaces, every character still at its place."""
    lower = text.translate(_SPACES).lower()
    if len(lower) == len(text):
        return lower
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text.translate(_SPACES))


def _whole(text: str, start: int, end: int) -> bool:
    return not (start and _joined(text[start - 1], text[start])) and not (
        end < len(text) and _joined(text[end - 1], text[end])
    )


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word. Scripts without spaces (Chinese, Japanese, Thai) never join."""
    return _of_a_word(left) and _of_a_word(right)


def _of_a_word(character: str) -> bool:
    return (character.isalnum() or character == "_") and not "\u0e00" <= character <= "\u0e7f" and character < "\u2e80"
