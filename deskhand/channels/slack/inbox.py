"""What was heard, on disk before Slack is told, and carried on from there: one run at a time in each thread.

Whoever waits for the disk at the same moment shares one transaction. What a dead process left is taken up by any other;
a run may be started twice, since the engine knows its id.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from deskhand.channels.slack import records
from deskhand.errors import DeskhandError, NoSuchRun, RunCancelled, RunFailed
from deskhand.store import utc_now
from deskhand.store.together import Together

if TYPE_CHECKING:
    from deskhand.channels.slack.heard import Heard
    from deskhand.engine.protocol import Engine
    from deskhand.nouns import RedactedText
    from deskhand.store import Database

log = logging.getLogger("deskhand.slack")

WORKFLOW = "slack"
DOOR = "slack"
AT_ONCE = 16
"""Questions that this process has under way."""
LOOK_SECONDS = 1.0
"""How often it is looked for what another process put on record, or left."""
LEFT = timedelta(seconds=15)
"""After how long it is checked whether the engine knows a run that is said to be under way."""
THREADS = 10_000
"""Threads remembered without asking the database."""
SWEEP = 200


def run_id(event: str) -> str:
    """The id of the run that answers the message of a Slack event."""
    return f"slack-{event}"


class Inbox:
    """Messages on record, and the pump that has them answered. `open` it once the engine is launched. `on_record` gives
    a question as its run may have it on record."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        *,
        on_record: Callable[[RedactedText], Awaitable[RedactedText]] | None = None,
        at_once: int = AT_ONCE,
        look_seconds: float = LOOK_SECONDS,
        left: timedelta = LEFT,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._engine = database, engine
        self._at_once, self._look_seconds, self._left, self._now = at_once, look_seconds, left, now
        self._on_record = on_record
        self._together = Together(self._put_all, lambda: self._wake.set())
        self._pumping: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._settled: set[str] = set()
        self._threads: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    # On record

    async def put(self, heard: Heard) -> None:
        """Return once the message is on disk; one that is there already stays as it is.

        Raises what the database raises; then it may not be there.
        """
        await self._together.put(heard)
        self._remember((heard.team, heard.channel, heard.thread))

    async def _put_all(self, heard: Sequence[Heard]) -> Sequence[None]:
        await self._database.write_first(records.put_heard, heard)
        return [None] * len(heard)

    async def knows(self, team: str, channel: str, thread: str) -> bool:
        """Whether the bot is in this thread: something in it is on record."""
        place = (team, channel, thread)
        if place in self._threads:
            self._threads.move_to_end(place)
            return True
        known = await self._database.read(records.knows_thread, *place)
        if known:
            self._remember(place)
        return known

    async def busy(self, team: str, channel: str) -> bool:
        """Whether a question in this channel is being answered, here or by another process."""
        return await self._database.read(records.busy, team, channel)

    def _remember(self, place: tuple[str, str, str]) -> None:
        self._threads[place] = None
        self._threads.move_to_end(place)
        if len(self._threads) > THREADS:
            self._threads.popitem(last=False)

    async def settle(self, event: str, state: Literal["done", "failed"], code: str = "") -> None:
        """A run says how the message of `event` ended; what is said first holds."""
        await self._database.write(records.settle, [event], state, code)
        if event in self._under_way:
            self._settled.add(event)
        self._wake.set()

    async def forget(self, older_than: timedelta) -> int:
        """Delete what ended longer ago; how many."""
        gone = await self._database.write(records.delete_ended_before, self._now() - older_than)
        self._threads.clear()
        return gone

    # Under way

    async def open(self) -> None:
        """Take up what was left, then whatever is put on record, here or by another process."""
        self._pumping = asyncio.create_task(self._pump(), name="slack inbox pump")

    async def close(self) -> None:
        """Take up nothing more; what is under way stays on record for the next one."""
        tasks = [task for task in (self._pumping, *self._under_way.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._together.close()

    async def _pump(self) -> None:
        swept: datetime | None = None
        while True:
            self._wake.clear()
            try:
                if swept is None or self._now() - swept >= self._left:
                    await self._sweep(timedelta(0) if swept is None else self._left)
                    swept = self._now()
                await self._take_up()
            except Exception as error:
                log.warning("the inbox could not be looked at (%s); the next look is soon", type(error).__name__)
                await asyncio.sleep(self._look_seconds)
                continue
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _take_up(self) -> None:
        free = self._at_once - len(self._under_way)
        # Nearly always there is nothing, and a look that takes no lock is enough to see it.
        if free <= 0 or not await self._database.read(records.any_waiting):
            return
        for heard in await self._database.write(records.claim, free):
            self._carry(heard)

    def _carry(self, heard: Heard) -> None:
        if heard.event in self._under_way:
            return
        task = asyncio.create_task(self._carried(heard), name=f"slack inbox carries {heard.event}")
        self._under_way[heard.event] = task
        task.add_done_callback(lambda _: self._carried_off(heard.event))

    def _carried_off(self, event: str) -> None:
        del self._under_way[event]
        self._settled.discard(event)
        self._wake.set()

    async def _carried(self, heard: Heard) -> None:
        """Have a message answered, and see to it that its row ends when its run does.

        Anything else that goes wrong leaves the row to the next sweep.
        """
        run = run_id(heard.event)
        try:
            if self._on_record is not None:
                # What is put on record here goes when its run ends; the run's input stays.
                heard = dataclasses.replace(heard, text=await self._on_record(heard.text))
            await self._engine.start(WORKFLOW, run, dataclasses.asdict(heard), key=heard.key, door=DOOR)
            await self._engine.result(run)
        except RunCancelled:
            await self._ended(heard.event, "failed", RunCancelled.code)
        except RunFailed:
            await self._ended(heard.event, "failed", RunFailed.code)
        except NoSuchRun:
            log.warning("run %s is gone before it ended; it is started anew", run)
        except DeskhandError as error:
            log.warning("run %s could not be started (%s); it is tried again", run, error.code)
        else:
            await self._ended(heard.event, "done")

    async def _ended(self, event: str, state: Literal["done", "failed"], code: str = "") -> None:
        """A run has ended; say so for it unless it did."""
        if event not in self._settled:
            await self.settle(event, state, code)

    async def _sweep(self, older_than: timedelta) -> None:
        """Look after rows whose process may be dead: start the runs that the engine does not know, and end the rows
        whose runs have ended. Runs that it knows are its own to recover."""
        rows = await self._database.read(records.started_before, self._now() - older_than, SWEEP)
        rows = [row for row in rows if row.event not in self._under_way]
        if not rows:
            return
        ids = tuple(run_id(row.event) for row in rows)
        states = {run.id: run.state for run in await self._engine.runs(ids=ids, limit=len(ids))}
        for row in rows:
            state = states.get(run_id(row.event))
            if state is None:
                self._carry(row)
            elif state == "finished":
                await self.settle(row.event, "done")
            elif state in ("failed", "cancelled"):
                await self.settle(row.event, "failed", f"run-{state}")
