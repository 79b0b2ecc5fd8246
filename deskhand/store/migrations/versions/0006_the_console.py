"""Browsers that are signed in; the versions that documents had; which documents an answer used; how sources are kept up
to date."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("principal", sa.String(length=400), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("sessions_by_principal", "sessions", ["principal"])
    op.create_index("sessions_by_expiry", "sessions", ["expires"])

    op.create_table(
        "sign_in_links",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("principal", sa.String(length=400), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )

    op.create_table(
        "document_versions",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("redactions", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("document_id", "version"),
    )
    op.execute(
        "INSERT INTO document_versions (document_id, version, title, content_hash, size, passages, redactions, at) "
        "SELECT id, version, title, content_hash, size, passages, redactions, changed FROM documents "
        "WHERE live AND version > 0"
    )

    op.add_column("sources", sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sources", sa.Column("mapping", sa.JSON(), nullable=True))
    op.add_column("sources", sa.Column("run", sa.String(length=64), nullable=True))

    op.create_table(
        "answer_documents",
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["questions.run"]),
        sa.PrimaryKeyConstraint("run", "document"),
    )
    op.create_index("answer_documents_by_document", "answer_documents", ["document"])
    op.add_column("tokens", sa.Column("made_by", sa.String(length=400), nullable=False, server_default=""))
    _fill_answer_documents(op.get_bind())


def _fill_answer_documents(connection: sa.Connection) -> None:
    """What answers on record cite, some hundred at a time."""
    questions = sa.table("questions", sa.column("run"), sa.column("answer", sa.Text))
    used = sa.table("answer_documents", sa.column("run"), sa.column("document"), sa.column("version"))
    last = ""
    while True:
        query = (
            sa.select(questions.c.run, sa.cast(questions.c.answer, sa.Text))
            .where(questions.c.run > last, questions.c.answer.is_not(None))
            .order_by(questions.c.run)
            .limit(AT_ONCE)
        )
        found = connection.execute(query).all()
        if not found:
            return
        last = found[-1][0]
        rows = [row for run, answer in found for row in _cited(run, json.loads(answer))]
        if rows:
            connection.execute(sa.insert(used), rows)


def _cited(run: str, answer: dict[str, Any] | None) -> list[dict[str, Any]]:
    cited = {citation["document"]: citation["version"] for citation in (answer or {}).get("citations", ())}
    return [{"run": run, "document": document, "version": version} for document, version in cited.items()]


def downgrade() -> None:
    op.drop_column("tokens", "made_by")
    for table in ("answer_documents", "document_versions", "sign_in_links", "sessions"):
        op.drop_table(table)
    for column in ("run", "mapping", "whole"):
        op.drop_column("sources", column)
