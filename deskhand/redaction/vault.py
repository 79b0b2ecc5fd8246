"""The vault: values that were taken out of documents, sealed, for those who may have them turned back.

A value is revealed to members of one group only, and only from a document that they may read; every try is on record
before anything is told.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deskhand.errors import BadInput, BadSettings, Conflict, NotAllowed, NotFound
from deskhand.nouns import Principal
from deskhand.redaction import vault_records as records
from deskhand.redaction.placeholders import SEALED, Sealed
from deskhand.redaction.pseudonyms import LENGTH, LETTERS, Key
from deskhand.redaction.vault_records import Kept, Reveal
from deskhand.store import Connection, Database, utc_now

NONCE = 12
"""Bytes of the nonce that AES-GCM takes, in front of what it sealed."""

Readable = Callable[[Collection[str], Principal], Awaitable[Collection[str]]]
"""Which of these documents a reader may read."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value as its document had it."""

    token: str
    document: str
    kind: str
    value: str = field(repr=False)


class Safe:
    """Seals and opens values with AES-256-GCM; the document, kind and token are sealed with each, so that a row that
    was moved does not open. `former` keys open what was sealed with them, and seal nothing."""

    def __init__(self, key: Key, former: Sequence[Key] = ()) -> None:
        self._key = key
        self._keys = {each.fingerprint: each for each in (*former, key)}

    def seal(self, document: str, sealed: Sealed) -> Kept:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE)
        told = AESGCM(self._key.derived("vault")).encrypt(
            nonce, sealed.value.encode("utf-8", "surrogatepass"), _bound(document, sealed.kind, sealed.token)
        )
        return Kept(sealed.token, document, sealed.kind, self._key.fingerprint, nonce + told)

    def open(self, kept: Kept) -> str | None:
        """None when no key of ours opens it, or it is not as it was sealed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._keys.get(kept.key)
        if key is None:
            return None
        try:
            told = AESGCM(key.derived("vault")).decrypt(
                kept.sealed[:NONCE], kept.sealed[NONCE:], _bound(kept.document, kept.kind, kept.token)
            )
        except InvalidTag:
            return None
        return told.decode("utf-8", "surrogatepass")


def _bound(document: str, kind: str, token: str) -> bytes:
    return f"{document}\0{kind}\0{token}".encode()


class Vault:
    """The sealed values of all documents. `group` is whose members may have them revealed (None: nobody may)."""

    def __init__(
        self,
        database: Database,
        safe: Safe | None,
        group: str | None,
        *,
        readable: Readable,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._safe, self._group, self._readable, self._now = database, safe, group, readable, now

    async def keep(self, document: str, sealed: Sequence[Sealed]) -> None:
        """Seal a document's values, before its text with the tokens can be read by anybody. Raises `BadSettings`."""
        if not sealed:
            return
        if self._safe is None:
            raise BadSettings("redaction.key is not set, so nothing can be sealed; `openssl rand -hex 32` makes one.")
        await self._database.write(_seal, self._safe, document, sealed, self._now())

    async def settle(self, document: str, sealed: Collection[Sealed]) -> None:
        """Forget what an earlier version of the document had, once the new one is in its place."""
        tokens = {each.token for each in sealed}
        if await self._database.read(records.tokens_of, document) - tokens:
            await self._database.write(records.keep_only, document, tokens)

    async def reveal(self, token: str, reader: Principal) -> Revealed:
        """The value that a token stands for; `token` is the word, or the whole placeholder.

        Raises `NotAllowed` for who is not in the group, `NotFound` where there is none or its document is closed to
        the reader, `Conflict` when it was sealed with another key.
        """
        word = word_of(token)
        kept = await self._database.read(records.find_sealed, word)
        if not self._may(reader):
            await self._note([kept or Kept(word, "", "", "", b"")], reader, "refused")
            raise NotAllowed(_not_a_member(self._group))
        if kept is None or kept.document not in await self._readable([kept.document], reader):
            await self._note([kept or Kept(word, "", "", "", b"")], reader, "refused")
            raise NotFound("there is no value under that placeholder in a document that you may read.")
        revealed = await self._opened([kept], reader)
        if not revealed:
            raise Conflict(
                "this value was sealed with another key than redaction.key; add that key to redaction.former_keys, "
                "or ingest the document again."
            )
        return revealed[0]

    async def samples(self, documents: Collection[str], reader: Principal, *, per_kind: int = 3) -> list[Revealed]:
        """Some values of each kind from those of the documents that the reader may read, each on record as revealed.

        Raises `NotAllowed` for who is not in the group.
        """
        if not self._may(reader):
            await self._note([Kept("", "", "", "", b"")], reader, "refused")
            raise NotAllowed(_not_a_member(self._group))
        readable = sorted(await self._readable(documents, reader))
        return await self._opened(await self._database.read(records.some_sealed, readable, per_kind), reader)

    async def sealed(
        self, document: str, reader: Principal, *, limit: int = 50, after: str | None = None
    ) -> list[tuple[str, str]]:
        """The tokens and kinds of what a document has sealed, by kind, those after the token `after`; none for who may
        not have them revealed."""
        if not self._may(reader) or not await self._readable([document], reader):
            return []
        return await self._database.read(records.sealed_of, document, limit, after)

    async def reveals(self, limit: int = 100) -> list[Reveal]:
        """Who asked for values, the latest first; there is no value in it."""
        return await self._database.read(records.latest_reveals, limit)

    def _may(self, reader: Principal) -> bool:
        return self._group is not None and self._group in reader.groups

    async def _opened(self, kept: Sequence[Kept], reader: Principal) -> list[Revealed]:
        opened = [(each, self._safe.open(each) if self._safe else None) for each in kept]
        await self._note([each for each, value in opened if value is not None], reader, "revealed")
        await self._note([each for each, value in opened if value is None], reader, "not opened")
        return [Revealed(each.token, each.document, each.kind, value) for each, value in opened if value is not None]

    async def _note(self, kept: Sequence[Kept], reader: Principal, outcome: str) -> None:
        """On record before anything is told: who cannot be recorded is told nothing."""
        who, moment = f"{reader.kind}:{reader.id}", self._now()
        told = [Reveal(each.token, each.document, each.kind, who, outcome, moment) for each in kept]
        if told:
            await self._database.write(records.put_reveals, told)


def word_of(token: str) -> str:
    """The word in a placeholder such as `[Email_sealed_…]`, or the word itself. Raises `BadInput`."""
    placed = SEALED.fullmatch(token.strip())
    word = placed[2] if placed else token.strip()
    if len(word) != LENGTH or not set(word) <= set(LETTERS):
        raise BadInput(
            "that is no placeholder of the vault; they look like [Email_sealed_bcdfghjkmnpqrstv], and the last word "
            "alone will do."
        )
    return word


def _not_a_member(group: str | None) -> str:
    if group is None:
        return "nobody may have values revealed here: redaction.reveal_group is not set."
    return f"only members of the group {group!r} may have values revealed."


def _seal(connection: Connection, safe: Safe, document: str, sealed: Sequence[Sealed], moment: datetime) -> None:
    records.put_sealed(connection, [safe.seal(document, each) for each in sealed], moment)
