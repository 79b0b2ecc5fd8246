"""What is a question, what is not, and why: a table of what Slack sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deskhand.channels.slack.calls import Me
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.hearing import Dropped, hear, plain_text, thread_asked_about
from deskhand.channels.slack.options import Options
from deskhand.nouns import RedactedText
from deskhand.redaction import Redactor

ME = Me(user="UBOT", bot="BBOT", team="T1", app="ABOT", name="deskhand")
OPTIONS = Options(bot_token="xoxb-1", bots=frozenset({"BFRIEND", "AFRIEND"}))
REDACTOR = Redactor()


def redact(text: str) -> RedactedText:
    return REDACTOR.redact(text).text


def body(**event: Any) -> dict[str, Any]:
    """A channel message by Ana, as Slack sends it, with what a case changes; None takes a field away."""
    whole = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "UANA",
        "text": "How do I reset my password?",
        "ts": "1700000000.000200",
        **event,
    }
    given = {name: value for name, value in whole.items() if value is not None}
    return {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "api_app_id": "ABOT", "event": given}


def mention(**event: Any) -> dict[str, Any]:
    """Slack leaves the channel's type out of a mention."""
    given = {"type": "app_mention", "channel_type": None, "text": "<@UBOT> How do I reset my password?", **event}
    return body(**given)


def direct(**event: Any) -> dict[str, Any]:
    return body(**{"channel": "D1", "channel_type": "im", **event})


def reply(**event: Any) -> dict[str, Any]:
    return body(**{"thread_ts": "1700000000.000100", **event})


def group(**event: Any) -> dict[str, Any]:
    return body(**{"channel": "G1", "channel_type": "mpim", **event})


ANSWERED = {
    "a direct message": (direct(), False),
    "a reply in a direct message's thread": (direct(thread_ts="1700000000.000100"), False),
    "a direct message that mentions the bot": (direct(text="<@UBOT> how do I reset my password?"), False),
    "a direct message to somebody else by name": (direct(text="<@UBEN> asked me this, what do you say?"), False),
    "a mention in a channel": (mention(), False),
    "a mention in a thread": (mention(thread_ts="1700000000.000100"), False),
    "a mention after another name": (mention(text="<@UBEN> ask <@UBOT> how to reset it"), False),
    "a reply in a thread the bot is in": (reply(), True),
    "a reply that is sent to the channel too": (reply(subtype="thread_broadcast"), True),
    "a reply that names somebody later on": (reply(text="what did <@UBEN> mean?"), True),
    "a message of the kind /me": (direct(subtype="me_message"), False),
    "a file with a question": (direct(subtype="file_share", files=[{"id": "F1"}]), False),
    "a mention with a file, of which Slack may send no other event": (
        body(subtype="file_share", files=[{"id": "F1"}], text="<@UBOT> what does it say?"),
        False,
    ),
    "a file without a word": (direct(subtype="file_share", files=[{"id": "F1"}], text=""), False),
    "a group message that mentions the bot": (group(text="<@UBOT> how?"), False),
    "a reply in a group message's thread": (group(thread_ts="1700000000.000100"), True),
    "a bot that is allowed by its id": (mention(bot_id="BFRIEND", user="UFRIEND"), False),
    "a bot that is allowed by its app": (mention(bot_id="BX", bot_profile={"app_id": "AFRIEND"}), False),
    "a webhook that is allowed": (mention(subtype="bot_message", bot_id="BFRIEND", user=None), False),
    "a message that is passed on": (direct(text="", attachments=[{"text": "How do I reset it?"}]), False),
    "right-to-left text": (direct(text="כיצד אפס את הסיסמה שלי؟"), False),
    "nothing but emoji": (direct(text="🙈🔑❓"), False),
    "nothing but a mention": (mention(text="<@UBOT> "), False),
}

