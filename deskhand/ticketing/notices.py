"""Sends what is in the outbox, by whatever channels there are: each notice once, in order, tried again until it is out.

Any process may do it, and several at once. One that dies between sending a notice and saying so has it sent again by
the next, under the same id: each sender's channel says what becomes of that.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import sqlalchemy.exc

from deskhand.access import person_id
from deskhand.errors import BadInput, DeskhandError, EngineError, NoticeRefused
from deskhand.store import Connection, utc_now
from deskhand.ticketing import notice_records as records
from deskhand.ticketing import registry_records
from deskhand.ticketing.notice_records import BELL, Notice, NoticeState, Standing

if TYPE_CHECKING:
    from deskhand.store import Bell, Database

__all__ = ["BELL", "TRIES", "Notice", "NoticeState", "Notices", "Sender", "Standing"]

log = logging.getLogger("deskhand.notices")

TRIES: Final = 10
PAUSES: Final = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)
"""Seconds between a notice's tries, at least: ten take 16 hours."""
LONGEST_PAUSE: Final = 86_400.0
LEASE_SECONDS: Final = 60.0
"""After how long a notice may be sent by another process when the one that has it says nothing."""
LOOK_SECONDS: Final = 2.0
AT_ONCE: Final = 8
"""Notices of one channel that are being sent at once: a slow channel holds up no other."""
GRACE_SECONDS: Final = 0.5
NOTE_TRIES: Final = 5
NOTE_PAUSE: Final = 1.0
NO_ADDRESS: Final = "no address: nobody of this id has one; put it into the table of employees, then retry."


class Sender(Protocol):
    """A channel. One notice may be given to it several times, with the same `key`, and several at once."""

    async def send(self, notice: Notice) -> None:
        """Return when the notice is out; this may take a minute, and ends by itself.

        Raises `NoticeRefused` when it never will be, and anything else when it may be sent at another try (at least
        `retry_after` seconds later, if the error has such an attribute). No message names a person or an address.
        """
        ...

    async def check(self) -> str:
        """Whether it works, as far as can be told without a notice: in words what was found. Raises as `send`."""
        ...

    async def close(self) -> None: ...


