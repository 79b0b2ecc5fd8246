"""The conversation is the thread as people see it: who said what, and our own answers without what hangs on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deskhand.access import Directory
from deskhand.channels.slack.calls import Calls
from deskhand.channels.slack.files import Found
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.messages import (
    Message,
    Reply,
    answer_messages,
    draft_message,
    notice_message,
    status_message,
)
from deskhand.channels.slack.options import Options
from deskhand.channels.slack.people import People
from deskhand.channels.slack.thread import Thread, read
from deskhand.channels.slack.trail import keyed
from deskhand.errors import SlackError
from deskhand.nouns import Answer, Citation, RedactedText
from deskhand.store import Database, metadata

if TYPE_CHECKING:
    from slack_server import SlackServer


class NoFiles:
    """Stands where files are read; that is `test_files.py`."""

    async def read(self, *_: object, **__: object) -> Found:
        return Found()


class Room:
    """A channel with Ana and Ben, in which a thread is written and then read."""

    def __init__(self, slack: SlackServer, database: Database) -> None:
        self.slack = slack
        options = Options(slack.bot_token, api_url=slack.api_url)
        # Posts of one channel would be a second apart.
        self.calls = Calls(options, sleep=self._at_once)
        self.people = People(self.calls, Directory(database), options)
        self.ana = slack.user("ana", email="ana@example.com", display_name="Ana Berg", pronouns="she/her")
        self.ben = slack.user("ben", email="ben@example.com", display_name="", pronouns="")
        self.id = slack.channel("help", [self.ana, self.ben])
        self.root: str | None = None

    async def _at_once(self, seconds: float) -> None:
        """Time passes without waiting for it."""

    def put(self, user: str, text: str, **more: Any) -> str:
        ts = self.slack.put(user, self.id, text, self.root, **more).ts
        self.root = self.root or ts
        return ts

    def ours(self, message: Message, metadata: dict[str, Any] | None) -> str:
        """A message of the bot's, as the door posts it."""
        return self.put(self.slack.bot_user, message.text, blocks=message.blocks, metadata=metadata)

    async def ask(self, user: str | None = None, text: str = "and now?", **more: Any) -> Thread:
        ts = self.put(user or self.ana, text)
        assert self.root is not None
        heard = Heard(
            "Ev1", self.slack.team, self.id, "channel", ts, self.root, user or self.ana, RedactedText(text), **more
        )
        return await self.read(replace(heard, replies=ts != self.root))

    async def read(self, heard: Heard) -> Thread:
        return await read(heard, calls=self.calls, people=self.people, files=NoFiles())  # type: ignore[arg-type]


@pytest.fixture
async def room(slack_server: SlackServer, tmp_path: Path) -> AsyncIterator[Room]:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", synchronous="NORMAL")
    with database.writing() as connection:
        metadata.create_all(connection)
    opened = Room(slack_server, database)
    yield opened
    await opened.calls.close()
    database.close()


def answer(text: str, *, run: str = "a1", label: str = "", refused: bool = False) -> Reply:
    cited = Citation(1, 1, "d1", 1, "Handbook", "https://wiki.example.com/h", "quote", "what the handbook says")
    return Reply(run, Answer(text, refused, () if refused else (cited,)), label)


def texts(thread: Thread, role: str) -> str:
    return "\n".join(text for each, text in thread.turns if each == role)


async def test_each_speaker_is_named_and_turns_of_one_role_are_one(room: Room) -> None:
    room.put(room.ana, "how do I reset it?")
    room.put(room.ben, "same here")
    room.ours(answer_messages([answer("Press *Reset* [1].")])[0], keyed("slack-Ev0:1", final=True))

    thread = await room.ask()

    assert thread.turns == (
        ("user", "Ana Berg (she/her): how do I reset it?\n\nBen: same here"),
        ("assistant", "Press Reset."),
    )
    assert (thread.messages, thread.left_out) == (3, 0)


async def test_a_question_that_begins_a_thread_costs_no_call(room: Room) -> None:
    assert await room.ask() == Thread()
    assert room.slack.calls() == []


