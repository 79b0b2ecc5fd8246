"""What people do in our Slack, and the events, interactions and commands that the app gets for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from slack_blocks import Refused
from slack_core import Reply
from slack_delivery import Delivery
from slack_rooms import Rooms
from slack_world import APP, BOT_USER, TEAM, Edit, Message


class People(Rooms):
    """Messages, clicks, commands, views."""

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

    def redeliver(self, event_id: str, number: int = 1, reason: str = "http_timeout") -> Delivery:
        """The same event once more, as a retry."""
        with self._lock:
            old = self._deliveries[event_id]
            again = Delivery(old.id, old.kind, old.payload, time.time())
            self._deliveries[f"{event_id}#{len(self._deliveries)}"] = again
            self._run(self._courier.bring(again, number=number, reason=reason))
            return again

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
        self._api.triggers[trigger] = time.time()
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
