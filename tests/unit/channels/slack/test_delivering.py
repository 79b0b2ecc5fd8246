"""The final answer comes exactly once, whenever the process dies and whatever Slack does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from slack_stage import Died, Fate, Stage, final, long, until

import deskhand.channels.slack.records  # noqa: F401 - the tables
from deskhand.channels.slack.delivering import post_once
from deskhand.channels.slack.trail import StoodDown
from deskhand.errors import SlackUnsure
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


async def carried(stage: Stage, heard: Any, number: int, fate: Fate, messages: list[Any], text: str) -> None:
    """What a process does for a question: signs of life, the text as it comes, the final messages."""
    attempt = await stage.attempt(heard, number, fate=fate)
    attempt.showing.say("searching…")
    await attempt.showing.step()
    for piece in text.split("\n\n"):
        attempt.showing.add(f"{piece}\n\n")
        stage.time.t += await attempt.showing.step()
    await until(attempt.showing.step, lambda: True, stage.time)
    await attempt.deliver(messages)


async def moments_of(stage: Stage, messages: list[Any], text: str) -> int:
    fate = Fate()
    await carried(stage, stage.ask(), 1, fate, messages, text)
    return fate.moments


SCENES = {
    "streamed": (final(), "Press\n\n*Forgot password*."),
    "in two messages": (final(long(16)), long(16)),
    "shorter than what was streamed": (final("There is no answer in what you may read."), long(24)),
    "never streamed": (final(), ""),
}


@pytest.mark.parametrize("scene", SCENES)
async def test_a_crash_at_any_moment_leaves_one_final_answer(stage: Stage, scene: str) -> None:
    """The next attempt finds what was posted, on record or not, and finishes it."""
    messages, text = SCENES[scene]
    moments = await moments_of(stage, messages, text)
    assert moments > 8
    problems = {}
    for at in range(1, moments + 1):
        heard = stage.ask()
        with pytest.raises(Died):
            await carried(stage, heard, 1, Fate(at), messages, text)
        await carried(stage, heard, 2, Fate(), messages, text)
        if wrong := stage.problems(heard, messages):
            problems[at] = wrong

    assert problems == {}


async def test_a_crash_without_streams_leaves_one_final_answer(stage: Stage, slack_server: SlackServer) -> None:
    """Nothing but posts and edits is to be had, and not even a status."""
    slack_server.lack("chat.startStream", "assistant.threads.setStatus")
    messages, text = SCENES["in two messages"]
    # The first question finds out what there is.
    await moments_of(stage, messages, text)
    moments = await moments_of(stage, messages, text)
    problems = {}
    for at in range(1, moments + 1):
        heard = stage.ask()
        with pytest.raises(Died):
            await carried(stage, heard, 1, Fate(at), messages, text)
        await carried(stage, heard, 2, Fate(), messages, text)
        if wrong := stage.problems(heard, messages):
            problems[at] = wrong

    assert problems == {}


async def test_crashes_one_after_another_leave_one_final_answer(stage: Stage) -> None:
    """Every attempt but the last dies at some moment of its own."""
    chance, problems = random.Random(5), {}
    for number_of in range(25):
        messages, text = SCENES[chance.choice(list(SCENES))]
        heard, number, ended = stage.ask(), 0, False
        while not ended:
            number += 1
            try:
                await carried(
                    stage, heard, number, Fate(chance.randrange(1, 40) if number < 6 else None), messages, text
                )
                ended = True
            except Died:
                pass
        if wrong := stage.problems(heard, messages):
            problems[number_of] = wrong

    assert problems == {}


async def test_a_post_that_broke_off_is_found_and_not_posted_again(stage: Stage, slack_server: SlackServer) -> None:
    heard, messages = stage.ask(), final()
    slack_server.drop("chat.postMessage", after=True)

    await (await stage.attempt(heard)).deliver(messages)

    assert stage.problems(heard, messages) == []
    assert len(slack_server.calls("chat.postMessage")) == 1


async def test_a_post_that_never_arrived_is_posted_again(stage: Stage, slack_server: SlackServer) -> None:
    heard, messages = stage.ask(), final()
    slack_server.drop("chat.postMessage", after=False)

    await (await stage.attempt(heard)).deliver(messages)

    assert stage.problems(heard, messages) == []


async def test_an_earlier_attempt_that_wakes_up_stands_down(stage: Stage) -> None:
    """It was thought dead; the answer is there, and it must neither post nor change anything."""
    heard, messages = stage.ask(), final()
    zombie = await stage.attempt(heard, 1)
    zombie.showing.say("searching…")
    await zombie.showing.step()
    later = await stage.attempt(heard, 2)
    await later.deliver(messages)

    zombie.showing.add("A draft of long ago.")
    with pytest.raises(StoodDown):
        await zombie.showing.step()
    with pytest.raises(StoodDown):
        await zombie.deliver(final("An answer of long ago."))

    assert stage.problems(heard, messages) == []


async def test_an_earlier_attempt_does_not_write_over_the_answer(stage: Stage, slack_server: SlackServer) -> None:
    """The later one put the answer in the place of the draft that both know."""
    slack_server.lack("chat.startStream")
    heard, messages = stage.ask(), final()
    zombie = await stage.attempt(heard, 1)
    zombie.showing.add("A draft")
    await until(zombie.showing.step, lambda: bool(stage.replies(heard)), stage.time)
    await (await stage.attempt(heard, 2)).deliver(messages)

    zombie.showing.add(" of long ago.")
    stage.time.t += 5
    with pytest.raises(StoodDown):
        await zombie.showing.step()

    assert stage.problems(heard, messages) == []


async def test_what_a_zombie_posted_after_it_lost_the_run_goes_away(stage: Stage, slack_server: SlackServer) -> None:
    """It lost the run between asking whether it has it and posting."""
    heard, messages = stage.ask(), final()
    zombie = await stage.attempt(heard, 1)
    gate = slack_server.hold("chat.postMessage", after=False)
    posting = asyncio.create_task(zombie.deliver(final("An answer of long ago.")))
    assert await asyncio.to_thread(gate.reached)
    later = await stage.attempt(heard, 2)
    await later.deliver(messages)
    gate.release()
    with pytest.raises(StoodDown):
        await posting

    assert stage.problems(heard, messages) == []


async def test_blocks_that_slack_does_not_take_are_sent_as_text(stage: Stage, slack_server: SlackServer) -> None:
    heard, messages = stage.ask(), final()
    slack_server.fail("chat.postMessage", "invalid_blocks")

    await (await stage.attempt(heard)).deliver(messages)

    assert stage.problems(heard, messages) == []


async def test_a_draft_that_was_deleted_is_posted_anew(stage: Stage, slack_server: SlackServer) -> None:
    """An admin took it away while it was written."""
    heard, messages = stage.ask(), final()
    attempt = await stage.attempt(heard)
    attempt.showing.add("Press")
    await attempt.showing.step()
    slack_server.delete(heard.channel, stage.replies(heard)[0].ts)

    await attempt.deliver(messages)

    assert stage.problems(heard, messages) == []


async def test_an_ephemeral_answer_comes_once_and_is_not_seen_by_others(
    stage: Stage, slack_server: SlackServer
) -> None:
    heard, messages = stage.ask(), final()
    attempt = await stage.attempt(heard, ephemeral=True)
    attempt.showing.say("searching…")
    attempt.showing.add("a secret draft")
    await attempt.showing.step()
    await attempt.deliver(messages, ephemeral=True)
    again = await stage.attempt(heard, 2, ephemeral=True)
    await again.deliver(messages, ephemeral=True)

    assert [each.text for each in slack_server.ephemerals if each.thread_ts == heard.thread] == [messages[0].text]
    assert {each.seen_by for each in slack_server.ephemerals} == {stage.ana}
    assert stage.replies(heard) == []
    assert slack_server.status(heard.channel, heard.thread) == ""


async def test_an_ephemeral_answer_comes_again_only_after_a_crash_between_sending_and_recording(
    stage: Stage, slack_server: SlackServer
) -> None:
    """It cannot be found again; so once more rather than not at all."""
    messages, came = final(), []

    async def carried(heard: Any, number: int, fate: Fate) -> None:
        attempt = await stage.attempt(heard, number, fate=fate, ephemeral=True)
        await attempt.deliver(messages, ephemeral=True)

    await carried(stage.ask(), 1, counted := Fate())
    for at in range(1, counted.moments + 1):
        heard = stage.ask()
        with pytest.raises(Died):
            await carried(heard, 1, Fate(at))
        await carried(heard, 2, Fate())
        came.append(sum(each.thread_ts == heard.thread for each in slack_server.ephemerals))

    assert set(came) == {1, 2}
    # After Slack carried it out, before it was on record.
    assert came.count(2) == 2


async def test_a_message_with_a_key_is_posted_once(stage: Stage, slack_server: SlackServer) -> None:
    heard, message = stage.ask(), final("Ana asks for a person.")[0]
    calls = (await stage.attempt(heard)).calls
    place: dict[str, Any] = {"key": "handover:a1", "channel": heard.channel, "thread": heard.thread, "since": heard.ts}
    slack_server.drop("chat.postMessage", after=True)

    first = await post_once(calls, message, **place, sleep=stage.time.sleep)
    second = await post_once(calls, message, **place, sleep=stage.time.sleep)

    assert first == second
    assert len(stage.replies(heard)) == 1


async def test_a_slack_that_is_down_is_tried_for_about_an_hour(stage: Stage, slack_server: SlackServer) -> None:
    attempt = await stage.attempt(stage.ask())
    slack_server.crash("chat.postMessage", None, status=503)
    began = stage.time.t

    with pytest.raises(SlackUnsure):
        await attempt.deliver(final())

    assert 3_500 < stage.time.t - began < 5_000


async def test_what_is_final_is_not_taken_back_to_be_shown_again(stage: Stage) -> None:
    """The process died between the two messages of an answer; the next one has nothing to show before it goes on."""
    heard, messages = stage.ask(), final(long(16))
    fate = Fate()
    first = await stage.attempt(heard, fate=fate)
    fate.at = fate.moments + 5
    with pytest.raises(Died):
        await first.deliver(messages)
    assert [reply.text for reply in stage.replies(heard)] == [messages[0].text]

    second = await stage.attempt(heard, 2)
    second.showing.say("searching…")
    second.showing.add("Paragraph")
    await second.showing.step()

    assert [reply.text for reply in stage.replies(heard)] == [messages[0].text]
    await second.deliver(messages)
    assert stage.problems(heard, messages) == []
