"""Slack's Web API, the methods that read: conversations, people, files; and views."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import slack_blocks
from slack_blocks import Refused
from slack_methods import Api, Arguments, method, truth
from slack_world import APP, BOT, BOT_USER, TEAM, Channel, Message

# Conversations.


def _page(items: list[Any], arguments: Arguments, default: int, most: int) -> tuple[list[Any], str]:
    """One page and the cursor of the next ("" when there is none)."""
    start, limit = 0, int(arguments.get("limit") or default)
    if limit < 1 or limit > most:
        raise Refused("invalid_limit")
    if cursor := arguments.get("cursor"):
        try:
            start = int(base64.b64decode(str(cursor), validate=True).decode().removeprefix("next:"))
        except ValueError as error:
            raise Refused("invalid_cursor") from error
    end = start + limit
    return items[start:end], base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""


def _history_scope(api: Api, channel: Channel) -> None:
    api.need(f"{ {'channel': 'channels', 'group': 'groups'}.get(channel.kind, channel.kind) }:history")


def _read_scope(api: Api, channel: Channel) -> None:
    api.need(f"{ {'channel': 'channels', 'group': 'groups'}.get(channel.kind, channel.kind) }:read")


def _within(messages: list[Message], arguments: Arguments) -> list[Message]:
    oldest, latest = str(arguments.get("oldest") or "0"), str(arguments.get("latest") or "9" * 10)
    if truth(arguments.get("inclusive")):
        return [m for m in messages if float(oldest) <= float(m.ts) <= float(latest)]
    return [m for m in messages if float(oldest) < float(m.ts) < float(latest)]


@method("conversations.replies", "3", "channels:history", "groups:history", "im:history", "mpim:history")
def _replies(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments, member=True)
    _history_scope(api, channel)
    parent = channel.messages.get(str(arguments.get("ts")))
    if parent is None or parent.deleted:
        raise Refused("thread_not_found")
    replies = [] if parent.thread_ts else api.world.thread(channel, parent.ts)[1:]
    page, cursor = _page(_within(replies, arguments), arguments, api.limits.page, api.limits.page)
    shown = truth(arguments.get("include_all_metadata"))
    # Slack repeats the parent at the head of every page, whatever the bounds.
    answer = {"messages": [api.world.as_slack(message, metadata=shown) for message in [parent, *page]]}
    return answer | {"has_more": bool(cursor)} | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


@method("conversations.history", "3", "channels:history", "groups:history", "im:history", "mpim:history")
def _history(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments, member=True)
    _history_scope(api, channel)
    shown = truth(arguments.get("include_all_metadata"))
    top = [m for m in channel.messages.values() if not m.deleted and (m.thread_ts is None or m.broadcast)]
    page, cursor = _page(_within(top, arguments)[::-1], arguments, 100, 999)
    answer = {"messages": [api.world.as_slack(message, metadata=shown) for message in page], "pin_count": 0}
    return answer | {"has_more": bool(cursor)} | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


@method("conversations.members", "4", "channels:read", "groups:read", "im:read", "mpim:read")
def _members(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments)
    _read_scope(api, channel)
    page, cursor = _page(channel.members, arguments, 100, 1_000)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.info", "3", "channels:read", "groups:read", "im:read", "mpim:read")
def _info(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments)
    _read_scope(api, channel)
    return {"channel": channel.as_slack(BOT_USER, count=truth(arguments.get("include_num_members")))}


@method("conversations.list", "2", "channels:read", "groups:read", "im:read", "mpim:read")
def _list(api: Api, arguments: Arguments) -> dict[str, Any]:
    names = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    kinds = {names.get(name.strip(), "") for name in str(arguments.get("types") or "public_channel").split(",")}
    found = [c for c in api.world.channels.values() if c.kind in kinds]
    found = [c for c in found if c.kind == "channel" or BOT_USER in c.members]
    page, cursor = _page(found, arguments, 100, 1_000)
    shown = [c.as_slack(BOT_USER, count=True) for c in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join", "3", "channels:join")
def _join(api: Api, arguments: Arguments) -> dict[str, Any]:
    channel = api.channel(arguments)
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if BOT_USER not in channel.members:
        channel.members.append(BOT_USER)
    return {"channel": channel.as_slack(BOT_USER)}


@method("conversations.open", "3", "im:write", "mpim:write", "channels:manage", "groups:write")
def _open(api: Api, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("channel"):
        return {"channel": {"id": api.channel(arguments).id}}
    users = arguments.get("users") or ""
    wanted = list(users) if isinstance(users, list) else [user for user in str(users).split(",") if user]
    if not wanted or any(user not in api.world.users for user in wanted):
        raise Refused("user_not_found" if wanted else "invalid_arguments")
    if len(wanted) == 1:
        return {"channel": {"id": api.world.im(wanted[0]).id}}
    api.need("mpim:write")
    return {"channel": {"id": api.world.add_channel("mpim", "mpdm", [*wanted, BOT_USER]).id}}


# People and files.


def _person(api: Api, user: Mapping[str, Any], *, locale: bool = False) -> dict[str, Any]:
    shown = dict(user) | {"profile": dict(user["profile"])}
    if "users:read.email" not in api.scopes:
        shown["profile"].pop("email", None)
    if not locale:
        shown.pop("locale", None)
    return shown


@method("users.info", "4", "users:read")
def _user(api: Api, arguments: Arguments) -> dict[str, Any]:
    user = api.world.users.get(str(arguments.get("user")))
    if user is None:
        raise Refused("user_not_found")
    return {"user": _person(api, user, locale=truth(arguments.get("include_locale")))}


@method("users.list", "2", "users:read")
def _users(api: Api, arguments: Arguments) -> dict[str, Any]:
    page, cursor = _page(list(api.world.users.values()), arguments, 1_000, 1_000)
    shown = [_person(api, user, locale=truth(arguments.get("include_locale"))) for user in page]
    return {"members": shown, "cache_ts": int(time.time()), "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail", "3", "users:read.email")
def _by_email(api: Api, arguments: Arguments) -> dict[str, Any]:
    wanted = str(arguments.get("email", "")).casefold()
    for user in api.world.users.values():
        if wanted and not user["deleted"] and user["profile"].get("email", "").casefold() == wanted:
            return {"user": _person(api, user)}
    raise Refused("users_not_found")


@method("files.info", "4", "files:read")
def _file(api: Api, arguments: Arguments) -> dict[str, Any]:
    file = api.world.files.get(str(arguments.get("file")))
    if file is None:
        raise Refused("file_not_found")
    return {"file": file.as_slack(api.world.base), "comments": [], "response_metadata": {"next_cursor": ""}}


# Views.


def _view(api: Api, arguments: Arguments, kind: str) -> dict[str, Any]:
    view = arguments.get("view")
    try:
        view = json.loads(view) if isinstance(view, str) else view
    except ValueError as error:
        raise Refused("invalid_arguments", "[ERROR] view is not JSON") from error
    if not isinstance(view, dict) or view.get("type") != kind:
        raise Refused("invalid_arguments", "[ERROR] must be a valid view [json-pointer:/view]")
    slack_blocks.check(view.setdefault("blocks", []), total=10**9, most=100)
    return view | {"id": api.world.id("V"), "team_id": TEAM, "app_id": APP, "bot_id": BOT, "hash": "1.1"}


@method("views.publish", "4")
def _publish(api: Api, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("user_id") not in api.world.users:
        raise Refused("user_not_found")
    view = _view(api, arguments, "home")
    api.world.homes[str(arguments["user_id"])] = view
    api.world.views[view["id"]] = view
    return {"view": view}


@method("views.open", "4")
def _open_view(api: Api, arguments: Arguments) -> dict[str, Any]:
    trigger = str(arguments.get("trigger_id") or "")
    if trigger not in api.triggers:
        raise Refused("invalid_trigger_id" if trigger else "invalid_arguments")
    if time.time() - api.triggers[trigger] > api.limits.trigger_seconds:
        raise Refused("expired_trigger_id")
    view = _view(api, arguments, "modal")
    del api.triggers[trigger]
    api.world.views[view["id"]] = view
    return {"view": view}


@method("views.update", "4")
def _update_view(api: Api, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("view_id") not in api.world.views:
        raise Refused("not_found")
    view = _view(api, arguments, "modal") | {"id": str(arguments["view_id"])}
    api.world.views[view["id"]] = view
    return {"view": view}
