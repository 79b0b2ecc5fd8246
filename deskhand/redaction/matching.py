"""The copy of a text that is matched, and the way from a place in it back to the text itself.

In the copy, compatibility forms are plain (NFKC: full-width digits, ligatures), digits of all scripts are 0 to 9,
dashes and spaces are of one kind, and characters that cannot be seen are gone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_UNSEEN = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\ufeff\ufffc")
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Copy:
    """`text` is the copy; `origins[i]` is where its character i comes from (None: each stands where it stood)."""

    text: str
    origins: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text itself of a place in the copy."""
        if self.origins is None or start == end:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


class _Forms(dict[int, str]):
    """Each character's form in the copy, worked out once."""

    def __missing__(self, code: int) -> str:
        form = self[code] = _form(chr(code))
        return form


def _form(character: str) -> str:
    if character in _UNSEEN or unicodedata.category(character) == "Cf":
        return ""
    if character in _DASHES:
        return "-"
    if unicodedata.category(character) == "Zs":
        return " "
    if unicodedata.category(character) == "Cs":
        # RE2 takes UTF-8, where a lone surrogate has no place.
        return "\ufffd"
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return unicodedata.normalize("NFKC", character)


_FORMS = _Forms()


def copy_for_matching(text: str) -> Copy:
    """The copy of `text` that detectors look at."""
    if text.isascii():
        return Copy(text)
    copy = _NOT_ASCII.sub(lambda match: _FORMS[ord(match[0])], text)
    if len(copy) == len(text) and all(len(_FORMS[ord(each)]) == 1 for each in set(_NOT_ASCII.findall(text))):
        return Copy(copy)
    origins: list[int] = []
    for place, character in enumerate(text):
        origins.extend([place] * (1 if character < "\x80" else len(_FORMS[ord(character)])))
    return Copy(copy, origins)
