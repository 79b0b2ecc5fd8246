"""A question in Slack, from the message to the settled answer: the whole desk, and a Slack of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from deskhand import testing
from deskhand.errors import BudgetSpent, ModelBlocked, ModelError, ModelThrottled, ModelTimeout
from deskhand.settings import Settings
from deskhand.testing import ScriptedChat, TestDesk, says

if TYPE_CHECKING:
    from slack_server import SlackServer

    from deskhand.answering import Trace


class Scene:
    """A desk that listens to a workspace with Ana (staff) and Ben (nobody in particular)."""

    def __init__(self, slack: SlackServer, desk: TestDesk) -> None:
        self.slack, self.desk = slack, desk
        self.ana = slack.user("ana", email="ana@example.com")
        self.ben = slack.user("ben", email="ben@example.com")
        self.im = slack.im(self.ana)

    async def ask(self, channel: str, text: str, *, who: str | None = None, **more: Any) -> Any:
        """Ask, and wait until it is settled; the message that asked."""
        asked = self.slack.say(who or self.ana, channel, text, **more)
        await self.until(lambda: self.state(asked) in ("done", "failed"), 20)
        return asked

    def state(self, asked: Any) -> str:
        query = sa.text("SELECT state FROM slack_inbox WHERE ts = :ts")
        with self.desk.desk.database.reading() as connection:
            return str(connection.execute(query, {"ts": asked.ts}).scalar())

    async def until(self, done: Callable[[], Any], timeout: float = 10) -> Any:
        return await asyncio.to_thread(self.slack.wait_until, done, timeout)

    def answers(self, asked: Any) -> list[Any]:
        return self.slack.replies(asked.channel, asked.thread_ts or asked.ts)

    def answer(self, asked: Any) -> str:
        """The one final message."""
        (message,) = self.answers(asked)
        assert message.metadata["event_payload"]["final"]
        assert self.slack.status(asked.channel, asked.thread_ts or asked.ts) == ""
        return str(message.everything)

    @staticmethod
    def reference(told: str) -> str:
        """What a message names for those who look into it."""
        return told.rpartition("Reference: ")[2].split()[0]

    async def trace(self, told: str) -> Trace:
        """The trace that a message refers to, as Ana sees it."""
        ana = await self.desk.desk.directory.principal("ana@example.com")
        return await self.desk.desk.asking.trace(self.reference(told), ana)


Open = Callable[..., Any]


@pytest.fixture
def scene(slack_server: SlackServer, tmp_path: Path) -> Open:
    """Opens the desk; keyword arguments are settings of the Slack door."""

    @asynccontextmanager
    async def opened(**slack: Any) -> AsyncIterator[Scene]:
        given = {
            "bot_token": slack_server.bot_token,
            "app_token": slack_server.app_token,
            "api_url": slack_server.api_url,
        }
        about = {"home": tmp_path / "home", "embedder": {"provider": "none"}, "slack": {**given, **slack}}
        # Named for the check of labels; `testing.desk` puts its own model there.
        models = {"scripted": {"provider": "ollama", "model": "none"}}
        settings = Settings.model_validate({**about, "models": models})
        async with testing.desk(settings) as desk:
            await desk.desk.directory.put_person("ana@example.com", {"staff"})
            await desk.desk.directory.put_person("ben@example.com")
            assert desk.desk.slack is not None
            await desk.desk.slack.open()
            await asyncio.to_thread(slack_server.wait_connected)
            yield Scene(slack_server, desk)
            await desk.desk.slack.shut()

    return opened


async def test_a_question_in_a_direct_message_is_answered_from_what_the_asker_may_read(scene: Open) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.", readers={"staff"})
        at.desk.stage.model = says("Press Forgot password.", cites="reset")

        asked = await at.ask(at.im, "how do I reset my password")

        assert "Press Forgot password [1]." in at.answer(asked)
        assert at.state(asked) == "done"
        assert at.slack.status_log[0]["status"] == "reading the conversation…"
        assert at.slack.calls("chat.startStream")


async def test_in_a_channel_only_what_everyone_there_may_read_is_used(scene: Open) -> None:
    """Ana may read it, Ben may not, and both read the channel."""
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana, at.ben])
        await at.desk.knows("pay", "The bonus is 4000.", readers={"staff"})
        at.desk.stage.model = says("The bonus is 4000.", cites="pay")

        asked = await at.ask(room, f"{at.slack.mention} what is the bonus")

        assert "4000" not in at.answer(asked)


async def test_where_somebody_cannot_be_identified_a_direct_message_is_offered(scene: Open) -> None:
    async with scene() as at:
        guest = at.slack.user("guest", email="guest@elsewhere.com", stranger=True)
        room = at.slack.channel("help", members=[at.ana, guest])

        asked = await at.ask(room, f"{at.slack.mention} what is the bonus")

        assert "direct message" in at.answer(asked)


async def test_who_cannot_be_identified_is_told_what_to_do(scene: Open) -> None:
    async with scene() as at:
        guest = at.slack.user("guest", email="guest@example.com", confirmed=False)

        asked = await at.ask(at.slack.im(guest), "what is the bonus", who=guest)

        assert "verified e-mail address" in at.answer(asked)
        assert "Reference" in at.answer(asked)


@pytest.mark.parametrize(
    ("text", "told"), [("🎉🎉", "no words"), (":tada: :tada:", "no words"), ("x" * 40_000, "40,000")]
)
async def test_what_is_no_question_is_told_so(scene: Open, text: str, told: str) -> None:
    async with scene() as at:
        asked = await at.ask(at.im, text)

        assert told in at.answer(asked)


async def test_right_to_left_text_is_a_question(scene: Open) -> None:
    async with scene() as at:
        asked = await at.ask(at.im, "كيف أعيد تعيين كلمة المرور؟")

        assert at.answer(asked)
        assert at.state(asked) == "done"


async def test_a_missing_scope_is_named(scene: Open, slack_server: SlackServer) -> None:
    async with scene() as at:
        slack_server.scopes -= {"im:history"}
        first = at.slack.say(at.ana, at.im, "hello there")
        await at.until(lambda: at.answers(first))

        asked = await at.ask(at.im, "and what is the bonus", thread_ts=first.ts)

        assert "permission (scope)" in at.answers(asked)[-1].everything


async def test_a_model_that_fails_is_said_with_a_reference(scene: Open) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = ScriptedChat(fails=[ModelThrottled("the model says: later")] * 9)

        asked = await at.ask(at.im, "how do I reset my password")

        assert "too much to do" in at.answer(asked)
        assert (await at.trace(at.answer(asked))).state == "failed"


async def test_an_empty_library_is_said_with_what_to_do_and_a_reference(scene: Open) -> None:
    async with scene() as at:
        asked = await at.ask(at.im, "how do I reset my password")

        assert "`deskhand ingest`" in at.answers(asked)[-1].text
        assert await at.trace(at.answer(asked))


async def test_where_not_everyone_may_read_anything_a_direct_message_is_offered(scene: Open) -> None:
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana, at.ben])
        await at.desk.knows("pay", "The bonus is 4000.", readers={"staff"})

        asked = await at.ask(room, f"{at.slack.mention} what is the bonus")

        assert "Ask me in a direct message".casefold() in at.answer(asked).casefold()
        assert await at.trace(at.answer(asked))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelTimeout("the model says nothing"), "took too long"),
        (ModelBlocked("the model may not"), "content filter"),
        (BudgetSpent("too much"), "more than one question may cost"),
        (ModelError("the model is down"), "did not answer as it should"),
    ],
)
async def test_each_way_to_fail_is_said_in_one_short_message(scene: Open, error: Exception, told: str) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = ScriptedChat(fails=[error] * 9)

        asked = await at.ask(at.im, "how do I reset my password")

        assert told in at.answer(asked)
        assert len(at.answer(asked)) < 400


async def test_the_reference_of_a_failure_leads_to_its_trace(scene: Open) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = ScriptedChat(fails=[ModelBlocked("the model may not")] * 9)

        asked = await at.ask(at.im, "how do I reset my password")

        trace = await at.trace(at.answer(asked))
        assert (trace.question, trace.state) == ("how do I reset my password", "failed")


async def test_the_reference_of_what_was_not_asked_stands_in_the_log(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "deskhand")
    async with scene() as at:
        guest = at.slack.user("guest", email="guest@example.com", confirmed=False)

        asked = await at.ask(at.slack.im(guest), "what is the bonus", who=guest)

        assert f"run {at.reference(at.answer(asked))}: not asked (stranger)" in caplog.text


async def test_who_is_spoken_of_is_asked_about_by_name(scene: Open) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = model = says("Press Forgot password.", cites="reset")

        await at.ask(at.im, f"how does <@{at.ben}> reset the password")

        assert "how does @ben reset the password" in repr(model.asked)
        assert at.ben not in repr(model.asked)


async def test_where_slack_takes_no_message_the_question_has_failed(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nobody to tell but the operators, and they are not told what was asked."""
    async with scene() as at:
        at.slack.lack("chat.startStream")
        at.slack.fail("chat.postMessage", "is_archived", None)

        asked = await at.ask(at.im, "how do I reset my hoverboard")

        assert at.state(asked) == "failed"
        assert "nothing could be said (slack)" in caplog.text
        assert "hoverboard" not in caplog.text


