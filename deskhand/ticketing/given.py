"""What may be put on record of what people send: texts, employees' ids, ids of tickets and of events."""

from __future__ import annotations

import hashlib
import re

from deskhand.errors import BadInput
from deskhand.nouns import Principal

__all__ = ["NOTE_LONGEST", "REASON_LONGEST", "check_id", "check_text", "event_of", "fits", "hash_of", "name_of"]

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
COUNTS = "counts"
"""No ticket's id: the call that counts tickets has its place."""
NAME_LONGEST = 400
NOTE_LONGEST = 20_000
"""Characters of a comment, an instruction or a reason."""
REASON_LONGEST = 2_000
"""Characters of what is said of an action."""


def check_text(text: str, what: str, longest: int) -> None:
    """Raises `BadInput` for nothing but blanks, and as `fits`; `what` says what it is."""
    if not text.strip():
        raise BadInput(f"the {what} has {len(text)} characters; it must have 1 to {longest:,}, and not only blanks.")
    fits(text, what, longest)


def fits(text: str, what: str, longest: int) -> None:
    """Raises `BadInput` for more than `longest` characters, and for one that no database keeps."""
    if len(text) > longest:
        raise BadInput(f"the {what} has {len(text):,} characters; it may have {longest:,}. Shorten it.")
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadInput(f"the {what} holds a character that is none (NUL, or half of one); send it as text in UTF-8.")


def check_id(id: str) -> None:
    """Raises `BadInput` for what cannot be a ticket's id."""
    if not ID.fullmatch(id):
        raise BadInput(f"the ticket's id is {id[:80]!r}; it must have 1 to 64 letters, digits, dots or dashes.")
    if id == COUNTS:
        raise BadInput(f"the ticket's id is {id!r}, and /v1/tickets/{id} is a call of its own; give it another one.")


def name_of(id: str, what: str) -> str:
    """An employee's id, without blanks around it. Raises `BadInput`."""
    name = id.strip()
    if not name or len(name) > NAME_LONGEST or not name.isprintable():
        raise BadInput(
            f"the {what} is {id[:80]!r}; it must be an employee's id such as @sam, in at most 400 characters."
        )
    return name


def event_of(submitter: Principal, event: str) -> str:
    """An event's id among those of its submitter, so that nobody is given a ticket for having guessed a key."""
    return hash_of(submitter.kind, submitter.id, event)


def hash_of(*parts: str) -> str:
    """One id for all of the parts."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=20).hexdigest()
