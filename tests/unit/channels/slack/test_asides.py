"""What goes on beside an answer: verdicts, sharing, handing over, the command, the home tab; in a Slack of our own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from deskhand import testing
from deskhand.channels.slack import records
from deskhand.channels.slack.actions import TRIES
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.manifest import SCOPES
from deskhand.nouns import Principal, RedactedText
from deskhand.settings import Settings
from deskhand.testing import ScriptedChat, TestDesk

if TYPE_CHECKING:
    from slack_server import SlackServer
    from slack_world import Message

T = TypeVar("T")

ANA = Principal("ana@example.com", frozenset({"staff"}))
BEN = Principal("ben@example.com", frozenset({"staff"}))
QUESTION = "how large is the yearly bonus?"
SAID = "The yearly bonus is 4000 EUR"


@dataclass
class Scene:
    """A desk behind a Slack with Ana and Ben, who are staff, and Eve, who is not; all may be in a channel."""

    desk: TestDesk
    slack: SlackServer
    ana: str
    ben: str
    eve: str

    @property
    def asking(self) -> Any:
        return self.desk.desk.asking

    async def seen(self, look: Callable[[], T]) -> T:
        """What `look` finds, as soon as it finds something."""
        return await asyncio.to_thread(self.slack.wait_until, look)

    async def answered(self, channel: str, text: str = QUESTION, *, user: str = "") -> Message:
        """The bot's answer, with its buttons, to a question in a channel or a direct message."""
        asked = self.slack.say(user or self.ana, channel, f"{self.slack.mention} {text}")
        return (await self.seen(lambda: [m for m in self.slack.replies(channel, asked.ts) if m.actions]))[-1]

    async def whispered(self, channel: str, text: str = QUESTION) -> Message:
        """The answer that Ana alone sees."""
        self.slack.say(self.ana, channel, f"{self.slack.mention} {text}")
        return (await self.seen(lambda: [m for m in self.slack.ephemerals if "deskhand_share" in m.actions]))[-1]

    async def press(self, user: str, message: Message, button: str) -> Any:
        return await asyncio.to_thread(
            self.slack.click, user, message.ts, f"deskhand_{button}", channel=message.channel
        )

    def told(self, user: str) -> list[str]:
        """What somebody was told alone."""
        return [m.everything for m in self.slack.ephemerals if m.seen_by == user]

    def run_of(self, message: Message) -> str:
        return str(json.loads(message.actions["deskhand_good"]["value"])["run"])


@pytest.fixture
def opened(slack_server: SlackServer, tmp_path: Path) -> Callable[..., Any]:
    """Opens a scene whose Slack settings are as given."""

    @asynccontextmanager
    async def open_scene(**more: Any) -> AsyncIterator[Scene]:
        slack_server.scopes = set(SCOPES)
        tokens = {"bot_token": slack_server.bot_token, "app_token": slack_server.app_token}
        given = {**tokens, "api_url": slack_server.api_url, **more}
        settings = Settings.model_validate({"home": tmp_path, "embedder": {"provider": "none"}, "slack": given})
        people = [slack_server.user(name, email=f"{name}@example.com") for name in ("ana", "ben", "eve")]
        async with testing.desk(settings) as desk:
            await desk.knows("pay", "The yearly bonus is 4000 EUR at full targets.", readers={"staff"})
            for person in (ANA, BEN):
                await desk.desk.directory.put_person(person.id, person.groups)
            desk.stage.model = testing.says(f"{SAID}.", cites="pay")
            assert desk.desk.slack is not None
            await desk.desk.slack.open()
            await asyncio.to_thread(slack_server.wait_connected)
            yield Scene(desk, slack_server, *people)
            await desk.desk.slack.shut()
            await desk.desk.slack.close()

    return open_scene