async def test_several_models_answer_side_by_side(scene: Open) -> None:
    async with scene(models=["scripted", "quotes"]) as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")

        asked = await at.ask(at.im, "how do I reset my password")

        told = at.answer(asked)
        assert "scripted" in told
        assert "quotes" in told
        assert "Press Forgot password [1]." in told


async def test_one_of_several_that_fails_says_so_in_its_place(scene: Open) -> None:
    async with scene(models=["scripted", "quotes"]) as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = ScriptedChat(fails=[ModelThrottled("the model says: later")] * 9)

        asked = await at.ask(at.im, "how do I reset my password")

        told = at.answer(asked)
        assert "too much to do" in told
        assert "Press Forgot password to reset your password." in told
        assert at.state(asked) == "done"


async def test_an_ephemeral_channel_shows_the_answer_to_the_asker_alone(scene: Open) -> None:
    """It is made from what Ana may read, though Ben reads the channel."""
    async with scene(ephemeral=True) as at:
        room = at.slack.channel("help", members=[at.ana, at.ben])
        await at.desk.knows("pay", "The bonus is 4000.", readers={"staff"})
        at.desk.stage.model = says("The bonus is 4000.", cites="pay")

        asked = await at.ask(room, f"{at.slack.mention} what is the bonus")

        (seen,) = at.slack.ephemerals
        assert "4000" in seen.everything
        assert seen.seen_by == at.ana
        assert at.answers(asked) == []
        assert "deskhand_share" in seen.actions


