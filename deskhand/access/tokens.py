"""API tokens: `dh_` and 32 random bytes; only the SHA-256 is kept.

A fast hash is enough because a token has full entropy: there is nothing to guess. The first eight characters are
its public id, by which it is listed and revoked; the 35 that are left (210 bits) are the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from deskhand.errors import BadInput, NotAllowed
from deskhand.nouns import Principal

Scope = Literal["ask", "ingest", "admin", "contact", "tickets", "guardrails"]

SCOPES: frozenset[str] = frozenset(get_args(Scope))
"""`ask` asks and reads own runs, `ingest` adds and changes documents, `admin` manages people, tokens and indexes,
`contact` calls the functions of the phone door, `tickets` submits, reads and handles tickets, `guardrails` applies
guardrails to texts."""

_TOKEN = re.compile(r"dh_[A-Za-z0-9_-]{43}")
_ID_LENGTH = len("dh_") + 8


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it may be shown: never the secret or its hash. `principal` is the id of the person or service;
    `made_by` that of who made it over HTTP, "" for one of the command line."""

    id: str
    principal: str
    label: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime | None
    used: datetime | None
    revoked: datetime | None
    made_by: str = ""

    def state(self, now: datetime) -> Literal["good", "expired", "revoked"]:
        """Whether it holds at `now`."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= now else "good"

    def good(self, now: datetime) -> bool:
        """Whether it lets anybody in at that moment."""
        return self.state(now) == "good"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed in, with which token ("": a link) and for what."""

    principal: Principal
    scopes: frozenset[str]
    token_id: str

    def require(self, scope: Scope) -> None:
        """Raises `NotAllowed` unless the token has `scope`."""
        if scope not in self.scopes:
            raise NotAllowed(f"this needs a token with the scope {scope!r}; the one sent has {sorted(self.scopes)}.")


def new_token() -> tuple[str, str, str]:
    """A new token, its public id and its hash."""
    token = "dh_" + secrets.token_urlsafe(32)
    return token, token[:_ID_LENGTH], hash_of(token)


def id_of(token: str) -> str | None:
    """The public id of what looks like a token, else None."""
    return token[:_ID_LENGTH] if _TOKEN.fullmatch(token) else None


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def same(token: str, stored: str) -> bool:
    """Whether `stored` is the hash of `token`, in a time that does not tell how much of it agrees."""
    return hmac.compare_digest(hash_of(token), stored)


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes, all known and at least one. Raises `BadInput`."""
    wanted = frozenset(scopes)
    if not wanted or not wanted <= SCOPES:
        raise BadInput(f"token scopes are {sorted(wanted)}; give one or more of {sorted(SCOPES)}.")
    return wanted
