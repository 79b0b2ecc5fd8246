"""A question handed over to a person: what was asked, a summary, and of the answer what may be read over there.

Whoever is named in the settings gets one message, however often the button is pressed; then the thread is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.channels.slack import phrases, wording
from deskhand.channels.slack.delivering import post_once
from deskhand.channels.slack.hearing import READABLE, plain_text
from deskhand.channels.slack.messages import Message
from deskhand.channels.slack.pressed import (
    Lent,
    Pressed,
    audience_of,
    code_of,
    patiently,
    person_of,
    reader_of,
    whisper,
)
from deskhand.channels.slack.richtext import Block, clean, escape, link_of, section, shorten, text_of
from deskhand.channels.slack.thread import mentioned, with_names
from deskhand.channels.slack.trail import is_mine, moment

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.engine.protocol import Context
from deskhand.errors import DeskhandError, NotFound, SlackError
from deskhand.nouns import Json

if TYPE_CHECKING:
    from deskhand.answering import Summary
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.nouns import Reader

log = logging.getLogger("deskhand.slack")

WORKFLOW = "slack.handover"

QUESTIONS = 6
QUESTION = 300
ANSWER = 2_500
SOURCES = 10
NOBODY, STRANGER = "nobody", "stranger"
NOT_THERE = frozenset({"channel_not_found", "is_archived", "user_not_found", "users_not_found", "user_disabled"})


@dataclass(frozen=True, slots=True)
class Handed:
    """How far it came: the channel that it goes to and how that is shown, or what failed, as an error's `code` and
    Slack's `word` for it."""

    channel: str = ""
    to: str = ""
    language: str = "en"
    code: str = ""
    word: str = ""


async def carry(context: Context, payload: Json, *, door: SlackDoor) -> Json:
    """The workflow: find the person, write and send what they need, tell the thread. Its output names the problem, ""
    when there was none."""
    place, lent = Pressed.from_json(payload), Lent(door)
    handed = await context.step("find", find, place.run, place=place, lent=lent)
    if not handed.code:
        handed = await context.effect("hand over", hand_over, handed, place=place, lent=lent)
    await context.effect("tell", tell, handed, place=place, lent=lent)
    return {"problem": handed.code}


async def find(run: str, *, place: Pressed, lent: Lent) -> Handed:
    """Where the question goes to; a person by direct message."""
    try:
        return await patiently(lambda: _found(place, lent.door))
    except DeskhandError as error:
        return Handed(code=error.code, word=code_of(error))


async def _found(place: Pressed, door: SlackDoor) -> Handed:
    asker, language = await person_of(door, place.user)
    person = door.options.person
    if asker is None:
        return Handed(language=language, code=STRANGER)
    if person is None:
        return Handed(language=language, code=NOBODY)
    if "@" in person:
        person = str((await door.calls.must("users.lookupByEmail", email=person))["user"]["id"])
    if not person.startswith(("U", "W")):
        return Handed(person, f"<#{person}>", language)
    opened = await door.calls.must("conversations.open", users=person)
    return Handed(str(opened["channel"]["id"]), f"<@{person}>", language)


async def hand_over(key: str, handed: Handed, *, place: Pressed, lent: Lent) -> Handed:
    """Send the message, once."""

    async def post(message: Message) -> str:
        told = f"handover:{place.run}"
        return await post_once(lent.door.calls, message, key=told, channel=handed.channel, thread=None, since=place.at)

    try:
        message = await patiently(lambda: _message(handed, place, lent.door))
        await patiently(lambda: post(message))
    except DeskhandError as error:
        return Handed(handed.channel, handed.to, handed.language, error.code, code_of(error))
    return handed


async def _message(handed: Handed, place: Pressed, door: SlackDoor) -> Message:
    asker, _ = await person_of(door, place.user)
    if asker is None:
        raise NotFound("whoever pressed cannot be identified any more.")
    reader = await reader_of(door, place, asker)
    said = [] if place.private else await _said(place, door)
    summary = await door.asking.summarize(place.run, reader, to=await _over_there(handed, door), said=said)
    link = None if place.private else await _link(place, door)
    return message(summary, asker=f"<@{place.user}>", link=link)


