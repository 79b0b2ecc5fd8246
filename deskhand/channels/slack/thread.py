"""The conversation before a question: its thread in Slack up to the question, as turns of people and of the bot.

Nothing of it is stored here; Slack's thread is the memory, as everybody in it sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from deskhand.channels.slack import wording
from deskhand.channels.slack.blocktext import answer_text, block_text
from deskhand.channels.slack.hearing import READABLE, plain_text
from deskhand.channels.slack.messages import GOOD
from deskhand.channels.slack.trail import is_mine, key_of, moment
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from deskhand.channels.slack.calls import Calls, Me
    from deskhand.channels.slack.files import Files
    from deskhand.channels.slack.heard import Heard
    from deskhand.channels.slack.options import Options
    from deskhand.channels.slack.people import People, Person

CHARACTERS = 24_000
"""Of a longer thread the first message and the newest ones are kept."""

PAGE = 500
GONE = frozenset({"thread_not_found", "message_not_found"})
"""The thread was deleted after the question came: there is nothing before it any more."""

Role = Literal["user", "assistant"]
Message = Mapping[str, Any]

_MENTION = re.compile(r"<@([A-Z0-9]{2,})>")


@dataclass(frozen=True, slots=True)
class Thread:
    """What came before a question: `turns` (oldest first, none twice in a row of one role) and texts of files.

    `unread` names each file that was not read, with the reason (see `wording.not_read`). `messages` counts those before
    the question, `left_out` those of them that were too many.
    """

    turns: tuple[tuple[Role, str], ...] = ()
    attached: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    messages: int = 0
    left_out: int = 0

    def notes(self, language: str, options: Options) -> tuple[str, ...]:
        """Sentences for the asker about what was not read."""
        most = {"size": options.file_mb, "count": options.files}
        notes = [wording.not_read(name, why, language, most=most.get(why, 0)) for name, why in self.unread]
        if self.left_out:
            notes.append(wording.long_thread(self.messages - self.left_out, self.messages, language))
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class _Said:
    """One message as it was written, or an answer of ours of several."""

    who: str
    role: Role
    text: str
    messages: int = 1


async def read(heard: Heard, *, calls: Calls, people: People, files: Files) -> Thread:
    """The thread up to the question, without it, and the files of both. Texts are as written: not redacted.

    A question outside a thread and without files costs no call. Raises `SlackError` as `Calls.must`.
    """
    if not (heard.replies or heard.files):
        return Thread()
    me = await calls.me()
    before, question = await _messages(heard, calls)
    said = [*_said(before, me)]
    kept = _bounded(said)
    left_out = sum(each.messages for each in said) - sum(each.messages for each in kept)
    names = await _names(kept, people)
    read_files = await files.read(question, before, me, expected=heard.files)
    return Thread(
        turns=_turns(kept, names),
        attached=read_files.texts,
        unread=read_files.unread,
        messages=sum(each.messages for each in said),
        left_out=left_out,
    )


async def named(text: str, people: People) -> str:
    """A text with the people that it mentions by name, "@ben" for "<@U2>"; not redacted. Raises as `People.persons`
    when Slack does not answer."""
    return with_names(text, await _persons(mentioned([text]), people))


def with_names(text: str, names: Mapping[str, Person]) -> str:
    """The same where the people are known; whom `names` does not have is "@somebody"."""
    return _MENTION.sub(lambda found: f"@{names[found[1]].name}" if found[1] in names else "@somebody", text)


def mentioned(texts: Iterable[str]) -> set[str]:
    """The ids of those whom some texts mention."""
    return {found for text in texts for found in _MENTION.findall(text)}


async def _messages(heard: Heard, calls: Calls) -> tuple[list[Message], Message | None]:
    """The thread's messages before the question, oldest first, and the question's own."""
    found: dict[str, Message] = {}
    pages = calls.pages(
        "conversations.replies",
        "messages",
        channel=heard.channel,
        ts=heard.thread,
        latest=heard.ts,
        inclusive=True,
        include_all_metadata=True,
        limit=PAGE,
    )
    try:
        async for message in pages:
            # Slack repeats the thread's first message on each page.
            if isinstance(message, Mapping) and moment(str(message.get("ts") or "")) <= moment(heard.ts):
                found[str(message["ts"])] = message
    except (SlackUnavailable, SlackUnsure):
        raise
    except SlackError as error:
        if error.slack not in GONE:
            raise
    question = found.pop(heard.ts, None)
    return [found[ts] for ts in sorted(found, key=moment)], question


def _said(messages: Sequence[Message], me: Me) -> Iterator[_Said]:
    """What was said, oldest first; the parts of one answer of ours as one."""
    answers: dict[str, list[Message]] = {}
    for message in messages:
        if (run := _run(message, me)) is not None:
            answers.setdefault(run, []).append(message)
    for message in messages:
        if not is_mine(dict(message), me):
            text = _written(message, me)
            if text:
                yield _Said(str(message.get("user") or message.get("bot_id") or ""), "user", text)
        elif (asker := _asked_by_command(message)) is not None:
            yield _Said(asker, "user", plain_text(str(message.get("text") or ""), me.user).removeprefix("> "))
        elif (run := _run(message, me)) is None:
            if "streaming_state" not in message and key_of(dict(message)) is None and _spoken(message):
                yield _Said(me.user, "assistant", answer_text([message]))
        elif (parts := answers.pop(run, None)) and _is_answer(run, parts):
            yield _Said(me.user, "assistant", answer_text(parts), len(parts))


def _asked_by_command(message: Message) -> str | None:
    """Whose question a message of ours quotes that was asked by the command; None for all others."""
    told = key_of(dict(message))
    kind, user, *_ = (*(told[0] if told else "").split(":"), "")
    return user if kind == "command" else None


def _run(message: Message, me: Me) -> str | None:
    """What the parts of one answer have in common, for a final message of ours; None for all others."""
    told = key_of(dict(message)) if is_mine(dict(message), me) else None
    if told is None or not told[1]:
        return None
    return told[0] if told[0].startswith(("share:", "handover:")) else told[0].rpartition(":")[0]


def _is_answer(run: str, parts: Sequence[Message]) -> bool:
    """Whether these are an answer and no notice: answers can be judged, or were shared."""
    if run.startswith("handover:"):
        return False
    if run.startswith("share:") or not any(part.get("blocks") for part in parts):
        return True
    blocks = (block for part in parts for block in part.get("blocks") or ())
    return any(element.get("action_id") == GOOD for block in blocks for element in block.get("elements") or ())


def _spoken(message: Message) -> bool:
    """Whether somebody said it, and not Slack."""
    return message.get("subtype") in READABLE and not message.get("hidden") and message.get("type") == "message"


def _written(message: Message, me: Me) -> str:
    """What somebody wrote, with what hangs on it: forwarded messages, previews, names of files."""
    if not _spoken(message):
        return ""
    attached = [each for each in message.get("attachments") or () if isinstance(each, Mapping)]
    files = [each for each in message.get("files") or () if isinstance(each, Mapping) and each.get("name")]
    lines = [
        plain_text(str(message.get("text") or ""), me.user) or block_text(message.get("blocks")),
        *(plain_text(str(each.get("text") or ""), me.user) for each in attached),
        *(f"[file {' '.join(str(each['name']).split())[:100]}]" for each in files),
    ]
    return "\n".join(line for line in lines if line.strip())


def _bounded(said: Sequence[_Said]) -> list[_Said]:
    """The first, and the newest that fit beside it."""
    if not said:
        return []
    first = replace(said[0], text=said[0].text[: CHARACTERS // 4])
    left = CHARACTERS - len(first.text)
    kept: list[_Said] = []
    for each in reversed(said[1:]):
        if len(each.text) > left:
            break
        kept.append(each)
        left -= len(each.text)
    return [first, *reversed(kept)]


async def _names(said: Iterable[_Said], people: People) -> dict[str, Person]:
    """Who spoke, and who was spoken of."""
    ids = {each.who for each in said if each.role == "user" and each.who}
    return await _persons(ids | mentioned(each.text for each in said), people)


async def _persons(ids: Iterable[str], people: People) -> dict[str, Person]:
    """Who they are. What Slack does not tell costs a name, not the answer."""
    try:
        return await people.persons(sorted(set(ids)))
    except (SlackUnavailable, SlackUnsure):
        raise
    except SlackError:
        return {}


def _turns(said: Iterable[_Said], names: Mapping[str, Person]) -> tuple[tuple[Role, str], ...]:
    def text(each: _Said) -> str:
        words = with_names(each.text, names)
        return words if each.role == "assistant" else f"{_speaker(names.get(each.who))}: {words}"

    return tuple(
        (role, "\n\n".join(text(each) for each in several)) for role, several in groupby(said, lambda each: each.role)
    )


def _speaker(person: Person | None) -> str:
    if person is None:
        return "Somebody"
    return person.name + (f" ({person.pronouns})" if person.pronouns else "") + (" (Bot)" if person.bot else "")
