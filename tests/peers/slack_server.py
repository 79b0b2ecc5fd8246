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
  `mpim`, `im` (they give ids), `file` (an id for `say(files=[...])`), `join`, `leave`, `change`, `delete`, `put` (a
  message of anybody's without events).
- What people do: `say` (its events as Slack sends them: app_mention and the `message` twin), `click`, `submit`,
  `command`, `open_home`, `press_home`, `open_assistant`, `send` (any event), `redeliver`, `challenge`, `pace` (events
  at a given rate, open-loop), `signed` (headers for a request of your own).
- Socket Mode: `wait_connected`, `connections`, `refresh`, `cut`.
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
import json
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from aiohttp import web
from slack_blocks import Refused
from slack_delivery import Courier, Delivery, Options, wrapped
from slack_faults import Fault, Faults, Gate
from slack_methods import METHODS, Api, Limits
from slack_world import APP, BOT, BOT_USER, TEAM, Channel, Edit, File, Message, World

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


class SlackServer:
    """See the module's docstring."""

    bot_user, bot, app, team = BOT_USER, BOT, APP, TEAM

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
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="slack-server", daemon=True)

    # The server.

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

    def _changed(self) -> None:
        with self._lock:
            self._lock.notify_all()

    # The Web API over HTTP.

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        arguments, token = await _arguments(request)
        call = Call(name, arguments, time.time())
        channel = str(arguments.get("channel") or arguments.get("channel_id") or "")
        with self._lock:
            call.early = self._faults.early(name, channel)
            self._calls.append(call)
            faults = {fault.kind: fault for fault in self._faults.of(name, arguments)}
        answer = await self._answer(request, call, token, channel, faults)
        call.done = time.time()
        self._changed()
        return answer

    async def _answer(
        self, request: web.Request, call: Call, token: str, channel: str, faults: dict[str, Fault]
    ) -> web.StreamResponse:
        await _pause(faults, after=False)
        for kind in ("drop", "status"):
            if kind in faults and not faults[kind].after:
                return self._broken(request, call, faults[kind])
        with self._lock:
            answer = self._carry_out(call, token, channel, faults)
            self._lock.notify_all()
        await _pause(faults, after=True)
        for kind in ("drop", "status"):
            if kind in faults:
                return self._broken(request, call, faults[kind])
        return answer

    def _broken(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.kind == "status":
            call.status, call.error = fault.status, f"http_{fault.status}"
            return web.Response(
                status=fault.status, text="<html>Slack is having trouble</html>", content_type="text/html"
            )
        call.status, call.error = 0, "dropped"
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _carry_out(self, call: Call, token: str, channel: str, faults: dict[str, Fault]) -> web.StreamResponse:
        method, headers = METHODS.get(call.method), {"x-slack-req-id": f"req{len(self._calls)}"}
        seconds = faults["limit"].retry_after if "limit" in faults else 0
        answer: dict[str, Any]
        try:
            if method is None or call.method in self._faults.lacking:
                raise Refused("unknown_method", req_method=call.method)
            self._check_token(method.token, token)
            if not seconds and "limit" not in faults:
                seconds = self._faults.wait(call.method, method.tier, channel)
            if seconds or "limit" in faults:
                self._faults.refused(call.method, channel, seconds)
                call.status, call.error = 429, "ratelimited"
                body = {"ok": False, "error": "ratelimited"}
                return web.json_response(body, status=429, headers={"Retry-After": str(seconds)} | headers)
            if method.token == "bot":
                headers |= {"x-oauth-scopes": ",".join(sorted(self._api.scopes))}
                headers |= {"x-accepted-oauth-scopes": ",".join(method.scopes)}
                self._api.need(*method.scopes)
            if "error" in faults:
                raise Refused(faults["error"].error)
            answer = {"ok": True} | method.run(self._api, call.arguments)
        except Refused as refused:
            call.error = refused.error
            answer = {"ok": False, "error": refused.error} | refused.more
            if refused.messages:
                answer["response_metadata"] = {"messages": refused.messages}
        call.status, call.answer = 200, answer
        return web.json_response(answer, headers=headers)

    def _check_token(self, wanted: str, token: str) -> None:
        if wanted == "none":
            return
        if not token:
            raise Refused("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if token != (self.app_token if wanted == "app" else self.bot_token):
            raise Refused("not_allowed_token_type")

    async def _on_link(self, request: web.Request) -> web.StreamResponse:
        return await self._courier.serve_link(request, APP)

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["tail"].split("/")[0].partition("-")[2]
        with self._lock:
            file = self._world.files.get(name)
            allowed = request.headers.get("authorization") == f"Bearer {self.bot_token}"
            allowed = allowed and "files:read" in self._api.scopes
            faults = {fault.kind: fault for fault in self._faults.of("download", {"file": name})}
            call = Call("download", {"file": name, "headers": dict(request.headers)}, time.time(), 200)
            self._calls.append(call)
        await _pause(faults, after=False)
        if "drop" in faults or "status" in faults:
            return self._broken(request, call, faults.get("drop") or faults["status"])
        if not allowed:
            # Slack answers 302 and then, with 200, a page of HTML: a trap for whoever looks at the status alone.
            raise web.HTTPFound("/signin")
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.mimetype)

    async def _on_signin(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!DOCTYPE html><title>Sign in | Slack</title>", content_type="text/html")

    async def _on_response(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        with self._lock:
            if request.match_info["id"] not in self._responses:
                return web.json_response({"ok": False, "error": "expired_url"}, status=404)
            channel, ts, user = self._responses[request.match_info["id"]]
            self._answered.append({"channel": channel, "ts": ts, "user": user, "at": time.time()} | body)
            error = self._respond(channel, ts, user, body)
            self._lock.notify_all()
        return web.Response(text="ok") if not error else web.json_response({"ok": False, "error": error}, status=400)

    def _respond(self, channel: str, ts: str | None, user: str, body: dict[str, Any]) -> str:
        """What a post to a response URL does to the message it is about."""
        old = self._world.find(ts) if ts else None
        if old is not None and body.get("delete_original"):
            old.deleted = True
            return ""
        try:
            blocks = self._api.blocks(body)
            place = self._world.channels[channel]
            if old is not None and body.get("replace_original"):
                old.edits.append(Edit(time.time(), old.text, old.blocks))
                old.text, old.blocks = str(body.get("text", "")), blocks
                return ""
            public = body.get("response_type") == "in_channel"
            message = self._api.post(place, str(body.get("text", "")), body, blocks=blocks)
        except Refused as refused:
            return refused.error
        if public:
            self._api.keep(place, message)
        else:
            message.seen_by = user
            self._world.ephemerals.append(message)
        return ""

    # The workspace.

    @property
    def mention(self) -> str:
        return f"<@{BOT_USER}>"

    @property
    def scopes(self) -> set[str]:
        """What the bot's token may do; change it in place or set it."""
        return self._api.scopes

    @scopes.setter
    def scopes(self, scopes: Iterable[str]) -> None:
        self._api.scopes = set(scopes)

    def user(self, name: str, id: str | None = None, **about: Any) -> str:
        """A new person (or `bot=True`); see `World.add_user` for what can be said about them. Gives the id."""
        with self._lock:
            return self._world.add_user(name, id, **about)

    def alter(self, user: str, **fields: Any) -> None:
        """Changes a user's fields; those of the profile (email, display_name, pronouns, ...) go there."""
        with self._lock:
            about = self._world.users[user]
            for name, value in fields.items():
                (about["profile"] if name in {"email", "display_name", "real_name", "pronouns"} else about)[name] = (
                    value
                )

    def channel(self, name: str, members: Iterable[str] = (), *, bot: bool = True, id: str | None = None) -> str:
        """A public channel."""
        return self._place("channel", name, members, bot, id)

    def group(self, name: str, members: Iterable[str] = (), *, bot: bool = True, id: str | None = None) -> str:
        """A private channel."""
        return self._place("group", name, members, bot, id)

    def mpim(self, *members: str) -> str:
        """A direct message to several people."""
        return self._place("mpim", "mpdm", members, True, None)

    def im(self, user: str) -> str:
        """The direct messages between a person and the bot."""
        with self._lock:
            return self._world.im(user).id

    def _place(self, kind: str, name: str, members: Iterable[str], bot: bool, id: str | None) -> str:
        with self._lock:
            return self._world.add_channel(kind, name, [*members, *([BOT_USER] if bot else [])], id).id

    def file(self, name: str, data: bytes, mimetype: str, *, user: str = BOT_USER, **more: Any) -> str:
        """A file that can be said with a message. `size` can be made to lie; `mode="tombstone"` is a deleted one."""
        with self._lock:
            file_id = self._world.id("F")
            self._world.files[file_id] = File(file_id, name, mimetype, data, user, created=int(time.time()), **more)
            return file_id

    def join(self, user: str, channel: str) -> None:
        """A person (or the bot) joins; the event member_joined_channel."""
        with self._lock:
            place = self._world.channels[channel]
            place.members.append(user)
            self._membership("member_joined_channel", user, place)

    def leave(self, user: str, channel: str) -> None:
        with self._lock:
            place = self._world.channels[channel]
            place.members.remove(user)
            self._membership("member_left_channel", user, place)

    def _membership(self, kind: str, user: str, place: Channel) -> None:
        letter = {"channel": "C", "group": "G", "im": "D", "mpim": "G"}[place.kind]
        event = {"type": kind, "user": user, "channel": place.id, "channel_type": letter, "team": TEAM}
        self._send(event | {"event_ts": self._world.ts()})

    def put(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> Message:
        """A message that is simply there, without events; `files` are ids, `bot=True` marks another app's."""
        with self._lock:
            return deepcopy(self._add(user, channel, text, thread_ts, **more))

    def _add(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> Message:
        place, about = self._world.channels[channel], self._world.users[user]
        if about["is_bot"]:
            more = {"bot": about["profile"]["bot_id"], "app": about["profile"]["api_app_id"]} | more
        if more.get("files") and "subtype" not in more:
            more["subtype"] = "file_share"
        message = Message(channel, self._world.ts(), user, text, thread_ts, at=time.time(), **more)
        place.messages[message.ts] = message
        self._lock.notify_all()
        return message

    # What people do.

    def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: Iterable[str] = (),
        deliver: bool = True,
        **more: Any,
    ) -> Message:
        """Somebody posts a message (`text` as Slack sends it: `&amp;`, `<@U…>`, `<https://…|…>`); its events are
        delivered unless `deliver` is False. `events` of the message are their ids, for `delivery` and `redeliver`."""
        with self._lock:
            message = self._add(user, channel, text, thread_ts, files=list(files), **more)
            if deliver:
                self._tell(message, time.time())
            return deepcopy(message)

    def change(self, channel: str, ts: str, text: str) -> None:
        """Its author edits a message."""
        with self._lock:
            message = self._world.find(ts, channel)
            message.edits.append(Edit(time.time(), message.text, message.blocks))
            message.text = text
            self._emit("changed", message, own=True)

    def delete(self, channel: str, ts: str) -> None:
        """Its author deletes a message."""
        with self._lock:
            message = self._world.find(ts, channel)
            message.deleted = True
            self._emit("deleted", message, own=True)

    def _tell(self, message: Message, due: float) -> list[Delivery]:
        """The events of a new message, to be delivered."""
        place = self._world.channels[message.channel]
        if BOT_USER not in place.members:
            return []
        shown = self._world.as_slack(message) | {"channel": place.id, "event_ts": message.ts}
        shown.pop("reply_count", None)
        if message.bot is None:
            shown |= {"client_msg_id": f"00000000-0000-4000-8000-{message.ts.replace('.', '')[-12:]}"}
            if not message.blocks:
                shown["blocks"] = _rich(message.text)
        events = [shown | {"channel_type": place.kind}]
        mentioned = f"<@{BOT_USER}>" in message.text or f"<@{BOT_USER}|" in message.text
        if mentioned and place.kind != "im" and message.user != BOT_USER:
            twin = {key: value for key, value in shown.items() if key != "subtype"} | {"type": "app_mention"}
            events.insert(1 if self.message_first else 0, twin)
        told = [self._send(event, due) for event in events]
        message.events += [delivery.id for delivery in told]
        return told

    def _emit(self, kind: str, message: Message, own: bool = False) -> None:
        """Tells the app what became of a message; of its own messages when `echo` is on."""
        if not (self.echo or own):
            return
        if kind == "posted":
            self._tell(message, time.time())
            return
        place, ts = self._world.channels[message.channel], self._world.ts()
        shown = self._world.as_slack(message)
        before = shown | {"text": message.edits[-1].text} if message.edits else shown
        event = {"type": "message", "subtype": f"message_{kind}", "channel": place.id, "hidden": True, "ts": ts}
        event |= {"event_ts": ts, "channel_type": place.kind, "previous_message": before}
        self._send(event | ({"message": shown} if kind == "changed" else {"deleted_ts": message.ts}))

    def send(self, event: Mapping[str, Any], *, id: str | None = None, **wrapper: Any) -> Delivery:
        """Delivers any event; `wrapper` overrides fields around it, `id` its event id."""
        with self._lock:
            return self._send(event, time.time(), id, **wrapper)

    def _send(self, event: Mapping[str, Any], due: float | None = None, id: str | None = None, **more: Any) -> Delivery:
        event_id = id or self._world.id("Ev")
        payload = wrapped(event, id=event_id, team=TEAM, app=APP, bot=BOT_USER) | more
        delivery = Delivery(event_id, "events_api", payload, time.time() if due is None else due)
        self._deliveries[event_id] = delivery
        self._run(self._courier.bring(delivery))
        return delivery

    def redeliver(self, event_id: str, number: int = 1, reason: str = "http_timeout") -> Delivery:
        """The same event once more, as a retry."""
        with self._lock:
            old = self._deliveries[event_id]
            again = Delivery(old.id, old.kind, old.payload, time.time())
            self._deliveries[f"{event_id}#{len(self._deliveries)}"] = again
            self._run(self._courier.bring(again, number=number, reason=reason))
            return again

    def _run(self, work: Any) -> None:
        def begin() -> None:
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        if threading.current_thread() is self._thread:
            begin()
        else:
            self._loop.call_soon_threadsafe(begin)

    def click(
        self, user: str, ts: str, action_id: str, *, channel: str | None = None, value: str | None = None
    ) -> Reply:
        """Presses a button of a message (also an ephemeral one). `value` chooses among feedback buttons or options."""
        with self._lock:
            message = self._world.find(ts, channel)
            element = message.actions.get(action_id)
            if element is None:
                raise KeyError(f"message {ts} has no {action_id!r}; it has {sorted(message.actions)}")
            action = {"type": element["type"], "action_id": action_id, "action_ts": self._world.ts()}
            action |= {key: element[key] for key in ("text", "value", "style") if key in element}
            if value is not None:
                action["value"] = value
            action["block_id"] = _block_of(message, action_id)
            payload = self._interaction("block_actions", user) | self._about(message, user) | {"actions": [action]}
        return self._ask("interactive", payload)

    def _about(self, message: Message, user: str) -> dict[str, Any]:
        hidden, place = message.seen_by is not None, self._world.channels[message.channel]
        container = {"type": "message", "message_ts": message.ts, "channel_id": place.id, "is_ephemeral": hidden}
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        shown: dict[str, Any] = {
            "container": container,
            "channel": {"id": place.id, "name": place.name or "directmessage"},
        }
        shown |= {"state": {"values": {}}, "response_url": self._response_url(place.id, message.ts, user)}
        return shown if hidden else shown | {"message": self._world.as_slack(message)}

    def _interaction(self, kind: str, user: str) -> dict[str, Any]:
        about = self._world.users[user]
        return {
            "type": kind,
            "user": {"id": user, "username": about["name"], "name": about["name"], "team_id": about["team_id"]},
            "api_app_id": APP,
            "token": "verification-token-is-deprecated",
            "trigger_id": self._trigger(),
            "team": {"id": TEAM, "domain": "deskhand"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _trigger(self) -> str:
        trigger = f"{self._world.id('trigger')}.1"
        self._api.triggers.add(trigger)
        return trigger

    def _response_url(self, channel: str, ts: str | None, user: str) -> str:
        name = self._world.id("response")
        self._responses[name] = (channel, ts, user)
        return f"{self.url}/response/{name}"

    def submit(self, user: str, view_id: str, values: Mapping[str, Mapping[str, Any]]) -> Reply:
        """Submits a modal; `values` is block id -> action id -> {"type": ..., "value": ...}."""
        with self._lock:
            view = self._world.views[view_id] | {"state": {"values": values}}
            payload = self._interaction("view_submission", user) | {"view": view, "response_urls": []}
        return self._ask("interactive", payload)

    def press_home(self, user: str, action_id: str, value: str | None = None) -> Reply:
        """Presses a button of the app home."""
        with self._lock:
            view = self._world.homes[user]
            action = {"type": "button", "action_id": action_id, "value": value, "action_ts": self._world.ts()}
            payload = self._interaction("block_actions", user) | {"view": view, "actions": [action]}
            payload |= {"container": {"type": "view", "view_id": view["id"]}}
        return self._ask("interactive", payload)

    def command(self, user: str, text: str, channel: str | None = None, command: str = "/deskhand") -> Reply:
        """A slash command. A message in the answer is kept as one from the bot."""
        with self._lock:
            place = self._world.channels[channel] if channel else self._world.im(user)
            payload = {
                "token": "verification-token-is-deprecated",
                "team_id": TEAM,
                "team_domain": "deskhand",
                "channel_id": place.id,
                "channel_name": place.name or "directmessage",
                "user_id": user,
                "user_name": self._world.users[user]["name"],
                "command": command,
                "text": text,
                "api_app_id": APP,
                "is_enterprise_install": "false",
                "response_url": self._response_url(place.id, None, user),
                "trigger_id": self._trigger(),
            }
        reply = self._ask("slash_commands", payload)
        if reply.body.strip():
            with self._lock:
                body = _message_of(reply.body)
                self._respond(place.id, None, user, body)
        return reply

    def _ask(self, kind: str, payload: dict[str, Any]) -> Reply:
        with self._lock:
            delivery = Delivery(self._world.id(kind), kind, payload, time.time())
            self._deliveries[delivery.id] = delivery
        done = asyncio.run_coroutine_threadsafe(self._courier.bring(delivery, retries=False), self._loop)
        done.result(self._options.patience + 10)
        last = delivery.attempts[-1]
        return Reply(last.status, last.body, last.latency, delivery)

    def open_home(self, user: str) -> Delivery:
        """Somebody opens the app's home."""
        with self._lock:
            event = {"type": "app_home_opened", "user": user, "channel": self._world.im(user).id, "tab": "home"}
            return self._send(event | {"event_ts": self._world.ts()} | self._home_of(user))

    def _home_of(self, user: str) -> dict[str, Any]:
        return {"view": self._world.homes[user]} if user in self._world.homes else {}

    def open_assistant(self, user: str) -> str:
        """Somebody opens a new thread in the assistant's pane; gives its ts. Their messages go into that thread."""
        with self._lock:
            place = self._world.im(user)
            head = self._add(BOT_USER, place.id, "New chat", subtype="assistant_app_thread")
            thread = {"user_id": user, "context": {}, "channel_id": place.id, "thread_ts": head.ts}
            self._send({"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": self._world.ts()})
            return head.ts

    def challenge(self) -> Reply:
        """Slack's url_verification."""
        payload = {"token": "verification-token-is-deprecated", "challenge": "a-challenge", "type": "url_verification"}
        return self._ask("url_verification", payload)

    def pace(
        self, per_second: float, count: int, say: Callable[[int], tuple[str, str, str]] | None = None
    ) -> list[Delivery]:
        """Sends `count` messages at a rate, whatever the app does meanwhile (open-loop), and waits until all are over.

        `say(i)` gives user, channel and text; without it, `count` people write directly to the bot. Latencies count
        from when a message was due, so a server that is late does not look quick.
        """
        if say is None:
            users = [self.user(f"pacer {i}", email=f"pacer{i}@example.com") for i in range(count)]
            rooms = [self.im(user) for user in users]

            def say(i: int) -> tuple[str, str, str]:
                return users[i], rooms[i], f"question {i}"

        async def drive() -> list[Delivery]:
            began, sent = self._loop.time() + 0.05, []
            wall = time.time() + 0.05
            for i in range(count):
                await asyncio.sleep(began + i / per_second - self._loop.time())
                user, room, text = say(i)
                with self._lock:
                    sent += self._tell(self._add(user, room, text), wall + i / per_second)
            while any(delivery.state == "pending" for delivery in sent):
                await asyncio.sleep(0.01)
            return sent

        return asyncio.run_coroutine_threadsafe(drive(), self._loop).result()

    # How events travel.

    def subscribe(self, *urls: str) -> None:
        """Events, interactions and commands go to these addresses, in turn; none: over Socket Mode."""
        with self._lock:
            self._options.urls = list(urls)

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Slack's signature headers for a body, as of `at` (wall-clock seconds)."""
        return self._courier.signed(body, at)

    @property
    def connections(self) -> int:
        """Socket Mode connections that are open."""
        return len(self._courier.links)

    @property
    def opened(self) -> int:
        """Socket Mode connections that were ever opened."""
        return self._courier.opened

    def wait_connected(self, count: int = 1, timeout: float = 15.0) -> None:
        """Waits until at least so many Socket Mode connections are open."""
        self.wait_until(lambda: self.connections >= count, timeout)

    def refresh(self, reason: str = "refresh_requested", grace: float = 0.2) -> None:
        """Asks all connections to come again (also `warning`, `link_disabled`), and closes them after `grace`."""
        asyncio.run_coroutine_threadsafe(self._courier.refresh(reason, grace), self._loop).result(30)

    def cut(self) -> None:
        """Breaks all Socket Mode connections without a word."""
        asyncio.run_coroutine_threadsafe(self._courier.cut(), self._loop).result(10)

    # What goes wrong.

    def limit(self, method: str, times: int | None = 1, retry_after: float = 1, **only: Any) -> None:
        """The next calls are answered 429 with Retry-After (whole seconds). `only`: arguments that a call must have."""
        self._script(method, Fault("limit", times, only=only, retry_after=math.ceil(retry_after)))

    def fail(self, method: str, error: str, times: int | None = 1, **only: Any) -> None:
        """The next calls are refused with Slack's error code."""
        self._script(method, Fault("error", times, only=only, error=error))

    def crash(self, method: str, times: int | None = 1, status: int = 500, *, after: bool = False, **only: Any) -> None:
        """HTTP 5xx, before acting or after."""
        self._script(method, Fault("status", times, after, only, status=status))

    def drop(self, method: str, times: int | None = 1, *, after: bool = True, **only: Any) -> None:
        """The connection breaks, after acting or before."""
        self._script(method, Fault("drop", times, after, only))

    def delay(self, method: str, seconds: float, times: int | None = 1, *, after: bool = False, **only: Any) -> None:
        """The answer comes late."""
        self._script(method, Fault("delay", times, after, only, seconds=seconds))

    def hold(self, method: str, *, after: bool = True, **only: Any) -> Gate:
        """The next call is held, after acting or before, until the gate is released; `gate.reached()` waits for it."""
        gate = Gate()
        self._script(method, Fault("hold", 1, after, only, gate=gate))
        return gate

    def _script(self, method: str, fault: Fault) -> None:
        with self._lock:
            self._faults.script[method].append(fault)

    def lack(self, *methods: str) -> None:
        """These methods do not exist: unknown_method."""
        with self._lock:
            self._faults.lacking.update(methods)

    def tiers(self, on: bool = True, *, minute: float = 60.0, per_post: float = 1.0) -> None:
        """Slack's rate limits: tiers 1 to 4 allow 1, 20, 50 and 100 calls a `minute` (seconds) per method,
        chat.postMessage one every `per_post` seconds per channel."""
        with self._lock:
            self._faults.tiered, self._faults.minute, self._faults.per_post = on, minute, per_post

    def set(self, *, retry_delays: Iterable[float] | None = None, patience: float | None = None, **limits: Any) -> None:
        """Changes limits by name (see `slack_methods.Limits`), or the retries of events."""
        with self._lock:
            for name, value in limits.items():
                if not hasattr(self._api.limits, name):
                    raise AttributeError(f"no limit {name!r}; there are {sorted(vars(self._api.limits))}")
                setattr(self._api.limits, name, value)
            if retry_delays is not None:
                self._options.retry_delays = tuple(retry_delays)
            if patience is not None:
                self._options.patience = patience

    def heal(self) -> None:
        """Forgets all scripted faults and opens the gates."""
        with self._lock:
            self._faults.heal()

    # What was seen.

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """All messages of a channel, oldest first, without deleted ones; or a thread's, with its parent."""
        with self._lock:
            found = [m for m in self._world.channels[channel].messages.values() if not m.deleted]
            return deepcopy([m for m in found if thread_ts is None or thread_ts in (m.ts, m.thread_ts)])

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """What the bot posted in a thread, oldest first."""
        return [m for m in self.messages(channel, thread_ts) if m.user == BOT_USER and m.thread_ts == thread_ts]

    def message(self, channel: str, ts: str) -> Message:
        """One message, deleted or not."""
        with self._lock:
            return deepcopy(self._world.find(ts, channel))

    @property
    def ephemerals(self) -> list[Message]:
        with self._lock:
            return deepcopy([message for message in self._world.ephemerals if not message.deleted])

    @property
    def statuses(self) -> dict[tuple[str, str], str]:
        """The statuses that show now, by channel and thread."""
        with self._lock:
            return dict(self._api.statuses)

    def status(self, channel: str, thread_ts: str) -> str:
        """The status that shows now in a thread; "" for none."""
        return self.statuses.get((channel, thread_ts), "")

    @property
    def status_log(self) -> list[dict[str, Any]]:
        """Every change of a status: at, channel, thread, status, by ("app", or "post" where a post took it away)."""
        with self._lock:
            return deepcopy(self._api.status_log)

    @property
    def titles(self) -> dict[tuple[str, str], str]:
        return dict(self._world.titles)

    @property
    def prompts(self) -> dict[tuple[str, str], list[dict[str, str]]]:
        return deepcopy(self._world.prompts)

    @property
    def homes(self) -> dict[str, dict[str, Any]]:
        """The published home of each user."""
        with self._lock:
            return deepcopy(self._world.homes)

    @property
    def views(self) -> dict[str, dict[str, Any]]:
        """Every view, by id, oldest first."""
        with self._lock:
            return deepcopy(self._world.views)

    @property
    def answered(self) -> list[dict[str, Any]]:
        """Posts to response URLs."""
        with self._lock:
            return deepcopy(self._answered)

    def calls(self, method: str | None = None) -> list[Call]:
        """Calls of the Web API in the order they came; downloads of files are under "download"."""
        with self._lock:
            return [call for call in self._calls if method in (None, call.method)]

    @property
    def impatient(self) -> list[Call]:
        """Calls that came before the Retry-After of an earlier 429 was over."""
        return [call for call in self.calls() if call.early]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event, interaction and command, in order."""
        with self._lock:
            return list(self._deliveries.values())

    def delivery(self, event_id: str) -> Delivery:
        with self._lock:
            return self._deliveries[event_id]

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


async def _arguments(request: web.Request) -> tuple[dict[str, Any], str]:
    """A call's arguments (query, form or JSON) and its token."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            arguments |= json.loads(body) if body else {}
        except (ValueError, TypeError):
            arguments["__invalid_json__"] = True
    elif request.method == "POST":
        arguments |= dict(await request.post())
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = str(arguments.pop("token", ""))
    return arguments, token if scheme.lower() == "bearer" and token else given


async def _pause(faults: Mapping[str, Fault], *, after: bool) -> None:
    delay, hold = faults.get("delay"), faults.get("hold")
    if delay is not None and delay.after == after:
        await asyncio.sleep(delay.seconds)
    if hold is not None and hold.after == after and hold.gate is not None:
        await hold.gate.hold()


def _rich(text: str) -> list[dict[str, Any]]:
    """The rich text that Slack's own clients send beside the text."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "rich0", "elements": [section]}]


def _block_of(message: Message, action_id: str) -> str:
    for block in message.blocks:
        if action_id in json.dumps(block):
            return str(block.get("block_id", ""))
    return ""


def _message_of(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {"text": body}