async def test_a_file_that_cannot_be_read_is_named(scene: Open) -> None:
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        film = at.slack.file("holiday.mp4", b"\x00\x00\x00\x18ftypmp42", mimetype="video/mp4")

        asked = await at.ask(at.im, "how do I reset my password", files=[film])

        assert "holiday.mp4" in at.answer(asked)
        assert "Press Forgot password [1]." in at.answer(asked)


async def test_a_bot_that_is_let_in_is_answered_with_the_rights_of_the_channel(scene: Open) -> None:
    async with scene(bots=["B00000001"]) as at:
        other = at.slack.user("ticketbot", bot=True)
        room = at.slack.channel("help", members=[at.ana, other])
        await at.desk.knows("reset", "Press Forgot password to reset your password.", readers={"staff"})
        at.desk.stage.model = says("Press Forgot password.", cites="reset")

        asked = await at.ask(room, f"{at.slack.mention} how do I reset my password", who=other)

        assert "Press Forgot password [1]." in at.answer(asked)


async def test_a_slack_that_breaks_off_while_the_question_is_read_is_asked_again(scene: Open) -> None:
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana])
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        at.slack.drop("users.info", 1)
        at.slack.crash("conversations.members", 1, status=503)

        asked = await at.ask(room, f"{at.slack.mention} how do I reset my password")

        assert "Press Forgot password [1]." in at.answer(asked)


