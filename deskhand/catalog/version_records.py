"""The versions that documents had: their table and all its SQL."""

from __future__ import annotations

import sqlalchemy as sa

from deskhand.store import metadata

__all__ = ["document_versions"]

document_versions = sa.Table(
    "document_versions",
    metadata,
    sa.Column("document_id", sa.String(32), sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("content_hash", sa.String(128), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("redactions", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)
"""A row is a version as it was put into the library; its text is there for the present one only."""