DROPPED = {
    "a reaction": ("another kind of event", body(type="reaction_added"), True),
    "what is no event": ("another kind of event", {"type": "url_verification", "challenge": "x"}, True),
    "an event that is a list": ("another kind of event", {"type": "event_callback", "event": []}, True),
    "the bot itself, by its user": ("own message", direct(user="UBOT"), True),
    "the bot itself, by its bot id": ("own message", direct(bot_id="BBOT", user=None), True),
    "the bot itself, by its app": ("own message", direct(app_id="ABOT", user="UX"), True),
    "the bot itself, by its profile": ("own message", direct(bot_id="BX", bot_profile={"app_id": "ABOT"}), True),
    "an edit": ("edited", direct(subtype="message_changed", hidden=True, text=None, user=None), True),
    "an edited mention": ("edited", mention(edited={"user": "UANA", "ts": "1700000001.000000"}), True),
    "a deletion": ("deleted", direct(subtype="message_deleted", hidden=True), True),
    "what is left of a deleted message": ("deleted", reply(subtype="tombstone"), True),
    "somebody who joins": ("subtype", body(subtype="channel_join", text="<@UANA> has joined"), True),
    "a new topic": ("subtype", direct(subtype="channel_topic"), True),
    "a subtype that is no word": ("subtype", direct(subtype={"a": 1}), True),
    "another bot": ("another bot", mention(bot_id="BOTHER", user="UOTHER"), True),
    "an old webhook": ("another bot", mention(subtype="bot_message", user=None, username="hook"), True),
    "Slackbot": ("another bot", direct(user="USLACKBOT"), True),
    "the twin of a mention": ("twin of a mention", body(text="<@UBOT> How do I reset it?"), False),
    "the twin of a mention with the bot's name": ("twin of a mention", body(text="hi <@UBOT|deskhand>"), False),
    "the twin in a thread the bot is in": ("twin of a mention", reply(text="<@UBOT> and then?"), True),
    "a mention in a direct message": ("twin of a mention", mention(channel="D1"), False),
    "talk in a channel": ("not asked", body(), False),
    "a first message in a channel, though it is known": ("not asked", body(), True),
    "a reply in a thread of others": ("not asked", reply(), False),
    "talk in a group message": ("not asked", group(), False),
    "a reply to somebody else": ("to somebody else", reply(text="<@UBEN> can you look?"), True),
    "a reply to a whole group": ("to somebody else", reply(text=" <!subteam^S1|@it> can you look?"), True),
    "a reply to all who are here": ("to somebody else", reply(text="<!here> look"), True),
    "blanks": ("empty", direct(text=" \n "), False),
    "no text at all": ("empty", direct(text=None), False),
    "no user": ("malformed", direct(user=None), False),
    "no channel": ("malformed", mention(channel=None), False),
    "a time that is none": ("malformed", direct(ts="yesterday"), False),
    "a thread that is none": ("malformed", direct(thread_ts=["1"]), False),
    "a user that is a list": ("malformed", direct(user=["UANA"]), False),
    "an id without end": ("malformed", mention(channel="C" * 400), False),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_this_is_answered(case):
    given, known = ANSWERED[case]

    heard = hear(given, ME, OPTIONS, known, redact)

    assert isinstance(heard, Heard), heard


@pytest.mark.parametrize("case", DROPPED)
def test_this_is_not_answered_for_a_reason(case):
    reason, given, known = DROPPED[case]

    assert hear(given, ME, OPTIONS, known, redact) == Dropped(reason)


@pytest.mark.parametrize("case", [case for case in ANSWERED if case.startswith("a reply in a thread")])
def test_a_reply_is_looked_up_before_it_is_a_question(case):
    given, _ = ANSWERED[case]

    assert thread_asked_about(given, ME) == ("T1", "C1", "1700000000.000100")
    assert hear(given, ME, OPTIONS, False, redact) == Dropped("not asked")


@pytest.mark.parametrize(
    "given",
    [body(), mention(thread_ts="1700000000.000100"), direct(thread_ts="1700000000.000100"), reply(user="UBOT"), {}],
    ids=["no reply", "a mention", "a direct message", "our own", "nothing"],
)
def test_nothing_is_looked_up_where_it_would_change_nothing(given):
    assert thread_asked_about(given, ME) is None


def test_what_is_heard_says_where_and_when():
    heard = hear(mention(thread_ts="1700000000.000100", files=[{"id": "F1"}]), ME, OPTIONS, False, redact)

    assert heard == Heard(
        event="Ev1",
        team="T1",
        channel="C1",
        place="channel",
        ts="1700000000.000200",
        thread="1700000000.000100",
        user="UANA",
        text=RedactedText("How do I reset my password?"),
        replies=True,
        files=True,
    )


def test_a_message_begins_a_thread_of_its_own():
    heard = hear(mention(), ME, OPTIONS, False, redact)

    assert isinstance(heard, Heard)
    assert (heard.thread, heard.replies) == (heard.ts, False)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (direct(), "im"),
        (direct(channel_type=None), "im"),
        (group(text="<@UBOT> x"), "mpim"),
        (mention(), "channel"),
        (mention(channel="G1"), "group"),
        (reply(channel_type="group"), "group"),
        (reply(channel_type="something new"), "channel"),
    ],
)
def test_the_place_decides_who_reads_along(given, place):
    heard = hear(given, ME, OPTIONS, True, redact)

    assert isinstance(heard, Heard)
    assert heard.place == place


