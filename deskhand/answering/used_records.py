"""Which documents an answer used: its table and all its SQL."""

from __future__ import annotations

import sqlalchemy as sa

from deskhand.store import metadata

__all__ = ["answer_documents"]

answer_documents = sa.Table(
    "answer_documents",
    metadata,
    sa.Column("run", sa.String(64), sa.ForeignKey("questions.run"), primary_key=True),
    sa.Column("document", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("answer_documents_by_document", "document"),
)
"""A row is a document that the answer of a question cites, in the version that it had then."""
