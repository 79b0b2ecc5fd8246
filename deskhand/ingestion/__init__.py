"""From files to passages: what is new or changed is parsed in child processes, redacted, split and put in the library.

One document is replaced in one transaction, and the catalog remembers it, so a killed run goes on where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskhand.ingestion.filetext import FileText
    from deskhand.ingestion.ingest import Ingestion
    from deskhand.ingestion.progress import Failure, IngestReport, Progress

__all__ = ["Failure", "FileText", "IngestReport", "Ingestion", "Progress"]


def __getattr__(name: str) -> Any:
    # Lazily: the parsing children import this package too, and need none of this.
    if name == "Ingestion":
        from deskhand.ingestion.ingest import Ingestion

        return Ingestion
    if name == "FileText":
        from deskhand.ingestion.filetext import FileText

        return FileText
    if name in __all__:
        from deskhand.ingestion import progress

        return getattr(progress, name)
    raise AttributeError(name)