async def test_what_was_said_after_the_question_is_not_read(room: Room) -> None:
    room.put(room.ana, "first")
    asked = room.put(room.ana, "the question")
    room.put(room.ben, "afterwards")
    heard = Heard(
        "Ev1", room.slack.team, room.id, "channel", asked, str(room.root), room.ana, RedactedText("?"), replies=True
    )

    assert (await room.read(heard)).turns == (("user", "Ana Berg (she/her): first"),)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ask <@{ben}>", "ask @Ben"),
        ("ask <@U0NOBODY>", "ask @Somebody"),
        ("see <#C1|general>", "see #general"),
        ("<!here> look", "@here look"),
        ("<!subteam^S1|@ops> look", "@ops look"),
        ("see <https://example.com/a|the page>", "see the page (https://example.com/a)"),
        ("see <https://example.com/a>", "see https://example.com/a"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@{bot}> hello", "hello"),
    ],
)
async def test_slacks_marks_become_what_people_see(room: Room, written: str, said: str) -> None:
    room.put(room.ana, written.format(ben=room.ben, bot=room.slack.bot_user))

    assert (await room.ask()).turns == (("user", f"Ana Berg (she/her): {said}"),)


async def test_our_answers_come_without_sources_small_print_and_buttons(room: Room) -> None:
    room.put(room.ana, "how?")
    reply = answer(
        "## Reset\n\n- open **Settings** [1]\n- press [Reset](https://example.com/r) [1]\n\n```\nmake reset\n```"
    )
    messages = answer_messages([reply], footer="Everyone here may read this.", person=True)
    room.ours(messages[0], keyed("slack-Ev0:1", final=True))

    said = texts(await room.ask(), "assistant")

    assert "• open Settings\n• press Reset (https://example.com/r)" in said
    assert "make reset" in said
    for left_out in ("Handbook", "wiki.example.com", "Sources", "may read", "Reference", "👍", "[1]"):
        assert left_out not in said


async def test_an_answer_of_several_messages_is_one_turn(room: Room) -> None:
    room.put(room.ana, "tell me everything")
    whole = "\n\n".join(f"Paragraph {n}: {'word ' * 60}" for n in range(60))
    messages = answer_messages([answer(whole)])
    assert len(messages) > 2
    for part, message in enumerate(messages, 1):
        room.ours(message, keyed(f"slack-Ev0:{part}", final=True))

    said = texts(await room.ask(), "assistant")

    assert all(f"Paragraph {n}:" in said for n in range(60))
    assert "Handbook" not in said


async def test_answers_side_by_side_keep_their_labels(room: Room) -> None:
    room.put(room.ana, "which?")
    pair = [answer("The first.", run="a1", label="small"), answer("The second.", run="a2", label="large")]
    for part, message in enumerate(answer_messages(pair), 1):
        room.ours(message, keyed(f"slack-Ev0:{part}", final=True))

    said = texts(await room.ask(), "assistant")

    assert said.split() == ["small", "The", "first.", "large", "The", "second."]


async def test_signs_of_life_drafts_and_notices_are_no_turns(room: Room) -> None:
    room.put(room.ana, "how?")
    room.ours(status_message("searching 3 sources…"), keyed("slack-Ev0:1", final=False))
    room.ours(notice_message("The model has too much to do.", "slack-Ev0"), keyed("slack-Ev0:1", final=True))
    room.ours(notice_message("I have passed this on."), keyed("handover:a1", final=True))

    assert (await room.ask()).turns == (("user", "Ana Berg (she/her): how?"),)


async def test_a_draft_that_a_dead_process_left_is_no_part_of_the_answer(room: Room) -> None:
    room.put(room.ana, "how?")
    room.ours(answer_messages([answer("It is blue.")])[0], keyed("slack-Ev0:1", final=True))
    room.ours(draft_message("It is bl", "writing…"), keyed("slack-Ev0:2", final=False))

    assert texts(await room.ask(), "assistant") == "It is blue."


