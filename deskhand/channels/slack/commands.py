"""`/deskhand QUESTION`: asked anywhere, answered in the direct messages with the bot, with the asker's own rights.

The question is on record as a run before Slack is told; the run quotes it in the direct messages, where it then is a
question like any other.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from deskhand.channels.slack import phrases, wording
from deskhand.channels.slack.delivering import post_once
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.hearing import plain_text
from deskhand.channels.slack.inbox import DOOR
from deskhand.channels.slack.manifest import COMMAND
from deskhand.channels.slack.messages import Message
from deskhand.channels.slack.pressed import Lent, code_of, patiently
from deskhand.channels.slack.richtext import Block, clean, cut, escape, shorten, text_of

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.engine.protocol import Context
from deskhand.errors import DeskhandError, SlackError
from deskhand.knowledge.language import detect
from deskhand.nouns import Json, RedactedText

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from deskhand.channels.slack.door import SlackDoor

WORKFLOW = "slack.command"
SKEW = 300
LOOKED_AT_SECONDS = 1.5
"""How long a guardrail may look at a command; Slack gives three seconds."""
HELP = frozenset({"", "help", "hilfe", "?"})

Ack = Callable[..., Awaitable[Any]]

log = logging.getLogger("deskhand.slack")


def register(app: AsyncApp, door: SlackDoor) -> None:
    """Listen to the command."""

    async def asked(ack: Ack, body: dict[str, Any]) -> None:
        await ack(response_type="ephemeral", text=await answer(door, body))

    app.command(COMMAND)(asked)


async def answer(door: SlackDoor, body: dict[str, Any]) -> str:
    """What the asker is told at once; when it returns, a question is on record. Raises what keeps it from that."""
    text = plain_text(str(body.get("text") or ""), door.me.user)
    # Who it is would take a call to Slack, and there are three seconds: the language is the question's.
    language = _language(text)
    if text.casefold() in HELP:
        return wording.help_text(language, name=door.me.name, command=COMMAND)
    most = door.options.question_characters
    if len(text) > most:
        return wording.too_long(len(text), language, most)
    event = re.sub(r"[^A-Za-z0-9_-]", "-", str(body.get("trigger_id") or ""))[-40:]
    payload = {
        "event": f"cmd-{event}",
        "team": door.me.team,
        "user": str(body["user_id"]),
        "from": str(body.get("channel_id") or ""),
        "text": await _on_record(door.redactor.redact(text).text, door),
        # Slack's clock may be behind ours.
        "since": f"{int(time.time()) - SKEW}.000000",
    }
    await door.engine.start(WORKFLOW, f"slack-command-{event}", payload, door=DOOR)
    return phrases.said(phrases.ANSWERED_THERE, language)


async def _on_record(text: RedactedText, door: SlackDoor) -> RedactedText:
    """The question without what a guardrail masks, where that is known before Slack wants an answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOKED_AT_SECONDS):
            return await door.asking.on_record(text)
    return text


def _language(text: str) -> str:
    return "de" if text.casefold() == "hilfe" else detect(text)


async def carry(context: Context, payload: Json, *, door: SlackDoor) -> Json:
    """The workflow: open the direct messages, quote the question there, and put it into the inbox; or say why not."""
    lent = Lent(door)
    try:
        channel = await context.step("open", open_direct, payload["user"], lent=lent)
        ts = await context.effect("quote", quote, channel, payload["event"], payload=payload, lent=lent)
        await context.step("hear", hear, channel, ts, payload=payload, lent=lent)
    except DeskhandError as error:
        log.error("run %s: the command could not be asked (%s)", context.run_id, error.code)
        await context.step("say why not", say_why_not, error.code, code_of(error), payload=payload, lent=lent)
        raise
    return {"channel": channel, "ts": ts}


async def open_direct(user: str, *, lent: Lent) -> str:
    """The channel of the direct messages with somebody."""
    opened = await patiently(lambda: lent.door.calls.must("conversations.open", users=user))
    return str(opened["channel"]["id"])


async def quote(key: str, channel: str, event: str, *, payload: Json, lent: Lent) -> str:
    """Post the question, once; its timestamp. The thread is read later with the question as its asker's own."""
    shown, told = shorten(clean(payload["text"]), 3_000), f"command:{payload['user']}:{event}"
    elements: list[Block] = [text_of(piece) for piece in cut(shown)]
    body = {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": elements}]}
    message = Message(f"> {escape(shown)}"[:3_900], [body])
    since = payload["since"]
    return await patiently(
        lambda: post_once(lent.door.calls, message, key=told, channel=channel, thread=None, since=since)
    )


async def say_why_not(code: str, word: str, *, payload: Json, lent: Lent) -> None:
    """Tell the asker, where the command was given; Slack takes no message into a place that the bot is not in."""
    text = wording.failure(code, f"slack-command-{payload['event'].removeprefix('cmd-')}", _language(payload["text"]),
                           detail=word)  # fmt: skip
    try:
        await lent.door.calls.must("chat.postEphemeral", channel=payload["from"], user=payload["user"], text=text)
    except SlackError as error:
        log.error("nor could its asker be told (%s)", error.slack)


async def hear(channel: str, ts: str, *, payload: Json, lent: Lent) -> None:
    """Put the question on record, as if it had been written where it is quoted."""
    text = lent.door.redactor.redact(payload["text"]).text
    await lent.door.inbox.put(Heard(payload["event"], payload["team"], channel, "im", ts, ts, payload["user"], text))