def test_in_a_channel_shared_with_another_workspace_the_team_is_ours():
    """Slack names the writer's team outside, and the team that the app was installed in among the authorizations."""
    given = {**mention(), "team_id": "T2", "authorizations": [{"team_id": "T1", "user_id": "UBOT"}]}

    heard = hear(given, ME, OPTIONS, False, redact)

    assert isinstance(heard, Heard)
    assert heard.team == "T1"
    assert hear({**given, "context_team_id": "T3"}, ME, OPTIONS, False, redact) == replace(heard, team="T3")


def test_nothing_sensitive_is_in_what_is_heard():
    heard = hear(direct(text="I am <mailto:ana@example.com|ana@example.com>, help"), ME, OPTIONS, False, redact)

    assert isinstance(heard, Heard)
    assert "ana@example.com" not in repr(heard)
    assert heard.text.startswith("I am [Email")


def test_what_cannot_be_redacted_is_not_heard():
    def breaks(text: str) -> RedactedText:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        hear(direct(), ME, OPTIONS, False, breaks)


def test_a_message_of_40000_characters_is_kept_whole():
    """Slack cuts at that length; whether it is too long for a question is for the answer to say."""
    heard = hear(direct(text="word " * 7999 + "word!"), ME, OPTIONS, False, redact)

    assert isinstance(heard, Heard)
    assert len(heard.text) == 40_000


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@UBOT> hello", "hello"),
        ("<@UBOT>: hello", "hello"),
        ("<@UBOT|deskhand>, hello", "hello"),
        ("<@UBOT> :tada: hello", ":tada: hello"),
        ("<@UBOT>: :tada: hello", ":tada: hello"),
        (":+1::skin-tone-2: hello", ":+1::skin-tone-2: hello"),
        ("<@UBOT> <@UBOT>: hello", "hello"),
        ("hello <@UBOT>, how are you", "hello, how are you"),
        ("hello <@UBOT> how are you", "hello how are you"),
        ("hello <@UBOT>", "hello"),
        ("first\n<@UBOT>\nsecond", "first\n\nsecond"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt;", "&lt;"),
        ("&lt;@UBOT&gt;", "<@UBOT>"),
        ("see <https://example.com/a?b=1&amp;c=2>", "see https://example.com/a?b=1&c=2"),
        ("see <https://example.com|the page>", "see the page (https://example.com)"),
        ("see <http://example.com|example.com>", "see example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("<tel:+4912345|+49 12345>", "+49 12345 (+4912345)"),
        ("in <#C1|general>", "in #general"),
        ("in <#C1>", "in #C1"),
        ("in <#C1|>", "in #C1"),
        ("<@U2> said", "<@U2> said"),
        ("<@U2|ben> said", "@ben said"),
        ("<!here> look", "@here look"),
        ("<!subteam^S1|@it> look", "@it look"),
        ("<!subteam^S1> look", "@subteam look"),
        ("on <!date^1392734382^{date}|18 February>", "on 18 February"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("```\n    indented\n```", "```\n    indented\n```"),
        ("nul \x00 and half a \ud83d pair", "nul  and half a  pair"),
        ("🙈🔑❓", "🙈🔑❓"),
    ],
)
def test_a_message_reads_as_its_writer_saw_it(written, read):
    assert plain_text(written, "UBOT") == read
