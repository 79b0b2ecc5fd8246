"""What the engine keeps of its own is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from deskhand.engine import records
from deskhand.engine.records import Batch
from deskhand.nouns import StreamEvent
from deskhand.store import Database, metadata


def test_events_that_were_kept_without_word_of_it_are_kept_again_with_what_came_after(database: Database) -> None:
    """A commit whose answer was lost must not keep the events of every run from being written."""
    events = tuple(StreamEvent(f"1-{number}", "token", {"n": number}) for number in (1, 2, 3))
    with database.writing() as connection:
        metadata.create_all(connection)
        records.add_batches(connection, [Batch("r", 1, 1, 0, events[:2])])

    with database.writing() as connection:
        records.add_batches(connection, [Batch("r", 1, 1, 0, events), Batch("s", 1, 1, 0, events[:1])])

    with database.reading() as connection:
        kept = [event for batch in records.batches_after(connection, "r", 0, 0) for event in batch.events]
        assert kept == list(events)
        assert len(records.batches_after(connection, "s", 0, 0)) == 1
