"""Slack's Web API, method by method: what each needs, does, answers and refuses. Reading is in `slack_reading`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import slack_blocks
from slack_blocks import Refused, parsed
from slack_world import APP, BOT, BOT_USER, ENTERPRISE, TEAM, Channel, Edit, Message, Stream, World

Arguments = dict[str, Any]
Emit = Callable[[str, Message], None]

SCOPES = frozenset(
    {
        "app_mentions:read", "assistant:write", "chat:write", "commands", "files:read",
        "users:read", "users:read.email", "channels:history", "groups:history", "im:history",
        "mpim:history",
        "channels:read", "groups:read", "im:read", "mpim:read", "im:write",
    }
)  # fmt: skip


@dataclass
class Limits:
    """Slack's limits; all can be set for a test. Times in seconds, lengths in characters.

    `stream_characters` and `stream_cards` are those of one streamed message over all its appends.
    """

    text: int = 40_000
    update_text: int = 4_000
    blocks_total: int = slack_blocks.TOTAL
    append: int = 12_000
    stream_characters: int = 3_000
    stream_cards: int = 24
    stream_seconds: float = 300.0
    page: int = 1_000
    trigger_seconds: float = 3.0


@dataclass(frozen=True)
class Method:
    run: Callable[[Api, Arguments], dict[str, Any]]
    tier: str
    scopes: tuple[str, ...]
    token: str = "bot"


METHODS: dict[str, Method] = {}


def method(name: str, tier: str, *scopes: str, token: str = "bot") -> Callable[[Any], Any]:
    """Slack's rate limit tier ("1" to "4", or "post": one a second per channel) and the scopes: one must be had."""

    def keep(run: Any) -> Any:
        METHODS[name] = Method(run, tier, scopes, token)
        return run

    return keep