async def test_a_thread_goes_on_without_a_mention_and_in_order(scene: Open) -> None:
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana])
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        first = await at.ask(room, f"{at.slack.mention} how do I reset my password")

        asked = await at.ask(room, "and if that password is forgotten again", thread_ts=first.ts)

        assert len(at.answers(asked)) == 2
        assert at.state(asked) == "done"


@pytest.mark.parametrize(
    "limited",
    [
        ["users.info", "conversations.members", "assistant.threads.setStatus"],
        ["chat.startStream"],
        ["chat.stopStream", "chat.update"],
        ["chat.postMessage"],
    ],
    ids=["before", "the stream", "its end", "without streams"],
)
async def test_what_slack_limits_is_waited_for(scene: Open, limited: list[str]) -> None:
    """It is not called before the time that Slack named, and the answer comes all the same."""
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana])
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        if "chat.postMessage" in limited:
            at.slack.lack("chat.startStream")
        for method in limited:
            at.slack.limit(method, 1, retry_after=1)

        asked = await at.ask(room, f"{at.slack.mention} how do I reset my password")

        assert "Press Forgot password [1]." in at.answer(asked)
        assert [call.method for call in at.slack.impatient] == []
        assert [method for method in limited if not any(call.status == 429 for call in at.slack.calls(method))] == []


async def test_a_group_message_is_answered_when_the_bot_is_mentioned_and_then_in_its_thread(scene: Open) -> None:
    async with scene() as at:
        group = at.slack.mpim(at.ana, at.ben)
        await at.desk.desk.directory.put_person("ben@example.com", {"staff"})
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")

        first = await at.ask(group, f"{at.slack.mention} how do I reset my password")
        await at.ask(group, "and if that password is forgotten again", who=at.ben, thread_ts=first.ts)

        answers = [reply.everything for reply in at.answers(first) if reply.user == at.slack.bot_user]
        assert len(answers) == 2
        assert all("Press Forgot password [1]." in each and "all 2 members" in each for each in answers)


async def test_a_mention_with_a_file_is_asked_once_by_whichever_event_comes(scene: Open) -> None:
    """Slack sends a mention, a message, or both."""
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana])
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        note = at.slack.file("note.txt", b"It says E42.", mimetype="text/plain")

        both = await at.ask(room, f"{at.slack.mention} how do I reset my password", files=[note])
        at.slack.only({"message.channels"})
        alone = await at.ask(room, f"{at.slack.mention} how do I reset my password", files=[note])
        await asyncio.to_thread(at.slack.settle)

        assert len(both.events) == 2
        assert "Press Forgot password [1]." in at.answer(both)
        assert "Press Forgot password [1]." in at.answer(alone)


async def test_a_thread_of_a_thousand_messages_is_answered(scene: Open) -> None:
    async with scene() as at:
        room = at.slack.channel("help", members=[at.ana])
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        first = at.slack.put(at.ana, room, "my password is gone")
        for number in range(999):
            at.slack.put(at.ana, room, f"message {number} " + "about nothing in particular " * 5, first.ts)

        asked = await at.ask(room, f"{at.slack.mention} how do I reset my password", thread_ts=first.ts)

        (answer,) = [reply for reply in at.answers(asked) if reply.user == at.slack.bot_user]
        assert "Press Forgot password [1]." in answer.everything
        assert "1,000" in answer.everything


async def test_nothing_that_was_said_is_in_the_journal(scene: Open) -> None:
    """The run's steps hold ids and codes."""
    async with scene() as at:
        await at.desk.knows("reset", "Press Forgot password to reset your password.")
        at.desk.stage.model = says("Press Forgot password.", cites="reset")
        await at.ask(at.im, "how do I reset my password")

        (run,) = await at.desk.desk.engine.runs(workflow="slack")
        steps = (await at.desk.desk.engine.run(run.id)).steps
        assert [step.name for step in steps] == ["hear", "answer", "settle"]
        assert "password" not in repr([(step.input, step.output) for step in steps])
