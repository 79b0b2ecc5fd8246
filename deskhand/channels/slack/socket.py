"""The way in by Socket Mode: we open the connection, so no address of ours need be reachable from outside."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from deskhand.channels.slack.options import Options

PING_SECONDS = 5.0
CLOSE_SECONDS = 1.0


class SocketDoor:
    """A connection to Slack that is kept: made anew when it breaks, or when Slack asks for it."""

    def __init__(self, app: AsyncApp, options: Options) -> None:
        assert options.app_token
        logger = _discreet("deskhand.slack.socket")
        self._web = AsyncWebClient(base_url=options.api_url, logger=logger)
        self._handler = AsyncSocketModeHandler(
            app, options.app_token, logger=logger, web_client=self._web, ping_interval=PING_SECONDS
        )
        self._connecting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to connect, and go on until it is done; does not wait for it."""
        self._connecting = asyncio.create_task(self._connect(), name="slack socket connects")

    async def _connect(self) -> None:
        # It tries until it has one; a try that fails is in its log.
        await self._handler.client.connect()  # type: ignore[no-untyped-call]

    async def connected(self) -> bool:
        """Whether the connection stands now."""
        return bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Close the connection; what is not acknowledged yet, Slack delivers again."""
        client = self._handler.client
        # Before anything is cancelled: a connection attempt that ends must not begin another.
        client.closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.close()  # type: ignore[no-untyped-call]
        if not client.aiohttp_client_session.closed:
            await client.aiohttp_client_session.close()


class _Discreet(logging.Filter):
    """Keeps addresses out of the log: that of a connection lets its reader in."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage().partition("(")[0].partition(":")[0].strip()
        if record.exc_info and record.exc_info[0] is not None:
            said = f"{said} ({record.exc_info[0].__name__})"
        record.msg, record.args, record.exc_info = said, None, None
        return True


def _discreet(name: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(logging.WARNING)
    if not any(isinstance(each, _Discreet) for each in logger.filters):
        logger.addFilter(_Discreet())
    return logger
