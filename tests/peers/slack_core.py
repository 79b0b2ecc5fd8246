"""What every part of our Slack stands on: its state, its lock, and the way in for events."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_delivery import Courier, Delivery, Options, wrapped
from slack_faults import Faults
from slack_methods import Api, Limits
from slack_world import APP, BOT, BOT_USER, TEAM, Message, World

T = TypeVar("T")


@dataclass
class Call:
    """One call of the Web API. `status` is the HTTP status, `error` Slack's code ("" when it was ok, "dropped" when the
    connection was broken), `early` whether it came before a Retry-After was over."""

    method: str
    arguments: dict[str, Any]
    at: float
    status: int = 0
    error: str = ""
    early: bool = False
    answer: dict[str, Any] | None = None
    done: float = 0.0


@dataclass
class Reply:
    """What the app answered to an interaction or a command: HTTP status (or "ack", "timeout", "connection_failed"),
    body, seconds."""

    status: int | str
    body: str
    latency: float
    delivery: Delivery


class Core:
    """State and lock. Everything that touches the world holds `_lock`; the loop runs in `_thread`."""

    bot_user, bot, app, team = BOT_USER, BOT, APP, TEAM
    _loop: asyncio.AbstractEventLoop
    _thread: threading.Thread
    url: str

    def __init__(
        self,
        *,
        port: int = 0,
        retry_delays: Iterable[float] = (0.0, 60.0, 300.0),
        patience: float = 3.0,
        echo: bool = True,
        bot_token: str = "xoxb-deskhand-1",
        app_token: str = "xapp-1-A0DESKHND-1-deskhand",
        signing_secret: str = "8f742231b10e8888abcd99yyyzzz85a5",
    ) -> None:
        """`echo`: the bot's own messages come back as events, as Slack's do."""
        self.bot_token, self.app_token, self.signing_secret, self.echo = bot_token, app_token, signing_secret, echo
        self.message_first = False
        self._port = port
        self._lock = threading.Condition(threading.RLock())
        self._world, self._faults = World(), Faults()
        self._api = Api(self._world, self._emit, Limits())
        self._options = Options(signing_secret, tuple(retry_delays), patience)
        self._courier = Courier(self._options, self._changed)
        self._calls: list[Call] = []
        self._deliveries: dict[str, Delivery] = {}
        self._responses: dict[str, tuple[str, str | None, str]] = {}
        self._answered: list[dict[str, Any]] = []
        self._subscribed: set[str] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def _emit(self, kind: str, message: Message, own: bool = False) -> None:
        raise NotImplementedError

    def _changed(self) -> None:
        with self._lock:
            self._lock.notify_all()

    def _send(self, event: Mapping[str, Any], due: float | None = None, id: str | None = None, **more: Any) -> Delivery:
        event_id = id or self._world.id("Ev")
        payload = wrapped(event, id=event_id, team=TEAM, app=APP, bot=BOT_USER) | more
        delivery = Delivery(event_id, "events_api", payload, time.time() if due is None else due)
        self._deliveries[event_id] = delivery
        if self._subscribed is not None and _name(event) not in self._subscribed:
            delivery.state = "not subscribed"
        else:
            self._run(self._courier.bring(delivery))
        return delivery

    def _run(self, work: Any) -> None:
        def begin() -> None:
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        if threading.current_thread() is self._thread:
            begin()
        else:
            self._loop.call_soon_threadsafe(begin)

    def _ask(self, kind: str, payload: dict[str, Any]) -> Reply:
        with self._lock:
            delivery = Delivery(self._world.id(kind), kind, payload, time.time())
            self._deliveries[delivery.id] = delivery
        done = asyncio.run_coroutine_threadsafe(self._courier.bring(delivery, retries=False), self._loop)
        done.result(self._options.patience + 10)
        last = delivery.attempts[-1]
        return Reply(last.status, last.body, last.latency, delivery)

    def wait_until(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        """Waits for a truthy value and gives it; raises `TimeoutError` with what was seen last."""
        end = time.monotonic() + timeout
        with self._lock:
            while not (value := predicate()):
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not within {timeout} s; the last value was {value!r}; {self._summary()}")
                # Not everything that a predicate looks at is announced, so it is also asked now and then.
                self._lock.wait(min(left, 0.05))
            return value

    def settle(self, timeout: float = 10.0) -> None:
        """Waits until every delivery is done or lost."""
        self.wait_until(lambda: all(delivery.state != "pending" for delivery in self._deliveries.values()), timeout)

    def _summary(self) -> str:
        last = [f"{call.method}({call.status} {call.error})" for call in self._calls[-8:]]
        pending = sum(delivery.state == "pending" for delivery in self._deliveries.values())
        return f"last calls: {', '.join(last) or 'none'}; {pending} deliveries pending"


def _name(event: Mapping[str, Any]) -> str:
    """What the manifest calls an event: "message.channels", "app_mention"."""
    if event["type"] != "message":
        return str(event["type"])
    return "message." + {"channel": "channels", "group": "groups"}.get(event["channel_type"], event["channel_type"])