async def test_a_stream_that_has_not_ended_is_no_turn(room: Room) -> None:
    room.put(room.ana, "how?")
    place = {"channel": room.id, "thread_ts": room.root, "recipient_team_id": room.slack.team}
    await room.calls.must("chat.startStream", **place, recipient_user_id=room.ana, markdown_text="half an ans")

    assert (await room.ask()).turns == (("user", "Ana Berg (she/her): how?"),)


async def test_a_refusal_and_a_shared_answer_are_turns(room: Room) -> None:
    room.put(room.ana, "how?")
    room.ours(answer_messages([answer("I found nothing.", refused=True)])[0], keyed("slack-Ev0:1", final=True))
    room.ours(answer_messages([answer("It is blue.")], buttons=False)[0], keyed("share:a7", final=True))

    assert texts(await room.ask(), "assistant") == "I found nothing.\n\nIt is blue."


async def test_another_bot_speaks_as_a_user_by_its_blocks_if_need_be(room: Room) -> None:
    cron = room.slack.user("cron", bot=True, display_name="Cron")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Build 7 failed"}}
    room.put(cron, "", blocks=[section], subtype="bot_message")

    assert (await room.ask()).turns == (("user", "Cron (Bot): Build 7 failed"),)


async def test_what_was_forwarded_and_attached_is_told(room: Room) -> None:
    file = room.slack.file("plan.pdf", b"%PDF", "application/pdf")
    room.put(room.ana, "look", attachments=[{"text": "the &lt;old&gt; plan"}], files=[file])

    assert (await room.ask()).turns == (("user", "Ana Berg (she/her): look\nthe <old> plan\n[file plan.pdf]"),)


@pytest.mark.parametrize("subtype", ["tombstone", "channel_join", "assistant_app_thread"])
async def test_what_slack_itself_says_is_left_out(room: Room, subtype: str) -> None:
    room.put(room.ana, "This message was deleted.", subtype=subtype)
    room.put(room.ben, "hello")

    assert (await room.ask()).turns == (("user", "Ben: hello"),)


async def test_a_thread_of_a_thousand_messages_is_read_whole_and_its_newest_kept(room: Room) -> None:
    room.put(room.ana, "how it all began")
    for n in range(1_000):
        room.put((room.ana, room.ben)[n % 2], f"message {n} " + "word " * 12)

    thread = await room.ask()

    assert len(room.slack.calls("conversations.replies")) == 3
    assert thread.messages == 1_001
    assert 0 < thread.left_out < 1_001
    (_, said), *_ = thread.turns
    assert said.startswith("Ana Berg (she/her): how it all began\n\n")
    assert "message 999 " in said
    assert "message 1 " not in said
    assert said.count("message ") == 1_000 - thread.left_out
    assert len(said) < 24_000 + 22 * said.count("\n\n") + 100
    options = Options("xoxb")
    assert thread.notes("en", options) == (
        f"This thread is long: I went by its last {1_001 - thread.left_out} of 1,001 messages.",
    )


async def test_a_thread_that_was_deleted_is_empty(room: Room) -> None:
    room.put(room.ana, "gone soon")
    room.slack.fail("conversations.replies", "thread_not_found")

    assert (await room.ask()).turns == ()


async def test_a_thread_that_may_not_be_read_is_an_error(room: Room) -> None:
    room.put(room.ana, "hello")
    room.slack.fail("conversations.replies", "missing_scope")

    with pytest.raises(SlackError):
        await room.ask()


async def test_names_that_slack_does_not_tell_cost_no_answer(room: Room) -> None:
    room.put(room.ana, "hello")
    room.slack.fail("users.info", "missing_scope")

    assert (await room.ask()).turns == (("user", "Somebody: hello"),)


async def test_no_speakers_address_is_in_a_turn(room: Room) -> None:
    room.slack.alter(room.ben, display_name="ben@example.com")
    room.put(room.ben, f"ask <@{room.ana}>")
    room.put(room.ana, f"ask <@{room.ben}>")

    assert "@example.com" not in texts(await room.ask(), "user")
