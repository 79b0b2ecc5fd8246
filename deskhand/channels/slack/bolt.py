"""Slack's own framework, set up so that nothing is acknowledged before it is on disk.

Bolt acknowledges an event before its listeners run, so a message is taken in by a middleware in front of them; what
goes wrong there is no acknowledgement, and Slack delivers again.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from deskhand.channels.slack import actions, commands, home
from deskhand.channels.slack.pressed import audience_of

if TYPE_CHECKING:
    from slack_bolt.request.async_request import AsyncBoltRequest

    from deskhand.channels.slack.door import SlackDoor

log = logging.getLogger("deskhand.slack")

MESSAGES = ("message", "app_mention")


def build(door: SlackDoor) -> AsyncApp:
    """The Bolt application of an open door: it knows who it is, so it asks Slack nothing for an event."""
    quiet = logging.getLogger("deskhand.slack.bolt")
    # Below that, Bolt logs bodies.
    quiet.setLevel(logging.WARNING)
    app = AsyncApp(
        # Bolt sets the level of the logger of that name.
        name=quiet.name,
        logger=quiet,
        client=AsyncWebClient(
            base_url=door.options.api_url, session=door.calls.session(), logger=quiet, retry_handlers=[]
        ),
        authorize=_authorizing(door),
        # Over HTTP `http.py` has verified it before it was parsed; over a socket nothing is signed.
        request_verification_enabled=False,
        signing_secret="",
    )
    app.error(_log)
    app.middleware(_Recording(door.take_in))
    _listen_to_members(app, door)
    for part in (actions, commands, home):
        part.register(app, door)
    app.event(re.compile(""))(_take_note)
    app.action(re.compile(""))(_take_note)
    return app


def _authorizing(door: SlackDoor) -> Callable[..., Awaitable[AuthorizeResult]]:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=door.me.user,
            bot_id=door.me.bot,
            bot_token=door.options.bot_token,
        )

    return authorize


class _Recording(AsyncMiddleware):
    """Answers for all messages: 200 once it is on disk or needs no answer, 500 when it could not be written."""

    def __init__(self, take_in: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._take_in = take_in

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        event = req.body.get("event")
        if not isinstance(event, dict) or event.get("type") not in MESSAGES:
            return await next()
        try:
            await self._take_in(req.body)
        except Exception as error:
            await _log(error)
            return BoltResponse(status=500, body="")
        return BoltResponse(status=200, body="")


def _listen_to_members(app: AsyncApp, door: SlackDoor) -> None:
    async def changed(event: dict[str, Any]) -> None:
        channel = str(event.get("channel"))
        await door.people.forget(channel)
        if await door.inbox.busy(door.me.team, channel):
            # An answer that is being written there goes on with the rights of who reads along now.
            await audience_of(door, channel)

    app.event("member_joined_channel")(changed)
    app.event("member_left_channel")(changed)


async def _take_note(ack: Callable[[], Awaitable[Any]]) -> None:
    """What nobody here listens to is acknowledged, or Slack would deliver it again."""
    await ack()


async def _log(error: Exception) -> None:
    """By type and place only: the message may hold what somebody wrote."""
    places = " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-6:]))
    log.error("an event from Slack could not be taken in: %s at %s", type(error).__name__, places)
