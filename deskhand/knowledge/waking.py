"""How the library hears of changes: a bell in this process, and PostgreSQL's NOTIFY from others."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import sqlalchemy as sa

from deskhand.catalog.changes import CHANNEL

__all__ = ["Wake", "listen"]

log = logging.getLogger(__name__)

RETRY = 5.0
"""Seconds until a lost connection is tried again; meanwhile the log is looked at four times a second."""


class Wake:
    """A bell: `ring` from any thread ends one `wait` in the loop it is bound to, also one that begins later."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Wait in the running loop from now on."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> None:
        """Until somebody rings, `seconds` at most."""
        # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with the bell.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()


async def listen(url: sa.URL, wake: Wake) -> None:
    """Ring whenever a transaction that changed a document is committed, in whatever process; never returns."""
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for _ in connection.notifies():
                    wake.ring()
        except psycopg.Error as error:
            log.warning("listening for changes stopped (%s); polling until it is back", type(error).__name__)
            await asyncio.sleep(RETRY)
