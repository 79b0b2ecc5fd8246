"""npm's emulated Slack is up: what a person posts there reaches a subscriber, signed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from node_peers import Emulator

Request = tuple[dict[str, str], bytes]


@pytest.fixture
async def requests(slack_emulator: Emulator) -> AsyncIterator[asyncio.Queue[Request]]:
    """What the emulator sends to a subscriber."""
    came: asyncio.Queue[Request] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        came.put_nowait((dict(request.headers), await request.read()))
        return web.Response()

    site = web.Application()
    site.router.add_post("/slack/events", take)
    runner = web.AppRunner(site, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack_emulator.subscribe(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield came
    await runner.cleanup()


async def _event(requests: asyncio.Queue[Request], text: str) -> tuple[Request, dict[str, Any]]:
    """The next request whose event has that text."""
    while True:
        request = await asyncio.wait_for(requests.get(), 10)
        body: dict[str, Any] = json.loads(request[1])
        if body["event"].get("text") == text:
            return request, body


async def test_what_a_person_posts_is_dispatched_signed(
    slack_emulator: Emulator, requests: asyncio.Queue[Request]
) -> None:
    async with aiohttp.ClientSession() as session:
        ana = AsyncWebClient("xoxp-ana", slack_emulator.api_url, session=session)
        bot = AsyncWebClient("xoxb-bot", slack_emulator.api_url, session=session)
        channels = (await ana.api_call("conversations.list"))["channels"]  # it takes POST alone
        room = next(channel["id"] for channel in channels if channel["name"] == "help")

        asked = await ana.chat_postMessage(channel=room, text="where is the handbook?")
        (headers, raw), body = await _event(requests, "where is the handbook?")
        await bot.chat_postMessage(channel=room, thread_ts=asked["ts"], text="in the drawer")
        thread = await bot.api_call("conversations.replies", data={"channel": room, "ts": asked["ts"]})

    assert SignatureVerifier(slack_emulator.signing_secret).is_valid_request(raw, headers)
    assert not SignatureVerifier("another-secret").is_valid_request(raw, headers)
    assert (body["type"], body["event"]["type"]) == ("event_callback", "message")
    assert body["event_id"].startswith("Ev")
    assert [message["text"] for message in thread["messages"]] == ["where is the handbook?", "in the drawer"]