class Api:
    """What the methods work on. `emit(kind, message)` tells of a message that was posted, changed or deleted."""

    def __init__(self, world: World, emit: Emit, limits: Limits) -> None:
        self.world, self.emit, self.limits = world, emit, limits
        self.scopes: set[str] = set(SCOPES)
        self.statuses: dict[tuple[str, str], str] = {}
        self.status_log: list[dict[str, Any]] = []
        self.triggers: dict[str, float] = {}
        self.link = ""

    def channel(self, arguments: Arguments, name: str = "channel", *, member: bool = False) -> Channel:
        """The channel an argument names; a private one is not found by who is not in it."""
        named = str(arguments.get(name) or "")
        if named in self.world.users and named != BOT_USER:
            return self.world.im(named)
        channel = self.world.channels.get(named)
        if channel is None or (channel.kind != "channel" and BOT_USER not in channel.members):
            raise Refused("channel_not_found")
        if member and BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        if channel.archived and member:
            raise Refused("is_archived")
        return channel

    def need(self, *scopes: str) -> None:
        """One of the scopes must be had."""
        if scopes and not self.scopes.intersection(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def blocks(self, arguments: Arguments) -> list[dict[str, Any]]:
        blocks = parsed(arguments.get("blocks"))
        slack_blocks.check(blocks, total=self.limits.blocks_total)
        return blocks

    def own(self, arguments: Arguments, error: str) -> Message:
        """The bot's own message that `channel` and `ts` name."""
        found = self.channel(arguments).messages.get(str(arguments.get("ts")))
        if found is None or found.deleted:
            raise Refused("message_not_found")
        if found.bot != BOT:
            raise Refused(error)
        stream = found.stream
        if stream is not None and stream.state == "in_progress" and self.too_old(stream):
            stream.state = "errored"
        return found

    def too_old(self, stream: Stream) -> bool:
        """Whether the stream has died: Slack ends one about five minutes after its start, used or not."""
        return time.time() - stream.started > self.limits.stream_seconds

    def clear_status(self, channel: str, thread: str | None) -> None:
        """A status goes when something is posted in its thread."""
        if self.statuses.pop((channel, thread or ""), ""):
            self.status_log.append(
                {"at": time.time(), "channel": channel, "thread": thread, "status": "", "by": "post"}
            )

    def post(self, channel: Channel, text: str, arguments: Arguments, **more: Any) -> Message:
        """A new message of the bot's, not yet in the channel."""
        thread = arguments.get("thread_ts") or None
        if thread is not None and thread not in channel.messages:
            raise Refused("thread_not_found")
        parent = channel.messages[thread].thread_ts if thread else None
        return Message(
            channel=channel.id,
            ts=self.world.ts(),
            user=BOT_USER,
            text=text,
            thread_ts=parent or thread,
            bot=BOT,
            app=APP,
            at=time.time(),
            arguments=dict(arguments),
            **more,
        )

    def keep(self, channel: Channel, message: Message) -> None:
        channel.messages[message.ts] = message
        self.clear_status(channel.id, message.thread_ts)
        self.emit("posted", message)


def truth(value: Any) -> bool:
    return value in (True, 1, "1", "true", "True")


def metadata_of(arguments: Arguments) -> dict[str, Any] | None:
    value = arguments.get("metadata")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Refused("invalid_metadata_format") from error
    if value in (None, {}):
        return None
    if not isinstance(value, dict) or not value.get("event_type") or not isinstance(value.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    return value


# The workspace and the app.


@method("api.test", "4", token="none")
def _api_test(api: Api, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("error"):
        raise Refused(str(arguments["error"]), args=arguments)
    return {"args": arguments}


@method("auth.test", "special")
def _auth_test(api: Api, arguments: Arguments) -> dict[str, Any]:
    return {
        "url": f"{api.world.base}/",
        "team": "Deskhand",
        "user": api.world.users[BOT_USER]["name"],
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    } | ({"enterprise_id": ENTERPRISE} if ENTERPRISE else {})


@method("bots.info", "3", "users:read")
def _bots_info(api: Api, arguments: Arguments) -> dict[str, Any]:
    for user in api.world.users.values():
        if user["is_bot"] and user["profile"]["bot_id"] == arguments.get("bot"):
            named = {"id": arguments["bot"], "deleted": user["deleted"], "name": user["name"], "user_id": user["id"]}
            return {"bot": named | {"app_id": user["profile"]["api_app_id"], "updated": user["updated"]}}
    raise Refused("bot_not_found")


@method("apps.connections.open", "1", token="app")
def _connections_open(api: Api, arguments: Arguments) -> dict[str, Any]:
    return {"url": api.link}


# Messages.


@method("chat.postMessage", "post", "chat:write")
def _post_message(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments, member=True)
    markdown, text = arguments.get("markdown_text"), str(arguments.get("text") or "")
    blocks = api.blocks(arguments)
    if markdown is not None:
        if text or blocks:
            raise Refused("markdown_text_conflict")
        if len(markdown) > 12_000:
            raise Refused("msg_too_long")
        text = markdown
    if not text and not blocks and not arguments.get("attachments"):
        raise Refused("no_text")
    answer: dict[str, Any] = {}
    if len(text) > api.limits.text:
        text = text[: api.limits.text]
        answer = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    attachments = parsed(arguments.get("attachments"))
    message = api.post(
        channel, text, arguments, blocks=blocks, metadata=metadata_of(arguments), attachments=attachments
    )
    message.broadcast = truth(arguments.get("reply_broadcast"))
    api.keep(channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": api.world.as_slack(message, metadata=True)} | answer


@method("chat.update", "3", "chat:write")
def _update(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = api.own(arguments, "cant_update_message")
    if message.stream is not None and message.stream.state == "in_progress":
        raise Refused("streaming_state_conflict")
    text = arguments.get("text", arguments.get("markdown_text"))
    blocks = api.blocks(arguments)
    if not text and not blocks and "blocks" not in arguments:
        raise Refused("no_text")
    if text is not None and len(text) > api.limits.update_text:
        raise Refused("msg_too_long")
    metadata = metadata_of(arguments)
    message.edits.append(Edit(time.time(), message.text, message.blocks))
    # A text without blocks takes earlier blocks away; metadata that is not given stays.
    message.text, message.blocks = message.text if text is None else str(text), blocks
    if "metadata" in arguments:
        message.metadata = metadata
    if message.stream is not None:
        message.stream.state = "completed"
    api.emit("changed", message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text} | {
        "message": api.world.as_slack(message, metadata=True)
    }


@method("chat.delete", "3", "chat:write")
def _delete(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = api.own(arguments, "cant_delete_message")
    message.deleted = True
    api.emit("deleted", message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "4", "chat:write")
def _post_ephemeral(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments, member=True)
    if arguments.get("user") not in channel.members:
        raise Refused("user_not_in_channel")
    blocks, text = api.blocks(arguments), str(arguments.get("text") or "")
    if not text and not blocks:
        raise Refused("no_text")
    message = api.post(channel, text[: api.limits.text], arguments, blocks=blocks, seen_by=str(arguments["user"]))
    api.world.ephemerals.append(message)
    api.clear_status(channel.id, message.thread_ts)
    return {"message_ts": message.ts}


@method("chat.getPermalink", "special")
def _permalink(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel, ts = api.channel(arguments), str(arguments.get("message_ts"))
    message = channel.messages.get(ts)
    if message is None or message.deleted:
        raise Refused("message_not_found")
    link = f"https://deskhand.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add", "3", "reactions:write")
def _react(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = api.channel(arguments, member=True).messages.get(str(arguments.get("timestamp")))
    if message is None or message.deleted:
        raise Refused("message_not_found")
    name = str(arguments.get("name") or "")
    if name in message.reactions:
        raise Refused("already_reacted")
    message.reactions.append(name)
    return {}


@method("reactions.remove", "2", "reactions:write")
def _unreact(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = api.channel(arguments, member=True).messages.get(str(arguments.get("timestamp")))
    if message is None or arguments.get("name") not in message.reactions:
        raise Refused("no_reaction")
    message.reactions.remove(str(arguments["name"]))
    return {}


# Streams.


@method("chat.startStream", "2", "chat:write")
def _start_stream(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments, member=True)
    if not arguments.get("thread_ts"):
        raise Refused("invalid_arguments", "[ERROR] missing required field: thread_ts")
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(name):
                raise Refused(f"missing_{name}")
    recipient, team = arguments.get("recipient_user_id"), arguments.get("recipient_team_id")
    if recipient and recipient not in api.world.users:
        raise Refused("user_not_found")
    if team and team not in {user["team_id"] for user in api.world.users.values()}:
        raise Refused("team_not_found")
    message = api.post(channel, "", arguments, stream=Stream(time.time()))
    _more(api, message, arguments, required=False)
    api.keep(channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream", "4", "chat:write")
def _append_stream(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = _streaming(api, arguments)
    _more(api, message, arguments, required=True)
    assert message.stream is not None
    message.stream.appends += 1
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream", "2", "chat:write")
def _stop_stream(api: Api, arguments: Arguments) -> dict[str, Any]:
    message = _streaming(api, arguments)
    blocks, metadata = api.blocks(arguments), metadata_of(arguments)
    _more(api, message, arguments, required=False)
    assert message.stream is not None
    message.stream.state = "completed"
    message.blocks, message.metadata = [*message.blocks, *blocks], metadata or message.metadata
    api.emit("changed", message)
    return {"channel": message.channel, "ts": message.ts, "message": api.world.as_slack(message, metadata=True)}


def _streaming(api: Api, arguments: Arguments) -> Message:
    """The message of a living stream."""
    message = api.own(arguments, "message_not_owned_by_app")
    if message.stream is None or message.stream.state != "in_progress":
        raise Refused("message_not_in_streaming_state")
    return message


def _more(api: Api, message: Message, arguments: Arguments, *, required: bool) -> None:
    """Adds `markdown_text` and `chunks`; changes nothing when they are refused."""
    chunks, text = parsed(arguments.get("chunks")), str(arguments.get("markdown_text") or "")
    if required and not chunks and not text:
        raise Refused("no_text")
    stream, cards, added = message.stream, {}, []
    assert stream is not None
    for chunk in chunks:
        match chunk.get("type"):
            case "markdown_text":
                text += str(chunk.get("text", ""))
            case "task_update" if chunk.get("id") and chunk.get("title"):
                cards[str(chunk["id"])] = chunk
            case "plan_update" if chunk.get("title"):
                stream.plan = str(chunk["title"])
            case "blocks":
                added += parsed(chunk.get("blocks"))
            case _:
                raise Refused("invalid_chunks", "[ERROR] failed to match all allowed schemas [json-pointer:/chunks]")
    if len(text) > api.limits.append or len(message.text) + len(text) > api.limits.stream_characters:
        raise Refused("msg_too_long")
    if len(stream.cards | cards) > api.limits.stream_cards:
        raise Refused("msg_too_long")
    slack_blocks.check(added, total=api.limits.blocks_total)
    message.text += text
    message.blocks += added
    stream.cards |= cards


@method("assistant.threads.setStatus", "4", "assistant:write", "chat:write")
def _set_status(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel, thread = _assistant(api, arguments)
    status = str(arguments.get("status", ""))
    if len(arguments.get("loading_messages") or []) > 10:
        raise Refused("invalid_arguments", "[ERROR] no more than 10 items allowed [json-pointer:/loading_messages]")
    api.statuses.pop((channel.id, thread), None)
    if status:
        api.statuses[channel.id, thread] = status
    entry = {"at": time.time(), "channel": channel.id, "thread": thread, "status": status, "by": "app"}
    api.status_log.append(entry | {"loading_messages": arguments.get("loading_messages")})
    return {}


def _assistant(api: Api, arguments: Arguments) -> tuple[Channel, str]:
    channel, thread = api.channel(arguments, "channel_id", member=True), str(arguments.get("thread_ts") or "")
    if thread not in channel.messages:
        raise Refused("invalid_thread_ts")
    return channel, thread


@method("assistant.threads.setTitle", "2", "assistant:write")
def _set_title(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel, thread = _assistant(api, arguments)
    api.world.titles[channel.id, thread] = str(arguments.get("title", ""))
    return {}


@method("assistant.threads.setSuggestedPrompts", "2", "assistant:write")
def _set_prompts(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel, thread = _assistant(api, arguments)
    prompts = parsed(arguments.get("prompts"))
    if not prompts or len(prompts) > 4 or not all(p.get("title") and p.get("message") for p in prompts):
        raise Refused("invalid_arguments", "[ERROR] prompts need title and message [json-pointer:/prompts]")
    api.world.prompts[channel.id, thread] = prompts
    return {}
