"""What is shown while a question is answered: as fast as Slack takes it, on the best way there is, losing nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from slack_stage import Attempt, Stage, final, long, until

import deskhand.channels.slack.records  # noqa: F401 - the tables
from deskhand.channels.slack.writing import STREAM_CHARACTERS
from deskhand.store import Database, metadata

if TYPE_CHECKING:
    from slack_server import SlackServer


@pytest.fixture
async def stage(slack_server: SlackServer, tmp_path: Path) -> AsyncIterator[Stage]:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", synchronous="NORMAL")
    with database.writing() as connection:
        metadata.create_all(connection)
    stage = Stage(slack_server, database)
    yield stage
    await stage.close()
    database.close()


def shown(stage: Stage, heard: Any) -> str:
    """What the thread's readers see of us."""
    return "\n".join(reply.everything for reply in stage.replies(heard))


async def all_shown(attempt: Attempt, stage: Stage, heard: Any, words: str) -> None:
    await until(attempt.showing.step, lambda: words in shown(stage, heard), stage.time)


async def test_the_first_sign_is_a_status_and_it_is_kept_alive(stage: Stage, slack_server: SlackServer) -> None:
    """Slack takes a status away after two minutes."""
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.say("searching 3 sources…")
    pause = await attempt.showing.step()

    assert slack_server.status(heard.channel, heard.thread) == "searching 3 sources…"
    assert 0 < pause <= 90
    stage.time.t += 91
    await attempt.showing.step()
    assert len(slack_server.calls("assistant.threads.setStatus")) == 2
    assert stage.replies(heard) == []


async def test_without_a_status_one_message_is_edited_in_place(stage: Stage, slack_server: SlackServer) -> None:
    slack_server.lack("assistant.threads.setStatus")
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    for state in ("searching 3 sources…", "reading 5 passages…"):
        attempt.showing.say(state)
        await all_shown(attempt, stage, heard, state)
    attempt.showing.add("Press Forgot.")
    await all_shown(attempt, stage, heard, "Press Forgot.")

    assert len(stage.replies(heard)) == 1
    assert not stage.abilities.has("assistant.threads.setStatus", heard.channel)


async def test_the_answer_is_streamed_to_who_asked(stage: Stage, slack_server: SlackServer) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    for piece in ("Press ", "Forgot ", "password."):
        attempt.showing.add(piece)
        stage.time.t += await attempt.showing.step()

    (reply,) = stage.replies(heard)
    assert reply.text == "Press Forgot password."
    started = slack_server.calls("chat.startStream")[0].arguments
    assert (started["recipient_user_id"], started["recipient_team_id"]) == (heard.user, heard.team)
    assert len(slack_server.calls("chat.appendStream")) == 2


async def test_appends_are_spaced_by_time_whatever_comes(stage: Stage, slack_server: SlackServer) -> None:
    """A hundred tokens within a second are one start and one append."""
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    for number in range(100):
        attempt.showing.add(f"word{number} ")
        await attempt.showing.step()
        stage.time.t += 0.01

    assert len(slack_server.calls("chat.appendStream")) == 1
    await all_shown(attempt, stage, heard, "word99")


async def test_a_stream_is_rolled_over_before_it_dies_and_before_it_is_full(
    stage: Stage, slack_server: SlackServer
) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    text = long(24)
    attempt.showing.add(text)
    await all_shown(attempt, stage, heard, "Paragraph 23.")
    full = stage.replies(heard)
    stage.time.t += 260
    attempt.showing.add("\n\nAnd then.")
    await all_shown(attempt, stage, heard, "And then.")

    assert "".join(reply.text for reply in stage.replies(heard)) == text + "\n\nAnd then."
    assert all(len(reply.text) <= STREAM_CHARACTERS for reply in full)
    assert len(stage.replies(heard)) == len(full) + 1
    assert [reply.stream.state for reply in stage.replies(heard)[:-1]] == ["completed"] * len(full)


async def test_where_no_further_stream_begins_the_text_goes_on_in_a_message_of_its_own(
    stage: Stage, slack_server: SlackServer
) -> None:
    """What the first stream took stays as it is."""
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add(long(6))
    await all_shown(attempt, stage, heard, "Paragraph 5.")
    slack_server.fail("chat.startStream", "channel_type_not_supported")
    stage.time.t += 260
    attempt.showing.add("\n\nAnd then.")
    await all_shown(attempt, stage, heard, "And then.")

    first, second = stage.replies(heard)
    assert "Paragraph 5." in first.everything
    assert "Paragraph" not in second.everything


