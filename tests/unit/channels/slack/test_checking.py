"""The check says of everything that the door needs from Slack whether it is there, and what to do when it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from deskhand.channels.slack import Options
from deskhand.channels.slack.checking import Tried, check
from deskhand.channels.slack.manifest import SCOPES

if TYPE_CHECKING:
    from slack_server import SlackServer


@pytest.fixture
def options(slack_server: SlackServer) -> Options:
    slack_server.scopes = set(SCOPES)
    return Options(slack_server.bot_token, app_token=slack_server.app_token, api_url=slack_server.api_url)


async def tried(options: Options, name: str, url: str | None = None) -> Tried:
    return next(each for each in await check(options, url=url) if each.name == name)


async def test_what_the_manifest_makes_passes(options: Options) -> None:
    found = await check(options)

    assert [each.name for each in found] == ["bot token", "scopes", "Socket Mode", "hand-over"]
    assert [each for each in found if not each.ok] == []


async def test_no_secret_is_shown(options: Options) -> None:
    whole = replace(options, signing_secret="the-signing-secret")

    for one in (whole, replace(whole, bot_token="xoxb-wrong", app_token="xapp-wrong")):
        said = repr(await check(one))

        assert not any(secret in said for secret in (one.bot_token, str(one.app_token), "the-signing-secret"))


async def test_a_token_that_slack_does_not_know_is_said_to_be_wrong(options: Options) -> None:
    found = await check(replace(options, bot_token="xoxb-wrong"))

    assert [each.name for each in found] == ["bot token", "Socket Mode"]
    assert not found[0].ok
    assert "Bot User OAuth Token" in found[0].detail


async def test_a_missing_scope_is_named_with_what_it_is_for(options: Options, slack_server: SlackServer) -> None:
    slack_server.scopes = set(SCOPES) - {"files:read", "assistant:write"}

    scopes = await tried(options, "scopes")

    assert not scopes.ok
    assert f"files:read ({SCOPES['files:read']})" in scopes.detail
    assert "assistant:write" not in scopes.detail


async def test_a_scope_too_many_is_named(options: Options, slack_server: SlackServer) -> None:
    slack_server.scopes = {*SCOPES, "chat:write.public"}

    scopes = await tried(options, "scopes")

    assert scopes.ok
    assert "not needed: chat:write.public" in scopes.detail


async def test_a_wrong_app_token_is_said_to_be_wrong(options: Options) -> None:
    socket = await tried(replace(options, app_token="xapp-wrong"), "Socket Mode")

    assert not socket.ok
    assert "connections:write" in socket.detail


async def test_without_a_way_in_that_is_said(options: Options) -> None:
    way = await tried(replace(options, app_token=None), "way in")

    assert not way.ok
    assert "slack.app_token" in way.detail
    assert "slack.signing_secret" in way.detail


async def test_a_slack_that_is_not_there_is_said(options: Options) -> None:
    token = await tried(replace(options, api_url="http://127.0.0.1:1/api/"), "bot token")

    assert not token.ok
    assert "cannot be reached" in token.detail


@pytest.fixture
async def served() -> AsyncIterator[str]:
    """The address of a server that answers Slack's own question when it was signed with "right"."""

    async def post(request: web.Request) -> web.Response:
        body, headers = await request.text(), dict(request.headers)
        if not SignatureVerifier("right").is_valid_request(body, headers):
            return web.Response(status=401)
        return web.json_response({"challenge": (await request.json())["challenge"]})

    app = web.Application()
    app.router.add_post("/slack/events", post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    await runner.cleanup()


@pytest.mark.parametrize(
    ("secret", "path", "ok", "says"),
    [
        ("right", "", True, "takes what this signing secret has signed"),
        ("right", "/slack/events", True, "takes what this signing secret has signed"),
        ("wrong", "", False, "another signing secret"),
        ("right", "/elsewhere", False, "404"),
    ],
)
async def test_the_way_in_over_http_is_tried_as_slack_tries_it(
    options: Options, served: str, secret: str, path: str, ok: bool, says: str
) -> None:
    way = await tried(replace(options, signing_secret=secret), "events over HTTP", served + path)

    assert way.ok is ok
    assert says in way.detail


async def test_a_server_that_is_not_there_is_said(options: Options) -> None:
    way = await tried(replace(options, signing_secret="right"), "events over HTTP", "http://127.0.0.1:1")

    assert not way.ok
    assert "deskhand serve" in way.detail


async def test_without_an_address_it_is_said_how_to_try_one(options: Options) -> None:
    way = await tried(replace(options, signing_secret="right"), "events over HTTP")

    assert way.ok
    assert "--url" in way.detail


async def test_whoever_is_handed_over_to_is_looked_up(options: Options, slack_server: SlackServer) -> None:
    ben = slack_server.user("ben", email="ben@example.com")
    left = slack_server.user("eve", email="eve@example.com", deleted=True)
    desk = slack_server.channel("help-desk")
    closed = slack_server.channel("elsewhere", bot=False)
    expected = {
        ben: (True, "by direct message"),
        "ben@example.com": (True, "by direct message"),
        desk: (True, "#help-desk"),
        left: (False, "has left"),
        closed: (False, "/invite"),
        "C0NOWHERE": (False, "not found"),
        "nobody@example.com": (False, "not found"),
    }

    for person, (ok, says) in expected.items():
        found = await tried(replace(options, person=person), "hand-over")

        assert (found.ok, says in found.detail) == (ok, True), found.detail
