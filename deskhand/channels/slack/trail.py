"""Which messages of ours stand for one question's answer: on record here, and found again in Slack after a crash.

A message can be recorded only after it was posted. What a dead process left in between is known by its key; a stream,
which cannot be given one when it begins, by having none and standing on nobody's record.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from deskhand.channels.slack import records
from deskhand.errors import Conflict, SlackError, SlackUnavailable

if TYPE_CHECKING:
    from deskhand.channels.slack.calls import Calls, Me
    from deskhand.channels.slack.heard import Heard
    from deskhand.store import Database

EVENT_TYPE = "deskhand"
Kind = Literal["draft", "stream", "ephemeral"]

log = logging.getLogger(__name__)


class StoodDown(Conflict):
    """A later attempt carries this question now; this one must send nothing more."""

    next = "Nothing: the later attempt answers."


@dataclass(frozen=True, slots=True)
class Ours:
    """One message of ours. `streaming`: it may still be open as a stream, and must be stopped before it is changed."""

    part: int
    ts: str
    kind: Kind
    final: bool = False
    streaming: bool = False


def keyed(key: str, *, final: bool) -> dict[str, Any]:
    """The metadata by which a message of ours is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "final": final}}


def key_of(message: dict[str, Any]) -> tuple[str, bool] | None:
    """A message's key and whether it is final; None when it has none of ours."""
    told = message.get("metadata") or {}
    if told.get("event_type") != EVENT_TYPE:
        return None
    payload = told.get("event_payload") or {}
    return str(payload.get("key") or ""), bool(payload.get("final"))


def moment(ts: str) -> tuple[int, int]:
    """A timestamp as something that can be compared: "1700000000.000100" -> (1700000000, 100)."""
    seconds, _, rest = ts.partition(".")
    return int(seconds or 0), int(rest or 0)


def is_mine(message: dict[str, Any], me: Me) -> bool:
    return message.get("user") == me.user or (bool(me.bot) and message.get("bot_id") == me.bot)


