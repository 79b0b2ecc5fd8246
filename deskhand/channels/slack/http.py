"""The way in over HTTP: events, buttons and commands, all posted to one path and signed by Slack.

The signature is verified over the raw bytes before anything of them is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.responses import Response

from deskhand.channels.api import Annex
from deskhand.channels.slack.manifest import EVENTS_PATH as PATH
from deskhand.errors import Malformed, NotFromSlack, SlackUnavailable

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from starlette.requests import Request

    from deskhand.channels.slack.door import SlackDoor

__all__ = ["BODY_BYTES", "PATH", "HttpDoor", "annex"]

BODY_BYTES: Final = 2 * 1024 * 1024
"""The largest body; what Slack sends is far below."""
TYPES: Final = ("application/json", "application/x-www-form-urlencoded")
SSL_CHECK: Final = re.compile(rb"(?:^|&)ssl_check=1(?:&|$)")


class HttpDoor:
    """Verifies, parses and hands on what is posted. `app` gives Bolt's application, None while it is not known yet who
    the bot is."""

    def __init__(self, signing_secret: str, app: Callable[[], AsyncApp | None]) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._app = app

    async def handle(self, request: Request) -> Response:
        """Bolt's reply. Raises `NotFromSlack` (401), `Malformed` (400), `SlackUnavailable` (503)."""
        body = await request.body()
        if not body.startswith(b"{") and SSL_CHECK.search(body):
            # Slack asks this unsigned, and wants no more than a reply.
            return Response()
        self._verify(request, body)
        app = self._app()
        if app is None:
            raise SlackUnavailable("it is not known yet who the bot is; Slack delivers this again", "starting")
        done = await app.async_dispatch(_parsed(request, body))
        return Response(done.body, done.status, done.first_headers_without_set_cookie())

    def _verify(self, request: Request, body: bytes) -> None:
        try:
            signed = self._verifier.is_valid(
                body,
                request.headers.get("x-slack-request-timestamp"),
                request.headers.get("x-slack-signature"),
            )
        except (ValueError, TypeError, OverflowError):
            # A time that is no number, a signature beyond ASCII, or a body that is no text.
            signed = False
        if not signed:
            raise NotFromSlack(
                "the request is not signed with this app's signing secret, or was signed more than 5 minutes ago"
            )


def annex(door: SlackDoor) -> Annex:
    """An open door as the HTTP server takes it in: its path, where it has one, and its part of /health."""
    if door.http is None:
        return Annex("slack", door.check)
    return Annex("slack", door.check, PATH, door.http.handle, BODY_BYTES)


def _parsed(request: Request, body: bytes) -> AsyncBoltRequest:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise Malformed(f"the content type is {kind[:80]!r}; Slack sends {TYPES[0]} or {TYPES[1]}")
    try:
        parsed = AsyncBoltRequest(body=body.decode(), query=request.url.query, headers=dict(request.headers))
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError):
        raise Malformed("the body is not what Slack sends: it cannot be parsed") from None
    if not parsed.body:
        raise Malformed("the body is not what Slack sends: there is nothing in it")
    if parsed.body.get("type") == "event_callback" and not isinstance(parsed.body.get("event"), dict):
        raise Malformed("the body is not what Slack sends: it is an event without an event in it")
    return parsed
