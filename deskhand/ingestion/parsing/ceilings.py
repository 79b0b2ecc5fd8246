"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Bounds on one file: `seconds` the parent waits for its parser, `memory_mb` the parser may hold,
    `file_mb` of the file itself, `text_mb` of the text in it (millions of characters)."""

    seconds: float = 60.0
    memory_mb: int = 1024
    file_mb: int = 200
    text_mb: int = 64
