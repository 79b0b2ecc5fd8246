"""Chunks of text that come close together are joined; everything else passes as it came, in its place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from deskhand.llm.coalescing import CoalescedStream, Joiner, coalesce


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %b\n\n" % json.dumps({"id": "1", "model": "m", "choices": [choice], **more}).encode()


def word(text: str) -> bytes:
    return chunk({"content": text})


def read(data: bytes) -> list[Any]:
    return [json.loads(event[5:]) if event[5:] != b" [DONE]" else event for event in data.split(b"\n\n") if event]


class Source(httpx2.AsyncByteStream):
    """Gives its parts one after the other, then does what `end` does."""

    def __init__(
        self,
        *parts: bytes,
        error: Exception | None = None,
        endless: bool = False,
        more: asyncio.Event | None = None,
    ) -> None:
        self.parts, self.error, self.endless = parts, error, endless
        self.more = more or asyncio.Event()
        self.closed = False
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.read += 1
        for part in self.parts:
            yield part
        if self.error is not None:
            raise self.error
        if self.endless:
            await self.more.wait()

    async def aclose(self) -> None:
        self.closed = True


def test_the_first_text_leaves_at_once_and_the_next_ones_wait_to_be_joined() -> None:
    joiner = Joiner()

    assert joiner.feed(chunk({"role": "assistant", "content": ""}))
    assert joiner.feed(word("Five"))
    joiner.take()
    assert not joiner.feed(word(" wörking"))
    assert not joiner.feed(word(" days"))

    (joined,) = read(joiner.take())
    assert joined["choices"][0]["delta"]["content"] == " wörking days"
    assert joined["model"] == "m"


def test_the_end_of_a_sentence_does_not_wait() -> None:
    joiner = Joiner()
    joiner.feed(word("Five"))

    assert not joiner.feed(word(" days."))
    assert joiner.feed(word(" Then"))


@pytest.mark.parametrize(
    "event",
    [
        chunk({}, "stop"),
        chunk({"content": "x"}, "length"),
        chunk({"content": "x", "reasoning_content": "because"}),
        chunk({"content": "x"}, usage={"prompt_tokens": 1}),
        chunk({"tool_calls": [{"index": 0}]}),
        b'data: {"error": {"message": "overloaded"}}\n\n',
        b"data: [DONE]\n\n",
        b": still here\n\n",
        b"event: error\ndata: {}\n\n",
        b"data: {no json\n\n",
        b'data: {"choices": [{"index": 0, "delta": "x"}]}\n\n',
        b'data: {"choices": ["x"]}\n\n',
        b"data: 7\n\n",
    ],
)
def test_what_is_more_than_text_passes_at_once_behind_the_text_before_it(event: bytes) -> None:
    joiner = Joiner()
    joiner.feed(word("a"))
    joiner.feed(word("b"))
    joiner.take()
    joiner.feed(word("c"))

    assert joiner.feed(event)

    assert joiner.take().endswith(b"\n\n" + event)


def test_nothing_of_an_empty_field_keeps_text_from_being_joined() -> None:
    joiner = Joiner()
    joiner.feed(word("a"))

    assert not joiner.feed(chunk({"content": "b", "refusal": None, "tool_calls": []}, usage=None, timings={}))


def test_events_that_are_cut_anywhere_are_whole_again() -> None:
    whole = word("a") + word("ß") + word("c") + chunk({}, "stop") + b"data: [DONE]\n\n"
    joiner = Joiner()
    for place in range(len(whole)):
        joiner.feed(whole[place : place + 1])

    *chunks, done = read(joiner.take())
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in chunks) == "aßc"
    assert done == b"data: [DONE]"


def test_other_line_ends_pass_as_they_are() -> None:
    whole = (word("a") + word("b") + word("c")).replace(b"\n", b"\r\n")
    joiner = Joiner()

    joiner.feed(whole[:50])
    assert joiner.feed(whole[50:150])
    assert joiner.feed(whole[150:])

    assert joiner.take() == whole


async def test_text_that_waits_leaves_when_its_time_has_come() -> None:
    stream = aiter(CoalescedStream(Source(word("a") + word("b"), word("c"), endless=True), gather=0.01))

    parts = [await asyncio.wait_for(anext(stream), 5)]
    while b"c" not in parts[-1].split(b"content", 1)[-1]:
        parts.append(await asyncio.wait_for(anext(stream), 5))

    assert "".join(one["choices"][0]["delta"]["content"] for one in read(b"".join(parts))) == "abc"


async def test_an_error_comes_after_the_text_before_it() -> None:
    stream = CoalescedStream(Source(word("a"), word("b"), b"data: half", error=httpx2.ReadError("gone")), gather=3600)
    parts = aiter(stream)
    got = await anext(parts) + await anext(parts)

    assert read(got.removesuffix(b"data: half"))[-1]["choices"][0]["delta"]["content"] == "b"
    with pytest.raises(httpx2.ReadError, match="gone"):
        await anext(parts)


async def test_what_is_left_after_the_last_event_is_drained_by_the_same_reading() -> None:
    more = asyncio.Event()
    source = Source(word("a"), endless=True, more=more)
    stream = CoalescedStream(source)
    await anext(aiter(stream))

    draining = aiter(stream)
    rest = asyncio.ensure_future(anext(draining, b"the end"))
    await asyncio.sleep(0)
    more.set()

    assert await asyncio.wait_for(rest, 5) == b"the end"
    assert source.read == 1


async def test_closing_half_way_stops_the_reading_and_closes_what_is_read() -> None:
    source = Source(word("a"), endless=True)
    stream = CoalescedStream(source)
    await anext(aiter(stream))

    await stream.aclose()

    assert source.closed
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "coalesce a stream"]


@pytest.mark.parametrize(
    "headers", [{"content-type": "application/json"}, {"content-type": "text/event-stream", "content-encoding": "br"}]
)
async def test_other_replies_are_left_alone(headers: dict[str, str]) -> None:
    source = Source(b"{}")
    response = httpx2.Response(200, headers=headers, stream=source)

    await coalesce(response)

    assert response.stream is source
