"""Serving the application with uvicorn, until a signal; open streams end at once, and their runs go on elsewhere
or at the next start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import uvicorn

from deskhand.errors import BadSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


FILES = 65_536
"""Open files that are enough."""

GRACE_SECONDS = 1
"""What requests under way get: streams are ended before, and a body that never comes is not waited for."""


async def serve(app: FastAPI, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is told the address once connections are taken (with `port` 0, the one
    that was free).

    Raises `BadSettings` when the address cannot be listened on.
    """
    _have_room()
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, lambda: ready(_address(listener)))
    await server.serve(sockets=[listener])


def _have_room() -> None:
    """Have as many open files as this user may: each connection is one, and systems often begin with a thousand."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= soft < FILES:
            resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if most < 0 else max(soft, min(most, FILES)), most))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # Python adds the address to the reason; a name that is not known has a number that the system does not know.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise BadSettings(
            f"host {host!r}, port {port} cannot be listened on: {reason}. "
            "Take another port (`deskhand serve --port 0` finds a free one), or stop what uses this one."
        ) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn's server, which ends our streams before it waits for its connections, and leaves signals to us:
    its own handler would end the process before the desk is closed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        cast("FastAPI", self.config.app).state.lent.streams.close()
        await super().shutdown(sockets)