class Notices:
    """The outbox of one database, and the channels by their names ("email", "slack", "sns", "webhook:NAME").

    Without `senders` it can be looked at, and nothing is sent. `tries` is how often a notice is tried.
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        *,
        bell: Bell,
        clock: Callable[[], datetime] = utc_now,
        tries: int = TRIES,
        lease_seconds: float = LEASE_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database, self._senders, self._bell, self._clock = database, dict(senders), bell, clock
        self._tries, self._lease, self._look = tries, timedelta(seconds=lease_seconds), look_seconds
        self._in_hand: dict[asyncio.Task[None], Notice] = {}
        self._pumping: asyncio.Task[None] | None = None
        self._renewed = clock()
        self._ill = ""

    async def open(self) -> None:
        """Begin to send what is in the outbox, and what is put there, by this process or another."""
        self._pumping = asyncio.create_task(self._pump(), name="notices")

    async def close(self) -> None:
        """Take up nothing more, and close the senders. What is in hand has `GRACE_SECONDS`; what is not out by then is
        sent by whoever comes next."""
        if self._pumping is not None:
            self._pumping.cancel()
            await asyncio.gather(self._pumping, return_exceptions=True)
            self._pumping = None
        if self._in_hand:
            tasks = list(self._in_hand)
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(sender.close() for sender in self._senders.values()))

    @property
    def ill(self) -> str:
        """What keeps notices from being sent, by the name of its error; "" when nothing does."""
        if self._pumping is None or self._pumping.done():
            return "NotOpen"
        return self._ill

    async def check(self) -> None:
        """Raises `EngineError` when nothing is sent."""
        if self.ill:
            raise EngineError(f"notices are not sent ({self.ill}); it is tried again.")

    async def send_due(self) -> int:
        """Send all that is due now, and return when it is out or put off; how many were tried."""
        tried = 0
        while taken := await self._take():
            await asyncio.gather(*taken)
            tried += len(taken)
        return tried

    # The outbox, for operators

    async def listed(
        self,
        *,
        states: Collection[NoticeState] = (),
        channel: str | None = None,
        ticket: str | None = None,
        limit: int = 50,
    ) -> list[Standing]:
        """How notices stand, the last made first."""
        return await self._database.read(records.listed, states=states, channel=channel, ticket=ticket, limit=limit)

    async def counts(self) -> dict[tuple[str, NoticeState], int]:
        """How many notices there are, by channel and state."""
        return await self._database.read(records.counts)

    async def retry(self, ids: Collection[str] = (), *, states: Collection[NoticeState] = ()) -> int:
        """Try notices again that failed or had no address, those of `ids` and all in `states`; how many."""
        number = await self._database.write(records.again, ids, states)
        self._bell.ring(BELL)
        return number

    async def forget(self, older_than: timedelta) -> int:
        """Delete notices that ended longer ago; how many."""
        return await self._database.write(records.forget, self._clock() - older_than)

    # Sending

    async def _pump(self) -> None:
        with self._bell.listening(BELL) as rung:
            while True:
                try:
                    await self._renew()
                    await self._take()
                    self._ill = ""
                except Exception as error:
                    if not self._ill:
                        log.warning("notices cannot be looked at (%s); the next look is soon", type(error).__name__)
                    self._ill = type(error).__name__
                await rung(self._look)

    async def _renew(self) -> None:
        """Keep what is in hand: a channel may take its time."""
        now = self._clock()
        if self._in_hand and now - self._renewed >= self._lease / 4:
            await self._database.write(records.renew, list(self._in_hand.values()), now + self._lease)
            self._renewed = now

    async def _take(self) -> list[asyncio.Task[None]]:
        """Take up what is due in each channel, as far as it has places."""
        busy = Counter(notice.channel for notice in self._in_hand.values())
        free = {channel: AT_ONCE - busy[channel] for channel in self._senders if busy[channel] < AT_ONCE}
        now, tasks = self._clock(), list[asyncio.Task[None]]()
        # Nearly always there is nothing, and a look that takes no lock is enough to see it.
        due = await self._database.read(records.due_channels, list(free), now) if free else set()
        for channel in sorted(due):
            given = (channel, free[channel], now, now + self._lease, 2 * self._tries)
            for notice in await self._database.write(records.claim, *given):
                task = asyncio.create_task(self._carry(notice), name=f"notice {notice.key}")
                self._in_hand[task] = notice
                task.add_done_callback(self._out_of_hand)
                tasks.append(task)
        return tasks

    def _out_of_hand(self, task: asyncio.Task[None]) -> None:
        self._in_hand.pop(task, None)
        self._bell.ring(BELL)

    async def _carry(self, notice: Notice) -> None:
        try:
            if notice.recipient:
                address = await self._database.read(address_of, notice.recipient)
                if address is None:
                    await self._end(notice, "no-address", NO_ADDRESS)
                    return
                notice = replace(notice, address=address)
            await self._senders[notice.channel].send(notice)
        except Exception as error:
            await self._failed(notice, error)
        else:
            await self._end(notice, "sent", "")

    async def _failed(self, notice: Notice, error: Exception) -> None:
        reason, final = _reason(error), isinstance(error, NoticeRefused) or notice.tries >= self._tries
        last = ", the last" if final else ""
        log.warning("notice %s by %s: %s at try %d%s", notice.key, notice.channel, _code(error), notice.tries, last)
        if final:
            await self._end(notice, "failed", reason)
        else:
            until = self._clock() + timedelta(seconds=_pause(notice.tries, error))
            await self._noted(records.put_off, notice, reason, until)

    async def _end(self, notice: Notice, state: NoticeState, error: str) -> None:
        await self._noted(records.end, notice, state, error, self._clock())

    async def _noted(self, fn: Callable[..., bool], notice: Notice, *given: object) -> None:
        """Say how it went. Where even that cannot be put on record, the notice is sent again after a while."""
        for left in reversed(range(NOTE_TRIES)):
            try:
                if not await self._database.write(fn, notice, *given):
                    log.warning("notice %s: another process has taken it over", notice.key)
                return
            except sqlalchemy.exc.SQLAlchemyError as error:
                log.warning("notice %s: how it went is not on record (%s)", notice.key, type(error).__name__)
            if left:
                await asyncio.sleep(NOTE_PAUSE)


def address_of(connection: Connection, id: str) -> str | None:
    """The e-mail address of an employee; an id that nobody has may be one itself."""
    known = registry_records.employee(connection, id)
    if known is not None:
        return known.address
    try:
        return person_id(id)
    except BadInput:
        return None


def _reason(error: Exception) -> str:
    """Why a notice was not sent; of errors that are not ours the kind alone, as their words may hold anything."""
    return str(error) if isinstance(error, DeskhandError) else f"{type(error).__name__} in Deskhand itself."


def _code(error: Exception) -> str:
    return error.code if isinstance(error, DeskhandError) else type(error).__name__


def _pause(tries: int, error: Exception) -> float:
    """Seconds until the next try, with up to 25 % jitter."""
    asked = getattr(error, "retry_after", None) or 0.0
    pause = PAUSES[min(tries, len(PAUSES)) - 1] * random.uniform(1.0, 1.25)  # noqa: S311
    return min(max(pause, float(asked)), LONGEST_PAUSE)
