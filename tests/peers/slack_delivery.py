"""How Slack brings events to an app: signed HTTP requests with retries, or Socket Mode envelopes with their acks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web


@dataclass
class Attempt:
    """One try. `due` and `at` are wall-clock seconds; `latency` seconds from `due`; `status` is an HTTP status, or
    "ack", "timeout", "connection_failed"."""

    due: float
    at: float
    number: int
    reason: str
    via: str
    status: int | str = ""
    latency: float = 0.0
    body: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return self.status == "ack" or (isinstance(self.status, int) and 200 <= self.status < 300)


@dataclass
class Delivery:
    """One event (or interaction, or command) and the tries to bring it; `state` is pending, done or lost."""

    id: str
    kind: str
    payload: dict[str, Any]
    due: float
    attempts: list[Attempt] = field(default_factory=list)
    state: str = "pending"

    @property
    def latency(self) -> float:
        """Seconds from when the event was due to when the app acknowledged it; infinite when it did not."""
        done = [attempt for attempt in self.attempts if attempt.ok]
        return done[-1].due + done[-1].latency - self.due if done else float("inf")


@dataclass
class Options:
    """`retry_delays` are the seconds before each retry (Slack: at once, a minute, five); `patience` how many Slack
    waits for an answer."""

    secret: str
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    patience: float = 3.0
    urls: list[str] = field(default_factory=list)


class Link:
    """One Socket Mode connection."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self.socket, self.number = socket, number
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.leaving = False


class Courier:
    """Brings deliveries to the app: over HTTP while there are `urls`, else over Socket Mode."""

    def __init__(self, options: Options, changed: Callable[[], None]) -> None:
        self.options, self.changed = options, changed
        self.links: list[Link] = []
        self.opened = 0
        self._turn = itertools.count()
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        for link in list(self.links):
            await link.socket.close()
        if self._client is not None:
            await self._client.close()

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Slack's signature headers for a body."""
        stamp = str(int(time.time() if at is None else at))
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self.options.secret.encode(), base, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}

    async def bring(self, delivery: Delivery, *, retries: bool = True, number: int = 0, reason: str = "") -> None:
        """Tries until it is acknowledged, the retries are used up, or the app wants none."""
        delays = self.options.retry_delays if retries else ()
        for count, delay in enumerate((0.0, *delays)):
            if delay:
                await asyncio.sleep(delay)
            due = delivery.due if count == 0 else time.time()
            attempt = await self._try(delivery, Attempt(due, time.time(), number + count, reason, ""))
            if attempt.ok or attempt.no_retry:
                break
            reason = {"timeout": "http_timeout", "connection_failed": "connection_failed"}.get(
                str(attempt.status), "http_error"
            )
        delivery.state = "done" if delivery.attempts and delivery.attempts[-1].ok else "lost"
        self.changed()

    async def _try(self, delivery: Delivery, attempt: Attempt) -> Attempt:
        delivery.attempts.append(attempt)
        if self.options.urls:
            attempt.via = self.options.urls[next(self._turn) % len(self.options.urls)]
            await self._over_http(delivery, attempt)
        else:
            attempt.via = "socket"
            await self._over_socket(delivery, attempt)
        attempt.latency = time.time() - attempt.due
        self.changed()
        return attempt

    async def _over_http(self, delivery: Delivery, attempt: Attempt) -> None:
        if delivery.kind in {"events_api", "url_verification"}:
            body, kind = json.dumps(delivery.payload).encode(), "application/json"
        else:
            fields = (
                delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
            )
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        headers = {"content-type": kind, "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        headers |= self.signed(body)
        if attempt.number:
            headers |= {"x-slack-retry-num": str(attempt.number), "x-slack-retry-reason": attempt.reason}
        assert self._client is not None
        bound = aiohttp.ClientTimeout(total=self.options.patience)
        try:
            async with self._client.post(
                attempt.via, data=body, headers=headers, timeout=bound, allow_redirects=False
            ) as answer:
                attempt.status, attempt.body = answer.status, (await answer.read()).decode(errors="replace")
                attempt.no_retry = answer.headers.get("x-slack-no-retry") == "1"
        except TimeoutError:
            attempt.status = "timeout"
        except aiohttp.ClientError:
            attempt.status = "connection_failed"

    async def _over_socket(self, delivery: Delivery, attempt: Attempt) -> None:
        open_links = [link for link in self.links if not link.leaving]
        if not open_links:
            attempt.status = "connection_failed"
            return
        link = open_links[next(self._turn) % len(open_links)]
        envelope: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt.number, "retry_reason": "timeout" if attempt.number else ""}
        answered = link.waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await link.socket.send_json(envelope)
            answer = await asyncio.wait_for(answered, self.options.patience)
            attempt.status = "ack"
            attempt.body = json.dumps(answer["payload"]) if "payload" in answer else ""
        except TimeoutError:
            attempt.status = "timeout"
        except ConnectionError:
            attempt.status = "connection_failed"
        finally:
            link.waiting.pop(envelope["envelope_id"], None)

    async def serve_link(self, request: web.Request, app: str) -> web.WebSocketResponse:
        """One Socket Mode connection, from hello to its end."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.opened += 1
        link = Link(socket, self.opened)
        seconds = {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18_060}
        self.links.append(link)
        hello = {"type": "hello", "num_connections": len(self.links), "debug_info": seconds}
        await socket.send_json(hello | {"connection_info": {"app_id": app}})
        pings = asyncio.create_task(self._pings(socket))
        self.changed()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._heard(link, message.data)
        finally:
            pings.cancel()
            self.links.remove(link)
            for future in link.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the app hung up"))
            self.changed()
        return socket

    def _heard(self, link: Link, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        future = link.waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if future is not None and not future.done():
            future.set_result(answer)

    async def _pings(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await socket.ping(f"Ping from applink-local {time.time():.0f}".encode())
            await asyncio.sleep(5.0)

    async def refresh(self, reason: str, grace: float) -> None:
        """Asks every connection to come again, and closes it after `grace` seconds."""
        links = [link for link in self.links if not link.leaving]
        for link in links:
            link.leaving = True
            await link.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
            )
        await asyncio.sleep(grace)
        for link in links:
            await link.socket.close()

    async def frame(self, text: str) -> None:
        """Sends any text over every connection."""
        for link in list(self.links):
            await link.socket.send_str(text)

    async def cut(self) -> None:
        """Breaks every connection without a word."""
        for link in list(self.links):
            transport = link.socket._req.transport if link.socket._req is not None else None
            if transport is not None:
                transport.abort()


def wrapped(event: Mapping[str, Any], *, id: str, team: str, app: str, bot: str) -> dict[str, Any]:
    """The event_callback around an event."""
    return {
        "token": "verification-token-is-deprecated",
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": app,
        "event": dict(event),
        "type": "event_callback",
        "event_id": id,
        "event_time": int(float(event.get("event_ts", time.time()))),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": bot,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{id}",
    }
