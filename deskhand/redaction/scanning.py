"""Where patterns match: RE2 as a filter over each line, then only the patterns that it names.

Lines up to 2,000 characters go to `re`, which is fast there; longer ones to RE2, which no text can stall. Without
google-re2, `re` looks at long lines through overlapping windows, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from deskhand.redaction.detector import WIDEST

LONG = 2_000
"""Characters of a line, or a window, that `re` is given at most."""

FILTER_MEMORY = 32 << 20
"""Bytes that the filter may use for states that it has worked out; it starts anew when they are full."""

Match = tuple[int, int, int, int]
"""Pattern number; where the match starts; the replaced part's start and end."""

_BOUND = re.compile(r"\{(\d+),\d+\}")


class Scanner(Protocol):
    def matches(self, text: str) -> Iterator[Match]:
        """All matches of all patterns, each pattern's from left to right without overlap, line by line."""
        ...


def open_scanner(patterns: Sequence[str]) -> Scanner:
    """A scanner on google-re2 where it is installed, else on `re`."""
    try:
        import re2
    except ImportError:
        return PlainScanner(patterns)
    return FilteredScanner(patterns, re2)


class PlainScanner:
    """Every pattern by `re`, one after another."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [re.compile(pattern, re.ASCII) for pattern in patterns]

    def matches(self, text: str) -> Iterator[Match]:
        start = 0
        for line in text.split("\n"):
            for number, pattern in enumerate(self._patterns):
                found = pattern.finditer(line) if len(line) <= LONG else by_windows(pattern.search, line)
                for match in found:
                    yield number, *_replaced(match, start)
            start += len(line) + 1


class FilteredScanner:
    """RE2's set of all patterns says which of them match a line at all; most lines none."""

    def __init__(self, patterns: Sequence[str], re2: Any) -> None:
        self._short = [re.compile(pattern, re.ASCII) for pattern in patterns]
        options = re2.Options()
        options.log_errors = False
        self._long = [re2.compile(pattern, options) for pattern in patterns]
        options.max_mem = FILTER_MEMORY
        self._filter = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._filter.Add(loosened(pattern))
        self._filter.Compile()

    def matches(self, text: str) -> Iterator[Match]:
        if not self._short or not self._filter.Match(text):
            return
        start = 0
        for line in text.split("\n"):
            patterns = self._short if len(line) <= LONG else self._long
            for number in self._filter.Match(line) or () if line else ():
                for match in patterns[number].finditer(line):
                    yield number, *_replaced(match, start)
            start += len(line) + 1


def loosened(pattern: str) -> str:
    """The pattern without its upper bounds: it matches wherever the pattern does, with far fewer states."""
    return _BOUND.sub(r"{\1,}", pattern)


def by_windows(search: Callable[[str, int, int], re.Match[str] | None], line: str) -> Iterator[re.Match[str]]:
    """What `finditer` would find in a long line, from searches that see at most `LONG` characters each.

    A match that starts so late in its window that the window's end could have cut it is looked for again from there,
    in the next window.
    """
    place = 0
    while place < len(line):
        window_end = min(place + LONG, len(line))
        safe = window_end - WIDEST - 1 if window_end < len(line) else window_end
        match = search(line, place, window_end)
        if match and match.start() <= safe:
            yield match
            place = max(match.end(), place + 1)
        else:
            place = safe + 1


def _replaced(match: re.Match[str], offset: int) -> tuple[int, int, int]:
    start, end = match.span(1) if match.re.groups else match.span()
    return match.start() + offset, start + offset, end + offset
