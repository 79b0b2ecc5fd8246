"""A Slack of our own: Web API, signed events with retries, Socket Mode, streams, limits, over real HTTP and WebSocket.

In a test (`SlackProcess` is the same in a process of its own, for benchmarks):

    with SlackServer() as slack:
        ana = slack.user("ana", email="ana@example.com")
        room = slack.channel("help", members=[ana])  # the bot is in it too; also group(), mpim(), im(ana)
        slack.subscribe("http://127.0.0.1:8000/slack/events")  # without it, events go over Socket Mode
        asked = slack.say(ana, room, f"{slack.mention} where is the handbook?")
        answer = slack.wait_until(lambda: slack.replies(room, asked.ts))[-1]
        assert "handbook" in answer.everything

Give the app `slack.api_url`, `slack.bot_token`, `slack.signing_secret` and `slack.app_token`. Ids: `slack.bot_user`,
`slack.bot`, `slack.app`, `slack.team`.

- The workspace: `user` (email, confirmed, stranger, team, pronouns, bot, deleted, ...), `alter`, `channel`, `group`,
  `mpim`, `im` (they give ids), `about`, `file` (an id for `say(files=[...])`), `join`, `leave`, `change`, `delete`,
  `put` (a message of anybody's without events).
- What people do: `say` (its events as Slack sends them: app_mention and the `message` twin), `click`, `submit`,
  `command`, `open_home`, `press_home`, `open_assistant`, `send` (any event), `redeliver`, `challenge`, `pace` (events
  at a given rate, open-loop), `signed` (headers for a request of your own).
- Ways to the app: `subscribe` (several addresses take turns), `only` (the events of its manifest). An app that is away
  for longer than the retries take loses the event, as at Slack: `set(retry_delays=[0.2] * 50)` in kill tests.
- Socket Mode: `wait_connected`, `connections`, `refresh`, `cut`, `frame` (any text).
- What goes wrong: `limit`, `fail`, `crash`, `drop`, `delay`, `lack`, `hold` (a gate: kill the app while a call waits),
  `tiers`, `set` (limits of `slack_methods.Limits`, `retry_delays`, `patience`), `scopes`, `heal`.
- What was seen: `messages`, `replies`, `message`, `ephemerals`, `status`, `status_log`, `homes`, `views`, `calls`,
  `impatient` (calls before a Retry-After was over), `deliveries`, `delivery`, `answered` (posts to response URLs).
  `wait_until(predicate)` waits for a truthy value, `settle()` for all deliveries to be over.

Every call is synchronous and thread-safe. In an async test whose app runs in the same loop, call what waits
(`wait_until`, `settle`, `click`, `submit`, `press_home`, `command`, `challenge`, `pace`, `wait_connected`, `refresh`)
by `await asyncio.to_thread(...)`.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Self

from aiohttp import web
from slack_script import Script
from slack_seen import Seen
from slack_web import Web
from slack_world import APP


class SlackServer(Web, Script, Seen):
    """See the module's docstring."""

    def __init__(self, *, port: int = 0, **options: Any) -> None:
        """`options`: `retry_delays` and `patience` (seconds), `echo` (the bot's own messages come back as events, as
        Slack's do), `bot_token`, `app_token`, `signing_secret`."""
        super().__init__(**options)
        self._port = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="slack-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the Slack server did not start within 10 seconds")
        return self

    def __exit__(self, *_: object) -> None:
        self._faults.heal()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        site = web.Application(client_max_size=64 * 2**20)
        site.router.add_route("*", "/api/{method}", self._on_call)
        site.router.add_get("/link", self._on_link)
        site.router.add_post("/response/{id}", self._on_response)
        site.router.add_get("/files-pri/{tail:.*}", self._on_file)
        site.router.add_get("/signin", self._on_signin)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", self._port)
        await listener.start()
        self._port = runner.addresses[0][1]
        self.url = self._world.base = f"http://127.0.0.1:{self._port}"
        self._api.link = f"ws://127.0.0.1:{self._port}/link/?ticket=one&app_id={APP}"
        self._api.link = self._api.link.replace("/link/", "/link")
        await self._courier.start()
        self._ready.set()
        await self._stop.wait()
        for task in list(self._tasks):
            task.cancel()
        await self._courier.stop()
        await runner.cleanup()

    @property
    def api_url(self) -> str:
        """The Web API's address, with a slash at its end, as the SDKs want it."""
        return f"{self.url}/api/"
