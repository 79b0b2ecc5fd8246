"""Sources and documents: whose they are, who may read them, what state each item is in, and the log of their changes.

The change log stands here, below the library, because a right that changes at a source changes what a search may show.
"""

from deskhand.catalog.catalog import Catalog
from deskhand.catalog.views import (
    UPLOADS,
    DocumentRecord,
    Known,
    SourceRedactions,
    SourceReport,
    Upkeep,
    document_id,
)

__all__ = [
    "UPLOADS",
    "Catalog",
    "DocumentRecord",
    "Known",
    "SourceRedactions",
    "SourceReport",
    "Upkeep",
    "document_id",
]
