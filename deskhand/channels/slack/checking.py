"""Tries what the door needs from Slack (token, scopes, ways in, where it hands over to), and says what is missing and
what to do about it. It shows no secret and changes nothing in the workspace."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from deskhand.channels.slack.manifest import APP_SCOPE, EVENTS_PATH, OPTIONAL, SCOPES
from deskhand.channels.slack.options import Options
from deskhand.channels.trying import Tried

__all__ = ["Tried", "check"]

SECONDS = 10
"""What one try may take."""

_INSTALL = (
    "install the app in the workspace (OAuth & Permissions) and take its Bot User OAuth Token, which begins xoxb-"
)
_ADVICE = {
    "invalid_auth": f"the token is not valid: {_INSTALL}",
    "not_authed": f"there is no token: {_INSTALL}",
    "account_inactive": f"the app was removed from the workspace: {_INSTALL}",
    "token_revoked": f"the token was revoked: {_INSTALL}",
    "token_expired": "the token has expired: switch token rotation off (the manifest does) and reinstall the app",
    "not_allowed_token_type": "this is another kind of token: the bot's begins xoxb-, the app-level one xapp-",
    "ratelimited": "Slack wants fewer requests just now: wait a minute, then check again",
}


async def check(options: Options, *, url: str | None = None) -> list[Tried]:
    """Everything, in the order in which it is set up. With `url`, the address of a server that runs with these
    settings, a signed request is sent to it as Slack would send one."""
    client = AsyncWebClient(options.bot_token, base_url=options.api_url, timeout=SECONDS)
    token, scopes = await _token(client)
    tried = [token]
    if token.ok:
        tried.append(_scopes(scopes))
    tried += await _ways_in(options, client, url)
    if token.ok:
        tried.append(await _person(options.person, client))
    return tried


async def _token(client: AsyncWebClient) -> tuple[Tried, frozenset[str] | None]:
    """Whose token it is, and its scopes (None: Slack did not say)."""
    try:
        said = await client.auth_test()
    except Exception as error:
        return Tried("bot token", False, _why(error)), None
    granted = {name.lower(): value for name, value in said.headers.items()}.get("x-oauth-scopes")
    scopes = frozenset(each.strip() for each in granted.split(",") if each.strip()) if granted is not None else None
    return Tried("bot token", True, f"@{said.get('user')} in the workspace {said.get('team')}"), scopes


def _scopes(granted: Collection[str] | None) -> Tried:
    if granted is None:
        return Tried("scopes", False, "Slack did not say which scopes the token has; compare them with the manifest")
    missing = [scope for scope in SCOPES if scope not in granted and scope not in OPTIONAL]
    if missing:
        listed = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        return Tried("scopes", False, f"missing: {listed}. Take the manifest over again, then reinstall the app")
    more = sorted(set(granted) - set(SCOPES))
    said = f"all {len(SCOPES) - len(OPTIONAL)} that it needs"
    return Tried("scopes", True, f"{said}; not needed: {', '.join(more)}" if more else said)


async def _ways_in(options: Options, client: AsyncWebClient, url: str | None) -> list[Tried]:
    tried = []
    if options.app_token is not None:
        tried.append(await _socket(options.app_token, client))
    if options.signing_secret is not None:
        tried.append(await _http(options.signing_secret, url))
    if not tried:
        advice = "set slack.app_token for Socket Mode, or slack.signing_secret for events over HTTP"
        return [Tried("way in", False, f"there is none: {advice}")]
    return tried


async def _socket(app_token: str, client: AsyncWebClient) -> Tried:
    try:
        await client.apps_connections_open(app_token=app_token)
    except Exception as error:
        made = f"Basic Information, App-Level Tokens, with the scope {APP_SCOPE}"
        if _code(error) in ("missing_scope", "invalid_auth", "not_allowed_token_type", "token_revoked"):
            return Tried("Socket Mode", False, f"{_code(error)}: make an app-level token ({made}); it begins xapp-")
        return Tried("Socket Mode", False, _why(error))
    return Tried("Socket Mode", True, "Slack opens a connection")


async def _http(secret: str, url: str | None) -> Tried:
    if url is None:
        how = f"`deskhand slack check --url https://…` tries it, and so does Slack when it is told …{EVENTS_PATH}"
        return Tried("events over HTTP", True, f"the signing secret is set; {how}")
    address = url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
    challenge = f"check-{time.time_ns()}"
    try:
        status, said = await _challenged(secret, address, challenge)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        what = "start `deskhand serve`, and check the proxy before it"
        return Tried("events over HTTP", False, f"{address} cannot be reached ({type(error).__name__}): {what}")
    if status == 200 and challenge in said:
        return Tried("events over HTTP", True, f"{address} takes what this signing secret has signed")
    if status == 401:
        advice = "the server has another signing secret, or a clock that is off by five minutes"
    elif status == 404:
        advice = (
            f"nothing is there: the server was started without slack.signing_secret, or a proxy keeps {EVENTS_PATH}"
        )
    else:
        advice = "something else answers there, or a proxy changes what it passes on"
    return Tried("events over HTTP", False, f"{address} answers {status}: {advice}")


async def _challenged(secret: str, address: str, challenge: str) -> tuple[int, str]:
    """The status and text with which an address answers Slack's own question whether it is the app's."""
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
        session.post(address, data=body, headers=headers, allow_redirects=False) as reply,
    ):
        return reply.status, (await reply.content.read(2_000)).decode("utf-8", "replace")


async def _person(person: str | None, client: AsyncWebClient) -> Tried:
    """Whether somebody can be handed over to there."""
    name = "hand-over"
    if person is None:
        return Tried(name, True, "none; slack.person adds a button that hands a question over to a channel or a person")
    try:
        if "@" in person:
            return _user(name, person, (await client.users_lookupByEmail(email=person))["user"])
        if person.startswith(("U", "W")):
            return _user(name, person, (await client.users_info(user=person))["user"])
        return _channel(name, person, (await client.conversations_info(channel=person))["channel"])
    except SlackApiError as error:
        if _code(error) in ("channel_not_found", "users_not_found", "user_not_found", "user_not_visible"):
            advice = "a channel's or a person's id (from its profile), or an e-mail address; a private channel has to "
            return Tried(name, False, f"slack.person is {person!r}, which is not found: {advice}invite the app first")
        return Tried(name, False, _why(error))
    except Exception as error:
        return Tried(name, False, _why(error))


def _user(name: str, person: str, user: dict[str, Any]) -> Tried:
    if user.get("deleted") or user.get("is_bot"):
        what = "has left" if user.get("deleted") else "is a bot"
        return Tried(name, False, f"slack.person is {person!r}, who {what}: name somebody else")
    return Tried(name, True, f"to {person}, by direct message")


def _channel(name: str, person: str, channel: dict[str, Any]) -> Tried:
    if channel.get("is_archived"):
        return Tried(name, False, f"slack.person is {person!r}, a channel that is archived: name another one")
    if not channel.get("is_member"):
        return Tried(name, False, f"the app is not in #{channel.get('name')} ({person}): invite it there, by /invite")
    return Tried(name, True, f"to #{channel.get('name')}")


def _code(error: Exception) -> str:
    """Slack's word for what went wrong; "" for anything else."""
    return str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""


def _why(error: Exception) -> str:
    code = _code(error)
    if not code:
        return f"Slack cannot be reached ({type(error).__name__}): check the network, and a proxy for https://slack.com"
    return _ADVICE.get(code, f"Slack says {code}; see the method's page at https://docs.slack.dev/reference/methods")
