"""Who is signed in in a browser, and the links that sign somebody in once: their tables and all their SQL."""

from __future__ import annotations

import sqlalchemy as sa

from deskhand.store import metadata

__all__ = ["sessions", "sign_in_links"]

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("principal", sa.String(400), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("token", sa.String(16)),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    sa.Index("sessions_by_principal", "principal"),
    sa.Index("sessions_by_expiry", "expires"),
)
"""A row is a browser that is signed in: the SHA-256 of its cookie, and the public id of the token that it was opened
with (none: a link opened it)."""

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("principal", sa.String(400), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
)
"""A row is a link that was not used yet: the SHA-256 of the code in it."""