async def _said(place: Pressed, door: SlackDoor) -> list[str]:
    """What people wrote in the thread up to the press, oldest first, each with a name."""
    me = await door.calls.me()
    where = {"channel": place.channel, "ts": place.thread, "latest": place.at, "inclusive": True}
    found: dict[str, tuple[str, str]] = {}
    async for each in door.calls.pages("conversations.replies", "messages", **where):
        by_person = each.get("user") and not each.get("bot_id") and not is_mine(each, me)
        text = plain_text(str(each.get("text") or ""), me.user) if by_person else ""
        if text and each.get("subtype") in READABLE:
            # Slack repeats the thread's first message on each page.
            found[str(each["ts"])] = (str(each["user"]), text)
    spoken_of = mentioned(text for _, text in found.values())
    names = await door.people.persons({user for user, _ in found.values()} | spoken_of)
    said = [found[ts] for ts in sorted(found, key=moment)]
    return [f"{names[user].name}: {with_names(text, names)}" for user, text in said]


async def _over_there(handed: Handed, door: SlackDoor) -> Reader | None:
    """Who reads the message: a person, or all in the channel; None for somebody whom nobody knows."""
    if handed.to.startswith("<@"):
        return (await person_of(door, handed.to[2:-1]))[0]
    return await audience_of(door, handed.channel)


async def _link(place: Pressed, door: SlackDoor) -> str | None:
    try:
        told = await door.calls.must("chat.getPermalink", channel=place.channel, message_ts=place.thread)
    except SlackError:
        return None
    return str(told.get("permalink") or "") or None


def message(summary: Summary, *, asker: str, link: str | None) -> Message:
    """What the person gets, in the language of the question; `asker` as a mention, `link` to the thread."""
    language = summary.language
    where = phrases.said(phrases.IN_THREAD, language, link=link) if link else ""
    first = phrases.said(phrases.ASKS, language, who=asker)
    first += f"\n{where or phrases.said(phrases.IN_PRIVATE, language, who=asker)}"
    asked = [shorten(clean(each), QUESTION) for each in summary.questions[-QUESTIONS:]]
    blocks: list[Block] = [{"type": "section", "text": {"type": "mrkdwn", "text": first}}]
    blocks += [_quoted(phrases.said(phrases.WAS_ASKED, language), "\n".join(asked))] if asked else []
    if summary.text is not None:
        blocks.append(_quoted(phrases.said(phrases.SUMMARY, language), shorten(clean(summary.text), ANSWER)))
    blocks.append(_answered(summary))
    return Message(f"{first}\n{escape(asked[-1]) if asked else ''}".strip(), blocks)


def _answered(summary: Summary) -> Block:
    """The answer with its sources, or why there is none."""
    language, answer = summary.language, summary.answer
    title = phrases.said(phrases.WAS_ANSWERED, language)
    if summary.outcome != "answered" or answer is None:
        why = {"refused": phrases.REFUSED, "withheld": phrases.WITHHELD}.get(summary.outcome, phrases.FAILED)
        return _quoted(title, phrases.said(why, language))
    lines: list[Block] = []
    for citation in answer.citations[:SOURCES]:
        name = shorten(" ".join(clean(citation.title).split()), 150)
        lines.append(text_of(f"\n[{citation.number}] "))
        lines.append(link_of(citation.url, name) if citation.url else text_of(name))
    return _quoted(title, shorten(clean(answer.text), ANSWER), lines)


def _quoted(title: str, text: str, more: list[Block] | None = None) -> Block:
    """A title with literal text below it, in which nothing is a mention or a link."""
    quote = {"type": "rich_text_quote", "elements": [text_of(text), *(more or [])]}
    return {"type": "rich_text", "elements": [section([text_of(title, bold=True)]), quote]}


async def tell(key: str, handed: Handed, *, place: Pressed, lent: Lent) -> None:
    """Tell the thread that it was handed over, or the one who pressed why not."""
    text = wording.handed_over(handed.language, handed.to) if not handed.code else _why_not(handed, place)

    async def post() -> None:
        if handed.code or place.ephemeral:
            await whisper(lent.door, place, text)
            return
        note = Message(text, [{"type": "section", "text": {"type": "mrkdwn", "text": text}}])
        told = f"handover:{place.run}:told"
        await post_once(lent.door.calls, note, key=told, channel=place.channel, thread=place.thread, since=place.at)

    try:
        await patiently(post)
    except SlackError as error:
        log.warning("run %s: the thread could not be told of the hand-over (%s)", place.run, error.slack)


def _why_not(handed: Handed, place: Pressed) -> str:
    if handed.code == NOBODY:
        return wording.nobody_to_ask(handed.language)
    if handed.code == STRANGER:
        return wording.stranger(handed.language)
    word = "not_there" if handed.word in NOT_THERE else handed.word
    if word in phrases.NOT_HANDED_OVER:
        return phrases.said(phrases.NOT_HANDED_OVER[word], handed.language)
    return wording.failure(handed.code, place.run, handed.language, detail=handed.word)
