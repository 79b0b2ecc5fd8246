"""The answer while it is written: streamed where Slack can, else one message edited in place, else not at all.

What a stream did not take, the edit of its message says; the final message says all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from deskhand.channels.slack.delivering import stop_stream
from deskhand.channels.slack.markdown import for_stream
from deskhand.channels.slack.messages import draft_message
from deskhand.channels.slack.trail import Ours, Trail, keyed
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from deskhand.channels.slack.abilities import Abilities
    from deskhand.channels.slack.calls import Calls
    from deskhand.channels.slack.messages import Message

APPEND_SECONDS = 0.7
"""Slack takes a little over 100 appends a minute."""
EDIT_SECONDS = 1.2
"""Slack takes a little over 50 edits a minute."""
PACED_SECONDS = 1.0
"""When a call that Slack does not take now is offered again."""
STREAM_SECONDS = 255.0
"""Slack ends a stream after five minutes, used or not."""
STREAM_CHARACTERS = 2_800
NO_MORE_STARTS = 3
"""Times that a stream may be kept waiting before edits begin."""
IDLE = 60.0

Way = Literal["stream", "edit", "none"]


class Writing:
    """Shows a text that grows, by at most one call a `step`. The text and what of it is shown are kept here."""

    def __init__(self, trail: Trail, *, calls: Calls, abilities: Abilities, clock: Callable[[], float]) -> None:
        self._trail, self._calls, self._abilities, self._clock = trail, calls, abilities, clock
        heard = trail.heard
        self.way: Way = "stream" if abilities.has("chat.startStream", heard.channel) and not trail.parts else "edit"
        self._text = ""
        self._state = ""
        self._part = max(trail.parts, default=0)
        self._begin = 0
        """Where in the text the current part begins."""
        self._sent = 0
        """How much of the text streams have taken."""
        self._began = 0.0
        self._open = False
        self._rolled = False
        """Whether what comes next belongs into a message that is not there yet."""
        self._next = 0.0
        self._waited = 0
        self._edited: tuple[str, str] | None = None
        self._voided = False

    @property
    def text(self) -> str:
        return self._text

    @property
    def begun(self) -> bool:
        """Whether there is a message of ours that must be kept up to date."""
        return bool(self._trail.parts)

    def add(self, text: str) -> None:
        self._text += for_stream(text)

    def say(self, state: str) -> None:
        """What is going on, said below the text (or alone) where messages are edited."""
        self._state = state

    def void(self) -> None:
        """What was shown is no longer so: begin anew, in the place of what was."""
        self._text, self._begin, self._sent = "", 0, 0
        self._voided = bool(self._part)
        if self._part:
            self.way = "edit" if self.way == "stream" else self.way

    async def step(self) -> float:
        """Do what is due; how many seconds nothing more is, unless the text grows.

        Raises `SlackUnavailable`, and `StoodDown` when a later attempt has the question.
        """
        wait = self._next - self._clock()
        if wait > 0:
            return wait
        if self._voided:
            return await self._cleared()
        if self.way == "stream" and not self._text:
            # Asked to show a state alone, a message must be there; it is edited from then on.
            self.way = "edit"
        if self.way == "stream":
            return await self._stream()
        return await self._edit() if self.way == "edit" else IDLE

    # Streams

    async def _stream(self) -> float:
        if not self._open:
            return await self._start() if len(self._text) > self._sent else IDLE
        age = self._clock() - self._began
        if age >= STREAM_SECONDS or self._sent - self._begin >= STREAM_CHARACTERS:
            return await self._roll()
        if len(self._text) > self._sent:
            return await self._append()
        return min(IDLE, STREAM_SECONDS - age)

    async def _start(self) -> float:
        heard, piece = self._trail.heard, self._piece(self._sent)
        recipient = {"recipient_user_id": heard.user, "recipient_team_id": heard.team}
        await self._trail.check()
        try:
            place = {"channel": heard.channel, "thread_ts": heard.thread}
            answer = await self._calls.may("chat.startStream", **place, markdown_text=piece, **recipient)
        except SlackUnavailable:
            raise
        except SlackUnsure:
            self._trail.doubtful = True
            return self._go_on_by_edits()
        except SlackError as error:
            self._abilities.lost("chat.startStream", heard.channel, error)
            return self._go_on_by_edits()
        if answer is None:
            self._waited += 1
            return self._go_on_by_edits() if self._waited >= NO_MORE_STARTS else self._rest(PACED_SECONDS)
        self._trail.status = False
        self._part, self._begin, self._open, self._began = self._part + 1, self._sent, True, self._clock()
        self._sent, self._rolled = self._sent + len(piece), False
        await self._trail.note(Ours(self._part, str(answer["ts"]), "stream", streaming=True))
        return self._rest(APPEND_SECONDS)

    async def _append(self) -> float:
        piece = self._piece(self._begin)
        try:
            place = {"channel": self._trail.heard.channel, "ts": self._trail.parts[self._part].ts}
            answer = await self._calls.may("chat.appendStream", **place, markdown_text=piece)
        except SlackUnavailable:
            raise
        except SlackError:
            # It has ended, or nobody knows whether it took the piece: the edit says all of this part again.
            return self._go_on_by_edits()
        if answer is None:
            return self._rest(PACED_SECONDS)
        self._sent += len(piece)
        return self._rest(APPEND_SECONDS)

    async def _roll(self) -> float:
        """End the stream; what comes next goes into another message."""
        try:
            place = {"channel": self._trail.heard.channel, "ts": self._trail.parts[self._part].ts}
            if await self._calls.may("chat.stopStream", **place) is None:
                return self._rest(PACED_SECONDS)
        except SlackUnavailable:
            raise
        except SlackError:
            # What it took is shown; the delivery stops it again.
            pass
        else:
            self._trail.stopped(self._part)
        self._open, self._begin, self._rolled = False, self._sent, True
        return 0.0

    def _piece(self, begin: int) -> str:
        """What the stream takes next: up to its limit, cut after a line or a word."""
        left = self._text[self._sent :]
        room = begin + STREAM_CHARACTERS - self._sent
        if len(left) <= room:
            return left
        cut = max(left.rfind("\n", 0, room), left.rfind(" ", 0, room)) + 1
        return left[: cut or room]

    def _go_on_by_edits(self) -> float:
        self.way, self._open, self._edited = "edit", False, None
        return 0.0

    # Edits

    async def _edit(self) -> float:
        said = (self._text[self._begin :], self._state)
        if said == self._edited or not any(said):
            return IDLE
        if self._trail.doubtful:
            await self._look()
        message = draft_message(*said)
        there = self._part in self._trail.parts and not self._rolled
        done = await self._change(message) if there else await self._post(message)
        if done:
            self._edited = said
        return self._rest(EDIT_SECONDS if done else PACED_SECONDS) if self.way == "edit" else IDLE

    async def _look(self) -> None:
        await self._trail.look()
        last = max(self._trail.parts, default=0)
        self._part, self._rolled = last, self._rolled and last <= self._part

    async def _change(self, message: Message) -> bool:
        trail = self._trail
        try:
            await stop_stream(trail, self._part, self._calls)
            await trail.check()
            place = {"channel": trail.heard.channel, "ts": trail.parts[self._part].ts}
            answer = await self._calls.may("chat.update", **place, **self._content(message, self._part))
        except SlackUnavailable:
            raise
        except SlackUnsure:
            return False
        except SlackError:
            self.way = "none"
            return False
        if answer is not None and trail.parts[self._part].kind == "stream":
            await trail.note(replace(trail.parts[self._part], kind="draft"))
        return answer is not None

    async def _post(self, message: Message) -> bool:
        trail, part = self._trail, self._part + 1
        await trail.check()
        try:
            place = {"channel": trail.heard.channel, "thread_ts": trail.heard.thread}
            answer = await self._calls.may("chat.postMessage", **place, **self._content(message, part))
        except SlackUnavailable:
            raise
        except SlackUnsure:
            trail.doubtful = True
            return False
        except SlackError:
            self.way = "none"
            return False
        if answer is None:
            return False
        trail.status, self._part, self._rolled = False, part, False
        await trail.note(Ours(part, str(answer["ts"]), "draft"))
        return True

    def _content(self, message: Message, part: int) -> dict[str, Any]:
        metadata = keyed(self._trail.key(part), final=False)
        return {"text": message.text, "blocks": message.blocks, "metadata": metadata}

    async def _cleared(self) -> float:
        """Take away what is void: all messages but the first, which is written anew."""
        for part in sorted(self._trail.parts, reverse=True):
            if part > 1:
                await self._trail.drop(part)
        self._part, self._open, self._voided, self._edited = min(self._part, 1), False, False, None
        self._rolled = False
        return 0.0

    def _rest(self, seconds: float) -> float:
        self._next = self._clock() + seconds
        return seconds
