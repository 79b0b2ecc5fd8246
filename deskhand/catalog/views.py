"""What the catalog says of sources and documents: small frozen values, and the id of a document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deskhand.nouns import AccessList, Document, DocumentState, Json, Source

__all__ = ["UPLOADS", "DocumentRecord", "Known", "SourceRedactions", "SourceReport", "Upkeep", "document_id"]

UPLOADS = "uploads"
"""The location of a source that has no folder: its documents were uploaded. A folder's begins with its root."""


def document_id(source_id: str, item: str) -> str:
    """The id of a source's item, the same for ever: "d" and 20 hexadecimal digits."""
    return "d" + hashlib.sha256(f"{source_id}\0{item}".encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog knows of an item: its last indexed `version` (0: none yet), and whether its access list is its
    own (`own_access`) or its source's."""

    document_id: str
    version: int
    content_hash: str
    state: DocumentState
    own_access: bool
    access: AccessList
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source, how many of its documents are in each state, when one of them changed last, and the id of its newest
    ingestion (None: none is known)."""

    source: Source
    counts: Mapping[DocumentState, int]
    changed: datetime
    run: str | None = None

    @property
    def uploads(self) -> bool:
        """Whether its documents were uploaded, so that there is no folder to look at."""
        return self.source.location == UPLOADS


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How a source is brought up to date: `whole` says that all of its folder is in it (else single files of it),
    `mapping` which fields of its ticket exports are what, `run` is the id of its newest ingestion."""

    source: Source
    whole: bool = False
    mapping: Mapping[str, Json] | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRedactions:
    """What was replaced in a source's documents, by kind: `documents` are in the library, something was replaced in
    `redacted` of them, and `blocked` were kept out for what they hold."""

    source: str
    documents: int
    redacted: int
    blocked: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document with its state: `reason` says why it failed, `size` is in bytes, `passages` how many are searched,
    `redactions` what was replaced, by kind. Who does not own the source (`owned`) sees "indexed" and no reason.
    `own_access` says that its access list is its own and not its source's."""

    document: Document
    state: DocumentState
    reason: str
    size: int
    passages: int
    redactions: Mapping[str, int] = field(default_factory=dict)
    changed: datetime | None = None
    owned: bool = False
    own_access: bool = False