@pytest.mark.parametrize("error", ["message_not_in_streaming_state", "msg_too_long", "internal_error"])
async def test_what_a_dead_stream_did_not_take_is_shown_by_an_edit(
    stage: Stage, slack_server: SlackServer, error: str
) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add("Press ")
    await attempt.showing.step()
    slack_server.fail("chat.appendStream", error)
    attempt.showing.add("Forgot password.")
    await all_shown(attempt, stage, heard, "Press Forgot password.")

    assert len(stage.replies(heard)) == 1


async def test_an_append_that_broke_off_is_not_shown_twice(stage: Stage, slack_server: SlackServer) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add("Press ")
    await attempt.showing.step()
    slack_server.drop("chat.appendStream", after=True)
    attempt.showing.add("Forgot password.")
    await until(attempt.showing.step, lambda: "Forgot" in stage.replies(heard)[0].everything, stage.time)
    await until(attempt.showing.step, lambda: bool(slack_server.calls("chat.update")), stage.time)

    assert shown(stage, heard).count("Forgot") == 1


async def test_a_start_that_broke_off_is_found_and_gone_on_with(stage: Stage, slack_server: SlackServer) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    slack_server.drop("chat.startStream", after=True)
    attempt.showing.add("Press Forgot password.")
    await until(attempt.showing.step, lambda: bool(slack_server.calls("chat.update")), stage.time)
    await attempt.deliver(final())

    assert stage.problems(heard, final()) == []
    assert len(stage.replies(heard)) == 1


async def test_edits_are_spaced_and_wait_for_as_long_as_slack_says(stage: Stage, slack_server: SlackServer) -> None:
    slack_server.lack("chat.startStream")
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add("one ")
    await all_shown(attempt, stage, heard, "one")
    attempt.showing.add("two ")
    assert await attempt.showing.step() > 1.0
    slack_server.limit("chat.update", 1, retry_after=7)
    began = stage.time.t
    await all_shown(attempt, stage, heard, "two")

    assert stage.time.t - began >= 7
    assert slack_server.impatient == [] or stage.time.t - began >= 7
    assert not stage.abilities.has("chat.startStream", heard.channel)


async def test_where_nothing_can_be_shown_the_answer_comes_all_the_same(
    stage: Stage, slack_server: SlackServer
) -> None:
    slack_server.lack("chat.startStream", "assistant.threads.setStatus", "chat.update")
    heard, messages = stage.ask(), final()
    attempt = await stage.attempt(heard)
    attempt.showing.say("searching…")
    for piece in ("Press", "Forgot", "password."):
        attempt.showing.add(f"{piece} ")
        stage.time.t += await attempt.showing.step()
    await attempt.deliver(messages)

    assert stage.problems(heard, messages) == []


async def test_what_is_void_is_taken_away_and_written_anew(stage: Stage, slack_server: SlackServer) -> None:
    """The process that carried the answer died; another begins it anew, in the place of what was shown."""
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add(long(16))
    await all_shown(attempt, stage, heard, "Paragraph 15.")
    attempt.showing.void()
    attempt.showing.say("searching…")
    await all_shown(attempt, stage, heard, "searching…")
    assert "Paragraph" not in shown(stage, heard)
    attempt.showing.add("Press Forgot password.")
    await all_shown(attempt, stage, heard, "Press Forgot password.")

    assert len(stage.replies(heard)) == 1
    await attempt.deliver(final())
    assert stage.problems(heard, final()) == []


async def test_nothing_in_a_draft_pings(stage: Stage, slack_server: SlackServer) -> None:
    """A model may write anything."""
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    attempt.showing.add("Hello <!channel> and <@U123>")
    await attempt.showing.step()

    assert "<!channel>" not in stage.replies(heard)[0].text
    assert "<@U123>" not in stage.replies(heard)[0].text


async def test_only_the_asker_sees_that_an_ephemeral_answer_is_made(stage: Stage, slack_server: SlackServer) -> None:
    """Without a status there is one early message, and only one."""
    slack_server.lack("assistant.threads.setStatus")
    heard = stage.ask()
    attempt = await stage.attempt(heard, ephemeral=True)
    for state in ("searching…", "reading…"):
        attempt.showing.say(state)
        stage.time.t += await attempt.showing.step()
        stage.time.t += await attempt.showing.step()

    assert [(each.seen_by, each.everything) for each in slack_server.ephemerals] == [(stage.ana, "searching…")]
    assert stage.replies(heard) == []


async def test_inside_it_slack_is_kept_up_to_date_by_itself(stage: Stage, slack_server: SlackServer) -> None:
    heard = stage.ask()
    attempt = await stage.attempt(heard)
    async with attempt.showing as showing:
        showing.add("Press Forgot password.")
        await asyncio.to_thread(slack_server.wait_until, lambda: "Forgot" in shown(stage, heard))

    assert stage.replies(heard)[0].text == "Press Forgot password."
