"""A stream is taken up where it broke, says that it is alive, and ends when the server goes down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from deskhand.channels.api.streams import Streams, places
from deskhand.errors import BadInput, NotSignedIn, RunCancelled
from deskhand.nouns import StreamEvent


class Script:
    """Runs whose events are told beforehand; one that has no last event stays open."""

    def __init__(self, **runs: list[tuple[str, dict[str, object]]]) -> None:
        self.events = {
            run: [StreamEvent(f"1-{n}", kind, data) for n, (kind, data) in enumerate(events, 1)]
            for run, events in runs.items()
        }
        self.open: set[str] = set()
        self.left: list[str] = []

    async def follow(self, run: str, after: str | None) -> AsyncIterator[StreamEvent]:
        try:
            seen = int(after.partition("-")[2]) if after else 0
            for event in self.events[run][seen:]:
                yield event
            if run in self.open:
                await asyncio.Event().wait()
        finally:
            self.left.append(run)


async def settled(_run: str) -> None:
    return None


def parse(body: bytes) -> list[tuple[str, dict[str, object]]]:
    """(id, data) of each event; comments and the retry time are left out."""
    found = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "data" in fields:
            found.append((fields["id"], json.loads(fields["data"])))
    return found


async def always() -> None:
    return None


async def read(
    streams: Streams, script: Script, runs: list[str], last: str | None = None, settle=settled, still=always
) -> bytes:
    response = streams.respond(runs, script.follow, last, settle=settle, still=still)
    return b"".join([bytes(chunk) async for chunk in response.body_iterator])


TOKENS = [("token", {"text": f"w{n}"}) for n in range(5)]
ANSWER = ("answer", {"text": "done"})


async def test_every_event_carries_its_type_and_run():
    body = await read(Streams(9), Script(r1=[*TOKENS, ANSWER]), ["r1"])

    assert [data["type"] for _, data in parse(body)] == ["token"] * 5 + ["answer"]
    assert {data["run"] for _, data in parse(body)} == {"r1"}


async def test_a_stream_taken_up_at_any_event_gives_the_rest_and_no_more():
    script = Script(r1=[*TOKENS, ANSWER])
    whole = parse(await read(Streams(9), script, ["r1"]))

    for reached, (last, _) in enumerate(whole, 1):
        assert parse(await read(Streams(9), script, ["r1"], last)) == whole[reached:]


async def test_two_runs_share_a_stream_that_can_be_taken_up_for_both():
    script = Script(r1=[*TOKENS, ANSWER], r2=[*TOKENS, ANSWER])
    whole = parse(await read(Streams(9), script, ["r1", "r2"]))

    half, rest = whole[:7], parse(await read(Streams(9), script, ["r1", "r2"], whole[6][0]))

    for run in ("r1", "r2"):
        texts = [data["text"] for _, data in [*half, *rest] if data["run"] == run]
        assert texts == ["w0", "w1", "w2", "w3", "w4", "done"]


async def test_a_silent_stream_says_that_it_is_alive():
    script = Script(r1=[])
    script.open.add("r1")
    response = Streams(0.01).respond(["r1"], script.follow, None, settle=settled, still=always)

    chunks = [await anext(aiter(response.body_iterator)) for _ in range(1)]
    async for chunk in response.body_iterator:
        chunks.append(chunk)
        if len(chunks) == 3:
            break

    assert bytes(chunks[1]).startswith(b": ")
    assert b"data" not in b"".join(map(bytes, chunks))


async def test_streams_end_when_the_server_goes_down_and_let_go_of_their_runs():
    script = Script(r1=TOKENS)
    script.open.add("r1")
    streams = Streams(9)
    reading = asyncio.create_task(read(streams, script, ["r1"]))
    while not len(streams):
        await asyncio.sleep(0)

    streams.close()
    body = await reading

    assert b"Last-Event-ID" in body.splitlines()[-2]
    assert len(streams) == 0
    assert script.left == ["r1"]


@pytest.mark.parametrize("why", [NotSignedIn("the session has ended."), OSError("the database is away")])
async def test_a_stream_ends_once_its_follower_may_follow_no_longer_or_nobody_can_tell(why: Exception):
    looks = 0

    async def still() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise why

    script = Script(r1=TOKENS)
    script.open.add("r1")

    body = await read(Streams(9, 0.001), script, ["r1"], still=still)

    assert [data["type"] for _, data in parse(body)] == ["token"] * 5, "it is no end of the run"
    assert b"no longer" in body.splitlines()[-2]
    assert (looks, script.left) == (3, ["r1"])


async def test_a_run_that_ended_without_a_word_fails_on_the_stream_with_its_reason():
    async def settle(run: str) -> None:
        raise RunCancelled(f"run {run} was cancelled")

    body = await read(Streams(9), Script(r1=TOKENS), ["r1"], settle=settle)

    assert parse(body)[-1][1] == {
        "type": "failed",
        "run": "r1",
        "code": "run-cancelled",
        "message": "run r1 was cancelled",
    }


async def test_an_error_in_the_middle_of_a_stream_shows_nothing_of_itself():
    async def settle(run: str) -> None:
        raise RuntimeError("password hunter2")

    body = await read(Streams(9), Script(r1=TOKENS), ["r1"], settle=settle)

    assert b"hunter2" not in body
    assert parse(body)[-1][1]["code"] == "internal"


@pytest.mark.parametrize("last", ["x", "1-1,1-1", "1-", "1-1\n", "../1-1", "9" * 300])
def test_what_is_no_event_id_of_this_stream_is_refused(last: str):
    with pytest.raises(BadInput):
        places(last, 1)


def test_a_place_not_yet_reached_stays_open():
    assert places("2-17,", 2) == ["2-17", None]
    assert places(None, 2) == [None, None]
