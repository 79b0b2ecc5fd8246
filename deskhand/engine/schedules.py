"""Starting workflows by the clock, once per time over all processes: the time is part of the run's id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from deskhand.engine.records import Schedule
from deskhand.errors import BadInput

log = logging.getLogger("deskhand.engine")

RELOAD_SECONDS = 30.0
SCHEDULE = "schedule"
"""The door of runs that the clock starts."""


def next_time(cron: str, after: datetime) -> datetime:
    """The first time of `cron` (five fields, UTC) after `after`. Raises `BadInput`."""
    from croniter import croniter  # type: ignore[import-untyped]

    if len(cron.split()) != 5 or not croniter.is_valid(cron):
        raise BadInput(f"{cron!r} is not a cron line of five fields (minute hour day month weekday), as '30 2 * * *'")
    found: datetime = croniter(cron, after.astimezone(UTC)).get_next(datetime)
    return found


def run_id_at(name: str, time: datetime) -> str:
    """The id of the run that schedule `name` starts at `time`."""
    return f"schedule:{name}:{time.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


class Clock:
    """Starts what is due. `load` gives the schedules, `start` starts one under a run id, `now` is the time in UTC.

    What came due while no process ran is not made up for.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[list[Schedule]]],
        start: Callable[[Schedule, str], Awaitable[object]],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._load, self._start, self._now, self._sleep = load, start, now, sleep
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """A schedule was added or taken away."""
        self._changed.set()

    async def run(self) -> None:
        """Start what is due, for ever."""
        since = self._now()
        while True:
            self._changed.clear()
            try:
                due, wait = await self.tick(since)
                since = due
            except Exception as error:
                log.warning("schedules could not be started (%s); trying again", type(error).__name__)
                wait = RELOAD_SECONDS
            pause = asyncio.ensure_future(self._sleep(wait))
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({pause, changed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                pause.cancel()
                changed.cancel()

    async def tick(self, since: datetime) -> tuple[datetime, float]:
        """Start what came due after `since`; the time looked at, and the seconds until the next look."""
        now = self._now()
        soonest = now + timedelta(seconds=RELOAD_SECONDS)
        for schedule in await self._load():
            time = next_time(schedule.cron, since)
            while time <= now:
                await self._start(schedule, run_id_at(schedule.name, time))
                time = next_time(schedule.cron, time)
            soonest = min(soonest, time)
        return now, max((soonest - now).total_seconds(), 0.01)
