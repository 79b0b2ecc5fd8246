"""Between processes on one PostgreSQL: NOTIFY, and only to those who follow.

A process that follows a run which it does not carry asks everybody; whoever carries the run then tells it each event,
several to a notice when they come fast. Nobody asks, nothing is sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from deskhand.engine.streams import Channel, Cursor, Streams
from deskhand.nouns import Json, StreamEvent

log = logging.getLogger("deskhand.engine")

EVERYBODY = "deskhand"
LARGEST = 7900
ASK_AGAIN_SECONDS = 5.0
FORGET_SECONDS = 20.0


def channel_of(executor_id: str) -> str:
    """The NOTIFY channel of one process."""
    return f"deskhand_{executor_id[-50:]}"


class Notices:
    """One process's two connections for notices: one listens, one speaks. Implements `Wire`."""

    def __init__(
        self, conninfo: str, executor_id: str, streams: Streams, told: Callable[[dict[str, Json]], None]
    ) -> None:
        self._conninfo, self._streams, self._told = conninfo, streams, told
        self._mine = channel_of(executor_id)
        self._asked: dict[str, float] = {}
        self._followers: dict[str, dict[str, float]] = {}
        self._outbox: list[tuple[str, dict[str, Json]]] = []
        self._waiting = asyncio.Event()
        self._listening = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Listen; returns when notices are heard."""
        self._tasks = [
            asyncio.create_task(self._again(self._listen), name="engine listens"),
            asyncio.create_task(self._again(self._speak), name="engine speaks"),
        ]
        async with asyncio.timeout(30):
            await self._listening.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def watch(self, run_id: str, cursor: Cursor) -> None:
        now = time.monotonic()
        if now - self._asked.get(run_id, -ASK_AGAIN_SECONDS) >= ASK_AGAIN_SECONDS:
            self._asked[run_id] = now
            self._send(EVERYBODY, {"watch": run_id, "to": self._mine})

    def unwatch(self, run_id: str) -> None:
        if self._asked.pop(run_id, None) is not None:
            self._send(EVERYBODY, {"unwatch": run_id, "to": self._mine})

    def push(self, channel: Channel, events: Sequence[StreamEvent]) -> None:
        followers = self._followers.get(channel.run_id)
        if followers:
            for to in self._young(channel.run_id, followers):
                self._send(to, {"run": channel.run_id, "events": [[e.id, e.type, e.data] for e in events]})

    def ended(self, run_id: str) -> None:
        for to in self._young(run_id, self._followers.pop(run_id, {})):
            self._send(to, {"end": run_id})

    def tell(self, message: dict[str, Json]) -> None:
        """Tell everybody that there is new work or a cancelled run."""
        self._send(EVERYBODY, {"tell": message, "from": self._mine})

    def _young(self, run_id: str, followers: dict[str, float]) -> list[str]:
        oldest = time.monotonic() - FORGET_SECONDS
        for to in [to for to, asked in followers.items() if asked < oldest]:
            del followers[to]
        return list(followers)

    def _send(self, to: str, message: dict[str, Json]) -> None:
        if self._outbox and "events" in message and self._joined(to, message):
            return
        self._outbox.append((to, message))
        self._waiting.set()

    def _joined(self, to: str, message: dict[str, Json]) -> bool:
        last_to, last = self._outbox[-1]
        if last_to != to or last.get("run") != message["run"] or len(last["events"]) >= 32:
            return False
        last["events"].extend(message["events"])
        return True

    async def _again(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                log.warning("notices between processes are interrupted (%s); connecting again", type(error).__name__)
            await asyncio.sleep(1.0)

    async def _speak(self) -> None:
        import psycopg

        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            while True:
                await self._waiting.wait()
                self._waiting.clear()
                taken, self._outbox = self._outbox, []
                for to, message in taken:
                    for text in _texts(message):
                        await connection.execute("SELECT pg_notify(%s, %s)", (to, text))

    async def _listen(self) -> None:
        import psycopg
        from psycopg import sql

        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            for name in (EVERYBODY, self._mine):
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(name)))
            self._listening.set()
            self._asked.clear()
            async for notice in connection.notifies():
                self._heard(json.loads(notice.payload))

    def _heard(self, said: dict[str, Any]) -> None:
        if "watch" in said and said["to"] != self._mine:
            self._followers.setdefault(said["watch"], {})[said["to"]] = time.monotonic()
            channel = self._streams.live(said["watch"])
            if channel is not None and not channel.remote:
                self.push(channel, channel.events[channel.kept + 1 - channel.base :])
                self._send(said["to"], {"look": said["watch"]})
        elif "unwatch" in said:
            self._followers.get(said["unwatch"], {}).pop(said["to"], None)
        elif "events" in said:
            self._streams.arrived(said["run"], [StreamEvent(*event) for event in said["events"]])
        elif "look" in said:
            self._streams.wake(said["look"])
        elif "end" in said:
            self._streams.arrived_end(said["end"])
        elif "tell" in said and said["from"] != self._mine:
            self._told(said["tell"])


def _texts(message: dict[str, Json]) -> list[str]:
    """The message as notices that are small enough; an event that is too large by itself is to be looked up."""
    text = json.dumps(message, separators=(",", ":"))
    if len(text) <= LARGEST:
        return [text]
    events = message["events"]
    if len(events) == 1:
        return [json.dumps({"look": message["run"]})]
    half = len(events) // 2
    return [text for part in (events[:half], events[half:]) for text in _texts({"run": message["run"], "events": part})]
