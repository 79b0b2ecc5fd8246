"""What a door hands over with a question: the thread before it, and the texts of files that came with it.

Both are written by people; they are redacted, bounded, and data to every model that is shown them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from deskhand.answering.orders import without_orders
from deskhand.answering.serial import to_json
from deskhand.answering.words import INVISIBLE
from deskhand.nouns import Json, RedactedText, Turn

if TYPE_CHECKING:
    from pydantic import TypeAdapter

TURNS_LONGEST = 24_000
"""Characters of the turns before a question in all; of older ones nothing is kept."""
ATTACHED_LONGEST = 20_000
"""Characters of attached texts in all."""
CUT = " […] "
"""Stands where a turn was cut."""
CUT_OFF = "\n[cut off here: the rest was not read]"
"""Stands where an attached text was cut."""

_SPEAKER = re.compile(r"(?:\A|\n\n)[^\n:?]{1,100}: ")
"""What a door puts before each message of a turn that several people may have part in: "Ana (she/her): "."""

Role = Literal["user", "assistant"]
Redact = Callable[[str], RedactedText]


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a question: `turns` oldest first, without the question (None: those on record count), texts that
    were `attached`, and whether any of these was `cut`."""

    turns: tuple[Turn, ...] | None = None
    attached: tuple[RedactedText, ...] = ()
    cut: bool = False

    def __bool__(self) -> bool:
        return self.turns is not None or bool(self.attached)

    def as_json(self) -> Json:
        """For the record; None when nothing came."""
        return to_json(self) if self else None

    @property
    def asked_before(self) -> tuple[str, ...]:
        """The single messages of the people's turns, without their speakers; questions alone where there are any."""
        people = [turn.text for turn in self.turns or () if turn.role == "user"]
        said = [part.strip() for text in people for part in _SPEAKER.split(text) if part.strip()]
        return tuple([each for each in said if "?" in each] or said)

    @classmethod
    def of(cls, value: Json) -> Given:
        """Back from the record."""
        return cls() if value is None else _adapter().validate_python(value)


@cache
def _adapter() -> TypeAdapter[Given]:
    from pydantic import TypeAdapter

    return TypeAdapter(Given)


def given(turns: Sequence[tuple[Role, str]] | None, attached: Sequence[str], redact: Redact) -> Given:
    """Redacted and bounded: of the turns the newest are kept, of the attached texts the first."""
    kept, cut = _attached(attached, redact)
    return Given(None if turns is None else _turns(turns, redact), kept, cut)


def _turns(turns: Sequence[tuple[Role, str]], redact: Redact) -> tuple[Turn, ...]:
    kept: list[Turn] = []
    left = TURNS_LONGEST
    for role, written in reversed(turns):
        text = redact(written.strip())
        if not text:
            continue
        if len(text) > left:
            if left > 4 * len(CUT):
                # A turn may be several messages: its first says what it is about, its last is what was said last.
                head, tail = left // 4 - len(CUT), left - left // 4
                kept.append(Turn(role, redact(text[:head] + CUT + text[-tail:])))
            break
        kept.append(Turn(role, text))
        left -= len(text)
    return tuple(reversed(kept))


def _attached(texts: Sequence[str], redact: Redact) -> tuple[tuple[RedactedText, ...], bool]:
    kept: list[RedactedText] = []
    left = ATTACHED_LONGEST
    for written in texts:
        text = redact(written.strip())
        if len(text) > left:
            if left > len(CUT_OFF):
                kept.append(redact(text[: left - len(CUT_OFF)] + CUT_OFF))
            return tuple(kept), True
        if text:
            kept.append(text)
            left -= len(text)
    return tuple(kept), False


def inert(text: str, nonce: str) -> str:
    """Text that cannot end its block nor look like a chat role: without nonce, delimiters and what is invisible."""
    text = INVISIBLE.sub("", text).replace(nonce, "")
    text = re.sub(r"<(?=\s*/?\s*(?:passage|attached|turn|said))", "‹", text, flags=re.IGNORECASE)
    return re.sub(r"<\|([^|\n]{0,40})\|>", r"‹\1›", text)


def blocks(attached: Sequence[str], nonce: str) -> list[str]:
    """Attached texts as they stand in a prompt: as data, without what gives orders."""
    return [
        f"<attached-{nonce} number={number}>\n{inert(without_orders(text)[0], nonce)}\n</attached-{nonce}>"
        for number, text in enumerate(attached, 1)
    ]