async def test_what_is_pressed_is_a_verdict_on_record(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        answer = await scene.answered(scene.slack.channel("help", [scene.ana, scene.ben]))

        await scene.press(scene.ben, answer, "good")

        found = await scene.asking.verdicts(scene.run_of(answer), ANA)
        assert [(v.by, v.good) for v in found] == [(f"person:{BEN.id}", True)]
        await scene.seen(lambda: scene.told(scene.ben))


# Verdicts


async def test_who_says_not_helpful_is_asked_why_and_the_reason_is_kept_redacted(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        answer = await scene.answered(scene.slack.im(scene.ana))
        run = scene.run_of(answer)

        await scene.press(scene.ana, answer, "bad")

        assert [(v.good, v.reason) for v in await scene.asking.verdicts(run, ANA)] == [(False, "")]
        view = await scene.seen(lambda: next(iter(scene.slack.views), None))
        why = {"why": {"reason": {"type": "plain_text_input", "value": "Old. Ask carl@example.com."}}}
        await asyncio.to_thread(scene.slack.submit, scene.ana, view, why)
        assert [(v.good, v.reason) for v in await scene.asking.verdicts(run, ANA)] == [(False, "Old. Ask [Email].")]


async def test_the_last_verdict_of_a_person_counts(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        answer = await scene.answered(scene.slack.channel("help", [scene.ana, scene.ben]))

        for user, button in ((scene.ana, "bad"), (scene.ben, "bad"), (scene.ana, "good")):
            await scene.press(user, answer, button)

        found = await scene.asking.verdicts(scene.run_of(answer), ANA)
        assert {v.by: v.good for v in found} == {f"person:{ANA.id}": True, f"person:{BEN.id}": False}


async def test_somebody_whom_nobody_knows_is_told_why_the_verdict_is_not_taken(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        room = scene.slack.channel("help", [scene.ana])
        answer = await scene.answered(room)
        stranger = scene.slack.user("carl", email=None)
        scene.slack.join(stranger, room)

        await scene.press(stranger, answer, "good")

        assert "e-mail" in (await scene.seen(lambda: scene.told(stranger)))[0]
        assert await scene.asking.verdicts(scene.run_of(answer), ANA) == []


async def test_a_verdict_that_cannot_be_recorded_is_not_acknowledged(opened: Callable[..., Any]) -> None:
    """Slack then shows the person that it failed."""
    async with opened() as scene:
        answer = await scene.answered(scene.slack.channel("help", [scene.ana]))
        with scene.desk.desk.database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE verdicts")

        reply = await scene.press(scene.ana, answer, "good")

        assert reply.status != "ack"
        assert scene.told(scene.ana) == []


# Sharing


async def test_an_answer_that_everyone_may_read_is_shared_once(opened: Callable[..., Any]) -> None:
    async with opened(ephemeral=True) as scene:
        room = scene.slack.channel("help", [scene.ana, scene.ben])
        answer = await scene.whispered(room)

        await scene.press(scene.ana, answer, "share")
        shared = await scene.seen(lambda: scene.slack.replies(room, answer.thread_ts or ""))
        await scene.press(scene.ana, answer, "share")

        await scene.seen(lambda: scene.told(scene.ana)[1:])
        assert scene.slack.replies(room, answer.thread_ts or "") == shared
        assert len(shared) == 1
        assert SAID in shared[0].everything
        assert "Shared by ana" in shared[0].everything
        assert shared[0].actions == {}


async def test_an_answer_that_not_everyone_may_read_is_not_shared(opened: Callable[..., Any]) -> None:
    """Eve is in the channel, and may not read what it rests on; when she has left, it can be shared."""
    async with opened(ephemeral=True) as scene:
        room = scene.slack.channel("help", [scene.ana, scene.eve])
        answer = await scene.whispered(room)
        thread = answer.thread_ts or ""

        await scene.press(scene.ana, answer, "share")
        told = await scene.seen(lambda: [text for text in scene.told(scene.ana) if "not share" in text])
        assert "1 of its sources" in told[0]
        assert scene.slack.replies(room, thread) == []

        scene.slack.leave(scene.eve, room)
        await asyncio.to_thread(scene.slack.settle)
        await scene.press(scene.ana, answer, "share")
        assert SAID in (await scene.seen(lambda: scene.slack.replies(room, thread)))[0].everything


async def test_nobody_shares_what_somebody_else_was_told(opened: Callable[..., Any]) -> None:
    async with opened(ephemeral=True) as scene:
        room = scene.slack.channel("help", [scene.ana, scene.ben])
        answer = await scene.whispered(room)

        await scene.press(scene.ben, answer, "share")

        await scene.seen(lambda: scene.told(scene.ben))
        assert scene.slack.replies(room, answer.thread_ts or "") == []


# Handing over


async def test_a_person_is_handed_the_thread_once(opened: Callable[..., Any], slack_server: SlackServer) -> None:
    lead = slack_server.user("lea", email="lea@example.com")
    async with opened(person="lea@example.com") as scene:
        await scene.desk.desk.directory.put_person("lea@example.com", ["staff"])
        room = scene.slack.channel("help", [scene.ana, scene.ben])
        answer = await scene.answered(room)
        scene.slack.say(scene.ben, room, f"<@{scene.ana}> it stands in the wiki", answer.thread_ts)
        scene.desk.stage.model = ScriptedChat("Ana wants to know the bonus.")
        for _ in range(2):
            await scene.press(scene.ana, answer, "person")

        direct = scene.slack.im(lead)
        handed = (await scene.seen(lambda: scene.slack.messages(direct)))[0].everything
        assert f"<@{scene.ana}>" in handed
        assert QUESTION in handed
        assert "Ana wants to know the bonus." in handed
        assert "ben: @ana it stands in the wiki" in handed
        assert SAID in handed
        assert "archives" in handed
        told = await scene.seen(
            lambda: [m for m in scene.slack.replies(room, answer.thread_ts or "") if lead in m.text]
        )
        await scene.seen(lambda: scene.told(scene.ana))
        assert len(told) == len(scene.slack.messages(direct)) == 1


async def test_who_may_not_see_an_answer_uses_up_nobodys_tries(
    opened: Callable[..., Any], slack_server: SlackServer
) -> None:
    """Mal is of another company, and Ben knows the run of what Ana was told alone."""
    desk = slack_server.channel("help-desk")
    async with opened(person=desk) as scene:
        mal = scene.slack.user("mal", email="ana@example.com", stranger=True, team="T0ELSEWHERE")
        room = scene.slack.channel("room", [scene.ana, scene.ben])
        public, private = await scene.answered(room), await scene.answered(scene.slack.im(scene.ana))
        forged = private.actions["deskhand_person"]["value"]
        scene.slack.join(mal, room)

        for _ in range(TRIES + 1):
            await scene.press(mal, public, "person")
            await asyncio.to_thread(
                scene.slack.click, scene.ben, public.ts, "deskhand_person", channel=room, value=forged
            )
        await scene.press(scene.ana, private, "person")
        await scene.press(scene.ben, public, "person")

        await scene.seen(lambda: len([m for m in scene.slack.messages(desk) if not m.subtype]) == 2)
        assert len(scene.told(mal)) == TRIES + 1
        assert all("only those who may read" in told.lower() for told in scene.told(scene.ben))
        assert len(await scene.desk.desk.engine.runs(workflow="slack.handover")) == 2


async def test_who_joins_while_an_answer_is_written_counts_at_once(opened: Callable[..., Any]) -> None:
    """What is still to be shown of it is shown with the rights of all who read along then."""
    async with opened() as scene:
        room, door = scene.slack.channel("room", [scene.ana]), scene.desk.desk.slack
        await scene.answered(room)
        await door.inbox.close()
        await door.inbox.put(
            Heard("Ev1", scene.slack.team, room, "channel", "2.0", "2.0", scene.ana, RedactedText("?"))
        )
        await door.database.write(records.claim, 1)

        scene.slack.join(scene.eve, room)

        async with asyncio.timeout(10):
            while len((await door.directory.audience(f"slack:{scene.slack.team}:{room}")).members) == 1:
                await asyncio.sleep(0)


async def test_over_there_they_see_only_what_they_may_read(
    opened: Callable[..., Any], slack_server: SlackServer
) -> None:
    """Eve reads along in the channel that takes questions over."""
    desk = slack_server.channel("help-desk")
    async with opened(person=desk) as scene:
        scene.slack.join(scene.eve, desk)
        answer = await scene.answered(scene.slack.im(scene.ana))
        scene.desk.stage.model = model = ScriptedChat("Ana wants to know the bonus.")

        await scene.press(scene.ana, answer, "person")

        handed = (await scene.seen(lambda: [m for m in scene.slack.messages(desk) if not m.subtype]))[0].everything
        assert QUESTION in handed
        assert "4000" not in handed
        assert "may not" in handed or "not everyone" in handed
        assert "archives" not in handed
        assert "4000" not in repr(model.asked)


async def test_a_hand_over_that_fails_is_said_and_can_be_tried_again(
    opened: Callable[..., Any], slack_server: SlackServer
) -> None:
    desk = slack_server.channel("help-desk", bot=False)
    async with opened(person=desk) as scene:
        room = scene.slack.channel("help", [scene.ana, scene.ben])
        answer = await scene.answered(room)

        await scene.press(scene.ana, answer, "person")
        assert "/invite" in (await scene.seen(lambda: scene.told(scene.ana)))[0]

        scene.slack.join(scene.slack.bot_user, desk)
        await scene.press(scene.ana, answer, "person")
        await scene.seen(lambda: [m for m in scene.slack.messages(desk) if QUESTION in m.everything])


# The command, the home tab, the assistant pane


async def test_the_command_is_answered_in_direct_messages_with_the_askers_rights(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        room = scene.slack.channel("help", [scene.ana, scene.eve])

        reply = await asyncio.to_thread(scene.slack.command, scene.ana, QUESTION, room)

        assert "direct messages" in reply.body
        direct = scene.slack.im(scene.ana)
        answer = await scene.seen(lambda: [m for m in scene.slack.messages(direct) if SAID in m.everything])
        asked = scene.slack.message(direct, answer[0].thread_ts or "")
        assert QUESTION in asked.everything
        assert scene.slack.messages(room) == []

        scene.desk.stage.model = model = testing.says(f"{SAID}.", cites="pay")
        scene.slack.say(scene.ana, direct, "and is it paid at full targets only?", answer[0].thread_ts)
        await scene.seen(lambda: model.asked)
        assert f"by=user>\nana: {QUESTION}" in model.asked[0][-1].text


async def test_who_cannot_be_written_to_is_told_where_the_command_was_given(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        room = scene.slack.channel("help", [scene.ana, scene.eve])
        scene.slack.fail("conversations.open", "missing_scope")

        await asyncio.to_thread(scene.slack.command, scene.ana, QUESTION, room)

        [told] = await scene.seen(lambda: [each for each in scene.slack.ephemerals if "slack-command-" in each.text])
        assert "scope" in told.text
        assert "bonus" not in told.text


@pytest.mark.parametrize(("text", "says"), [("", "Ask me anything"), ("help", "/deskhand"), ("Hilfe", "Fragen Sie")])
async def test_the_command_explains_itself(opened: Callable[..., Any], text: str, says: str) -> None:
    async with opened() as scene:
        reply = await asyncio.to_thread(scene.slack.command, scene.ana, text)

        assert says in reply.body
        assert scene.slack.messages(scene.slack.im(scene.ana))[1:] == []


async def test_a_question_that_is_too_long_is_not_taken(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        reply = await asyncio.to_thread(scene.slack.command, scene.ana, "why " * 2_000)

        assert "4,000" in reply.body


async def test_the_home_tab_says_how_much_is_read_for_a_person(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        carl = scene.slack.user("carl", email=None)
        for user in (scene.ana, scene.eve, carl):
            scene.slack.open_home(user)

        homes = await scene.seen(lambda: scene.slack.homes if len(scene.slack.homes) == 3 else None)
        assert "*1 source*" in str(homes[scene.ana])
        assert "nothing in the library" in str(homes[scene.eve])
        assert "e-mail" in str(homes[carl])


async def test_the_assistant_pane_suggests_questions_in_the_persons_language(opened: Callable[..., Any]) -> None:
    async with opened() as scene:
        scene.slack.alter(scene.ana, locale="de-DE")

        ts = scene.slack.open_assistant(scene.ana)

        place = (scene.slack.im(scene.ana), ts)
        suggested = await scene.seen(lambda: scene.slack.prompts.get(place))
        assert suggested[0]["message"].startswith("Wie setze ich")
