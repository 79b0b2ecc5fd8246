"""What is on record of our own messages in Slack, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskhand.channels.slack import records
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.records import MessageRow
from deskhand.nouns import RedactedText
from deskhand.store import Database, metadata, utc_now

RUN = "slack-Ev1"
STREAM = MessageRow(1, "17.000001", "C1", "stream", False)


@pytest.fixture
async def desk(database: Database) -> Database:
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


async def test_a_later_attempt_takes_the_run_and_an_earlier_one_has_lost_it(desk: Database) -> None:
    first = await desk.write(records.claim_run, RUN, 1)
    again = await desk.write(records.claim_run, RUN, 1)
    later = await desk.write(records.claim_run, RUN, 3)
    zombie = await desk.write(records.claim_run, RUN, 2)

    assert (first.ours, first.new, first.done) == (True, True, False)
    assert (again.ours, again.new) == (True, False)
    assert (later.ours, later.new) == (True, False)
    assert not zombie.ours
    assert await desk.read(records.claimed_by, RUN) == 3


async def test_what_an_attempt_posts_after_it_lost_the_run_is_void_for_all(desk: Database) -> None:
    """The later one may find it in Slack; whoever comes to the record first decides."""
    await desk.write(records.claim_run, RUN, 2)

    assert await desk.write(records.put_message, RUN, 1, STREAM) == "void"
    assert await desk.write(records.put_message, RUN, 2, STREAM) == "void"
    assert await desk.read(records.messages_of, RUN) == []
    assert await desk.read(records.recorded, "C1", [STREAM.ts]) == {STREAM.ts: ""}


async def test_what_the_later_attempt_took_over_is_not_the_earlier_ones_any_more(desk: Database) -> None:
    await desk.write(records.claim_run, RUN, 2)
    assert await desk.write(records.put_message, RUN, 2, STREAM) == "ours"

    assert await desk.write(records.put_message, RUN, 1, STREAM) == "theirs"
    assert await desk.read(records.messages_of, RUN) == [STREAM]


async def test_a_message_is_on_record_once_and_as_it_was_last(desk: Database) -> None:
    await desk.write(records.claim_run, RUN, 1)
    await desk.write(records.put_message, RUN, 1, STREAM)
    final = MessageRow(1, STREAM.ts, "C1", "draft", True)
    await desk.write(records.put_message, RUN, 1, final)

    assert await desk.read(records.messages_of, RUN) == [final]
    await desk.write(records.drop_message, RUN, STREAM.ts)
    assert await desk.read(records.messages_of, RUN) == []


async def test_an_answered_run_is_known_as_such(desk: Database) -> None:
    await desk.write(records.claim_run, RUN, 1)
    await desk.write(records.answered, RUN)

    assert (await desk.write(records.claim_run, RUN, 2)).done


async def test_what_was_sent_is_forgotten_with_what_was_heard(desk: Database) -> None:
    heard = Heard("Ev1", "T1", "C1", "channel", "16.000001", "16.000001", "U1", RedactedText("how"))
    await desk.write(records.put_heard, [heard])
    await desk.write(records.claim_run, RUN, 1)
    await desk.write(records.put_message, RUN, 1, STREAM)
    await desk.write(records.settle, ["Ev1"], "done")

    assert await desk.write(records.delete_ended_before, utc_now() + timedelta(seconds=1)) == 1
    assert await desk.read(records.messages_of, RUN) == []
    assert await desk.read(records.claimed_by, RUN) == 0
