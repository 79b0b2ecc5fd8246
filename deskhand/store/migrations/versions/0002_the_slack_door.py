"""The Slack door."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audiences",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "slack_claims",
        sa.Column("run", sa.String(length=200), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "slack_inbox",
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=False),
        sa.Column("thread", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("replies", sa.Boolean(), nullable=False),
        sa.Column("files", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("event"),
        sa.UniqueConstraint("team", "channel", "ts", name="slack_inbox_by_message"),
    )
    with op.batch_alter_table("slack_inbox", schema=None) as batch_op:
        batch_op.create_index("slack_inbox_by_end", ["ended"], unique=False)
        batch_op.create_index("slack_inbox_by_state", ["state", "received"], unique=False)
        batch_op.create_index("slack_inbox_by_thread", ["team", "channel", "thread", "state", "ts"], unique=False)

    op.create_table(
        "slack_messages",
        sa.Column("run", sa.String(length=200), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run", "ts"),
    )
    with op.batch_alter_table("slack_messages", schema=None) as batch_op:
        batch_op.create_index("slack_messages_place", ["channel", "ts"], unique=False)

    op.create_table(
        "audience_members",
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience"],
            ["audiences.id"],
        ),
        sa.PrimaryKeyConstraint("audience", "member"),
    )
    op.create_table(
        "verdicts",
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=400), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["questions.run"],
        ),
        sa.PrimaryKeyConstraint("run", "by"),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("audience", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("given", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_column("given")
        batch_op.drop_column("audience")
    op.drop_table("audience_members")
    op.drop_table("verdicts")
    op.drop_table("audiences")
    op.drop_table("slack_claims")
    op.drop_table("slack_inbox")
    op.drop_table("slack_messages")
