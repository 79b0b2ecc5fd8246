"""Calls, people and threads against each Slack there is to speak to: our own, and npm's emulated one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from deskhand.access import Directory
from deskhand.channels.slack.calls import Calls
from deskhand.channels.slack.files import Found
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.options import Options
from deskhand.channels.slack.people import People
from deskhand.channels.slack.thread import read
from deskhand.errors import SlackError
from deskhand.nouns import RedactedText
from deskhand.store import Database, metadata

if TYPE_CHECKING:
    from slack_server import SlackServer


@dataclass
class Scene:
    """A channel with Ana in it, and a thread: what she asks, what the bot answers, what she asks then."""

    options: Options
    team: str
    channel: str
    ana: str
    ts: str
    thread: str


@pytest.fixture(params=["ours", "emulated"])
async def scene(request: pytest.FixtureRequest) -> Scene:
    if request.param == "ours":
        return await _ours(request.getfixturevalue("slack_server"))
    return await _emulated(request.getfixturevalue("slack_emulator").api_url)


async def _ours(slack: SlackServer) -> Scene:
    ana = slack.user("ana", email="ana@example.com", display_name="Ana")
    room = slack.channel("help", [ana])
    first = slack.put(ana, room, "how &amp; where?").ts
    slack.put(slack.bot_user, room, "there", first)
    last = slack.put(ana, room, "and now?", first).ts
    return Scene(Options(slack.bot_token, api_url=slack.api_url), slack.team, room, ana, last, first)


async def _emulated(url: str) -> Scene:
    ana, bot = AsyncWebClient("xoxp-ana", url), AsyncWebClient("xoxb-bot", url)
    rooms = (await bot.api_call("conversations.list", data={}))["channels"]
    room = next(each["id"] for each in rooms if each["name"] == "help")
    first = (await ana.chat_postMessage(channel=room, text="how &amp; where?"))["ts"]
    await bot.chat_postMessage(channel=room, text="there", thread_ts=first)
    last = (await ana.chat_postMessage(channel=room, text="and now?", thread_ts=first))["ts"]
    me = await ana.api_call("auth.test", data={})
    return Scene(Options("xoxb-bot", api_url=url), me["team_id"], room, me["user_id"], last, first)


@pytest.fixture
async def calls(scene: Scene) -> AsyncIterator[Calls]:
    async with Calls(scene.options) as opened:
        yield opened


class NoFiles:
    async def read(self, *_: object, **__: object) -> Found:
        return Found()


async def test_the_bot_knows_itself(scene: Scene, calls: Calls) -> None:
    me = await calls.me()

    assert me.team == scene.team
    assert me.user
    assert me.user != scene.ana


async def test_a_refusal_has_slacks_word(calls: Calls) -> None:
    with pytest.raises(SlackError) as refused:
        await calls.must("chat.postMessage", channel="C0NOWHERE", text="hello")

    assert refused.value.slack == "channel_not_found"


async def test_what_is_posted_can_be_changed_and_found_over_pages(scene: Scene, calls: Calls) -> None:
    posted = await calls.must("chat.postMessage", channel=scene.channel, thread_ts=scene.thread, text="draft")
    await calls.must("chat.update", channel=scene.channel, ts=posted["ts"], text="final")

    pages = calls.pages("conversations.replies", "messages", channel=scene.channel, ts=scene.thread, limit=2)
    found = {message["ts"]: message["text"] async for message in pages}

    assert len(found) == 4
    assert found[posted["ts"]] == "final"


async def test_the_thread_before_the_question_is_read(scene: Scene, calls: Calls, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as connection:
        metadata.create_all(connection)
    people = People(calls, Directory(database), scene.options)
    asked = RedactedText("and now?")
    heard = Heard("E1", scene.team, scene.channel, "channel", scene.ts, scene.thread, scene.ana, asked, replies=True)

    found = await read(heard, calls=calls, people=people, files=NoFiles())  # type: ignore[arg-type]
    audience = await people.audience(heard)

    assert [role for role, _ in found.turns] == ["user", "assistant"]
    assert found.turns[0][1].casefold() == "ana: how & where?"
    assert found.turns[1][1] == "there"
    assert audience is not None
    assert "ana@example.com" in {member.id for member in audience.members}
    database.close()