class Trail:
    """One attempt's view of a question's messages in `heard.channel`, by part from 1. `open` it first.

    Every method raises `StoodDown` once a later attempt has the run.
    """

    def __init__(self, run: str, attempt: int, heard: Heard, *, calls: Calls, database: Database) -> None:
        self.run, self.heard = run, heard
        self.parts: dict[int, Ours] = {}
        self.done = False
        self.doubtful = False
        """Whether there may be messages in Slack that are not on record."""
        self.status = False
        """Whether a status may be shown under the thread."""
        self._attempt, self._calls, self._database = attempt, calls, database
        self._opened = False

    async def open(self) -> None:
        """Take the run for this attempt, and learn what earlier ones left. Raises as `Calls.must`."""
        if not self._opened:
            found = await self._database.write(records.claim_run, self.run, self._attempt)
            if not found.ours:
                raise self._lost()
            self.done, self.doubtful, self._opened = found.done, not found.new, True
            self.status = self.doubtful
            for row in await self._database.read(records.messages_of, self.run):
                self.parts[row.part] = Ours(row.part, row.ts, row.kind, row.final, row.kind == "stream")  # type: ignore[arg-type]
        if self.doubtful and not self.done:
            await self.look()

    def key(self, part: int) -> str:
        return f"{self.run}:{part}"

    async def check(self) -> None:
        """To be asked before each message that is posted or changed."""
        if await self._database.read(records.claimed_by, self.run) != self._attempt:
            raise self._lost()

    async def lost(self) -> bool:
        """Whether a later attempt has the run."""
        return await self._database.read(records.claimed_by, self.run) > self._attempt

    async def note(self, ours: Ours) -> None:
        """Record a message. One that was posted after the run was lost is deleted."""
        row = records.MessageRow(ours.part, ours.ts, self.heard.channel, ours.kind, ours.final)
        standing = await self._database.write(records.put_message, self.run, self._attempt, row)
        if standing == "ours":
            self.parts[ours.part] = ours
            return
        if standing == "void":
            await self._delete(ours.ts)
        raise self._lost()

    def stopped(self, part: int) -> None:
        """The stream of a part is no longer open."""
        self.parts[part] = replace(self.parts[part], streaming=False)

    async def drop(self, part: int) -> None:
        """Delete a part's message in Slack, where it still is, and forget it."""
        ours = self.parts[part]
        await self.check()
        await self._delete(ours.ts)
        await self._database.write(records.drop_message, self.run, ours.ts)
        del self.parts[part]

    async def arrange(self) -> None:
        """Number the parts anew as they stand in the thread, without gaps."""
        posted = [ours for ours in self.parts.values() if ours.kind != "ephemeral"]
        ordered = sorted(posted, key=lambda ours: moment(ours.ts))
        if [ours.part for ours in ordered] != list(range(1, len(ordered) + 1)):
            self.parts = {}
            for part, ours in enumerate(ordered, 1):
                await self.note(replace(ours, part=part))

    async def finished(self) -> None:
        """Everything has been sent."""
        await self._database.write(records.answered, self.run)
        self.done = True

    async def look(self) -> None:
        """Find messages of ours in the thread that are not on record, and take them over.

        Where Slack does not let us look, an answer may come twice: better than none. Raises `SlackUnavailable`.
        """
        try:
            await self._look()
        except SlackUnavailable:
            raise
        except SlackError as error:
            log.warning("run %s: the thread could not be looked through (%s)", self.run, error)
        self.doubtful = False

    async def _look(self) -> None:
        keyless: list[str] = []
        known = {ours.ts for ours in self.parts.values()}
        for message in await self._own():
            key = key_of(message)
            if key is None:
                keyless.append(message["ts"])
            elif key[0].rpartition(":")[0] == self.run and message["ts"] not in known:
                await self._take(int(key[0].rpartition(":")[2]), message["ts"], "draft", key[1])
        held = await self._database.read(records.recorded, self.heard.channel, keyless) if keyless else {}
        for ts in keyless:
            if ts not in held:
                await self._take(max(self.parts, default=0) + 1, ts, "stream", False)

    async def _own(self) -> list[dict[str, Any]]:
        """Our messages in the thread after the question, oldest first."""
        me, asked = await self._calls.me(), moment(self.heard.ts)
        pages = self._calls.pages(
            "conversations.replies",
            "messages",
            channel=self.heard.channel,
            ts=self.heard.thread,
            oldest=self.heard.ts,
            include_all_metadata=True,
        )
        found = [each async for each in pages if is_mine(each, me) and moment(str(each.get("ts") or "")) > asked]
        return sorted(found, key=lambda message: moment(message["ts"]))

    async def _take(self, part: int, ts: str, kind: Kind, final: bool) -> None:
        if part in self.parts:
            # Two attempts posted the same part; the one that is known stays.
            log.warning("run %s: part %d was found twice in Slack; the second one is deleted", self.run, part)
            await self.check()
            await self._delete(ts)
            return
        row = records.MessageRow(part, ts, self.heard.channel, kind, final)
        if await self._database.write(records.put_message, self.run, self._attempt, row) == "ours":
            self.parts[part] = Ours(part, ts, kind, final, kind == "stream")

    async def _delete(self, ts: str) -> None:
        try:
            await self._calls.must("chat.delete", channel=self.heard.channel, ts=ts)
        except SlackUnavailable:
            raise
        except SlackError as error:
            if error.slack != "message_not_found":
                log.warning("run %s: a message could not be deleted (%s)", self.run, error.slack)

    def _lost(self) -> StoodDown:
        return StoodDown(f"run {self.run!r} is carried by a later attempt; this one stands down")


async def find(calls: Calls, *, key: str, channel: str, thread: str | None, since: str) -> tuple[str, bool] | None:
    """Our message with `key` in a thread (or a channel) after the moment `since`: its timestamp and whether it is
    final. Raises as `Calls.must`."""
    place: dict[str, Any] = {"channel": channel, "oldest": since, "include_all_metadata": True}
    if thread is not None:
        place["ts"] = thread
    method = "conversations.replies" if thread is not None else "conversations.history"
    me = await calls.me()
    async for message in calls.pages(method, "messages", **place):
        told = key_of(message)
        if told is not None and told[0] == key and is_mine(message, me):
            return str(message["ts"]), told[1]
    return None
